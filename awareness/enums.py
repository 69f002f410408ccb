"""The vocabulary of awareness. Imports nothing of ours."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class EventKind(models.TextChoices):
    """Where people are met."""

    ANIMATION = "animation", _("animation in a store")
    PUBLIC = "public", _("public event")


class EventState(models.TextChoices):
    """Where an event stands. Only what is published, or was, is seen from outside."""

    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")
    CANCELLED = "cancelled", _("cancelled")
    DONE = "done", _("held")


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
