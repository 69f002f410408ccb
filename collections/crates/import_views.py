"""Importing movements from their list in the admin."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from crates.movement_import import MovementImporter
from lincassable.accounts.actors import Actor
from lincassable.importing.views import ImportsFiles


class ImportsMovements(ImportsFiles):
    """Mixin of the movements' ModelAdmin, before it in the bases."""

    import_title = _("Import movements")
    import_permissions = ("crates.add_movement", "stores.view_store")

    def make_importer(self, request: HttpRequest, source: str) -> MovementImporter:
        """The importer, in the name of the signed-in user."""
        return MovementImporter(Actor.of_user(request.user), source)
