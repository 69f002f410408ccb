"""The vocabulary of awareness. Imports nothing of ours."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class EventKind(models.TextChoices):
    """Where people are met."""

    ANIMATION = "animation", _("animation in a store")
    PUBLIC = "public", _("public event")


class EventState(models.TextChoices):
    """Where an event stands. Only what is published, or was, is seen from outside."""

    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")
    CANCELLED = "cancelled", _("cancelled")
    DONE = "done", pgettext_lazy("of an event", "held")


# What may follow what. A draft that comes to nothing is deleted; nobody outside has seen it.
EVENT_TRANSITIONS: dict[str, tuple[str, ...]] = {
    EventState.DRAFT: (EventState.PUBLISHED,),
    EventState.PUBLISHED: (EventState.CANCELLED, EventState.DONE, EventState.DRAFT),
    EventState.CANCELLED: (EventState.PUBLISHED,),
    EventState.DONE: (),
}
# States whose page the public may open; a cancelled event says so there.
SEEN_STATES = (EventState.PUBLISHED, EventState.CANCELLED, EventState.DONE)


class PartnerKind(models.TextChoices):
    """Who holds an event with the network."""

    AUTHORITY = "authority", _("local authority")
    ASSOCIATION = "association", _("association")
    COMPANY = "company", _("company")
    SCHOOL = "school", _("school")
    OTHER = "other", _("other")


class SignUpRole(models.TextChoices):
    """What somebody signs up as."""

    VISITOR = "visitor", _("visitor")
    VOLUNTEER = "volunteer", _("volunteer")


class SignUpState(models.TextChoices):
    """Whether somebody has a place."""

    CONFIRMED = "confirmed", _("has a place")
    WAITING = "waiting", _("on the waiting list")
    WITHDRAWN = "withdrawn", _("withdrawn")


class Mood(models.IntegerChoices):
    """How it went, as those who were there felt it."""

    BAD = 1, _("badly")
    POOR = 2, _("not so well")
    FAIR = 3, _("fairly well")
    GOOD = 4, _("well")
    GREAT = 5, _("very well")


class TrainingState(models.TextChoices):
    """Where a training stands."""

    PLANNED = "planned", _("planned")
    DONE = "done", _("done")
    CANCELLED = "cancelled", _("called off")


class WishReason(models.TextChoices):
    """Why a place asks for a training."""

    NEW_TEAM = "new_team", _("new people in the team")
    QUESTIONS = "questions", _("we have questions")


class Need(models.TextChoices):
    """Where a place stands with its trainings, the most urgent first."""

    WISHED = "wished", _("asks for one")
    NEVER = "never", _("never trained")
    OVERDUE = "overdue", _("to be renewed")
    SOON = "soon", _("due soon")
    TRAINED = "trained", _("trained")


class MaterialKind(models.TextChoices):
    """What stores are given to show that they take part."""

    POSTER = "poster", _("poster")
    TALKER = "talker", _("shelf-talker")
    STICKER = "sticker", _("sticker")
    TOTEM = "totem", _("totem")
    FLYER = "flyer", _("flyer")
    OTHER = "other", _("other")


class StockReason(models.TextChoices):
    """Why the office's stock of a material moves."""

    RECEIVED = "received", _("received from the printer")
    ORDER = "order", _("prepared for a place")
    BACK = "back", _("back from an order that was refused")
    COUNT = "count", _("counted")
    LOST = "lost", _("lost or spoilt")


class OrderState(models.TextChoices):
    """The way of an order."""

    ORDERED = "ordered", _("ordered")
    PREPARED = "prepared", _("prepared")
    SENT = "sent", _("on its way")
    PLACED = "placed", _("in place")
    REFUSED = "refused", _("refused")


# What may follow what; the stock moves when an order is prepared, and comes back when it is refused after that.
ORDER_TRANSITIONS: dict[str, tuple[str, ...]] = {
    OrderState.ORDERED: (OrderState.PREPARED, OrderState.REFUSED),
    OrderState.PREPARED: (OrderState.SENT, OrderState.REFUSED),
    OrderState.SENT: (OrderState.PLACED,),
    OrderState.PLACED: (),
    OrderState.REFUSED: (),
}
OPEN_ORDERS = (OrderState.ORDERED, OrderState.PREPARED, OrderState.SENT)


class PlacementState(models.TextChoices):
    """How a material stands in a place."""

    PLACED = "placed", _("in place")
    TO_REPLACE = "to_replace", _("to be replaced")
    GONE = "gone", _("no longer there")


class VisitState(models.TextChoices):
    """Where a visit stands."""

    PLANNED = "planned", _("planned")
    DONE = "done", _("done")
    CANCELLED = "cancelled", _("called off")


# What may follow what. A visit that was called off may be planned anew, as another one.
VISIT_TRANSITIONS: dict[str, tuple[str, ...]] = {
    VisitState.PLANNED: (VisitState.DONE, VisitState.CANCELLED),
    VisitState.DONE: (),
    VisitState.CANCELLED: (VisitState.DONE,),  # somebody was there all the same: reality is not refused
}


class VisitStep(models.TextChoices):
    """One line of a visit's log."""

    PLANNED = "planned", _("planned")
    MOVED = "moved", _("changed")
    DONE = "done", _("made")
    CORRECTED = "corrected", _("corrected")
    CANCELLED = "cancelled", _("called off")


class Answer(models.TextChoices):
    """What was seen of a criterion."""

    YES = "yes", _("yes")
    PARTLY = "partly", _("partly")
    NO = "no", _("no")
    NOT_APPLICABLE = "na", _("not applicable")


# What an answer counts for in the score; what does not apply is left out.
ANSWER_VALUES: dict[str, float] = {Answer.YES: 1.0, Answer.PARTLY: 0.5, Answer.NO: 0.0}
