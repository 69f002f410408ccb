from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    name = "lincassable.portal"
    label = "portal"
    verbose_name = _("portal")

    def ready(self) -> None:
        """Show stock, declarations and pickups on the collection points' admin pages."""
        from lincassable.portal import admin_panels

        admin_panels.register()
