from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CratesConfig(AppConfig):
    name = "crates"
    label = "crates"
    verbose_name = _("crates")

    def ready(self) -> None:
        """Let files of collection points name their containers; say what personal data this app holds."""
        from crates.point_columns import ContainerColumns
        from crates.privacy import register_kinds
        from stores.point_import import register_extension

        register_extension(ContainerColumns)
        register_kinds()
