from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RemindersConfig(AppConfig):
    name = "lincassable.reminders"
    label = "reminders"
    verbose_name = _("reminders")

    def ready(self) -> None:
        """Ask again, just before a reminder leaves, whether it is still due; say where other mails are stopped."""
        from lincassable.messaging.delivery import BEFORE_SEND
        from lincassable.reminders import before_send, mail_kinds, place_mails, privacy, stopping
        from lincassable.reminders.enums import DIGEST, PLAIN

        BEFORE_SEND[DIGEST] = BEFORE_SEND[PLAIN] = before_send.still_due
        mail_kinds.register_kinds()
        privacy.register_kinds()
        stopping.register()
        place_mails.register()
