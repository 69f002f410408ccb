"""The mails about non-conformities: which templates exist (templates/mail/), who gets them, what they need. Decides and writes nothing.

| template | to | when | needs |
| --- | --- | --- | --- |
| nonconformity_new | the carrier or the sorting centre when they handle its kind; those of the office | it is reported; the office: not when it is minor, or when somebody else handles it and it is not critical | row, url |
| nonconformity_producer | the people of the producer concerned | it is reported, or turns out to be about its bottles | row, photos, page_url |
| nonconformity_monthly | the people of a producer | each month, when something was seen | producer, figures, page_url |
| nonconformity_step | the place's contacts, and the user who reported it | it is reported, and at each step | row, page_url, url |
| nonconformity_assigned | the person it is given to | it is given to somebody | row, url |
| nonconformity_comment | the place, the partner concerned, or the office | the other side writes something | row, comment, page_url, url |

All need `name`. `row` is the NonConformity; `page_url` the phone page of the place or the producer's own, `url` a page for who signs in;
the one that does not fit is "". Who has stopped a kind (`switches`) gets none of it; the others find in it where to stop it.
"""  # noqa: E501 - a table

from __future__ import annotations

from collections.abc import Iterator

from lincassable.accounts.actors import USER, Actor
from lincassable.messaging.services import Prepared, Recipient
from lincassable.reminders.notices import stoppable
from lincassable.reminders.registry import Person
from nonconformities import recipients
from nonconformities.enums import Handler, Severity
from nonconformities.models import NonConformity, NonConformityComment, NonConformityLog
from nonconformities.producers import Figures
from nonconformities.recipients import PERMISSION, admin_url
from nonconformities.switches import GIVEN, MONTHS, NEW, PROBLEMS
from references.models import Producer

SUBJECT = "nonconformity"
__all__ = ["PERMISSION", "admin_url", "assigned", "commented", "concerned", "monthly", "moved", "reported"]


def _mail(
    template: str, person: Person, row: NonConformity, key: str, *, page_url: str = "", url: str = "", **context: object
) -> tuple[Person, Prepared]:
    shown = {"row": row, "name": person.name, "page_url": page_url, "url": url, "is_producer": False, **context}
    to = Recipient(person.email, person.name, person.language)
    return person, Prepared(template, to, shown, f"{template}:{row.pk}:{key}:{person.kind}:{person.id}", SUBJECT, row.pk)


def _to_producer(row: NonConformity) -> list[Prepared]:
    """Return the mails to the producer's people: one that is about their bottles. Once each, however often it is asked for."""
    if row.producer is None:
        return []
    page_url, photos = recipients.producer_url(row.producer, row), row.photos.count()
    found = []
    for person in recipients.producers(row.producer, wants_each=True):
        shown = {"row": row, "photos": photos, "name": person.name, "page_url": page_url, "is_producer": True}
        to, key = Recipient(person.email, person.name, person.language), f"nonconformity_producer:{row.pk}:{person.kind}:{person.id}"
        found.append((person, Prepared("nonconformity_producer", to, shown, key, SUBJECT, row.pk)))
    return stoppable(PROBLEMS, found)


def concerned(row: NonConformity, *, by: Actor) -> list[Prepared]:
    """Return the mails to the partners concerned: who handles its kind, and the producer. Asked again, nobody is told twice."""
    mails = [
        _mail("nonconformity_new", reader.person, row, "new", url=reader.url)
        for reader in recipients.handlers(row)
        if (reader.person.kind, reader.person.id) != (by.kind, by.id)
    ]
    return [*stoppable(NEW, mails), *_to_producer(row)]


def reported(row: NonConformity) -> Iterator[Prepared]:
    """Yield the mails about a new one: to the place that it has arrived, to who handles it, to the producer, to the office.

    The office is told unless it is minor; what somebody else handles and was told of, only when it is critical.
    """
    people, page_url = recipients.place(row)
    yield from stoppable(PROBLEMS, [_mail("nonconformity_step", person, row, "reported", page_url=page_url) for person in people])
    told = concerned(row, by=Actor(row.actor_kind, row.actor_id))
    yield from told
    is_elsewhere = bool(told) and row.kind.handled_by != Handler.COORDINATION
    if row.severity == Severity.MINOR or (is_elsewhere and row.severity != Severity.CRITICAL):
        return
    office = [reader for reader in recipients.office(row) if (reader.person.kind, reader.person.id) != (row.actor_kind, row.actor_id)]
    yield from stoppable(NEW, [_mail("nonconformity_new", reader.person, row, "new", url=reader.url) for reader in office])


def moved(row: NonConformity, line: NonConformityLog) -> list[Prepared]:
    """Return the mails about a step: to the place, and to the user who reported it unless they did it themselves."""
    people, page_url = recipients.place(row)
    mails = [_mail("nonconformity_step", person, row, f"log:{line.pk}", page_url=page_url) for person in people]
    reader = recipients.reporter(row)
    if reader is not None and (line.actor_kind, line.actor_id) != (USER, reader.person.id):
        mails.append(_mail("nonconformity_step", reader.person, row, f"log:{line.pk}", url=reader.url))
    return stoppable(PROBLEMS, mails)


def assigned(row: NonConformity, line: NonConformityLog) -> list[Prepared]:
    """Return the mail to who has to handle it from now on."""
    user = row.assignee
    if user is None or not user.is_active or not user.email:
        return []
    person = recipients.person_of_user(user)
    return stoppable(GIVEN, [_mail("nonconformity_assigned", person, row, f"log:{line.pk}", url=admin_url(row))])


def commented(said: NonConformityComment, *, to_office: bool = False) -> list[Prepared]:
    """Return the mails about a shared comment, to the other side. Arguments: to_office, written by the place or by a partner."""
    return stoppable(PROBLEMS, _comments(said, to_office=to_office))


def _comments(said: NonConformityComment, *, to_office: bool) -> Iterator[tuple[Person, Prepared]]:
    row, key = said.nonconformity, f"comment:{said.pk}"
    if to_office:
        for reader in recipients.office(row):
            yield _mail("nonconformity_comment", reader.person, row, key, url=reader.url, comment=said)
        return
    if not said.is_internal:
        people, page_url = recipients.place(row)
        for person in people:
            yield _mail("nonconformity_comment", person, row, key, page_url=page_url, comment=said)
    if said.with_partner:
        for reader in recipients.handlers(row):
            yield _mail("nonconformity_comment", reader.person, row, key, url=reader.url, comment=said)
        if row.producer is not None:
            page_url = recipients.producer_url(row.producer, row)
            for person in recipients.producers(row.producer):
                yield _mail("nonconformity_comment", person, row, key, page_url=page_url, comment=said, is_producer=True)


def monthly(producer: Producer, figures: Figures, month: str) -> Iterator[Prepared]:
    """Yield a producer's summary of a month. Arguments: month, as “2026-10”: part of the key, so that none goes twice."""
    page_url = recipients.producer_url(producer)
    for person in recipients.producers(producer, wants_monthly=True):
        shown = {"producer": producer, "figures": figures, "name": person.name, "page_url": page_url}
        to = Recipient(person.email, person.name, person.language)
        key = f"nonconformity_monthly:{producer.pk}:{month}:{person.kind}:{person.id}"
        # A contact of the producer's place, written to when it has nobody of its own, stops it with the other mails about problems.
        switch = MONTHS if person.kind in MONTHS.people else PROBLEMS
        yield from stoppable(switch, [(person, Prepared("nonconformity_monthly", to, shown, key, "producer", producer.pk))])
