from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "lincassable.accounts"
    label = "accounts"
    verbose_name = _("people and access")

    def ready(self) -> None:
        """Fill the table of personal data with what this floor holds, and keep link tokens out of stored mails."""
        from lincassable.accounts import sealing
        from lincassable.accounts.privacy_kinds import register_kinds

        register_kinds()
        sealing.register()
