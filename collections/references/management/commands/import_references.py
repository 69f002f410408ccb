"""Loads products from CSV or XLSX: `manage.py import_references products.csv --dry-run`. See docs/importing.md."""

from lincassable.accounts.actors import Actor
from lincassable.importing.command import ImportCommand
from references.imports import ReferenceImporter


class Command(ImportCommand):
    help = "Loads products in returnable bottles, with their producers, from a CSV or XLSX file (docs/importing.md)."

    def importer(self, source: str) -> ReferenceImporter:
        """The importer, in the system's name."""
        return ReferenceImporter(Actor.system(), source)
