from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CratesConfig(AppConfig):
    name = "crates"
    label = "crates"
    verbose_name = _("crates")

    def ready(self) -> None:
        """Let files and pages of collection points name their containers; say what personal data this app holds."""
        from crates import merging, store_timeline
        from crates.admin.catalogue import StoreContainerInline
        from crates.point_columns import ContainerColumns
        from crates.privacy import register_kinds
        from crates.reminders import register_rules
        from crates.sorting_registry import register_sorting
        from stores.admin_registry import register_store_inline
        from stores.point_import import register_extension

        register_store_inline(StoreContainerInline)
        register_extension(ContainerColumns)
        register_kinds()
        register_rules()
        register_sorting()
        store_timeline.register()
        merging.register_part()
