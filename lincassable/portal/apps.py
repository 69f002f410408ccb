from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    name = "lincassable.portal"
    label = "portal"
    verbose_name = _("portal")

    def ready(self) -> None:
        """Show stock, declarations and pickups on the collection points' admin pages; accept held declarations with their pickup."""
        from crates.admin_registry import register_acceptance
        from lincassable.portal import admin_panels, store_timeline
        from lincassable.portal.services import accept_declaration

        admin_panels.register()
        store_timeline.register()
        register_acceptance(accept_declaration)
