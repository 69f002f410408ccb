"""Loads movements from CSV or XLSX: `manage.py import_movements movements.csv --dry-run`. See docs/importing.md."""

from crates.movement_import import MovementImporter
from lincassable.accounts.actors import Actor
from lincassable.importing.command import ImportCommand


class Command(ImportCommand):
    help = "Loads movements of containers from a CSV or XLSX file (docs/importing.md)."

    def importer(self, source: str) -> MovementImporter:
        """The importer, in the system's name."""
        return MovementImporter(Actor.system(), source)
