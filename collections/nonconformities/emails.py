"""The mails about non-conformities: which templates exist (templates/mail/), who gets them, what they need. Decides and writes nothing.

| template | to | when | needs |
| --- | --- | --- | --- |
| nonconformity_new | those of the office who handle them | one that is not minor is reported | row, url |
| nonconformity_step | the place's contacts, and the user who reported it | it is reported, and at each step | row, name, page_url |
| nonconformity_assigned | the person it is given to | it is given to somebody | row, name, url |
| nonconformity_comment | the place's contacts; or who handles it | the other side writes something | row, comment, name, page_url, url |

`row` is the NonConformity; `page_url` the phone page of the place, `url` the admin's page; the one that does not fit is "".
"""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.urls import reverse

from lincassable.accounts.actors import LINK, USER
from lincassable.accounts.models import User
from lincassable.messaging.services import Prepared, Recipient
from lincassable.reminders.people import contacts_of, store_pages, users_with
from lincassable.reminders.registry import Person
from nonconformities.enums import Severity
from nonconformities.models import NonConformity, NonConformityComment, NonConformityLog

SUBJECT = "nonconformity"
PERMISSION = "nonconformities.change_nonconformity"


def admin_url(row: NonConformity) -> str:
    """Return the absolute address of its admin page."""
    return settings.SITE_URL + reverse("admin:nonconformities_nonconformity_change", args=[row.pk])


def _mail(template: str, person: Person, row: NonConformity, key: str, *, page_url: str = "", url: str = "", **context: object) -> Prepared:
    shown = {"row": row, "name": person.name, "page_url": page_url, "url": url, **context}
    to = Recipient(person.email, person.name, person.language)
    return Prepared(template, to, shown, f"{template}:{row.pk}:{key}:{person.kind}:{person.id}", SUBJECT, row.pk)


def _user(user: User) -> Person:
    return Person(USER, user.pk, user.email, user.name, user.language)


def _place(row: NonConformity) -> tuple[list[Person], str]:
    """Return the contacts of the place, and its phone page."""
    store = row.store
    if store is None:
        return [], ""
    pk = store.merged_into_id or store.pk
    people = contacts_of([pk]).get(pk, [])
    return people, store_pages([pk]).get(pk, "") if people else ""


def _reporter(row: NonConformity) -> Person | None:
    """Return the user who reported it; a phone has no address but its place's."""
    user = User.objects.filter(pk=row.actor_id, is_active=True).exclude(email="").first() if row.actor_kind == USER else None
    return _user(user) if user else None


def handlers(row: NonConformity) -> list[Person]:
    """Return who handles it: the person it was given to, else everybody of the office who may."""
    user = row.assignee
    if user is not None and user.is_active and user.email:
        return [_user(user)]
    return users_with(PERMISSION)


def reported(row: NonConformity) -> Iterator[Prepared]:
    """Yield the mails about a new one: to the place that it has arrived, to the office when it is not minor."""
    people, page_url = _place(row)
    for person in people:
        yield _mail("nonconformity_step", person, row, "reported", page_url=page_url)
    if row.severity == Severity.MINOR:
        return
    for person in handlers(row):
        if (person.kind, person.id) != (row.actor_kind, row.actor_id):
            yield _mail("nonconformity_new", person, row, "new", url=admin_url(row))


def moved(row: NonConformity, line: NonConformityLog) -> Iterator[Prepared]:
    """Yield the mails about a step: to the place, and to the user who reported it unless they did it themselves."""
    people, page_url = _place(row)
    for person in people:
        yield _mail("nonconformity_step", person, row, f"log:{line.pk}", page_url=page_url)
    reporter = _reporter(row)
    if reporter is not None and (line.actor_kind, line.actor_id) != (USER, reporter.id):
        yield _mail("nonconformity_step", reporter, row, f"log:{line.pk}")


def assigned(row: NonConformity, line: NonConformityLog) -> Iterator[Prepared]:
    """Yield the mail to who has to handle it from now on."""
    user = row.assignee
    if user is not None and user.is_active and user.email:
        yield _mail("nonconformity_assigned", _user(user), row, f"log:{line.pk}", url=admin_url(row))


def commented(said: NonConformityComment) -> Iterator[Prepared]:
    """Yield the mails about a shared comment, to the other side."""
    row, key = said.nonconformity, f"comment:{said.pk}"
    if said.actor_kind == LINK:
        for person in handlers(row):
            yield _mail("nonconformity_comment", person, row, key, url=admin_url(row), comment=said)
        return
    people, page_url = _place(row)
    for person in people:
        yield _mail("nonconformity_comment", person, row, key, page_url=page_url, comment=said)
