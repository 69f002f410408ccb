from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LegacyConfig(AppConfig):
    name = "lincassable.legacy"
    label = "legacy"
    verbose_name = _("present tool")

    def ready(self) -> None:
        """Say what personal data this app holds."""
        from lincassable.legacy.privacy import register_kinds

        register_kinds()
