"""Every write of mailings: drafts and templates, what happens to a mailing afterwards, the engine."""

from lincassable.mailings.services.batches import run
from lincassable.mailings.services.drafts import (
    add_file,
    begin,
    delete_draft,
    keep_as_template,
    remove_file,
    save_audience,
    save_template,
    save_text,
)
from lincassable.mailings.services.running import (
    cancel_rest,
    check_ready,
    corrected_rows,
    pause,
    resend_failed,
    resume,
    schedule,
    send_anyway,
    still_wanted,
    take_back,
    try_on,
)

__all__ = [
    "add_file",
    "begin",
    "cancel_rest",
    "check_ready",
    "corrected_rows",
    "delete_draft",
    "keep_as_template",
    "pause",
    "remove_file",
    "resend_failed",
    "resume",
    "run",
    "save_audience",
    "save_template",
    "save_text",
    "schedule",
    "send_anyway",
    "still_wanted",
    "take_back",
    "try_on",
]
