from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportingConfig(AppConfig):
    name = "lincassable.reporting"
    label = "reporting"
    verbose_name = _("reports")

    def ready(self) -> None:
        """Ask again, just before a mail leaves, whether it is still wanted."""
        from lincassable.messaging.delivery import BEFORE_SEND
        from lincassable.reporting import deposits, mail_kinds, reminders, text_faults
        from lincassable.reporting.enums import NETWORK_MAIL, STORE_MAIL
        from lincassable.reporting.services import still_wanted

        BEFORE_SEND[STORE_MAIL] = BEFORE_SEND[NETWORK_MAIL] = still_wanted
        deposits.register_rule()
        reminders.register_rule()
        mail_kinds.register_kinds()
        text_faults.register_fault_mail()
