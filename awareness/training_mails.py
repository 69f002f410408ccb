"""The mails about trainings: which templates exist (templates/mail/), who gets them, and what they need. Decides nothing, writes nothing.

| template | to | when | needs |
| --- | --- | --- | --- |
| training_planned | the place's contacts | it is planned, or moves | training, place, contact, moved |
| training_cancelled | the place's contacts | it is called off | training, place, contact |

Contacts who want no invitations get the mail without the calendar's file; who has stopped these mails (`SWITCH`) gets none.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from icalendar import Event as Entry

from awareness.models import Training
from lincassable.messaging.rendering import plain
from lincassable.messaging.services import Attachment, Prepared, Recipient
from lincassable.reminders.notices import stoppable
from lincassable.reminders.people import person_of
from lincassable.reminders.registry import Person, Switch
from pickups.calendar_events import calendar, invite, text
from pickups.calendars import CANCEL, REQUEST, Method
from stores.models import Contact

SUBJECT = "training"
SWITCH = Switch(
    "training-dates",
    title=gettext_lazy("Mails about trainings: dates and changes"),
    question=gettext_lazy("Stop the mails about trainings at your place: dates, changes? Neither will you be told when one is called off."),
    done=gettext_lazy("Done: you will not receive the dates of trainings any more. Your coordinator can switch them on again."),
)


def entry_of(training: Training, *, sequence: int, is_cancelled: bool, stamp: datetime | None = None) -> Entry:
    """Return a training as an entry of a calendar, in the current language. Arguments: stamp, when it is written; None: now."""
    store, entry = training.store, Entry()
    title = _("Training on the deposit: %(store)s") % {"store": store.name}
    entry.add("uid", f"{training.uuid}@training.lincassable")
    entry.add("sequence", sequence)
    entry.add("dtstamp", (stamp or timezone.now()).astimezone(UTC).replace(microsecond=0))
    entry.add("dtstart", training.starts_at.astimezone(UTC))
    entry.add("dtend", training.ends_at.astimezone(UTC))
    entry.add("summary", plain(_("CANCELLED: %(title)s") % {"title": title} if is_cancelled else title))
    entry.add("status", "CANCELLED" if is_cancelled else "CONFIRMED")
    entry.add("location", plain(", ".join(part for part in (store.name, store.address) if part)))
    entry.add("description", text([_("With your sales team: how the deposit works, what to tell customers, where crates go.")]))
    return entry


def _file(training: Training, to: Recipient, method: Method, sequence: int) -> Attachment:
    with translation.override(to.language):
        entry = entry_of(training, sequence=sequence, is_cancelled=method == CANCEL)
        invite(entry, to)
        made = calendar(method=method)
        made.add_component(entry)
        return Attachment("formation.ics", f"text/calendar; method={method}; charset=UTF-8", made.to_ical())


def _mails(template: str, training: Training, sequence: int, method: Method) -> Iterator[tuple[Person, Prepared]]:
    for contact in Contact.objects.filter(store=training.store_id, is_active=True).exclude(email="").order_by("pk"):
        to = Recipient(contact.email, contact.name, contact.language)
        shown = {"training": training, "place": training.store, "contact": contact, "moved": sequence > 0}
        files = [_file(training, to, method, sequence)] if contact.wants_invitations else []
        key = f"{template.replace('_', '-')}:{training.pk}:{training.store_id}:{sequence}:contact:{contact.pk}"
        yield person_of(contact), Prepared(template, to, shown, key, SUBJECT, training.pk, attachments=files)


def invitation(training: Training) -> list[Prepared]:
    """Return the mails that invite a place's contacts, or tell them that it moves."""
    return stoppable(SWITCH, _mails("training_planned", training, training.sequence, REQUEST))


def cancelled(training: Training, *, sequence: int) -> list[Prepared]:
    """Return the mails that call it off. Arguments: sequence, of the version that does."""
    return stoppable(SWITCH, _mails("training_cancelled", training, sequence, CANCEL))
