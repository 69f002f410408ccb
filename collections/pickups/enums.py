"""The vocabulary of pickups: states, and the tables of what may follow what. Imports only the words of places."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from stores.enums import VehicleKind as VehicleKind  # the same words where places are described


class Weekday(models.IntegerChoices):
    """Days as Python counts them."""

    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class RequestState(models.TextChoices):
    """The life of a pickup request."""

    RECEIVED = "received", pgettext_lazy("request", "received")
    PLANNED = "planned", _("planned")
    COLLECTED = "collected", _("collected")
    PARTLY = "partly", _("partly collected")
    REFUSED = "refused", _("refused")
    CANCELLED = "cancelled", _("cancelled")


# A store has at most one request in these states.
OPEN_REQUEST_STATES = (RequestState.RECEIVED, RequestState.PLANNED)


class RequestSource(models.TextChoices):
    """Where a wish to be collected comes from."""

    STORE = "store", _("store")
    COORDINATOR = "coordinator", _("coordinator")
    FORECAST = "forecast", _("forecast")


class TourState(models.TextChoices):
    """The life of a tour."""

    DRAFT = "draft", _("draft")
    AWAITING = "awaiting", _("awaiting the carrier")
    ACCEPTED = "accepted", _("accepted")
    DECLINED = "declined", _("declined")
    UNDER_WAY = "under_way", _("under way")
    DONE = "done", _("done")
    CLOSED = "closed", _("closed")
    CANCELLED = "cancelled", _("cancelled")


class Party(models.TextChoices):
    """Who may move a tour from one state to the next."""

    COORDINATOR = "coordinator", _("coordinator")
    CARRIER = "carrier", _("carrier")
    DRIVER = "driver", _("driver")


# (from, to) -> who may do it. Screens ask this table which buttons to show; `services.transition` refuses the rest.
TRANSITIONS: dict[tuple[str, str], frozenset[str]] = {
    (TourState.DRAFT, TourState.AWAITING): frozenset({Party.COORDINATOR}),
    (TourState.DRAFT, TourState.CANCELLED): frozenset({Party.COORDINATOR}),
    (TourState.AWAITING, TourState.ACCEPTED): frozenset({Party.CARRIER, Party.COORDINATOR}),
    (TourState.AWAITING, TourState.DECLINED): frozenset({Party.CARRIER, Party.COORDINATOR}),
    (TourState.AWAITING, TourState.CANCELLED): frozenset({Party.COORDINATOR}),
    (TourState.DECLINED, TourState.DRAFT): frozenset({Party.COORDINATOR}),
    (TourState.DECLINED, TourState.CANCELLED): frozenset({Party.COORDINATOR}),
    (TourState.ACCEPTED, TourState.UNDER_WAY): frozenset({Party.DRIVER, Party.COORDINATOR}),
    (TourState.ACCEPTED, TourState.CANCELLED): frozenset({Party.COORDINATOR}),
    (TourState.UNDER_WAY, TourState.DONE): frozenset({Party.DRIVER, Party.COORDINATOR}),
    (TourState.DONE, TourState.CLOSED): frozenset({Party.COORDINATOR}),
    (TourState.DONE, TourState.UNDER_WAY): frozenset({Party.COORDINATOR}),
}

# Tours that still hold their stores' requests.
LIVE_TOUR_STATES = (TourState.DRAFT, TourState.AWAITING, TourState.ACCEPTED, TourState.UNDER_WAY)
# Live tours that their carrier knows of.
SENT_TOUR_STATES = (TourState.AWAITING, TourState.ACCEPTED, TourState.UNDER_WAY)
# Tours whose plan a coordinator may still change; on a sent one, the people concerned are told.
PLANNABLE_TOUR_STATES = (TourState.DRAFT, TourState.AWAITING, TourState.ACCEPTED, TourState.UNDER_WAY)
# Tours whose stores have been told the date.
ANNOUNCED_TOUR_STATES = (TourState.ACCEPTED, TourState.UNDER_WAY)
# Tours that the driver's link opens.
DRIVABLE_TOUR_STATES = (TourState.ACCEPTED, TourState.UNDER_WAY, TourState.DONE)


class StopState(models.TextChoices):
    """How a stop went."""

    TO_DO = "to_do", _("to do")
    DONE = "done", pgettext_lazy("stop", "done")
    PARTIAL = "partial", _("partly done")
    MISSED = "missed", _("missed")


class PaloxDirection(models.TextChoices):
    """What a driver did with a numbered palox at a stop."""

    TAKEN = "taken", _("taken")
    LEFT = "left", _("left")


class PalletDirection(models.TextChoices):
    """Whether a pallet was taken from a place or left there."""

    TAKEN = "taken", pgettext_lazy("pallet", "taken")
    LEFT = "left", pgettext_lazy("pallet", "left")


class PalletType(models.TextChoices):
    """The wooden base: Europe 80 × 120 cm, VMF 100 × 120 cm."""

    EUROPE = "europe", _("Europe (80×120)")
    VMF = "vmf", _("VMF (100×120)")


class ProofKind(models.TextChoices):
    """What a driver keeps of a stop."""

    PHOTO = "photo", _("photo")
    SIGNATURE = "signature", _("signature")


class DifferenceKind(models.TextChoices):
    """What does not agree when a tour is looked at before it is closed."""

    PLAN = "plan", _("plan and reality")
    MISSED = "missed", _("stop missed")
    REPORT = "report", _("two reports of the same stop")
    HUB = "hub", _("the hub's count")


class Measure(models.TextChoices):
    """Which figure of a line a difference is about; named like the columns of `StopLine`."""

    LOADED_FULL = "loaded_full", _("full ones taken")
    LEFT_EMPTY = "left_empty", _("empty ones left")
    TAKEN_EMPTY = "taken_empty", _("empty ones brought back")
    LEFT_FULL = "left_full", _("full ones left")


class Answer(models.TextChoices):
    """What a coordinator says of a difference."""

    RIGHT = "right", _("right as recorded")
    CORRECT = "correct", _("correct the stop")
    MISCOUNT = "miscount", _("the hub counted wrong")
    LOST = "lost", _("lost on the way")
    BROKEN = "broken", _("broken on the way")


# The answers that each kind of difference may get.
ANSWERS = {
    DifferenceKind.PLAN: (Answer.RIGHT, Answer.CORRECT),
    DifferenceKind.MISSED: (Answer.RIGHT,),
    DifferenceKind.REPORT: (Answer.RIGHT, Answer.CORRECT),
    DifferenceKind.HUB: (Answer.MISCOUNT, Answer.CORRECT, Answer.LOST, Answer.BROKEN),
}
