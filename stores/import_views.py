"""Importing collection points from their list in the admin."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from lincassable.importing.views import ImportsFiles
from stores.admin_saving import author
from stores.point_import import PointImporter


class ImportsPoints(ImportsFiles):
    """Mixin of the collection points' ModelAdmin."""

    import_title = _("Import collection points")
    import_permissions = ("stores.add_store", "stores.change_store", "stores.add_zone", "stores.add_contact", "stores.change_contact")

    def make_importer(self, request: HttpRequest, source: str) -> PointImporter:
        """The importer, in the name of the signed-in user."""
        return PointImporter(author(request), source)
