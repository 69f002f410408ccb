"""Loads collection points from a spreadsheet, with their zones and contacts. Again by external id changes nothing."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import zip_longest
from typing import Any, Protocol

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from lincassable.accounts.actors import Actor
from lincassable.importing.columns import Column
from lincassable.importing.engine import Importer, Outcome, Record, Row
from lincassable.importing.fields import Exactly
from stores import services
from stores.contact_matching import Person, merged_contacts
from stores.models import Contact, Store, Zone
from stores.point_columns import COLUMNS, PointForm

PLAIN = (
    "name", "kind", "status", "street", "postcode", "city", "latitude", "longitude", "opening_hours", "access_notes",
    "largest_vehicle", "needs_tail_lift", "is_public", "public_note", "website", "deposit_practice",
)  # fmt: skip
LEADS = ("collected_through", "usual_hub")


class PointExtension(Protocol):
    """Further columns that a higher floor understands in the same file (which containers a place uses, say).

    One object serves one import. Values of `fields` reach `apply` only when the line gives them.
    """

    def columns(self) -> Sequence[Column]:
        """The columns, documented."""
        ...

    def fields(self) -> Mapping[str, forms.Field]:
        """One form field per column, by the column's name; none required."""
        ...

    def prepare(self, stores: Collection[Store]) -> None:
        """Called once, with the places of the file that exist already: the time to read what `apply` compares with."""
        ...

    def apply(self, store: Store, values: Mapping[str, Any], *, by: Actor) -> bool:
        """Bring the values of one line to the place, through services; return whether anything changed.

        Raises ValidationError with the columns' names as fields.
        """
        ...

    def cells(self, stores: Collection[Store]) -> Mapping[int, Sequence[Any]]:
        """What the columns say of these places when they are exported, in their order; by store id, silent places left out."""
        ...


_extensions: list[Callable[[], PointExtension]] = []


def extensions() -> list[PointExtension]:
    """Return what higher floors read and write in a file of collection points, made anew for one file."""
    return [make() for make in _extensions]


def register_extension(make: Callable[[], PointExtension]) -> Callable[[], PointExtension]:
    """Let a higher floor read columns of its own; called from its AppConfig.ready(). Usable as a class decorator.

    Arguments: make, called without arguments once per import. Returns it. Registering twice changes nothing.
    """
    if make not in _extensions:
        _extensions.append(make)
    return make


class PointImporter(Importer):
    """One line, one place. A missing column or an empty cell leaves what is there; contacts are added, never removed.

    Tags are added too, unless the cell begins with “only:”; those that go then are told before anything is imported.
    """

    name = "points"

    @cached_property
    def extensions(self) -> list[PointExtension]:
        """What higher floors read in the same file."""
        return extensions()

    @cached_property
    def columns(self) -> Sequence[Column]:  # type: ignore[override]
        """Our columns, then those of higher floors."""
        return [*COLUMNS, *(column for extension in self.extensions for column in extension.columns())]

    def form(self) -> forms.Form:
        """The form of a line."""
        form = PointForm()
        for extension in self.extensions:
            form.fields.update(extension.fields())
        return form

    def records(self, rows: list[Row]) -> list[Record]:
        """One record per line; those that others lead to come first. Locks the places of the file that exist."""
        records = [Record([row]) for row in rows]
        self.ids_in_file = {row.data["external_id"] for row in rows}
        first: dict[str, int] = {}
        for record in records:
            line = first.setdefault(record.data["external_id"], record.rows[0].line)
            if line != record.rows[0].line:
                sentence = _("The same external id is already on line %(line)d: each place has one line.")
                record.refusal = ValidationError({"external_id": sentence % {"line": line}})
        self._read(records)
        return in_order(records)

    def _read(self, records: Iterable[Record]) -> None:
        wanted = {record.data[name] for record in records for name in ("external_id", *LEADS)} - {""}
        # In the order of their ids, as everything that locks several places does.
        found = (
            Store.objects.select_for_update(of=("self",), no_key=True)
            .filter(source=self.source, source_id__in=wanted)
            .select_related("zone", *LEADS)
            .prefetch_related("tags")
            .order_by("pk")
        )
        self.stores = {store.source_id: store for store in found}
        self.zones = {zone.name.casefold(): zone for zone in Zone.objects.order_by("pk")}
        self.contacts: dict[int, list[Contact]] = {store.pk: [] for store in self.stores.values()}
        for contact in Contact.objects.filter(store__in=self.contacts).order_by("pk"):
            self.contacts[contact.store_id].append(contact)
        for extension in self.extensions:
            extension.prepare(list(self.stores.values()))

    def save(self, record: Record) -> Outcome:
        """Create or update the place, then its contacts, then what higher floors add."""
        data = record.data
        store = self.stores.get(data["external_id"])
        values = self.given(data, *PLAIN)
        for name in LEADS:
            if data[name]:
                values[name] = self._led_to(name, data[name])
        if data["zone"]:
            values["zone"] = self.zones.get(data["zone"].casefold()) or services.zone_named(data["zone"], by=self.by)
        outcome = Outcome.UNCHANGED
        if store is None:
            store = services.create_store(by=self.by, source=self.source, source_id=data["external_id"], **values)
            outcome = Outcome.CREATED
        elif any(getattr(store, name) != value for name, value in values.items()):
            store = services.update_store(store, by=self.by, reason=_("import of a file"), **values)
            outcome = Outcome.UPDATED
        people, changed = merged_contacts(store, self.contacts.get(store.pk, []), self._people(data), by=self.by)
        changed |= services.add_tags(store, data["tags"], by=self.by) | self._take_tags(store, data["tags"])
        for extension in self.extensions:
            changed |= extension.apply(store, self.given(data, *extension.fields()), by=self.by)
        if outcome is Outcome.UNCHANGED and changed:
            outcome = Outcome.UPDATED
        # Only now: had something been refused, the database would have taken the place, its zone and its people back.
        self.stores[store.source_id], self.contacts[store.pk] = store, people
        if store.zone is not None:
            self.zones[store.zone.name.casefold()] = store.zone
        return outcome

    def _take_tags(self, store: Store, names: list[str]) -> bool:
        """Take the other tags from the place where the cell says that these are all; return whether there were any."""
        gone = services.keep_only_tags(store, names, by=self.by) if isinstance(names, Exactly) else []
        if gone:
            self.taken.append(_("tags taken away: %(names)s") % {"names": ", ".join(gone)})
        return bool(gone)

    @staticmethod
    def _people(data: Mapping[str, Any]) -> list[Person]:
        """The first name goes with the first e-mail and the first phone, and so on."""
        return [Person(*parts) for parts in zip_longest(data["contacts"], data["emails"], data["phones"], fillvalue="")]

    def describe(self, record: Record) -> str:
        """The place's name and town."""
        return f"{record.data['name']} ({record.data['city']})"

    def _led_to(self, name: str, external_id: str) -> Store:
        found = self.stores.get(external_id)
        if found is not None:
            return found
        if external_id in self.refused_ids or external_id in self.ids_in_file:
            sentence = _("The place “%(id)s” is refused in this same file.")
        else:
            sentence = _("No collection point has the external id “%(id)s” in the source “%(source)s”.")
        raise ValidationError({name: sentence % {"id": external_id, "source": self.source}})


def in_order(records: Sequence[Record]) -> list[Record]:
    """Return `records` so that a place comes after those it leads to; the ones in a circle are refused, and come last."""
    of_id = {record.data["external_id"]: record for record in records if record.refusal is None}
    followers: dict[str, list[Record]] = {}
    waits: dict[int, int] = {}
    for record in records:
        needed = {record.data[name] for name in LEADS} & of_id.keys() - {record.data["external_id"]}
        waits[id(record)] = len(needed)
        for external_id in needed:
            followers.setdefault(external_id, []).append(record)
    ready, ordered = deque(record for record in records if not waits[id(record)]), []
    while ready:
        record = ready.popleft()
        ordered.append(record)
        if of_id.get(record.data["external_id"]) is record:
            for follower in followers.get(record.data["external_id"], []):
                waits[id(follower)] -= 1
                if not waits[id(follower)]:
                    ready.append(follower)
    circle = [record for record in records if waits[id(record)]]
    for record in circle:
        record.refusal = record.refusal or ValidationError(
            {"collected_through": _("This place leads to others that lead back to it: break the circle.")}
        )
    return ordered + circle
