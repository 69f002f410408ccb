"""Loads contacts from CSV or XLSX: `manage.py import_contacts contacts.csv --dry-run`. See docs/importing.md."""

from lincassable.accounts.actors import Actor
from lincassable.importing.command import ImportCommand
from stores.contact_import import ContactImporter


class Command(ImportCommand):
    help = "Loads the people of collection points from a CSV or XLSX file (docs/importing.md)."

    def importer(self, source: str) -> ContactImporter:
        """The importer, in the system's name."""
        return ContactImporter(Actor.system(), source)
