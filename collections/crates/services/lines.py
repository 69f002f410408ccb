"""What callers hand to the ledger: plain lines, with places and containers as rows or as ids."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crates.enums import Content
from crates.models import ContainerType
from stores.models import Store

MOST_COUNTED = 100_000  # containers of one kind that a person can have seen at one place; more is a slip of the finger
MOST_STORED = 1_000_000_000  # the difference of two such figures still fits in the 32 bits of an entry

# (store id or None for the outside world, container type id, content) -> signed number of containers
Net = dict[tuple[int | None, int, str], int]


@dataclass(frozen=True, slots=True)
class Line:
    """One signed line of a movement: `quantity` containers more (or less) at `store`; None is the outside world."""

    store: Store | int | None
    container_type: ContainerType | int
    content: str
    quantity: int


@dataclass(frozen=True, slots=True)
class MovedLine:
    """So many containers of a kind that go from one place to another."""

    container_type: ContainerType | int
    content: str
    quantity: int


@dataclass(frozen=True, slots=True)
class PickedLine:
    """What a driver did at a stop with one kind of container: full ones loaded, empty ones left; empty ones taken, full ones left."""

    container_type: ContainerType | int
    loaded_full: int = 0
    left_empty: int = 0
    taken_empty: int = 0
    left_full: int = 0


@dataclass(frozen=True, slots=True)
class CountedLine:
    """One line of an inventory: `total` containers of a kind, `full` of them (None: not counted apart)."""

    container_type: ContainerType | int
    total: int
    full: int | None = None


@dataclass(frozen=True, slots=True)
class DeclaredLine:
    """One line of a declaration: `full` containers out of `total` (None: not said); `fill_percents` of each palox."""

    container_type: ContainerType | int
    full: int | None = None
    total: int | None = None
    fill_percents: Sequence[int] = ()

    @property
    def full_ones(self) -> int | None:
        """How many are full: the number said, else how many of the paloxes are at 100 %, else None."""
        if self.full is None and self.fill_percents:
            return sum(1 for percent in self.fill_percents if percent >= 100)
        return self.full

    @property
    def says_something(self) -> bool:
        """Whether any figure was given."""
        return self.full is not None or self.total is not None or bool(self.fill_percents)


def id_of(row: Store | ContainerType | int) -> int:
    """Return the id of a row, or the id itself."""
    return row if isinstance(row, int) else row.pk


def net_of(lines: Iterable[Line]) -> Net:
    """Return the sum of `lines` per place, container type and content, without zeros.

    Raises ValidationError when what leaves one place does not arrive at another (sums per container type are not zero),
    or when a figure is absurdly large.
    """
    net: defaultdict[tuple[int | None, int, str], int] = defaultdict(int)
    for line in lines:
        store = None if line.store is None else id_of(line.store)
        net[store, id_of(line.container_type), Content(line.content).value] += line.quantity
    sums: Counter[int] = Counter()
    for (_store, container_type, _content), quantity in net.items():
        sums[container_type] += quantity
        if abs(quantity) > MOST_STORED:
            raise ValidationError(_("%(number)s containers cannot be right: check the figures.") % {"number": quantity}, code="absurd")
    if any(sums.values()):
        raise ValidationError(
            _("Containers that leave a place must arrive at another: the lines of a movement have to sum to zero."), code="not_zero"
        )
    return {key: quantity for key, quantity in net.items() if quantity}


def check_figure(number: int | None, *, imported: bool) -> None:
    """Refuse a figure that nobody can have seen.

    Arguments: `number` of containers (None is all right); `imported` figures may be negative and larger.
    Raises ValidationError with a sentence for the person who typed it.
    """
    if number is None:
        return
    if number < 0 and not imported:
        raise ValidationError(_("A number of containers cannot be negative: write 0 when there are none."), code="negative")
    if abs(number) > (MOST_STORED if imported else MOST_COUNTED):
        raise ValidationError(_("%(number)s containers cannot be right: check the figure.") % {"number": number}, code="absurd")


def refuse_twice(lines: Iterable[CountedLine | DeclaredLine]) -> None:
    """Raise ValidationError when two of the lines are about the same container type."""
    kinds = [id_of(line.container_type) for line in lines]
    if len(kinds) != len(set(kinds)):
        raise ValidationError(_("The same container is listed twice: keep one line for it."), code="twice")
