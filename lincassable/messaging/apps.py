from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MessagingConfig(AppConfig):
    name = "lincassable.messaging"
    label = "messaging"
    verbose_name = _("messages")

    def ready(self) -> None:
        """Make the mails, the ways out and the news of this app known, and the lookup that every floor uses."""
        from lincassable import lookups
        from lincassable.messaging.mail_kinds import register_kinds

        lookups.register()
        register_kinds()
        _register_channels()


def _register_channels() -> None:
    """Mail first; others are added in the same way by whoever brings them."""
    from lincassable.messaging import announcing, channels, chat, mails

    channels.register(mails.MailChannel())
    channels.register(chat.ChatChannel())
    announcing.register_topics()
