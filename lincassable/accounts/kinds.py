"""What each kind of access link opens: its address, its cookie, and how the object behind it is called."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from lincassable.accounts.models import AccessLink

Labels = Callable[[Collection[int]], Mapping[int, str]]


@dataclass(frozen=True)
class LinkKind:
    """One kind of access link.

    Arguments:
        code: the number that stands for the kind inside a token; printed on cards, so it never changes.
        prefix: the address under which tokens are opened; the cookie is limited to it.
        cookie: the name of the cookie that an opened link leaves on the device.
    """

    code: int
    prefix: str
    cookie: str


KINDS: dict[str, LinkKind] = {
    AccessLink.STORE: LinkKind(1, "/p/", "carte_point"),
    AccessLink.TOUR: LinkKind(2, "/chauffeur/", "carte_tournee"),
    AccessLink.CARRIER_TOUR: LinkKind(3, "/transporteur/", "carte_transporteur"),
}
KIND_OF_CODE = {kind.code: name for name, kind in KINDS.items()}

# Accounts knows no store and no tour: the apps that do say here how to name them (in their AppConfig.ready).
_labels: dict[str, Labels] = {}


def register_kind(kind: str, *, labels: Labels) -> None:
    """Say how the objects of `kind` are called: `labels` takes ids and returns a name for each that exists.

    One call names many objects, so that a list of links costs one query per kind. Raises KeyError for an unknown kind.
    """
    KINDS[kind]
    _labels[kind] = labels


def describe(links: Collection[AccessLink]) -> dict[int, str]:
    """Return the name of what each link opens, by link id; a link whose object is unknown gets its kind and number."""
    names: dict[int, str] = {}
    for kind in {link.kind for link in links}:
        of_kind = [link for link in links if link.kind == kind]
        labels = _labels.get(kind)
        found = labels({link.object_id for link in of_kind}) if labels else {}
        names |= {link.pk: found.get(link.object_id, str(link)) for link in of_kind}
    return names
