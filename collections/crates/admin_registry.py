"""What higher floors bring to the ledger's admin pages. They fill it in their `AppConfig.ready()`.

A movement keeps the name and the id of what it tells of ("stop", 412); only the higher floor knows its page. And
accepting a held declaration may mean more than the ledger: the pickup that it asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from crates.models import Declaration
    from lincassable.accounts.actors import Actor


class Acceptance(Protocol):
    """A service that takes a held declaration into account."""

    def __call__(self, declaration: Declaration, *, by: Actor) -> Declaration: ...


@dataclass(frozen=True)
class Origin:
    """A kind of row of a higher floor that movements tell of."""

    label: str | Promise
    url: Callable[[int], str]


origins: dict[str, Origin] = {}
_acceptances: list[Acceptance] = []


def register_origin(kind: str, *, label: str | Promise, url: Callable[[int], str]) -> None:
    """Say where the rows that movements call `kind` are shown and corrected.

    Arguments: `label` names one, in lower case; `url` takes its id and returns the address of its admin page. Its
    movements are then corrected there, so that both stay equal, and not on the movement's own page.
    """
    origins[kind] = Origin(label, url)


def register_acceptance(service: Acceptance) -> None:
    """Name the service that accepts a held declaration, in place of the ledger's own `accept_held`."""
    _acceptances[:] = [service]


def acceptance() -> Acceptance:
    """Return the service that accepts a held declaration."""
    from crates.services import accept_held

    return _acceptances[0] if _acceptances else accept_held
