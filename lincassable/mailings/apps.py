from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MailingsConfig(AppConfig):
    name = "lincassable.mailings"
    label = "mailings"
    verbose_name = _("mailings")

    def ready(self) -> None:
        """Ask again before a mail leaves; say what is known about people, and what mailings bring to the timeline of a place."""
        from lincassable.mailings import privacy, stopping, store_timeline
        from lincassable.mailings.enums import MAIL
        from lincassable.mailings.services import still_wanted
        from lincassable.messaging.delivery import BEFORE_SEND

        BEFORE_SEND[MAIL] = still_wanted
        privacy.register_kinds()
        stopping.register()
        store_timeline.register()
