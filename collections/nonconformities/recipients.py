"""Who is told about a non-conformity, and where each of them reads it. Decides and writes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lincassable.accounts import links
from lincassable.accounts.actors import USER as SIGNED_IN
from lincassable.accounts.models import AccessLink, User
from lincassable.reminders.people import contacts_of, store_pages, users_with
from lincassable.reminders.registry import CARRIER, USER, Person
from lincassable.web_addresses import web_address
from nonconformities.enums import Handler
from nonconformities.models import NonConformity, ProducerContact
from references.models import Producer

PERMISSION = "nonconformities.change_nonconformity"
AT_THE_TABLE = "nonconformities.add_nonconformity"
PRODUCER_CONTACT, CONTACT_OF_PLACE = "producer-contact", "contact"


@dataclass(frozen=True)
class Reader:
    """Somebody who is told, and the absolute address where they read it ("" for none)."""

    person: Person
    url: str


def admin_url(row: NonConformity) -> str:
    """Return the absolute address of its admin page."""
    return web_address("admin:nonconformities_nonconformity_change", row.pk)


def person_of_user(user: User) -> Person:
    """Return a user as somebody to tell."""
    return Person(USER, user.pk, user.email, user.name, user.language)


def place(row: NonConformity) -> tuple[list[Person], str]:
    """Return the contacts of the place, and its phone page."""
    store = row.store
    if store is None:
        return [], ""
    pk = store.merged_into_id or store.pk
    people = contacts_of([pk]).get(pk, [])
    return people, store_pages([pk]).get(pk, "") if people else ""


def reporter(row: NonConformity) -> Reader | None:
    """Return the user who reported it, with the page where they may follow it; a phone has no address but its place's."""
    user = User.objects.filter(pk=row.actor_id or 0, is_active=True).exclude(email="").first() if row.actor_kind == SIGNED_IN else None
    if user is None:
        return None
    is_office = user.has_perm("nonconformities.view_nonconformity")
    return Reader(person_of_user(user), admin_url(row) if is_office else sorting_url(row))


def office(row: NonConformity) -> list[Reader]:
    """Return who handles it in the office: the person it was given to, else everybody who may."""
    user = row.assignee
    if user is not None and user.is_active and user.email:
        return [Reader(person_of_user(user), admin_url(row))]
    return [Reader(person, admin_url(row)) for person in users_with(PERMISSION)]


def handlers(row: NonConformity) -> list[Reader]:
    """Return the carrier or the sorting centre when they handle its kind; the producer's people are `producers`."""
    if row.kind.handled_by == Handler.CARRIER and row.carrier is not None and row.carrier.email:
        carrier = row.carrier
        person = Person(CARRIER, carrier.pk, carrier.email, carrier.contact_name or carrier.name, carrier.language)
        return [Reader(person, carrier_url(row))]
    if row.kind.handled_by == Handler.SORTING:
        staff = {person.id for person in users_with(PERMISSION)}
        return [Reader(person, sorting_url(row)) for person in users_with(AT_THE_TABLE) if person.id not in staff]
    return []


def carrier_url(row: NonConformity) -> str:
    """Return the absolute address where the carrier's office reads it, signed in."""
    return web_address("problems:carrier_one", row.key)


def sorting_url(row: NonConformity) -> str:
    """Return the absolute address where the sorting table reads it, signed in."""
    return web_address("problems:sorting_one", row.key)


def producer_url(producer: Producer, row: NonConformity | None = None) -> str:
    """Return the secret address of a producer's page, at `row` if given; "" when it was withdrawn. Makes the link when there is none."""
    link = links.link_for(AccessLink.PRODUCER, producer.pk)
    if link.is_revoked:
        return ""
    return links.url(link) + (f"?nc={row.key}" if row else "")


def producers(producer: Producer, **wanted: bool) -> Iterator[Person]:
    """Yield a producer's people: its own contacts who want that mail (`wanted`, columns of ProducerContact); without any, its place's."""
    known = list(ProducerContact.objects.filter(producer=producer, is_active=True).order_by("pk"))
    for contact in known:
        if all(getattr(contact, name) == value for name, value in wanted.items()):
            yield Person(PRODUCER_CONTACT, contact.pk, contact.email, contact.name, contact.language)
    if not known and producer.store_id:
        yield from contacts_of([producer.store_id]).get(producer.store_id, [])
