"""What a tour's slip says: rows, columns, sums. Nothing here draws or writes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from crates.models import ContainerType, StoreContainer
from lincassable.accounts import links
from lincassable.web_addresses import web_address
from pickups import queries, services
from pickups.driver_sheet import hours_text
from pickups.enums import ProofKind, StopState, TourState
from pickups.models import HubCount, Stop, StopLine, StopPallet, StopPalox, StopProof, Tour

LONGEST_NOTE = 150  # characters of access notes: paper is for what the driver must know, the phone has the rest
# The four directions of a kind of container at a stop: title, planned column, actual column, whether they come back full, and are taken.
DIRECTIONS = (
    (gettext_lazy("Full taken"), "planned_full", "loaded_full", True, True),
    (gettext_lazy("Empty left"), "planned_empty", "left_empty", False, False),
    (gettext_lazy("Empty taken"), "planned_taken_empty", "taken_empty", False, True),
    (gettext_lazy("Full left"), "planned_left_full", "left_full", True, False),
)
_USUAL = 2  # directions of an empty slip


@dataclass(frozen=True)
class Quantity:
    """A planned number, and the real one once it is known."""

    planned: int = 0
    actual: int | None = None

    @property
    def differs(self) -> bool:
        """Whether reality was not as planned."""
        return self.actual is not None and self.actual != self.planned

    def __add__(self, other: Quantity) -> Quantity:
        if self.actual is None and other.actual is None:
            return Quantity(self.planned + other.planned)
        return Quantity(self.planned + other.planned, (self.actual or 0) + (other.actual or 0))


@dataclass(frozen=True)
class Column:
    """One kind of container in one direction.

    Arguments: direction, an index of DIRECTIONS.
    """

    container: ContainerType
    direction: int

    @property
    def title(self) -> str:
        """The direction, in words."""
        return str(DIRECTIONS[self.direction][0])

    def of(self, line: StopLine | None, *, recorded: bool) -> Quantity:
        """Return what this column shows of a stop's line; the real number of a recorded stop is 0 where nothing was written."""
        planned = getattr(line, DIRECTIONS[self.direction][1]) if line else 0
        actual = getattr(line, DIRECTIONS[self.direction][2]) if line else 0
        return Quantity(planned, (actual or 0) if recorded else None)

    @property
    def weight_g(self) -> int:
        """Weight in grams of one container of this column."""
        return self.container.full_weight_g if DIRECTIONS[self.direction][3] else self.container.tare_g

    @property
    def is_taken(self) -> bool:
        """Whether it travels towards the hub."""
        return DIRECTIONS[self.direction][4]

    @property
    def bottles(self) -> int:
        """Bottles that one container of this column brings back."""
        return self.container.bottles if DIRECTIONS[self.direction][3] and self.is_taken else 0


@dataclass(frozen=True)
class PalletLine:
    """Pallets of one kind at a stop.

    Arguments: direction, "taken" or "left"; label, the type and what is on it; quantity, None for a box that nobody planned.
    """

    direction: str
    label: str
    quantity: Quantity | None = None

    @property
    def way(self) -> str:
        """The direction, in words."""
        return str(PALLET_DIRECTIONS[self.direction])


@dataclass
class Row:
    """One stop."""

    number: int
    stop: Stop
    cells: list[Quantity]
    hours: str | None
    pallets: list[PalletLine] = field(default_factory=list)
    paloxes: str = ""
    signature: StopProof | None = None

    @property
    def recorded(self) -> bool:
        """Whether somebody told how the stop went."""
        return self.stop.state != StopState.TO_DO

    @property
    def slot(self) -> str:
        """The time window, "" without one."""
        start, end = self.stop.window_start, self.stop.window_end
        if start and end:
            return f"{start:%H:%M}–{end:%H:%M}"
        if start:
            return _("from %(time)s") % {"time": f"{start:%H:%M}"}
        return _("until %(time)s") % {"time": f"{end:%H:%M}"} if end else ""

    @property
    def notes(self) -> list[str]:
        """What the driver must know, each cut to a length that paper bears."""
        store = self.stop.store
        texts = [store.access_notes, self.stop.note]
        return [_shortened(text) for text in texts if text.strip()]


@dataclass
class Slip:
    """Everything on the paper."""

    tour: Tour
    columns: list[Column]
    rows: list[Row]
    address: str
    hub_counts: list[HubCount] = field(default_factory=list)

    @property
    def recorded(self) -> bool:
        """Whether the slip tells of something that happened."""
        return any(row.recorded for row in self.rows)

    @property
    def finished(self) -> bool:
        """Whether nothing is left to write by hand."""
        return self.tour.state in (TourState.DONE, TourState.CLOSED) and all(row.recorded for row in self.rows)

    @property
    def totals(self) -> list[Quantity]:
        """The sum of each column; real numbers as soon as one stop is recorded."""
        return [sum((row.cells[index] for row in self.rows), Quantity()) for index in range(len(self.columns))]

    @property
    def pallets(self) -> list[PalletLine]:
        """All pallets taken, and all pallets left; nothing where none were planned or moved."""
        sums: dict[str, Quantity] = {}
        for line in (line for row in self.rows for line in row.pallets):
            sums[line.direction] = sums.get(line.direction, Quantity()) + (line.quantity or Quantity())
        return [PalletLine(direction, "", sums[direction]) for direction in sorted(sums, reverse=True)]

    def weighed(self, *, taken: bool) -> Quantity:
        """Return the kilograms brought back (`taken`) or delivered."""
        pairs = [(column.weight_g, total) for column, total in zip(self.columns, self.totals, strict=True) if column.is_taken == taken]
        planned = round(sum(weight * total.planned for weight, total in pairs) / 1000)
        return Quantity(planned, round(sum(weight * (total.actual or 0) for weight, total in pairs) / 1000) if self.recorded else None)

    @property
    def bottles(self) -> Quantity:
        """The bottles that come back."""
        pairs = [(column.bottles, total) for column, total in zip(self.columns, self.totals, strict=True)]
        planned = sum(bottles * total.planned for bottles, total in pairs)
        return Quantity(planned, sum(bottles * (total.actual or 0) for bottles, total in pairs) if self.recorded else None)


PALLET_DIRECTIONS = {
    "taken": pgettext_lazy("pallets", "taken"),
    "left": pgettext_lazy("pallets", "left"),
}


def slip_of(tour: Tour) -> Slip:
    """Return the content of `tour`'s slip, in the current language. A constant number of queries, whatever the number of stops."""
    stops = queries.sheet_of(tour).stops
    columns = _columns(stops)
    ids = [stop.pk for stop in stops]
    pallets, paloxes, signatures = _pallets(ids), _paloxes(ids), _signatures(ids)
    rows = []
    for number, stop in enumerate(stops, start=1):
        lines = {line.container_type_id: line for line in stop.all_lines}  # type: ignore[attr-defined]
        recorded = stop.state != StopState.TO_DO
        cells = [column.of(lines.get(column.container.pk), recorded=recorded) for column in columns]
        hours = hours_text(stop.store, tour.date)
        rows.append(Row(number, stop, cells, hours, pallets.get(stop.pk, []), paloxes.get(stop.pk, ""), signatures.get(stop.pk)))
    counts = HubCount.objects.filter(tour=tour).select_related("container_type").order_by("container_type__position")
    return Slip(tour, columns, rows, _address(tour), list(counts))


def _columns(stops: Iterable[Stop]) -> list[Column]:
    """Return the columns with something in them; without any plan, the usual two of each kind that the places use."""
    found: dict[tuple[int, str, int], Column] = {}
    for stop in stops:
        for line in stop.all_lines:  # type: ignore[attr-defined]
            for index, (_title, planned, actual, _full, _taken) in enumerate(DIRECTIONS):
                if getattr(line, planned) or getattr(line, actual):
                    kind = line.container_type
                    found[kind.position, kind.code, index] = Column(kind, index)
    if found:
        return [found[key] for key in sorted(found)]
    used = StoreContainer.objects.filter(store__in=[stop.store_id for stop in stops]).values("container_type")
    kinds = ContainerType.objects.filter(pk__in=used).order_by("position", "code")
    return [Column(kind, index) for kind in kinds for index in range(_USUAL)]


def _pallets(stop_ids: list[int]) -> dict[int, list[PalletLine]]:
    """Return the pallets of each stop, by stop id."""
    found: dict[int, list[PalletLine]] = {}
    rows = StopPallet.objects.filter(stop__in=stop_ids).select_related("container_type").order_by("stop", "-direction", "pallet_type", "pk")
    for row in rows:
        content = row.container_type.short if row.container_type else pgettext("pallet", "mixed")
        label = f"{row.get_pallet_type_display().partition(' ')[0]}, {content}"
        found.setdefault(row.stop_id, []).append(PalletLine(row.direction, label, Quantity(row.planned, row.actual)))
    return found


def _paloxes(stop_ids: list[int]) -> dict[int, str]:
    """Return the numbers of the paloxes taken and left at each stop, in words, by stop id."""
    numbers: dict[int, dict[str, list[str]]] = {}
    for row in StopPalox.objects.filter(stop__in=stop_ids).order_by("stop", "-direction", "number"):
        numbers.setdefault(row.stop_id, {}).setdefault(str(row.get_direction_display()), []).append(row.number)
    return {
        stop_id: "; ".join(f"{direction} {', '.join(found)}" for direction, found in directions.items())
        for stop_id, directions in numbers.items()
    }


def _signatures(stop_ids: list[int]) -> dict[int, StopProof]:
    """Return the signature of each signed stop, by stop id."""
    return {proof.stop_id: proof for proof in StopProof.objects.filter(stop__in=stop_ids, kind=ProofKind.SIGNATURE).order_by("pk")}


def _address(tour: Tour) -> str:
    """Return what the QR code leads to: the driver's link, or the tour in the admin when there is none."""
    link = services.driver_link(tour)
    return links.url(link) if link else web_address("admin:pickups_tour_change", tour.pk)


def _shortened(text: str) -> str:
    """Return `text` on one line, cut at LONGEST_NOTE characters."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_NOTE else line[: LONGEST_NOTE - 1].rstrip() + "…"


def signed_at(row: Row) -> datetime | None:
    """Return when a stop was signed: the moment of its signature, else of its record."""
    return row.signature.taken_at if row.signature else row.stop.completed_at
