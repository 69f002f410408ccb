"""Zones and collection points of an export: created, changed field by field, archived when they are gone."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crates.models import ContainerType, StoreContainer
from crates.services.catalogue import use_container
from lincassable.accounts.models import AccessLink
from lincassable.legacy.enums import RowState, Table
from lincassable.legacy.known import Work, known_rows, noon_of, places_of, remember
from lincassable.legacy.models import LegacyRow
from lincassable.legacy.people import Said, new_contacts, people_of, update_contacts
from lincassable.legacy.points import (
    COLUMNS,
    STORE_FIELDS,
    leave_out_far_positions,
    point_fields,
    point_figures,
    store_values,
    unsaved_store,
)
from lincassable.legacy.rows import Row, digest_of, rows
from stores import services
from stores.enums import Status
from stores.models import Contact, Store, Zone

Found = dict[int, tuple[Row, dict[str, Any]]]


def import_zones(work: Work) -> None:
    """Read the zones: a name that is there already is that zone."""
    path = work.files.get(Table.ZONE)
    found = rows(path, f"{Table.ZONE}.csv", frozenset({"id", "nom"}), work.report) if path else None
    if found is None:
        return
    work.tables.add(Table.ZONE)
    known, written, here = known_rows(work.source, Table.ZONE), [], {}
    for row in found:
        name = row.name("nom", 80)
        if not name:
            row.skip(_("nom: it has no name."))
            continue
        old = known.get(row.id)
        if old is not None and old.digest == digest_of(name) and old.state == RowState.HERE:
            here[row.id] = old.object_id
            work.report.count(Table.ZONE, "unchanged")
            continue
        zone = services.zone_named(name, by=work.by)
        here[row.id] = zone.pk
        written.append(LegacyRow(source=work.source, table_name=Table.ZONE, row_id=row.id, digest=digest_of(name), object_id=zone.pk))
        work.report.count(Table.ZONE, "changed" if old else "new")
    for row_id, old in known.items():
        if row_id not in here and old.state == RowState.HERE:
            old.state = RowState.GONE  # past tours may name it: the zone stays
            written.append(old)
            work.report.count(Table.ZONE, "gone")
    remember(written)
    work.zones = {row_id: pk for row_id, pk in here.items() if pk and Zone.objects.filter(pk=pk).exists()}


def import_points(work: Work) -> None:
    """Read the collection points, with their contacts, containers and stock columns."""
    path = work.files.get(Table.POINT)
    source = rows(path, f"{Table.POINT}.csv", COLUMNS, work.report) if path else None
    if source is None:
        return
    work.tables.add(Table.POINT)
    found: Found = {}
    people: dict[int, list[Said]] = {}
    figures = {}
    for row in source:
        fields = point_fields(row)
        found[row.id] = (row, fields)
        people[row.id] = people_of(row, fields["people"])
        figures[row.id] = point_figures(row)
    leave_out_far_positions(found)
    for row_id, (row, fields) in found.items():
        _check_references(work, found, row_id, row, fields)
    known = known_rows(work.source, Table.POINT)
    stores = _create(work, {row_id: item for row_id, item in found.items() if row_id not in known}, people)
    for row_id, (row, fields) in found.items():
        if row_id in known:
            stores[row_id] = _update(work, known[row_id], row, fields, people[row_id])
    _collected_through(work, found, stores, known)
    _archive_gone(work, found, known)
    work.places = places_of(stores)
    work.figures = {stores[row_id]: lines for row_id, lines in figures.items()}


def _check_references(work: Work, found: Found, row_id: int, row: Row, fields: dict[str, Any]) -> None:
    """Leave out references to zones and places that are not there, and say so."""
    if fields["zone"] is not None and fields["zone"] not in work.zones:
        if work.zones or Table.ZONE in work.tables:
            row.bad("zone_de_collecte_id", _("there is no zone %(id)d. It is left out.") % {"id": fields["zone"]})
        fields["zone"] = None
    through = fields["through"]
    if through == row_id:
        row.bad("collecte_par_id", _("it is collected through itself. It is left out."))
    elif through is not None and through not in found:
        row.bad("collecte_par_id", _("there is no place %(id)d. It is left out.") % {"id": through})
    if through is not None and (through == row_id or through not in found):
        fields["through"] = None


def _create(work: Work, found: Found, people: dict[int, list[Said]]) -> dict[int, int]:
    """Write new places, each with its card, its containers and its contacts. Returns our ids by theirs."""
    adopted = dict(Store.objects.filter(source=work.source, source_id__in=map(str, found)).order_by("pk").values_list("source_id", "pk"))
    stores: dict[int, int] = {row_id: adopted[str(row_id)] for row_id in found if str(row_id) in adopted}
    new = {row_id: item for row_id, item in found.items() if row_id not in stores}
    unsaved = {row_id: unsaved_store(fields, work.source, row_id) for row_id, (_row, fields) in new.items()}
    for row_id, (_row, fields) in new.items():
        unsaved[row_id].zone_id = work.zones.get(fields["zone"] or 0)
        if fields["since"]:
            unsaved[row_id].created_at = min(noon_of(dt.date.fromisoformat(fields["since"])), work.now)
    Store.objects.bulk_create(unsaved.values(), batch_size=1000)
    stores |= {row_id: store.pk for row_id, store in unsaved.items()}
    AccessLink.objects.bulk_create(
        [AccessLink(kind=AccessLink.STORE, object_id=store.pk) for store in unsaved.values()], ignore_conflicts=True
    )
    containers = [
        StoreContainer(store_id=store.pk, container_type_id=work.kinds[code], buffer=buffer)
        for row_id, store in unsaved.items()
        for code, buffer in new[row_id][1]["containers"].items()
        if code in work.kinds
    ]
    StoreContainer.objects.bulk_create(containers, batch_size=2000)
    contacts = [contact for row_id, store in unsaved.items() for contact in new_contacts(store, people[row_id])]
    Contact.objects.bulk_create(contacts, batch_size=2000)
    remember(_memory(work, row_id, fields, stores[row_id]) for row_id, (_row, fields) in found.items())
    work.report.count(Table.POINT, "new", len(found))
    return stores


def _memory(work: Work, row_id: int, fields: dict[str, Any], store_id: int) -> LegacyRow:
    """Return the memory of a place; `through` is applied afterwards and remembered then."""
    remembered = {**fields, "through": None}
    return LegacyRow(
        source=work.source,
        table_name=Table.POINT,
        row_id=row_id,
        digest=digest_of(remembered),
        object_id=store_id,
        detail=remembered,
    )


def _update(work: Work, old: LegacyRow, row: Row, fields: dict[str, Any], people: list[Said]) -> int:
    """Apply what changed in a row since the last import, field by field, and nothing else. Returns the store's id."""
    before: dict[str, Any] = old.detail or {}
    fields_now = {**fields, "through": before.get("through")}
    if old.state == RowState.HERE and old.digest == digest_of(fields_now):
        work.report.count(Table.POINT, "unchanged")
        return int(old.object_id or 0)
    store = Store.objects.get(pk=old.here)
    names = tuple(name for name in STORE_FIELDS if before.get(name) != fields[name])
    if old.state == RowState.GONE and "status" not in names:
        names = (*names, "status")
    changes = store_values(fields, names)
    if before.get("zone") != fields["zone"]:
        changes["zone_id"] = work.zones.get(fields["zone"] or 0)
    try:
        store = services.update_store(store, by=work.by, **changes)
    except ValidationError as error:
        row.bad("point", " ".join(error.messages))
    if before.get("containers") != fields["containers"]:
        for code, buffer in fields["containers"].items():
            use_container(store, ContainerType.objects.get(pk=work.kinds[code]), by=work.by, buffer=buffer)
    if before.get("people") != fields["people"]:
        update_contacts(store, before.get("people", []), people, work, row)
    old.digest, old.detail, old.state, old.version = digest_of(fields_now), fields_now, RowState.HERE, old.version + 1
    remember([old])
    work.report.count(Table.POINT, "changed")
    return store.pk


def _collected_through(work: Work, found: Found, stores: dict[int, int], known: dict[int, LegacyRow]) -> None:
    """Set which places are collected through another one, once all of them are there."""
    for row_id, (row, fields) in found.items():
        old = known.get(row_id)
        before = (old.detail or {}).get("through") if old else None
        if fields["through"] == before:
            continue
        other = stores.get(fields["through"] or 0)
        try:
            store = Store.objects.get(pk=stores[row_id])
            services.update_store(store, by=work.by, collected_through=Store.objects.get(pk=other) if other else None)
        except ValidationError as error:
            row.bad("collecte_par_id", " ".join(error.messages))
            fields["through"] = before
            continue
        memory = old or LegacyRow.objects.get(source=work.source, table_name=Table.POINT, row_id=row_id)
        memory.detail = {**(memory.detail or {}), "through": fields["through"]}
        memory.digest = digest_of(memory.detail)
        remember([memory])


def _archive_gone(work: Work, found: Found, known: dict[int, LegacyRow]) -> None:
    """Archive the places that the export no longer has; their history is taken back by the rows that go with them."""
    for row_id, old in known.items():
        if row_id in found or old.state == RowState.GONE:
            continue
        store = Store.objects.get(pk=old.here)
        try:
            services.update_store(store, by=work.by, status=Status.ARCHIVED)
        except ValidationError as error:
            work.report.note(f"{store}: {' '.join(error.messages)}")
        old.state = RowState.GONE
        remember([old])
        work.figures.pop(store.pk, None)
        work.report.count(Table.POINT, "gone")
