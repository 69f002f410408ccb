"""Loads collection points from CSV or XLSX: `manage.py import_points points.csv --dry-run`. See docs/importing.md."""

from lincassable.accounts.actors import Actor
from lincassable.importing.command import ImportCommand
from stores.point_import import PointImporter


class Command(ImportCommand):
    help = "Loads collection points, their zones and contacts from a CSV or XLSX file (docs/importing.md)."

    def importer(self, source: str) -> PointImporter:
        """The importer, in the system's name."""
        return PointImporter(Actor.system(), source)
