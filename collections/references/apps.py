from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReferencesConfig(AppConfig):
    name = "references"
    label = "references"
    verbose_name = _("references on the shelf")

    def ready(self) -> None:
        """Show shelves on the collection points' admin pages; say what personal data this app holds."""
        from references import merging
        from references.admin.shelves import shelf_panel
        from references.privacy import register_kinds
        from references.reminders import register_rules
        from stores.admin_registry import register_store_panel

        register_store_panel(shelf_panel, title=_("products on the shelf"))
        register_kinds()
        register_rules()
        merging.register_part()
