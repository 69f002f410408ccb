"""Loads products with their producers, and shelves, from spreadsheets. Documented for people in docs/importing.md."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crates.models import BottleModel, DepositAmount
from lincassable.importing.columns import simplified
from lincassable.importing.engine import Importer, Outcome, Record, Row
from references import services
from references.import_columns import REFERENCE_COLUMNS, SHELF_COLUMNS, ReferenceForm, ShelfForm
from references.models import Producer, Reference, ShelfItem
from stores.import_places import KnownPlaces

PLAIN = ("name", "drink", "volume_cl", "ean", "height_mm", "diameter_mm", "on_market_from", "on_market_to")


def key_of(producer: str, name: str, volume_cl: int) -> tuple[str, str, int]:
    """Return what two spellings of the same product share."""
    return simplified(producer), simplified(name), volume_cl


class KnownReferences:
    """The products of the database, found by EAN or by producer, name and volume."""

    def __init__(self, references: Iterable[Reference]) -> None:
        self.by_ean: dict[str, Reference] = {}
        self.by_name: dict[tuple[str, str, int], Reference] = {}
        for reference in references:
            self.add(reference)

    def add(self, reference: Reference) -> None:
        """Remember one more."""
        if reference.ean:
            self.by_ean[reference.ean] = reference
        self.by_name[key_of(reference.producer.name, reference.name, reference.volume_cl)] = reference

    def find(self, data: dict[str, Any], name: str) -> Reference | None:
        """Return the product of a line; `name` is the column that holds its name."""
        found = self.by_ean.get(data["ean"]) if data["ean"] else None
        if found is None and data["producer"] and data[name] and data["volume_cl"]:
            found = self.by_name.get(key_of(data["producer"], data[name], data["volume_cl"]))
        return found


class ReferenceImporter(Importer):
    """One line, one product. A missing column or an empty cell leaves what is there; producers are made when needed."""

    name = "references"
    columns = REFERENCE_COLUMNS  # type: ignore[assignment]

    def form(self) -> forms.Form:
        """The form of a line."""
        return ReferenceForm()

    def records(self, rows: list[Row]) -> list[Record]:
        """One record per line; what the lines are compared with is read once."""
        references = list(Reference.objects.select_for_update(of=("self",), no_key=True).select_related("producer").order_by("pk"))
        self.known = KnownReferences(references)
        self.by_id = {one.source_id: one for one in references if one.source == self.source and one.source_id}
        self.producers = {simplified(one.name): one for one in Producer.objects.order_by("pk")}
        return [Record([row]) for row in rows]

    @cached_property
    def models(self) -> dict[str, BottleModel]:
        """Bottle models by code and by name in both languages."""
        rows = BottleModel.objects.order_by("-pk")
        return {simplified(text): one for one in rows for text in (one.name_en, one.name_fr, one.code)}

    @cached_property
    def deposits(self) -> dict[Any, DepositAmount]:
        """Deposits by amount."""
        return {one.amount_eur: one for one in DepositAmount.objects.order_by("pk")}

    def save(self, record: Record) -> Outcome:
        """Create or update the product."""
        data = record.data
        reference = self.by_id.get(data["external_id"]) or self.known.find(data, "name")
        values = self._values(data)
        if reference is None:
            reference, outcome = Reference(producer=values["producer"]), Outcome.CREATED
        elif any(getattr(reference, name) != value for name, value in values.items()):
            reference, outcome = Reference.objects.select_related("producer").get(pk=reference.pk), Outcome.UPDATED
        else:
            return Outcome.UNCHANGED
        for name, value in values.items():
            setattr(reference, name, value)
        services.save_reference(reference, by=self.by)
        self.producers[simplified(reference.producer.name)] = reference.producer
        self.known.add(reference)
        if data["external_id"]:
            self.by_id[data["external_id"]] = reference
        return outcome

    def _values(self, data: dict[str, Any]) -> dict[str, Any]:
        """Return what the line gives. Raises ValidationError for a bottle model or a deposit that nobody knows."""
        values = self.given(data, *PLAIN, "label_washable")
        values["producer"] = self.producers.get(simplified(data["producer"])) or services.save_producer(
            Producer(name=data["producer"]), by=self.by
        )
        if data["external_id"]:
            values |= {"source": self.source, "source_id": data["external_id"]}
        if data["bottle_model"]:
            values["bottle_model"] = self.models.get(simplified(data["bottle_model"]))
            if values["bottle_model"] is None:
                raise ValidationError({"bottle_model": _("No bottle model is called “%(name)s”.") % {"name": data["bottle_model"][:60]}})
        if data["deposit"] is not None:
            values["deposit"] = self.deposits.get(data["deposit"])
            if values["deposit"] is None:
                raise ValidationError({"deposit": _("There is no deposit of %(amount)s €: add it first.") % {"amount": data["deposit"]}})
        return values

    def describe(self, record: Record) -> str:
        """Producer, product and volume."""
        return f"{record.data['producer']} – {record.data['name']} {record.data['volume_cl']} cl"


class ShelfImporter(Importer):
    """One line, one product at one place. Lines that are not in the file leave what is there."""

    name = "shelves"
    columns = SHELF_COLUMNS  # type: ignore[assignment]
    id_column = "store_id"

    def form(self) -> forms.Form:
        """The form of a line."""
        return ShelfForm()

    def records(self, rows: list[Row]) -> list[Record]:
        """One record per line; places, products and shelves are read once."""
        self.places = KnownPlaces(self.source, rows)
        self.known = KnownReferences(Reference.objects.select_related("producer").order_by("pk"))
        rows_there = ShelfItem.objects.filter(store__in=self.places.ids).values_list("store", "reference", "state")
        self.states = {(store, reference): state for store, reference, state in rows_there}
        return [Record([row]) for row in rows]

    def save(self, record: Record) -> Outcome:
        """Say the state of the product at the place."""
        data = record.data
        store, reference = self.places.find(data), self.known.find(data, "reference")
        if reference is None:
            raise ValidationError({"reference": _("No product has this EAN, or this name, producer and volume: import it first.")})
        before = self.states.get((store.pk, reference.pk))
        item, changed = (None, False) if before == data["state"] else services.say_state(store, reference, data["state"], by=self.by)
        self.states[(store.pk, reference.pk)] = data["state"] if item is None else item.state
        if not changed:
            return Outcome.UNCHANGED
        return Outcome.CREATED if before is None else Outcome.UPDATED

    def describe(self, record: Record) -> str:
        """The place and the product."""
        data = record.data
        return f"{data['store'] or data['store_id']}: {data['reference'] or data['ean']}"
