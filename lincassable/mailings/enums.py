"""The vocabulary of mailings. Imports nothing of ours."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

# The mail that a mailing becomes: templates/mail/mailing.*, and `Message.kind`.
MAIL = "mailing"
# `Message.subject_kind`: the recipient's row, or (tried on oneself) the mailing.
ABOUT_RECIPIENT, ABOUT_TEST = "mailing-recipient", "mailing-test"

# What a mailing may carry: together small enough that a phone loads them on a slow line, and few.
LARGEST_FILES = 2_000_000  # bytes, all files of one mailing
MOST_FILES = 5

# A rate is a number of messages per hour, kept in every sliding hour; within it they are spread over the minutes.
MOST_PER_HOUR = 100_000

# Rows written by one statement when a long list is frozen (bounds the memory).
CHUNK = 1000


class State(models.TextChoices):
    """Where a mailing stands."""

    DRAFT = "draft", pgettext_lazy("mailing", "draft")
    SCHEDULED = "scheduled", pgettext_lazy("mailing", "scheduled")
    SENDING = "sending", pgettext_lazy("mailing", "sending")
    PAUSED = "paused", pgettext_lazy("mailing", "paused")
    DONE = "done", pgettext_lazy("mailing", "done")
    CANCELLED = "cancelled", pgettext_lazy("mailing", "cancelled")


# What may follow what. A scheduled mailing goes back to a draft to be changed; one that is done is opened again for corrected addresses.
TRANSITIONS = {
    State.DRAFT: (State.SCHEDULED,),
    State.SCHEDULED: (State.SENDING, State.DRAFT),
    State.SENDING: (State.PAUSED, State.DONE, State.CANCELLED),
    State.PAUSED: (State.SENDING, State.CANCELLED),
    State.DONE: (State.SENDING,),
    State.CANCELLED: (),
}


class Reason(models.TextChoices):
    """Why somebody in the chosen places gets nothing."""

    ARCHIVED = "archived", _("the place is archived")
    NO_CONTACT = "no_contact", _("nobody with the chosen roles is known there")
    NO_ADDRESS = "no_address", _("no e-mail address")
    CHANGED = "changed", _("the address was changed after the list was made")
    BAD_ADDRESS = "bad_address", _("what is written there is no e-mail address")
    UNSUBSCRIBED = "unsubscribed", _("does not want mailings")
    BOUNCED = "bounced", _("the address does not work: mails came back")
    SAME_ADDRESS = "same_address", _("same address as somebody else in the list: one mail is enough")
    ALREADY_HAD = "already_had", _("already had this very text, through another mailing")


class Progress(models.TextChoices):
    """How far one recipient is; what became of the mail itself is told by its message."""

    WAITING = "waiting", pgettext_lazy("recipient", "waiting for its turn")
    HANDED_OVER = "handed_over", pgettext_lazy("recipient", "handed over")
    LEFT_OUT = "left_out", pgettext_lazy("recipient", "left out")
    CANCELLED = "cancelled", pgettext_lazy("recipient", "cancelled")


class Shelf(models.TextChoices):
    """A condition on the products of a place."""

    ANY = "", _("whatever it sells")
    SOME = "some", _("sells products in returnable bottles")
    NONE = "none", _("no product is known there")


class Preference(models.TextChoices):
    """A condition on what contacts want to receive besides mailings."""

    ANY = "", _("whatever else they receive")
    WEEKLY = "weekly", _("receive the weekly report")
    PICKUPS = "pickups", _("receive pickup mails")
    DEPOSITS = "deposits", _("are asked for the deposit counts")
