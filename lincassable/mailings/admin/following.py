"""What becomes of a mailing: its figures, its recipients, its log; pausing, going on, ending, sending the failed again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lincassable.accounts.actors import USER
from lincassable.accounts.models import User
from lincassable.base_admin import ModelAdmin
from lincassable.exporting import table_file
from lincassable.mailings import services, timing
from lincassable.mailings.admin.common import here, mailing_of, say, shown
from lincassable.mailings.audience import Criteria
from lincassable.mailings.earlier import audience_for
from lincassable.mailings.enums import Progress, State
from lincassable.mailings.models import Mailing, MailingRecipient
from lincassable.mailings.queries import GROUPS, Figures, figures_of, recipients_of
from stores.admin_saving import author

PER_PAGE = 50
LABELS = {
    "waiting": gettext_lazy("wait for their turn"),
    "outbox": gettext_lazy("in the outbox"),
    "sent": gettext_lazy("sent"),
    "delivered": gettext_lazy("delivered"),
    "bounced": gettext_lazy("came back"),
    "complained": gettext_lazy("called unwanted"),
    "failed": gettext_lazy("given up"),
    "cancelled": gettext_lazy("cancelled"),
    "left_out": gettext_lazy("left out"),
}


def page(request: HttpRequest, *, model_admin: ModelAdmin, pk: int) -> HttpResponse:
    """How far it is, for whom, and what happened."""
    mailing = mailing_of(model_admin, request, pk)
    group = request.GET.get("group", "") if request.GET.get("group", "") in GROUPS else ""
    looked_for = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    figures = figures_of([mailing.pk])[mailing.pk]
    rows = Paginator(recipients_of(mailing, group, looked_for), PER_PAGE).get_page(request.GET.get("page"))
    log = list(mailing.log.order_by("at", "pk"))
    names = {user.pk: str(user) for user in User.objects.filter(pk__in=[row.actor_id for row in log if row.actor_kind == USER])}
    context = {
        "figures": figures,
        "tiles": [(name, label, figures[name]) for name, label in LABELS.items() if figures[name] or name in ("waiting", "sent")],
        "rows": rows,
        "fates": [(row, fate_of(row)) for row in rows],
        "group": group,
        "group_label": LABELS.get(group, ""),
        "q": looked_for,
        "query": urlencode({"group": group, "q": looked_for} if looked_for else {"group": group}),
        "log": [
            (row, names.get(row.actor_id or 0) or (_("the system") if row.actor_kind != USER else _("a user whose account is gone")))
            for row in log
        ],
        "end": _end_of(mailing, figures),
        "waits": _waits(mailing, figures),
        "buttons": _buttons(mailing, figures) if model_admin.has_change_permission(request) else [],
        "sentences": Criteria.of(mailing.audience).sentences(),
        "expected": None if mailing.has_started else audience_for(mailing),
        "files": list(mailing.files.all()),
    }
    return shown(model_admin, request, mailing, "follow", **context)


def fate_of(row: MailingRecipient) -> tuple[str, str]:
    """Return what became of one row, in words, and why when that is known."""
    if row.progress == Progress.LEFT_OUT:
        return str(row.get_progress_display()), str(row.get_reason_display())
    message = row.message
    if message is None:
        return str(row.get_progress_display()), ""
    fate = message.get_fate_display() if message.fate else message.get_state_display()
    return str(fate), message.last_error[:300]


def _end_of(mailing: Mailing, figures: Figures) -> Any:
    """Return when the last message is handed over at this rate; None when nothing is under way."""
    if mailing.state != State.SENDING or not figures["waiting"]:
        return None
    rate = min(mailing.per_hour or settings.MAILINGS_PER_HOUR, settings.MAILINGS_PER_HOUR)
    return timing.expected_end(timezone.now(), figures["waiting"], rate, any_hour=mailing.any_hour)


def _waits(mailing: Mailing, figures: Figures) -> str:
    """Return until when it waits because of a quiet time; empty when it does not."""
    moment = timezone.now()
    if mailing.state == State.SCHEDULED and mailing.scheduled_at is not None:
        moment = max(mailing.scheduled_at, moment)
    elif mailing.state != State.SENDING and not (mailing.state == State.DONE and figures["outbox"]):
        return ""
    return "" if mailing.may_send(moment) else timing.waiting_sentence(moment)


def _buttons(mailing: Mailing, figures: Figures) -> list[tuple[str, Any, str, bool]]:
    """Return the buttons that make sense now: (verb, label, what it does, in red)."""
    found: list[tuple[str, Any, str, bool]] = []
    if mailing.state == State.SCHEDULED:
        found.append(("take-back", _("Take back to draft"), _("Nothing leaves; text and audience can be changed again."), False))
    if _waits(mailing, figures):
        found.append(("anyway", _("Send anyway"), _("It no longer waits for the quiet time to end: people may be disturbed."), False))
    if mailing.any_hour and mailing.state in (State.SCHEDULED, State.SENDING, State.PAUSED):
        found.append(("quiet", _("Respect quiet times"), _("What is left waits at night, on weekends and on public holidays."), False))
    if mailing.state == State.SENDING:
        found.append(("pause", _("Pause"), _("Nothing more is handed over; what lies in the outbox still leaves."), False))
    if mailing.state == State.PAUSED:
        found.append(("resume", _("Go on"), _("It goes on where it stopped; nobody gets it twice."), False))
    if mailing.has_started and mailing.state != State.CANCELLED and (figures.missed or services.corrected_rows(mailing)):
        sentence = _("The same message is tried once more; where the contact's address was corrected, the new one is used.")
        found.append(("resend", _("Send the failed again"), sentence, False))
    if mailing.state in (State.SENDING, State.PAUSED):
        found.append(("cancel", _("Cancel the rest"), _("Who still waits gets nothing; that cannot be undone."), True))
    return found


def _take_back(mailing: Mailing, request: HttpRequest) -> str:
    services.take_back(mailing, by=author(request))
    return _("It is a draft again: nothing leaves.")


def _anyway(mailing: Mailing, request: HttpRequest) -> str:
    services.send_anyway(mailing, True, by=author(request))
    return _("It is sent at quiet times too.")


def _quiet(mailing: Mailing, request: HttpRequest) -> str:
    services.send_anyway(mailing, False, by=author(request))
    return _("It waits at quiet times.")


def _pause(mailing: Mailing, request: HttpRequest) -> str:
    services.pause(mailing, by=author(request))
    return _("Paused: nothing more is handed over.")


def _resume(mailing: Mailing, request: HttpRequest) -> str:
    services.resume(mailing, by=author(request))
    return _("It goes on within a minute.")


def _cancel(mailing: Mailing, request: HttpRequest) -> str:
    services.cancel_rest(mailing, by=author(request))
    return _("Cancelled: who still waited gets nothing.")


def _resend(mailing: Mailing, request: HttpRequest) -> str:
    count = services.resend_failed(mailing, by=author(request))
    return ngettext("%(count)s message is tried again.", "%(count)s messages are tried again.", count) % {"count": count}


ACTS: dict[str, Callable[[Mailing, HttpRequest], str]] = {
    "take-back": _take_back,
    "anyway": _anyway,
    "quiet": _quiet,
    "pause": _pause,
    "resume": _resume,
    "cancel": _cancel,
    "resend": _resend,
}


def act(request: HttpRequest, *, model_admin: ModelAdmin, pk: int, verb: str) -> HttpResponse:
    """Do what a button says, and go back to the page; a refusal is told."""
    mailing = mailing_of(model_admin, request, pk)
    if verb not in ACTS:
        raise Http404
    try:
        messages.success(request, ACTS[verb](mailing, request))
    except ValidationError as error:
        say(request, error)
    mailing.refresh_from_db()
    return HttpResponseRedirect(here("text" if mailing.is_editable else "follow", mailing))


def export(request: HttpRequest, *, model_admin: ModelAdmin, pk: int, suffix: str) -> HttpResponse:
    """The list of recipients as a file."""
    mailing = mailing_of(model_admin, request, pk)
    headers = [_("collection point"), _("contact"), _("e-mail"), _("handed over"), _("what became of it"), _("why")]
    found = recipients_of(mailing, request.GET.get("group", ""))
    rows = (
        [str(row.store), str(row.contact or ""), row.email, row.handed_over_at, *fate_of(row)] for row in found.iterator(chunk_size=1000)
    )
    return table_file(f"mailing-{mailing.pk}", headers, rows, suffix=suffix)
