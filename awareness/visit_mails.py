"""The mails about visits: which templates exist (templates/mail/), who gets them, and what they need. Decides nothing, writes nothing.

| template | to | when | needs |
| --- | --- | --- | --- |
| visit_planned | the visitor | somebody else plans it for them, or moves it | visit, place, moved, link |
| visit_cancelled | the visitor | somebody else calls it off, or takes it over | visit, place, link |

Nobody gets a mail about what they did themselves: their calendar's feed and their phone page show it. Who has stopped
these mails (`SWITCH`) gets none.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from icalendar import Event as Entry

from awareness.models import Visit
from lincassable.accounts.actors import USER, Actor
from lincassable.messaging.rendering import plain
from lincassable.messaging.services import Attachment, Prepared, Recipient
from lincassable.reminders.notices import stoppable
from lincassable.reminders.registry import USER as PERSON
from lincassable.reminders.registry import Person, Switch
from lincassable.web_addresses import web_address
from pickups.calendar_events import calendar, invite, organizer, text
from pickups.calendars import CANCEL, REQUEST, Method

SUBJECT = "visit"
SWITCH = Switch(
    "visit-dates",
    title=gettext_lazy("Mails about your visits: planned, changed or cancelled by somebody else"),
    question=gettext_lazy("Stop the mails about visits that somebody else plans, changes or cancels for you? They stay in your list."),
    done=gettext_lazy("Done: you will not get mails about your visits any more. They stay in your list."),
    people=(PERSON,),
)


def page_of(visit: Visit) -> str:
    """Return the absolute address of a visit's checklist."""
    return web_address("visits:checklist", visit.uuid)


def entry_of(visit: Visit, *, sequence: int, is_cancelled: bool, stamp: datetime | None = None) -> Entry:
    """Return a visit as an entry of a calendar, in the current language: a whole day, or the hour that was agreed.

    Arguments: visit, with its place; stamp, when it is written; None: now.
    """
    store, entry = visit.store, Entry()
    title = _("Visit: %(store)s") % {"store": store.name}
    entry.add("uid", f"{visit.uuid}@visit.lincassable")
    entry.add("sequence", sequence)
    entry.add("dtstamp", (stamp or timezone.now()).astimezone(UTC).replace(microsecond=0))
    if visit.starts_at and visit.ends_at:
        entry.add("dtstart", visit.starts_at.astimezone(UTC))
        entry.add("dtend", visit.ends_at.astimezone(UTC))
    else:
        entry.add("dtstart", visit.planned_on)
        entry.add("dtend", visit.planned_on + timedelta(days=1))
    entry.add("summary", plain(_("CANCELLED: %(title)s") % {"title": title} if is_cancelled else title))
    entry.add("status", "CANCELLED" if is_cancelled else "CONFIRMED")
    entry.add("location", plain(", ".join(part for part in (store.name, store.address) if part)))
    lines = [visit.cancel_reason if is_cancelled else "", visit.reason, *visit.notes.splitlines(), page_of(visit)]
    entry.add("description", text([line for line in lines if line]))
    return entry


def file_of(visits: list[Visit]) -> bytes:
    """Return the `.ics` file of planned visits, for whoever keeps them by hand."""
    made = calendar()
    for visit in visits:
        entry = entry_of(visit, sequence=visit.sequence, is_cancelled=False, stamp=visit.changed_at)
        entry.add("organizer", organizer())
        made.add_component(entry)
    return made.to_ical()


def _file(visit: Visit, to: Recipient, method: Method, sequence: int) -> Attachment:
    with translation.override(to.language):
        entry = entry_of(visit, sequence=sequence, is_cancelled=method == CANCEL)
        invite(entry, to)
        made = calendar(method=method)
        made.add_component(entry)
        return Attachment("visite.ics", f"text/calendar; method={method}; charset=UTF-8", made.to_ical())


def _mails(template: str, visit: Visit, sequence: int, method: Method, by: Actor | None) -> Iterator[Prepared]:
    user = visit.visitor
    if user is None or not user.is_active or not user.email or (by is not None and (by.kind, by.id) == (USER, user.pk)):
        return
    to = Recipient(user.email, user.name, user.language)
    shown = {"visit": visit, "place": visit.store, "moved": sequence > 0, "link": page_of(visit)}
    key = f"{template.replace('_', '-')}:{visit.pk}:{sequence}:user:{user.pk}"
    mail = Prepared(template, to, shown, key, SUBJECT, visit.pk, attachments=[_file(visit, to, method, sequence)])
    yield from stoppable(SWITCH, [(Person(PERSON, user.pk, user.email, user.name, user.language), mail)])


def planned(visit: Visit, *, by: Actor | None) -> Iterator[Prepared]:
    """Yield the mail that tells the visitor, unless it was their own doing. Arguments: by, who planned or moved it."""
    yield from _mails("visit_planned", visit, visit.sequence, REQUEST, by)


def cancelled(visit: Visit, *, sequence: int, by: Actor | None) -> Iterator[Prepared]:
    """Yield the mail that takes it from the visitor. Arguments: sequence, of the version that does; by, who called it off."""
    yield from _mails("visit_cancelled", visit, sequence, CANCEL, by)
