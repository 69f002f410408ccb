"""News for whoever listens: a request, an alert. The caller says what happened; channels say who wants to hear of it, and where.

announce("pickup_request", context={…}, dedupe_key="request:12")
    → every channel is asked for its targets of that topic (chat rooms; later phones…)
    → one row of the outbox for each, in the caller's transaction; it leaves, is tried again and shows like a mail
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.template import Context, engines
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lincassable.messaging import broker, channels
from lincassable.messaging.channels import Channel, Target
from lincassable.messaging.models import Message
from lincassable.messaging.sealing import seal
from lincassable.messaging.writing import insert
from lincassable.web_addresses import web_address

LONGEST_TEXT = 1800  # characters; Discord takes 2,000


@dataclass(frozen=True)
class Topic:
    """One kind of news; its text is `templates/chat/<name>.txt`, which has `site_name`, `site_url` and the caller's context."""

    name: str
    label: str | Promise


MAIL_TROUBLE, TASK_FAILED, TEST = "mail_trouble", "task_failed", "test"
_topics: dict[str, Topic] = {}


def register_topic(name: str, label: str | Promise) -> None:
    """Make a kind of news known, so that rooms can choose it. Called in an `AppConfig.ready()`."""
    _topics[name] = Topic(name, label)


def topics() -> list[Topic]:
    """Return every kind of news that can be chosen."""
    return list(_topics.values())


def announce(
    topic: str, *, context: Mapping[str, Any], dedupe_key: str, subject_kind: str = "", subject_id: int | None = None
) -> list[Message]:
    """Write one message to everybody who wants to hear of `topic`, in the transaction that is open or one of its own; return the new ones.

    `dedupe_key` (at most 120 characters) says what it is about: the same news is told once to each. `subject_kind` and `subject_id`
    name the row it tells of. Nobody listening costs one query per channel. Raises TemplateDoesNotExist.
    """
    rows = [
        build(channel, target, topic, context, dedupe_key=dedupe_key, subject_kind=subject_kind, subject_id=subject_id)
        for channel in channels.all_channels()
        for target in channel.targets(topic)
    ]
    return write(rows)


def build(
    channel: Channel, target: Target, topic: str, context: Mapping[str, Any], *, dedupe_key: str, subject_kind: str, subject_id: int | None
) -> Message:
    """Return the unsaved row that tells `target` of `topic`, in its language."""
    text = _text(topic, target.language, context)
    return Message(
        dedupe_key=f"{channel.name}:{target.target}:{dedupe_key}"[:200],
        kind=f"{channel.name}_{topic}"[:60],
        channel=channel.name,
        target=target.target,
        to_name=target.name[:120],
        language=target.language,
        subject=text.partition("\n")[0][:250],
        text=seal(text),
        subject_kind=subject_kind,
        subject_id=subject_id,
    )


def write(rows: list[Message]) -> list[Message]:
    """Write rows whose keys are new and ask for their delivery after the commit; return those that were new."""
    from lincassable.messaging import tasks  # which imports delivery, which announces

    if not rows:
        return []
    with transaction.atomic():
        insert(rows)
        new = [row for row in rows if row.pk is not None]
        for row in new:
            transaction.on_commit(lambda pk=row.pk: broker.ask(tasks.deliver, pk))  # type: ignore[misc]
    return new


def _text(topic: str, language: str, context: Mapping[str, Any]) -> str:
    everything = {"site_name": settings.SITE_NAME, "site_url": settings.SITE_URL, "language": language, **context}
    engine: Any = engines["django"]
    with translation.override(language), timezone.override(ZoneInfo(settings.NETWORK_TIME_ZONE)):
        filled = engine.engine.get_template(f"chat/{topic}.txt").render(Context(everything, autoescape=False))
    return "\n".join(line.strip() for line in filled.replace("\x00", "").splitlines() if line.strip())[:LONGEST_TEXT]


def mail_given_up(message: Message) -> None:
    """Tell that a mail will not arrive; the address stays out of it."""
    context = {
        "address_refused": False,
        "subject": message.subject,
        "reason": message.get_reason_display(),
        "attempts": message.attempts,
        "url": web_address("admin:messaging_message_change", message.pk),
    }
    announce(MAIL_TROUBLE, context=context, dedupe_key=f"given-up:{message.pk}", subject_kind="message", subject_id=message.pk)


def task_failed(name: str, outcome: str, day: str) -> None:
    """Tell that a scheduled task failed; once a task and day, so that one that runs every minute does not fill a room."""
    url = web_address("admin:messaging_taskrun_changelist")
    announce(TASK_FAILED, context={"task": name, "outcome": outcome[:300], "url": url}, dedupe_key=f"task:{name}:{day}")


def register_topics() -> None:
    """Make the news of this app known."""
    register_topic(MAIL_TROUBLE, _("mails given up, addresses that refuse"))
    register_topic(TASK_FAILED, _("scheduled work that failed"))
