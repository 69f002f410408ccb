"""Who may be reminded: contacts of places and coordinators, many at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import TypeVar

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet

from lincassable.accounts import links
from lincassable.accounts.models import AccessLink, User
from lincassable.reminders.registry import CONTACT, USER, Person
from stores.models import Contact

CHUNK = 500  # rows handled at once by rules that look at the whole network
T = TypeVar("T")


def batched(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield `rows` in lists of `size`, the last one maybe shorter; reads no further than needed."""
    source = iter(rows)
    while some := list(islice(source, size)):
        yield some


def person_of(contact: Contact) -> Person:
    """Return a place's contact as somebody to remind."""
    return Person(CONTACT, contact.pk, contact.email, contact.name, contact.language)


def contacts_of(store_ids: Collection[int]) -> dict[int, list[Person]]:
    """Return the active contacts with an address of each place, by store id. One query."""
    found: dict[int, list[Person]] = defaultdict(list)
    rows = Contact.objects.filter(store__in=store_ids, is_active=True).exclude(email="").order_by("pk")
    for contact in rows.only("pk", "store_id", "email", "name", "language"):
        found[contact.store_id].append(person_of(contact))
    return found


def users_with(permission: str) -> list[Person]:
    """Return the active people who have a permission (“pickups.change_tour”): by their groups, by themselves, or as superusers."""
    app, codename = permission.split(".")
    types = ContentType.objects.filter(app_label=app)
    named = {"codename": codename, "content_type__in": types}
    by_group = Q(**{f"groups__permissions__{name}": value for name, value in named.items()})
    by_hand = Q(**{f"user_permissions__{name}": value for name, value in named.items()})
    found = User.objects.filter(by_group | by_hand | Q(is_superuser=True), is_active=True)
    users = User.objects.filter(pk__in=found.values("pk")).exclude(email="").order_by("pk")
    return [Person(USER, user.pk, user.email, user.name, user.language) for user in users]


def chunks(rows: QuerySet, size: int = CHUNK) -> Iterator[list]:
    """Read rows in key order, `size` at a time: the memory does not grow with the network. The order of the queryset is lost."""
    last = 0
    while chunk := list(rows.order_by("pk").filter(pk__gt=last)[:size]):
        yield chunk
        last = chunk[-1].pk


def store_pages(store_ids: Collection[int]) -> dict[int, str]:
    """Return the address of each place's phone page, by store id; a card is made where there is none, a revoked one is left out."""
    found = {link.object_id: link for link in AccessLink.objects.filter(kind=AccessLink.STORE, object_id__in=store_ids)}
    for store_id in sorted(set(store_ids) - set(found)):
        found[store_id] = links.link_for(AccessLink.STORE, store_id)
    return {store_id: links.url(link) for store_id, link in found.items() if not link.is_revoked}
