"""A small importer over Django's groups, so that the engine is tested without the domain; and files made by hand."""

import csv
import io
from functools import cached_property

import openpyxl
from django import forms
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError

from lincassable.importing.columns import Column
from lincassable.importing.engine import Importer, Outcome, Record, open_file, run
from lincassable.importing.report import Mode

COLUMNS = [
    Column("external_id", "identifiant", "id", "its number", required=True, as_text=True),
    Column("name", "nom", "name", "its name", required=True, example="Café de l’Œuvre"),
    Column("note", "note d'accès", "access note", "anything"),
]


class ToyForm(forms.Form):
    external_id = forms.CharField(max_length=10)
    name = forms.CharField(max_length=150)
    note = forms.CharField(required=False)


class ToyImporter(Importer):
    """Each line is a group called by its name; a name that starts with “no” is refused by the service."""

    name = "toys"

    @cached_property
    def columns(self):
        return COLUMNS

    def form(self):
        return ToyForm()

    def save(self, record: Record) -> Outcome:
        name = record.data["name"]
        if name.startswith("no"):
            Group.objects.create(name=f"half of {name}")
            raise ValidationError({"name": f"“{name}” will not do."})
        if name == "clash":
            Group.objects.create(name="twin")
            Group.objects.create(name="twin")
        _group, created = Group.objects.get_or_create(name=name)
        return Outcome.CREATED if created else Outcome.UNCHANGED

    def describe(self, record: Record) -> str:
        return record.data["name"]


def importer() -> ToyImporter:
    return ToyImporter(by=None, source="test")


def load(content: bytes, mode: Mode = Mode.ALL_OR_NOTHING, **options):
    """Run the toy importer over the bytes of a file."""
    toy = importer()
    return run(open_file(content, toy), toy, mode=mode, **options)


def csv_bytes(rows, *, delimiter=";", encoding="utf-8", newline="\r\n") -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=newline).writerows(rows)
    return out.getvalue().encode(encoding)


def xlsx_bytes(rows, change=None) -> bytes:
    """An XLSX with `rows`; `change(sheet)` may alter it before it is saved."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if change:
        change(book.active)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
