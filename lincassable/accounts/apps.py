from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "lincassable.accounts"
    label = "accounts"
    verbose_name = _("people and access")

    def ready(self) -> None:
        """Keep link tokens out of stored mails."""
        from lincassable.accounts import sealing

        sealing.register()
