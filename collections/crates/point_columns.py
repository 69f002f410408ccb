"""The containers of a place, read from the same file as the place itself (stores.point_import)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crates.models import ContainerType, StoreContainer
from crates.services.catalogue import use_container
from lincassable.accounts.actors import Actor
from lincassable.importing.columns import Column, simplified
from lincassable.importing.fields import ListField, WholeNumberField
from stores.models import Store

MOST = 100_000


class ContainerColumns:
    """A column with the containers that a place uses, and for each kind its capacity and its buffer there."""

    @cached_property
    def kinds(self) -> dict[str, ContainerType]:
        """The containers in use, by code."""
        return {kind.code: kind for kind in ContainerType.objects.filter(is_active=True).order_by("position", "code")}

    def columns(self) -> Sequence[Column]:
        """One column for all, two per kind."""
        codes = "; ".join(self.kinds)
        columns = [
            Column(
                "containers",
                "contenants",
                "containers",
                _("codes of the containers used there, separated by semicolons"),
                example=codes,
                aliases=("container", "contenant"),
                as_text=True,
            )
        ]
        for code, kind in self.kinds.items():
            capacity, buffer = _("how many of this container fit there"), _("how many stay there while a tour is on its way")
            also = (kind.name_fr, kind.name_en)
            columns += [
                Column(
                    f"capacity_{code}", f"capacité {code}", f"capacity {code}", capacity, aliases=tuple(f"capacité {name}" for name in also)
                ),
                Column(
                    f"buffer_{code}", f"stock tampon {code}", f"buffer {code}", buffer, aliases=tuple(f"tampon {name}" for name in also)
                ),
            ]
        return columns

    def fields(self) -> Mapping[str, forms.Field]:
        """Codes, and whole numbers."""
        fields: dict[str, forms.Field] = {"containers": ListField(each=forms.CharField(), required=False)}
        for code in self.kinds:
            for name in ("capacity", "buffer"):
                fields[f"{name}_{code}"] = WholeNumberField(min_value=0, max_value=MOST, required=False)
        return fields

    def prepare(self, stores: Collection[Store]) -> None:
        """Read what the places use already."""
        rows = StoreContainer.objects.filter(store__in=[store.pk for store in stores]).order_by("pk")
        self.known = {(row.store_id, row.container_type_id): row for row in rows}

    def apply(self, store: Store, values: Mapping[str, Any], *, by: Actor) -> bool:
        """Add the containers and figures of one line; containers that it does not name stay."""
        changed, rows = False, {}
        for kind in self._used(values):
            figures = {name: values.get(f"{name}_{kind.code}") for name in ("capacity", "buffer")}
            known = self.known.get((store.pk, kind.pk))
            if known and all(value is None or getattr(known, name) == value for name, value in figures.items()):
                continue
            row, altered = use_container(store, kind, by=by, **figures)
            rows[store.pk, kind.pk] = row
            changed |= altered
        self.known |= rows
        return changed

    def cells(self, stores: Collection[Store]) -> Mapping[int, Sequence[Any]]:
        """The codes of the containers that each place uses, then capacity and buffer of each kind: one query."""
        rows = StoreContainer.objects.filter(store__in=[store.pk for store in stores], container_type__code__in=self.kinds)
        used: dict[int, dict[str, tuple[int | None, int]]] = {}
        for store, code, capacity, buffer in rows.values_list("store_id", "container_type__code", "capacity", "buffer"):
            used.setdefault(store, {})[code] = (capacity, buffer)
        return {
            store: [
                "; ".join(code for code in self.kinds if code in of),
                *(cell for code in self.kinds for cell in of.get(code, (None, None))),
            ]
            for store, of in used.items()
        }

    def _used(self, values: Mapping[str, Any]) -> list[ContainerType]:
        codes = {simplified(code): code for code in self.kinds}
        used = {code for code in self.kinds if f"capacity_{code}" in values or f"buffer_{code}" in values}
        for word in values.get("containers", []):
            if simplified(word) not in codes:
                sentence = gettext("No container is called “%(name)s”. Write one of: %(codes)s.")
                raise ValidationError({"containers": sentence % {"name": word, "codes": ", ".join(self.kinds)}})
            used.add(codes[simplified(word)])
        return [self.kinds[code] for code in self.kinds if code in used]
