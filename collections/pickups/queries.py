"""Questions about pickups. Nothing here writes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db.models import Case, Count, Prefetch, Q, QuerySet, Value, When
from django.utils.translation import gettext as _

from crates.enums import Unit
from crates.models import ContainerType, StoreContainer
from crates.queries import catalogue
from lincassable.accounts.actors import LINK, SYSTEM
from lincassable.accounts.models import AccessLink, Authored, User
from pickups.enums import StopState
from pickups.lines import PlannedLine
from pickups.models import Stop, StopLine, Tour
from pickups.queries_parts import children_of, own_lines
from stores.enums import Role
from stores.models import Contact

_CALLED_FIRST = (Role.LOGISTICS, Role.MANAGER, Role.TEAM)


def suggested_lines(store_ids: Collection[int]) -> dict[int, list[PlannedLine]]:
    """Return what a tour could take and leave at each store, by store id; stores with nothing to move are absent.

    What stands there itself (`queries_parts.own_lines`), and at the places that bring their crates there: they have no stop
    of their own. A constant number of queries.
    """
    children = children_of(store_ids)
    lines = own_lines({*store_ids, *(child.pk for stores in children.values() for child in stores)})
    suggested = {}
    for store in store_ids:
        places = [store, *(child.pk for child in children.get(store, []))]
        found = [line for place in places for line in lines.get(place, [])]
        if found:
            suggested[store] = sum_of((line.container_type, line.planned_full, line.planned_empty) for line in found)
    return suggested


def planned_containers(tour: Tour | None = None) -> list[ContainerType]:
    """Return the kinds of containers to plan with, in the order of screens: those that places use, and those of the tour."""
    used = set(StoreContainer.objects.order_by().values_list("container_type_id", flat=True).distinct())
    if tour is not None and tour.pk:
        used |= set(StopLine.objects.filter(stop__tour=tour).order_by().values_list("container_type_id", flat=True).distinct())
    kinds = list(catalogue().values())
    return [kind for kind in kinds if kind.pk in used] or [kind for kind in kinds if kind.is_active][:2]


def with_lines(stops: QuerySet[Stop]) -> QuerySet[Stop]:
    """Return stops in order, with their stores and `all_lines` (lines with their container types, in the order of screens)."""
    order = ("container_type__position", "container_type__code")
    lines = Prefetch("lines", StopLine.objects.select_related("container_type").order_by(*order), to_attr="all_lines")
    return stops.select_related("store").prefetch_related(lines).order_by("position", "pk")


def stop_containers(stop: Stop) -> list[ContainerType]:
    """Return the kinds of containers that a driver may move at `stop`: what the place uses, and what is planned or recorded."""
    used = set(StoreContainer.objects.filter(store_id=stop.store_id).values_list("container_type_id", flat=True))
    used |= set(stop.lines.values_list("container_type_id", flat=True))
    kinds = list(catalogue().values())
    return [kind for kind in kinds if kind.pk in used] or [kind for kind in kinds if kind.is_active and kind.declared_as == Unit.COUNT][:2]


def progress(tours: QuerySet[Tour]) -> QuerySet[Tour]:
    """Return tours with `stop_count` and `open_stop_count` (stops still to do)."""
    return tours.annotate(stop_count=Count("stops"), open_stop_count=Count("stops", filter=Q(stops__state=StopState.TO_DO)))


def authors(rows: Iterable[Authored]) -> dict[tuple[str, int | None], str]:
    """Return who wrote each row, in words, by (kind, id): a user's name, or which link it was. One or two queries."""
    keys = {(row.actor_kind, row.actor_id) for row in rows}
    users = {user.pk: str(user) for user in User.objects.filter(pk__in=[pk for kind, pk in keys if kind == "user"])}
    links = dict(AccessLink.objects.filter(pk__in=[pk for kind, pk in keys if kind == LINK]).values_list("pk", "kind"))
    names = {AccessLink.TOUR: _("driver"), AccessLink.CARRIER_TOUR: _("carrier"), AccessLink.STORE: _("store")}

    def name(kind: str, pk: int | None) -> str:
        if kind == SYSTEM:
            return _("system")
        return names.get(links.get(pk or 0, ""), _("access link")) if kind == LINK else users.get(pk or 0, _("former user"))

    return {key: name(*key) for key in keys}


class Load(NamedTuple):
    """What a tour is planned to carry: crates and other containers, and their weight in kilograms."""

    full: int
    empty: int
    kg: int


@dataclass
class TourSheet:
    """A tour as its pages show it: stops in order with their lines, and the sums."""

    tour: Tour
    stops: list[Stop]
    planned: list[PlannedLine] = field(default_factory=list)
    actual: list[PlannedLine] = field(default_factory=list)

    @property
    def load(self) -> Load:
        """The planned load: full ones weigh with their bottles; empty ones are on board before the first stop."""
        kg = sum(line.planned_full * line.container_type.full_weight_g for line in self.planned) / 1000
        return Load(sum(line.planned_full for line in self.planned), sum(line.planned_empty for line in self.planned), round(kg))

    @property
    def next_stop(self) -> Stop | None:
        """The first stop still to do."""
        return next((stop for stop in self.stops if stop.state == StopState.TO_DO), None)

    @property
    def left(self) -> int:
        """How many stops are still to do."""
        return sum(1 for stop in self.stops if stop.state == StopState.TO_DO)


def sheet_of(tour: Tour) -> TourSheet:
    """Return the tour's sheet, in three queries whatever the number of stops."""
    stops = list(with_lines(tour.stops.all()))
    lines = [line for stop in stops for line in stop.all_lines]  # type: ignore[attr-defined]
    planned = sum_of((line.container_type, line.planned_full, line.planned_empty) for line in lines)
    actual = sum_of((line.container_type, line.loaded_full, line.left_empty) for line in lines if line.loaded_full is not None)
    return TourSheet(tour, stops, planned, actual)


def sum_of(triples: Iterable[tuple[ContainerType, int, int]]) -> list[PlannedLine]:
    """Add up (container type, full, empty) per container type; returned in the order of screens."""
    sums: dict[int, PlannedLine] = {}
    for kind, full, empty in triples:
        known = sums.get(kind.pk, PlannedLine(kind))
        sums[kind.pk] = PlannedLine(kind, known.planned_full + full, known.planned_empty + empty)
    return sorted(sums.values(), key=lambda line: (line.container_type.position, line.container_type.code))


def phones_of(store_ids: Collection[int]) -> dict[int, Contact]:
    """Return, by store id, the contact whom a driver calls: logistics first, then the manager, then the team."""
    rank = Case(*(When(role=role, then=Value(place)) for place, role in enumerate(_CALLED_FIRST)), default=Value(len(_CALLED_FIRST)))
    contacts = Contact.objects.filter(store_id__in=store_ids, is_active=True).exclude(phone="").order_by("store_id", rank, "pk")
    return {contact.store_id: contact for contact in contacts.distinct("store_id")}
