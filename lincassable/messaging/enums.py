"""The outbox's vocabulary and delays. Imports nothing of ours."""

from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

EMAIL, CHAT = "email", "chat"  # channels; others register theirs (lincassable.messaging.channels)


class Reason(models.TextChoices):
    """Why a message did not leave, in a few words that failures can be counted by."""

    NO_SERVER = "no_server", _("the server cannot be reached")
    SETTINGS = "settings", _("the server refuses us: user, password or key")
    LATER = "later", _("the server asks to come back later")
    RECIPIENT = "recipient", _("the server does not know the address")
    CONTENT = "content", _("the server refuses the message")
    ADDRESS = "address", _("not an address")
    REFUSED = "refused", _("the address bounced or complained before")
    NOT_DUE = "not_due", _("no longer due")
    OTHER = "other", _("another reason")


class Fate(models.TextChoices):
    """What the mail provider told after it took a message, from the least to the most final."""

    DEFERRED = "deferred", _("deferred")
    DELIVERED = "delivered", pgettext_lazy("fate of a mail", "delivered")
    BOUNCED = "bounced", _("bounced")
    COMPLAINED = "complained", _("complained")


# Events come twice and in any order: what is further to the right is not undone by what is further to the left.
FATE_RANK = {fate: rank for rank, fate in enumerate(["", *Fate.values])}


class Happening(models.TextChoices):
    """The lines of a message's history; what the row itself tells (written, left) has none."""

    TRY_FAILED = "try_failed", _("try that failed")
    GIVEN_UP = "given_up", _("given up")
    RETRIED = "retried", _("tried again by hand")
    CANCELLED = "cancelled", _("withdrawn")
    ACCEPTED = "accepted", _("taken by the provider")
    DEFERRED = "deferred", _("deferred")
    DELIVERED = "delivered", pgettext_lazy("fate of a mail", "delivered")
    BOUNCED = "bounced", _("bounced")
    COMPLAINED = "complained", _("complained")


class Refusal(models.TextChoices):
    """Why nothing is sent to an address any more."""

    BOUNCED = "bounced", _("it does not exist, or takes no mails")
    COMPLAINED = "complained", _("its owner called our mail unwanted")


class RoomFormat(models.TextChoices):
    """How a chat program wants its messages."""

    SLACK = "slack", "Slack"
    MATTERMOST = "mattermost", "Mattermost"
    DISCORD = "discord", "Discord"


# How long a refused or failed message waits before its next try. A greylisting server opens after minutes, a full
# mailbox or a broken server after hours; after the last pause (two and a half days in all) we give up and say so.
RETRY_PAUSES = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(days=1),
    timedelta(days=1),
)

# A sweep is started every minute: it stops taking messages a little before the next one starts.
SWEEP_SECONDS = 50
SWEEP_LIMIT = 200  # messages over one connection; servers dislike longer ones

# Rows written by one statement when many messages are prepared at once (bounds the memory).
BATCH_SIZE = 200

# After the broker refused a task, nobody asks it again for this long: a form must not wait for it twice.
BROKER_PAUSE_SECONDS = 5
