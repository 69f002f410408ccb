"""Search everywhere: places, people, paloxes and tours by what a coordinator has at hand. Reads only."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
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
from stores.search import LIKENESS, folded, phone_digits

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
    One query for each kind, whatever is found. Whoever may see places, people or paloxes sees all of them (`Store.objects.for_actor`).
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


# Written out: the questions run at each Ctrl + K, and building them from models took longer than their answers.
# The folded text is worked out once a row (MATERIALIZED), then asked three times.
_FITTING = """
    WITH found AS MATERIALIZED (
        SELECT *, searchable({columns}) AS folded FROM {table} WHERE {condition}
    ) SELECT {shown}, CASE WHEN starts_with(folded, %(plain)s) THEN 0 WHEN strpos(folded, %(plain)s) > 0 THEN 1 ELSE 2 END AS fit
    FROM found {beside} ORDER BY fit, {last}, word_similarity(%(plain)s, folded) DESC, found.name, found.id LIMIT %(most)s
"""
_NEARLY = "searchable({columns}) LIKE %(held)s OR searchable({columns}) %%> %(plain)s"
STORES = _FITTING.format(
    columns="name, city",
    table="stores_store",
    condition=_NEARLY.format(columns="name, city"),
    shown="id, name, kind, status, street, postcode, city",
    beside="",
    last="status = 'archived'",
)


def _contacts_sql(condition: str) -> str:
    return _FITTING.format(
        columns="name, email",
        table="stores_contact",
        condition=condition,
        shown="found.id, found.name, found.email, found.phone, s.name AS at_name, s.city AS at_city",
        beside="JOIN stores_store AS s ON s.id = found.store_id",
        last="NOT is_active",
    )


CONTACTS = _contacts_sql(_NEARLY.format(columns="name, email"))
# Addresses resemble each other by their second half: only what is typed counts.
CONTACTS_BY_MAIL = _contacts_sql("searchable(name, email) LIKE %(held)s")
CONTACTS_BY_PHONE = _contacts_sql("phone LIKE %(digits)s")
PALOXES = """
    SELECT p.id, p.number, p.state, s.name AS at_name, s.city AS at_city
    FROM crates_palox AS p LEFT JOIN stores_store AS s ON s.id = p.store_id
    WHERE upper(number) LIKE upper(%(held)s) OR upper(number) LIKE upper(%(dashed)s)
    ORDER BY upper(number) <> upper(%(plain)s), upper(number) NOT LIKE upper(%(ending)s), number LIMIT %(most)s
"""


def _escaped(text: str) -> str:
    """Return `text` as LIKE takes it literally."""
    return re.sub(r"([\\%_])", r"\\\1", text)


def _held(text: str) -> str:
    """Return the LIKE pattern of what holds `text`."""
    return f"%{_escaped(text)}%"


def _group(kind: str, title: Promise, rows: list, say: Callable[..., Found], listed: str = "") -> Group:
    return Group(kind, title, [say(row) for row in rows[:MOST]], listed if len(rows) > MOST else "")


def _list_url(model: str, plain: str) -> str:
    return f"{reverse(f'admin:{model}_changelist')}?{urlencode({'q': plain})}"


def _stores(plain: str, user: User) -> Group:
    rows = Store.objects.raw(STORES, {"plain": plain, "held": _held(plain), "most": MOST + 1})
    return _group("stores", _("Collection points"), list(rows), _store, _list_url("stores_store", plain))


def _store(store: Store) -> Found:
    parts = [store.get_kind_display(), store.address, "" if store.status == Status.ACTIVE else store.get_status_display()]
    return Found(store.name, " · ".join(part for part in parts if part), reverse("admin:stores_store_change", args=[store.pk]))


def _contacts(plain: str, user: User) -> Group:
    digits = phone_digits(plain)
    question = CONTACTS_BY_PHONE if digits else CONTACTS_BY_MAIL if "@" in plain else CONTACTS
    asked = {"plain": plain, "held": _held(plain), "digits": f"%{digits}%", "most": MOST + 1}
    rows = Contact.objects.raw(question, asked)
    return _group("contacts", _("Contacts"), list(rows), _contact, _list_url("stores_contact", plain))


def _contact(contact: Contact) -> Found:
    parts = [_place(contact), contact.email if contact.name else "", contact.phone.as_national if contact.phone else ""]
    return Found(str(contact), " · ".join(part for part in parts if part), reverse("admin:stores_contact_change", args=[contact.pk]))


def _place(row: Any) -> str:
    """Say where it is; empty for nowhere."""
    return str(Store(name=row.at_name, city=row.at_city)) if row.at_name else ""


def _paloxes(plain: str, user: User) -> Group:
    asked = {
        "plain": plain,
        "held": _held(plain),
        "dashed": _held(plain.replace(" ", "-")),
        "ending": "%" + _escaped(plain),
        "most": MOST + 1,
    }
    return _group("paloxes", _("Paloxes"), list(Palox.objects.raw(PALOXES, asked)), _palox, _list_url("crates_palox", plain))


def _palox(palox: Palox) -> Found:
    parts = [palox.get_state_display(), _place(palox)]
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
