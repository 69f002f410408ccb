"""Loads contacts from a spreadsheet: one line, one person at one place. The same file again changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from lincassable.importing.engine import Importer, Outcome, Record, Row
from lincassable.importing.views import ImportsFiles
from stores import services
from stores.admin_saving import author
from stores.contact_columns import COLUMNS, WANTS, ContactLineForm
from stores.contact_matching import Person, likeness
from stores.import_places import KnownPlaces
from stores.models import Contact

SAID = ("name", "role", "email", "phone", "language", "is_active", *(name for name, _fr, _en in WANTS))


class ContactImporter(Importer):
    """A person is found by e-mail, then phone, then name, among those of the place. Nobody is removed; an empty cell changes nothing."""

    name = "contacts"
    columns: Sequence[Any] = COLUMNS  # type: ignore[assignment]
    id_column = "store_id"

    def form(self) -> forms.Form:
        """The form of a line."""
        return ContactLineForm()

    def records(self, rows: list[Row]) -> list[Record]:
        """One record per line; places and their people are read once."""
        self.places = KnownPlaces(self.source, rows)
        self.people: dict[int, list[Contact]] = {pk: [] for pk in self.places.ids}
        for contact in Contact.objects.filter(store__in=self.places.ids).order_by("pk"):
            self.people[contact.store_id].append(contact)
        return [Record([row]) for row in rows]

    def save(self, record: Record) -> Outcome:
        """Add the person, or complete the one that is there."""
        store, values = self.places.find(record.data), self.given(record.data, *SAID)
        person = Person(record.data["name"], record.data["email"], record.data["phone"])
        people = self.people[store.pk]
        found = max((one for one in people if likeness(one, person)), key=lambda one: likeness(one, person), default=None)
        if found is None:
            people.append(services.create_contact(store, by=self.by, **values))
            return Outcome.CREATED
        if found.email.casefold() == person.email.casefold():
            values.pop("email", None)  # the same address in other letters is no change
        if all(getattr(found, name) == value for name, value in values.items()):
            return Outcome.UNCHANGED
        people[people.index(found)] = services.update_contact(found, by=self.by, **values)
        return Outcome.UPDATED

    def describe(self, record: Record) -> str:
        """The person and the place."""
        data = record.data
        who = data["name"] or data["email"] or str(data["phone"])
        return f"{who} – {data['store'] or data['store_id']}"


class ImportsContacts(ImportsFiles):
    """Mixin of the contacts' ModelAdmin."""

    import_title = _("Import contacts")
    import_permissions = ("stores.add_contact", "stores.change_contact", "stores.view_store")

    def make_importer(self, request: HttpRequest, source: str) -> ContactImporter:
        """The importer, in the name of the signed-in user."""
        return ContactImporter(author(request), source)
