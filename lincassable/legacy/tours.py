"""Carriers and tours of an export, and the tours that stops without one are given."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from lincassable.legacy import cells
from lincassable.legacy.cells import CellRefused, shown
from lincassable.legacy.enums import RowState, Table
from lincassable.legacy.known import Work, known_rows, place_of, remember
from lincassable.legacy.models import LegacyRow
from lincassable.legacy.rows import Row, RowRefused, digest_of, rows
from pickups.enums import TourState, VehicleKind
from pickups.models import Carrier, Tour, Vehicle
from stores.models import Store

CARRIER_COLUMNS = frozenset({"id", "nom", "entrepot_id", "cyke_connexion", "created_at"})
TOUR_COLUMNS = frozenset(
    [
        "id",
        "date",
        "zone_de_collecte_id",
        "transporteur_id",
        "point_de_massification_id",
        "statut",
        "type_de_vehicule",
        "prix",
        "bon_de_tournee",
        "created_at",
    ]
)
STATES = {
    "en cours de préparation": TourState.DRAFT,
    "en attente de validation": TourState.AWAITING,
    "validé": TourState.ACCEPTED,
    "réalisé": TourState.DONE,
    "clôturé": TourState.CLOSED,
}
# word -> (kind, usual payload in kg): French categories, payload = permitted mass less the vehicle's own, rounded down.
VEHICLES = {
    "velo": (VehicleKind.BIKE, 150),
    "vélo": (VehicleKind.BIKE, 150),
    "vl": (VehicleKind.VAN, 1000),
    "12 t": (VehicleKind.TRUCK_12T, 6000),
    "19 t": (VehicleKind.TRUCK_19T, 10000),
}
NOBODY = "–"  # carrier of tours that name none


def import_carriers(work: Work) -> None:
    """Read the carriers: one with that name here already is that carrier."""
    path = work.files.get(Table.CARRIER)
    found = rows(path, f"{Table.CARRIER}.csv", CARRIER_COLUMNS, work.report) if path else None
    if found is None:
        return
    work.tables.add(Table.CARRIER)
    known, here = known_rows(work.source, Table.CARRIER), {}
    for row in found:
        name = row.name("nom", 120)
        if not name:
            row.skip(_("nom: it has no name."))
            continue
        depot_id = row.optional("entrepot_id", cells.identifier, None)
        depot = place_of(work, depot_id)
        if depot_id is not None and depot is None:
            row.bad("entrepot_id", _("there is no place %(id)d. It is left out.") % {"id": depot_id})
        here[row.id] = _carrier(work, known.get(row.id), row.id, {"name": name, "depot_id": depot.pk if depot else None})
    for row_id, old in known.items():
        if row_id not in here and old.state == RowState.HERE:
            Carrier.objects.filter(pk=old.here).update(is_active=False)
            old.state = RowState.GONE
            remember([old])
            work.report.count(Table.CARRIER, "gone")
    work.carriers = here


def _carrier(work: Work, old: LegacyRow | None, row_id: int, fields: dict[str, Any]) -> int:
    """Return the id of the carrier that a row names, created or brought up to date."""
    if old is not None and old.state == RowState.HERE and old.digest == digest_of(fields):
        work.report.count(Table.CARRIER, "unchanged")
        return int(old.object_id or 0)
    taken = Carrier.objects.filter(name__iexact=fields["name"]).first()
    mine = Carrier.objects.filter(pk=old.here).first() if old else None
    if mine is None and taken is not None and not taken.source_id:
        mine = taken
    if taken is not None and taken != mine:
        fields = {**fields, "name": f"{fields['name'][:100]} ({row_id})"}
    carrier = mine or Carrier(source=work.source, source_id=str(row_id))
    carrier.name, carrier.depot_id, carrier.is_active = fields["name"], fields["depot_id"], True
    carrier.save()
    remember([LegacyRow(source=work.source, table_name=Table.CARRIER, row_id=row_id, digest=digest_of(fields), object_id=carrier.pk)])
    work.report.count(Table.CARRIER, "changed" if old else "new")
    return carrier.pk


class TourDesk:
    """Writes tours: those of the export, and one per day and hub for the stops that have none."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self._nobody: int | None = None
        self._hub: int | None = None
        self._vehicles: dict[tuple[int, str], int] = {}

    def nobody(self) -> int:
        """Return the id of the carrier of tours that name none."""
        if self._nobody is None:
            carrier, _created = Carrier.objects.get_or_create(name=NOBODY, defaults={"is_active": False})
            self._nobody = carrier.pk
        return self._nobody

    def any_hub(self, instead: int | None = None) -> int | None:
        """Return a hub for tours that name none; `instead`, any place, when the network has no hub at all."""
        if self._hub is None:
            hub = Store.objects.keeping_stock().order_by("pk").values_list("pk", flat=True).first()
            self._hub = hub or Store.objects.order_by("pk").values_list("pk", flat=True).first()
        return self._hub or instead

    def vehicle(self, carrier_id: int, kind: str, payload_kg: int) -> int:
        """Return the id of a carrier's vehicle of that kind, adding one when there is none."""
        key = (carrier_id, kind)
        if key not in self._vehicles:
            found = Vehicle.objects.filter(carrier_id=carrier_id, kind=kind).order_by("pk").first()
            name = str(VehicleKind(kind).label)
            self._vehicles[key] = (found or Vehicle.objects.create(carrier_id=carrier_id, kind=kind, name=name, payload_kg=payload_kg)).pk
        return self._vehicles[key]

    def without_tour(self, wanted: Iterable[tuple[dt.date, int | None, int]]) -> dict[tuple[dt.date, int | None], int]:
        """Return, for each (day, hub, any store), the tour that stops of that day to that hub without a tour belong to."""
        ids: dict[tuple[dt.date, int | None], str] = {}
        tours: list[Tour] = []
        stores: dict[str, int] = {}
        for day, hub, store in wanted:
            ids[day, hub] = f"{Table.STOP.value}/{day.isoformat()}/{hub or 0}"
            stores[ids[day, hub]] = hub or self.any_hub(store) or store
        mine = Tour.objects.filter(source=self.work.source)
        known = dict(mine.filter(source_id__in=ids.values()).order_by("pk").values_list("source_id", "pk"))
        for (day, _hub), source_id in ids.items():
            if source_id not in known:
                state = TourState.CLOSED if day <= self.work.today else TourState.DRAFT
                tours.append(
                    Tour(
                        date=day,
                        hub_id=stores[source_id],
                        carrier_id=self.nobody(),
                        state=state,
                        source=self.work.source,
                        source_id=source_id,
                    )
                )
        known |= {tour.source_id: tour.pk for tour in Tour.objects.bulk_create(tours, batch_size=1000)}
        return {key: known[source_id] for key, source_id in ids.items()}


def tour_fields(row: Row, work: Work, desk: TourDesk) -> dict[str, Any]:
    """Return a tour's values as JSON, references resolved. Raises RowRefused for a date that cannot be."""
    hub = _hub(row, work)
    carrier = _listed(row, "transporteur_id", work.carriers, Table.CARRIER in work.tables)
    zone = _listed(row, "zone_de_collecte_id", work.zones, Table.ZONE in work.tables)
    word = row.text("type_de_vehicule")
    if word and word.lower() not in VEHICLES:
        row.bad("type_de_vehicule", _("“%(text)s” is no vehicle that is known here. It is left out.") % {"text": shown(word)})
    day = row.day("date")
    return {
        "date": (day or _day_made(row, work)).isoformat(),
        "hub": hub,
        "carrier": carrier or desk.nobody(),
        "zone": zone,
        "vehicle": word.lower() if word.lower() in VEHICLES else "",
        "price": _price(row),
        "state": _state(row, day, work),
        "note": row.text("bon_de_tournee"),
    }


def _hub(row: Row, work: Work) -> int | None:
    column = "point_de_massification_id"
    wanted = row.optional(column, cells.identifier, None)
    place = place_of(work, wanted)
    if wanted is not None and place is None:
        row.bad(column, _("there is no place %(id)d. It is left out.") % {"id": wanted})
    return place.pk if place else None


def _listed(row: Row, column: str, known: dict[int, int], is_there: bool) -> int | None:
    """Return our id of what a row names; one that is not there is told, unless its whole table was never exported."""
    wanted = row.optional(column, cells.identifier, None)
    if wanted is not None and wanted not in known and (known or is_there):
        row.bad(column, _("there is no row %(id)d. It is left out.") % {"id": wanted})
    return known.get(wanted) if wanted is not None else None


def _day_made(row: Row, work: Work) -> dt.date:
    try:
        return row.day("created_at") or work.today
    except RowRefused:
        return work.today


def _price(row: Row) -> str | None:
    try:
        price = cells.decimal(row.raw("prix"))
    except CellRefused as refused:
        row.bad("prix", _("%(reason)s It is left out.") % {"reason": refused})
        return None
    if price is not None and not 0 <= price < 10_000_000:
        row.bad("prix", _("“%(text)s” cannot be a price. It is left out.") % {"text": shown(row.raw("prix"))})
        return None
    if "€" in row.raw("prix"):
        row.warn(_("prix: “%(text)s” is read as %(price)s.") % {"text": row.raw("prix"), "price": price})
    return None if price is None else f"{price:.2f}"


def _state(row: Row, day: dt.date | None, work: Work) -> str:
    text = row.text("statut")
    state = STATES.get(text.lower())
    if state is None:
        state = TourState.CLOSED if day and day <= work.today else TourState.DRAFT
        if text:
            sentence = _("“%(text)s” is not one of %(words)s; “%(state)s” is used.")
            row.bad("statut", sentence % {"text": shown(text), "words": ", ".join(STATES), "state": state.label})
    return state.value


def import_tours(work: Work, desk: TourDesk) -> None:
    """Read the tours: new ones at once, changed ones one by one; tours that are gone are cancelled."""
    path = work.files.get(Table.TOUR)
    source = rows(path, f"{Table.TOUR}.csv", TOUR_COLUMNS, work.report) if path else None
    if source is None:
        return
    work.tables.add(Table.TOUR)
    known = known_rows(work.source, Table.TOUR)
    here: dict[int, int] = {}
    new: dict[int, dict[str, Any]] = {}
    changed: list[LegacyRow] = []
    for row, fields in _readable(source, work, desk):
        old = known.get(row.id)
        if old is None:
            new[row.id] = fields
            continue
        here[row.id] = old.here
        if old.digest != digest_of(fields) or old.state != RowState.HERE:
            changed.append(_change(old, fields, desk))
        else:
            work.report.count(Table.TOUR, "unchanged")
    tours = {row_id: _filled(Tour(source=work.source, source_id=str(row_id)), fields, desk) for row_id, fields in new.items()}
    Tour.objects.bulk_create(tours.values(), batch_size=1000)
    here |= {row_id: tour.pk for row_id, tour in tours.items()}
    remember(
        LegacyRow(source=work.source, table_name=Table.TOUR, row_id=row_id, digest=digest_of(fields), object_id=here[row_id])
        for row_id, fields in new.items()
    )
    remember(changed)
    work.report.count(Table.TOUR, "new", len(new))
    work.report.count(Table.TOUR, "changed", len(changed))
    _cancel_gone(work, {row_id: old for row_id, old in known.items() if row_id not in here and old.state == RowState.HERE})
    work.tours = here


def _readable(source: Iterable[Row], work: Work, desk: TourDesk) -> Iterator[tuple[Row, dict[str, Any]]]:
    """Yield the rows that can be used, with what they say."""
    for row in source:
        try:
            fields = tour_fields(row, work, desk)
        except RowRefused as refused:
            row.skip(str(refused))
            continue
        fields["hub"] = fields["hub"] or desk.any_hub()
        if fields["hub"] is None:
            row.skip(_("there is no place at all that it could go to."))
        else:
            yield row, fields


def _filled(tour: Tour, fields: dict[str, Any], desk: TourDesk) -> Tour:
    """Give a tour the values of its row."""
    tour.date = dt.date.fromisoformat(fields["date"])
    tour.hub_id, tour.carrier_id, tour.zone_id = fields["hub"], fields["carrier"], fields["zone"]
    tour.vehicle_id = desk.vehicle(fields["carrier"], *VEHICLES[fields["vehicle"]]) if fields["vehicle"] else None
    tour.price_eur = None if fields["price"] is None else Decimal(fields["price"])
    tour.state, tour.note = fields["state"], fields["note"]
    return tour


def _change(old: LegacyRow, fields: dict[str, Any], desk: TourDesk) -> LegacyRow:
    _filled(Tour.objects.get(pk=old.here), fields, desk).save()
    old.digest, old.state = digest_of(fields), RowState.HERE
    return old


def _cancel_gone(work: Work, gone: dict[int, LegacyRow]) -> None:
    """Cancel the tours that the export no longer has; what their stops did is taken back by the stops' own rows."""
    for old in gone.values():
        Tour.objects.filter(pk=old.here).exclude(state=TourState.CANCELLED).update(state=TourState.CANCELLED)
        old.state = RowState.GONE
    remember(gone.values())
    work.report.count(Table.TOUR, "gone", len(gone))
