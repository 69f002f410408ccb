"""Everything that happened at a place, in one list. Each floor brings what it knows, in its `AppConfig.ready()`.

A source answers with its newest rows of some places, in a fixed number of queries; the pages are cut from all of them together.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from lincassable.accounts.actors import LINK, USER
from lincassable.accounts.models import User

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from stores.models import Store

PAGE = 30
# Each page asks every source for all the rows before it: fine for a person who leafs, not for a machine.
LAST_PAGE = 100


@dataclass(frozen=True)
class Happening:
    """One thing that happened at a place.

    Arguments: at, when; title, what; detail, in a sentence; url, where it is seen whole; author, (kind, id) as rows keep it.
    """

    at: datetime
    title: str
    detail: str = ""
    url: str = ""
    author: tuple[str, int | None] | None = None
    kind: str = ""
    who: str = ""


# Takes the ids of a place and of those merged into it, and how many rows are wanted; returns the newest ones, the newest first.
Read = Callable[[Collection[int], int], Sequence[Happening]]


@dataclass(frozen=True)
class Source:
    """A kind of happenings. permission: who may read them, as "app.codename"; label: how the filter calls them."""

    kind: str
    label: str | Promise
    permission: str
    read: Read


@dataclass(frozen=True)
class Page:
    """A page of a place's timeline, the newest first."""

    happenings: list[Happening]
    number: int
    has_next: bool


sources: list[Source] = []


def register(kind: str, label: str | Promise, permission: str, read: Read) -> None:
    """Add a kind of happenings; a kind that is there already is left alone."""
    if all(source.kind != kind for source in sources):
        sources.append(Source(kind, label, permission, read))


def readable(user: User) -> list[Source]:
    """Return the kinds that `user` may read."""
    return [source for source in sources if user.has_perm(source.permission)]


def places_of(store: Store) -> list[int]:
    """Return the ids whose history is this place's: its own, and those of the places that were merged into it."""
    return [store.pk, *type(store).objects.filter(merged_into=store).order_by("pk").values_list("pk", flat=True)]


def page_of(store: Store, user: User, *, kind: str = "", number: int = 1, size: int = PAGE) -> Page:
    """Return a page of what happened at `store`, as far as `user` may read it.

    Arguments: kind, one of the registered kinds, else all; number, from 1 to `LAST_PAGE`, cut to it; size, rows on a page.
    The number of queries depends on the kinds only.
    """
    number = min(max(number, 1), LAST_PAGE)
    chosen = [source for source in readable(user) if not kind or source.kind == kind]
    ids, wanted = places_of(store), number * size + 1
    found = [(row, source.kind) for source in chosen for row in source.read(ids, wanted)]
    found.sort(key=lambda pair: pair[0].at, reverse=True)
    rows = found[(number - 1) * size : number * size]
    names = _names([row.author for row, _kind in rows if row.author])
    happenings = [Happening(row.at, row.title, row.detail, row.url, row.author, kind, _who(row, names)) for row, kind in rows]
    return Page(happenings, number, len(found) > number * size and number < LAST_PAGE)


def _names(authors: Sequence[tuple[str, int | None]]) -> dict[int, str]:
    ids = {pk for kind, pk in authors if kind == USER and pk is not None}
    return {user.pk: str(user) for user in User.objects.filter(pk__in=ids)} if ids else {}


def _who(row: Happening, names: dict[int, str]) -> str:
    """Return who did it, as far as it is known: a name while the account exists."""
    kind, pk = row.author or ("", None)
    if kind == USER:
        return names.get(pk or 0) or _("a user whose account is gone (%(id)s)") % {"id": pk}
    return _("from a phone") if kind == LINK else ""
