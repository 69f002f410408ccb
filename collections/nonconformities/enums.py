"""The vocabulary of non-conformities. Imports nothing of ours."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class State(models.TextChoices):
    """How far the handling of a non-conformity is."""

    REPORTED = "reported", pgettext_lazy("non-conformity", "reported")
    ACKNOWLEDGED = "acknowledged", pgettext_lazy("non-conformity", "seen")
    STARTED = "started", pgettext_lazy("non-conformity", "in progress")
    RESOLVED = "resolved", pgettext_lazy("non-conformity", "resolved")
    REJECTED = "rejected", pgettext_lazy("non-conformity", "set aside")
    DUPLICATE = "duplicate", pgettext_lazy("non-conformity", "reported twice")


OPEN_STATES = (State.REPORTED, State.ACKNOWLEDGED, State.STARTED)
CLOSED_STATES = (State.RESOLVED, State.REJECTED, State.DUPLICATE)
TRANSITIONS: dict[str, tuple[str, ...]] = {
    State.REPORTED: (State.ACKNOWLEDGED, State.STARTED, State.RESOLVED, State.REJECTED, State.DUPLICATE),
    State.ACKNOWLEDGED: (State.STARTED, State.RESOLVED, State.REJECTED, State.DUPLICATE),
    State.STARTED: (State.RESOLVED, State.REJECTED, State.DUPLICATE),
    State.RESOLVED: (State.STARTED,),
    State.REJECTED: (State.STARTED,),
    State.DUPLICATE: (State.STARTED,),
}


class Severity(models.TextChoices):
    """How grave it is."""

    MINOR = "minor", _("minor")
    MAJOR = "major", _("major")
    CRITICAL = "critical", _("critical")


# Days until it should be over, where the kind says nothing else.
SEVERITY_DAYS: dict[str, int] = {Severity.MINOR: 30, Severity.MAJOR: 10, Severity.CRITICAL: 3}


class Handler(models.TextChoices):
    """Who handles a kind."""

    COORDINATION = "coordination", _("the coordination")
    SORTING = "sorting", _("the sorting centre")
    CARRIER = "carrier", _("the carrier")
    PRODUCER = "producer", _("the producer")


class Source(models.TextChoices):
    """From where it was reported."""

    STORE = "store", _("a collection point")
    DRIVER = "driver", _("a driver")
    SORTING = "sorting", _("the sorting table")
    COUNT = "count", _("rejects counted at sorting")
    OFFICE = "office", _("the office")


class Posting(models.TextChoices):
    """What a kind may take out of the stock."""

    LOSS = "loss", _("loss")
    BREAKAGE = "breakage", _("breakage")


class Step(models.TextChoices):
    """What a line of the log tells."""

    REPORTED = "reported", pgettext_lazy("step of a non-conformity", "reported")
    MOVED = "moved", pgettext_lazy("step of a non-conformity", "moved on")
    REOPENED = "reopened", pgettext_lazy("step of a non-conformity", "opened again")
    ASSIGNED = "assigned", pgettext_lazy("step of a non-conformity", "given to somebody")
    CHANGED = "changed", pgettext_lazy("step of a non-conformity", "changed")
    POSTED = "posted", pgettext_lazy("step of a non-conformity", "taken out of the stock")
