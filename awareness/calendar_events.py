"""Events for calendars (RFC 5545): a file of one, the feed of all public ones, invitations in mails. Decides nothing, writes nothing.

Times are in UTC; identities never change; the sequence is the number of changes of what calendars hold. Texts: in the current language.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from icalendar import Event as Entry

from awareness import training_mails
from awareness.enums import EventState, TrainingState
from awareness.models import Event, SignUp, Training
from lincassable.accounts.models import User
from lincassable.messaging.rendering import plain
from lincassable.messaging.services import Attachment, Recipient
from pickups.calendar_events import calendar, invite, organizer, text
from pickups.calendars import CANCEL, REQUEST, Method

__all__ = ["CANCEL", "REQUEST", "feed", "file_of", "invitation", "network"]


def entry_of(event: Event, *, stamp: datetime | None = None) -> Entry:
    """Return an event as an entry of a calendar.

    Arguments: event, with its store and partners; stamp, when it is written (invitations), None for its last change (feeds).
    """
    changed = event.changed_at.astimezone(UTC).replace(microsecond=0)
    is_cancelled = event.state == EventState.CANCELLED
    entry = Entry()
    entry.add("uid", f"{event.uuid}@event.lincassable")
    entry.add("sequence", event.sequence)
    entry.add("dtstamp", stamp.astimezone(UTC).replace(microsecond=0) if stamp else changed)
    entry.add("created", event.created_at.astimezone(UTC).replace(microsecond=0))
    entry.add("last-modified", changed)
    entry.add("dtstart", event.starts_at.astimezone(UTC))
    entry.add("dtend", event.ends_at.astimezone(UTC))
    entry.add("summary", plain(_("CANCELLED: %(title)s") % {"title": event.title} if is_cancelled else event.title))
    entry.add("status", "CANCELLED" if is_cancelled else "CONFIRMED")
    entry.add("transp", "TRANSPARENT" if is_cancelled else "OPAQUE")
    entry.add("location", plain(", ".join(part for part in (event.where, event.address) if part)))
    if event.position:
        entry.add("geo", event.position)
    partners = ", ".join(partner.name for partner in event.partners.all())
    lines = [event.cancel_reason, *event.description.splitlines(), _("With: %(partners)s") % {"partners": partners} if partners else ""]
    entry.add("description", text([line for line in lines if line] + [event.url]))
    entry.add("categories", [plain(event.get_kind_display())])
    entry.add("url", event.url)
    return entry


def file_of(event: Event) -> bytes:
    """Return the `.ics` file of one event, for whoever keeps it by hand."""
    made = calendar()
    entry = entry_of(event)
    entry.add("organizer", organizer())
    made.add_component(entry)
    return made.to_ical()


def feed(events: Iterable[Event]) -> bytes:
    """Return the calendar that people subscribe to, in the network's language. Depends on rows alone."""
    with translation.override(settings.LANGUAGE_CODE):
        made = calendar(name=_("%(site)s events") % {"site": settings.SITE_NAME})
        for event in events:
            entry = entry_of(event)
            entry.add("organizer", organizer())
            made.add_component(entry)
        return made.to_ical()


def network(user: User, since: date, cancelled_since: date) -> Iterator[Entry]:
    """Yield all events and trainings, as a coordinator's calendar shows them: with their state, and the address of their page.

    Arguments: since, the oldest day shown; cancelled_since, of those called off. What the user is not to see is left out.
    One's own ones, as team or trainer, take one's time; the others are there to be known. Four queries, however many there are.
    """
    zone = ZoneInfo(settings.NETWORK_TIME_ZONE)
    first, first_off = (datetime.combine(day, time.min, zone) for day in (since, cancelled_since))
    if user.has_perm("awareness.view_event"):
        rows = Event.objects.filter(ends_at__gte=first).exclude(state=EventState.CANCELLED, ends_at__lt=first_off)
        for event in rows.select_related("store").prefetch_related("partners", "team").order_by("starts_at", "pk"):
            entry = entry_of(event)
            if event.state == EventState.DRAFT:
                _replace(entry, "summary", plain(_("Draft: %(title)s") % {"title": event.title}))
                _replace(entry, "status", "TENTATIVE")
            _owned(entry, any(one.pk == user.pk for one in event.team.all()), reverse("admin:awareness_event_change", args=[event.pk]))
            yield entry
    if user.has_perm("awareness.view_training"):
        held = Training.objects.filter(starts_at__gte=first).exclude(state=TrainingState.CANCELLED, starts_at__lt=first_off)
        for training in held.select_related("store", "trainer").order_by("starts_at", "pk"):
            is_cancelled = training.state == TrainingState.CANCELLED
            entry = training_mails.entry_of(training, sequence=training.sequence, is_cancelled=is_cancelled, stamp=training.changed_at)
            lines = [training.cancel_reason, _("Trainer: %(name)s") % {"name": training.trainer} if training.trainer else ""]
            _replace(entry, "description", text([line for line in lines if line]))
            page = reverse("admin:awareness_training_change", args=[training.pk])
            _owned(entry, training.trainer_id == user.pk and not is_cancelled, page)
            yield entry


def _replace(entry: Entry, name: str, value: str) -> None:
    entry.pop(name, None)
    entry.add(name, value)


def _owned(entry: Entry, is_own: bool, page: str) -> None:
    """Say whether an entry takes the reader's time, and which page of the admin is its own."""
    takes_time = is_own and str(entry.get("status")) != "CANCELLED"
    _replace(entry, "transp", "OPAQUE" if takes_time else "TRANSPARENT")
    _replace(entry, "url", settings.SITE_URL + page)


def invitation(signup: SignUp, *, method: Method) -> Attachment:
    """Return what a mail to somebody who signed up carries: `REQUEST` puts the event into a calendar or moves it, `CANCEL` takes it out."""
    to = Recipient(signup.email, signup.first_name, signup.language)
    with translation.override(signup.language):
        entry = entry_of(signup.event, stamp=timezone.now())
        if method == CANCEL:
            entry.pop("status")
            entry.add("status", "CANCELLED")
        invite(entry, to)
        made = calendar(method=method)
        made.add_component(entry)
        return Attachment("evenement.ics", f"text/calendar; method={method}; charset=UTF-8", made.to_ical())
