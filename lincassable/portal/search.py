"""Search everywhere: places, people, paloxes and tours by what a coordinator has at hand. Reads only."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db import connection, transaction
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from crates.models import Palox
from lincassable.accounts.actors import Actor
from lincassable.accounts.models import User
from pickups.models import Tour
from stores.enums import Status
from stores.models import Contact, Store
from stores.search import LIKENESS, Searchable, folded, phone_digits

MOST = 10  # of a kind on the page
SHORTEST, LONGEST = 2, 80  # letters of a question
_TOUR = re.compile(r"t?[\s-]*0*(\d{1,15})")


@dataclass(frozen=True)
class Found:
    """One answer: what it is called, what tells it from others of that name, where it is."""

    label: str
    detail: str
    url: str


@dataclass(frozen=True)
class Group:
    """The answers of one kind, the best first. more: where all of them are listed, when there are more than shown; else empty."""

    kind: str
    title: str | Promise
    found: list[Found]
    more: str = ""


def everywhere(text: str, *, user: User) -> list[Group]:
    """Return what fits `text` among what `user` may see, by kind; nothing for a text of fewer than two letters.

    Arguments: text, as typed: part of a name or town, with or without accents, a slip or two allowed; a contact's name or
    e-mail; a phone however its digits are grouped; a palox's number or a part of it; a tour's reference (T-12).
    One query for each kind, whatever is found.
    """
    text = text.strip()[:LONGEST]
    plain = folded(text)
    if len(plain) < SHORTEST:
        return []
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('pg_trgm.word_similarity_threshold', %s, true)", [str(LIKENESS)])
        groups = [search(plain, user) for permission, search in KINDS if user.has_perm(permission)]
    return [group for group in groups if group.found]


def _ranked(rows: QuerySet, first: str, second: str, plain: str) -> QuerySet:
    """Return the rows whose two columns hold `plain`, or nearly; those that begin with it first, then those with it."""
    rows = rows.annotate(text=Searchable(first, second))
    order = Case(When(text__startswith=plain, then=0), When(text__contains=plain, then=1), default=2, output_field=IntegerField())
    fitting = rows.filter(Q(text__contains=plain) | Q(text__trigram_word_similar=plain))
    return fitting.annotate(order=order, likeness=TrigramWordSimilarity(plain, "text"))


def _group(kind: str, title: Promise, rows: list, say: Callable[..., Found], listed: str = "") -> Group:
    return Group(kind, title, [say(row) for row in rows[:MOST]], listed if len(rows) > MOST else "")


def _list_url(model: str, plain: str) -> str:
    return f"{reverse(f'admin:{model}_changelist')}?{urlencode({'q': plain})}"


def _stores(plain: str, user: User) -> Group:
    rows = _ranked(Store.objects.for_actor(Actor.of_user(user)), "name", "city", plain)
    gone = Case(When(status=Status.ARCHIVED, then=Value(1)), default=Value(0), output_field=IntegerField())
    shown = rows.annotate(gone=gone).order_by("order", "gone", "-likeness", "name", "pk")[: MOST + 1]
    return _group("stores", _("Collection points"), list(shown), _store, _list_url("stores_store", plain))


def _store(store: Store) -> Found:
    parts = [store.get_kind_display(), store.address, "" if store.status == Status.ACTIVE else store.get_status_display()]
    return Found(store.name, " · ".join(part for part in parts if part), reverse("admin:stores_store_change", args=[store.pk]))


def _contacts(plain: str, user: User) -> Group:
    people, digits = Contact.objects.select_related("store"), phone_digits(plain)
    if digits:
        rows = people.filter(phone__contains=digits).order_by("-is_active", "name", "pk")
    elif "@" in plain:  # addresses resemble each other by their second half: only what is typed counts
        held = people.annotate(text=Searchable("name", "email")).filter(text__contains=plain)
        rows = held.order_by("-is_active", "name", "pk")
    else:
        rows = _ranked(people, "name", "email", plain).order_by("order", "-is_active", "-likeness", "name", "pk")
    return _group("contacts", _("Contacts"), list(rows[: MOST + 1]), _contact, _list_url("stores_contact", plain))


def _contact(contact: Contact) -> Found:
    parts = [str(contact.store), contact.email if contact.name else "", contact.phone.as_national if contact.phone else ""]
    return Found(str(contact), " · ".join(part for part in parts if part), reverse("admin:stores_contact_change", args=[contact.pk]))


def _paloxes(plain: str, user: User) -> Group:
    rows = Palox.objects.select_related("store").filter(Q(number__icontains=plain) | Q(number__icontains=plain.replace(" ", "-")))
    exact = Case(When(number__iexact=plain, then=0), When(number__iendswith=plain, then=1), default=2, output_field=IntegerField())
    shown = rows.order_by(exact, "number")[: MOST + 1]
    return _group("paloxes", _("Paloxes"), list(shown), _palox, _list_url("crates_palox", plain))


def _palox(palox: Palox) -> Found:
    parts = [palox.get_state_display(), str(palox.store) if palox.store else ""]
    return Found(palox.number, " · ".join(part for part in parts if part), reverse("admin:crates_palox_change", args=[palox.pk]))


def _tours(plain: str, user: User) -> Group:
    named = _TOUR.fullmatch(plain)
    rows = Tour.objects.for_actor(Actor.of_user(user)).filter(pk=int(named[1])).select_related("carrier") if named else []
    return _group("tours", _("Tours"), list(rows), _tour)


def _tour(tour: Tour) -> Found:
    return Found(str(tour), f"{tour.carrier} · {tour.get_state_display()}", reverse("admin:pickups_tour_change", args=[tour.pk]))


# In the order of the page: the permission that it takes, and how it is found.
KINDS: list[tuple[str, Callable[[str, User], Group]]] = [
    ("stores.view_store", _stores),
    ("stores.view_contact", _contacts),
    ("crates.view_palox", _paloxes),
    ("pickups.view_tour", _tours),
]
