"""What each kind of access link opens: its address, its cookie, and how the object behind it is called."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Q

from lincassable.accounts.models import AccessLink

Labels = Callable[[Collection[int]], Mapping[int, str]]
Search = Callable[[str], Iterable[int]]


@dataclass(frozen=True)
class LinkKind:
    """One kind of access link.

    Arguments:
        code: the number that stands for the kind inside a token; printed on cards, so it never changes.
        prefix: the address under which tokens are opened; the cookie is limited to it.
        cookie: the name of the cookie that an opened link leaves on the device; "" for one that leaves none.
        suffix: what stands behind the token.
    """

    code: int
    prefix: str
    cookie: str
    suffix: str = ""

    @property
    def is_card(self) -> bool:
        """Whether people open it on a device, from a card or a mail; a calendar program fetches the others by itself."""
        return bool(self.cookie)


KINDS: dict[str, LinkKind] = {
    AccessLink.STORE: LinkKind(1, "/p/", "carte_point"),
    AccessLink.TOUR: LinkKind(2, "/chauffeur/", "carte_tournee"),
    AccessLink.CARRIER_TOUR: LinkKind(3, "/transporteur/", "carte_transporteur"),
    AccessLink.STORE_CALENDAR: LinkKind(4, "/agenda/", "", ".ics"),
    AccessLink.CARRIER_CALENDAR: LinkKind(5, "/agenda/", "", ".ics"),
    AccessLink.USER_CALENDAR: LinkKind(6, "/agenda/", "", ".ics"),
    AccessLink.EVENT: LinkKind(7, "/equipe/", "carte_evenement"),
    AccessLink.PRODUCER: LinkKind(8, "/producteur/", "carte_producteur"),
}
KIND_OF_CODE = {kind.code: name for name, kind in KINDS.items()}

# Accounts knows no store and no tour: the apps that do say here how to name and find them (in their AppConfig.ready).
_labels: dict[str, Labels] = {}
_searches: dict[str, Search] = {}


def register_kind(kind: str, *, labels: Labels, search: Search | None = None) -> None:
    """Say how the objects of `kind` are called, and how to find them by name.

    Arguments:
        kind: one of AccessLink.KINDS.
        labels: takes ids and returns a name for each that exists; one call names many, so that a list costs one query.
        search: takes what a person typed and returns the ids of the objects it fits.
    Raises KeyError for an unknown kind.
    """
    KINDS[kind]
    _labels[kind] = labels
    if search is not None:
        _searches[kind] = search


def search(text: str) -> Q:
    """Return the condition on AccessLink rows whose object fits `text`, of whatever kind."""
    condition = Q(pk__in=[])
    for kind, find in _searches.items():
        condition |= Q(kind=kind, object_id__in=find(text))
    return condition


def describe(links: Collection[AccessLink]) -> dict[int, str]:
    """Return the name of what each link opens, by link id; a link whose object is unknown gets its kind and number."""
    names: dict[int, str] = {}
    for kind in {link.kind for link in links}:
        of_kind = [link for link in links if link.kind == kind]
        labels = _labels.get(kind)
        found = labels({link.object_id for link in of_kind}) if labels else {}
        names |= {link.pk: found.get(link.object_id, str(link)) for link in of_kind}
    return names
