"""Loads what places have on their shelf from CSV or XLSX: `manage.py import_shelves shelves.csv --dry-run`. See docs/importing.md."""

from lincassable.accounts.actors import Actor
from lincassable.importing.command import ImportCommand
from references.imports import ShelfImporter


class Command(ImportCommand):
    help = "Loads which place sells which product from a CSV or XLSX file (docs/importing.md)."

    def importer(self, source: str) -> ShelfImporter:
        """The importer, in the system's name."""
        return ShelfImporter(Actor.system(), source)
