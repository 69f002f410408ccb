"""The vocabulary of before and after. Imports nothing of ours."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class MeasureKind(models.TextChoices):
    """What was done for a place."""

    TRAINING = "training", _("training")
    ANIMATION = "animation", _("animation in a store")
    EVENT = "event", _("public event")
    MATERIAL = "material", _("material")
    VISIT = "visit", _("visit")


class Outcome(models.TextChoices):
    """What may have changed."""

    REPORTS = "reports", _("non-conformities")
    RETURN_RATE = "return_rate", _("return rate")
    BOTTLES = "bottles", _("bottles collected")


class Verdict(models.TextChoices):
    """What the figures tell."""

    BETTER = "better", pgettext_lazy("before and after", "better")
    WORSE = "worse", pgettext_lazy("before and after", "worse")
    UNCLEAR = "unclear", _("no difference to be seen")
    TOO_EARLY = "too_early", _("too early to tell")
    TOO_FEW = "too_few", _("too few to tell")
    NO_COMPARABLE = "no_comparable", _("no comparable places")
    NO_DATA = "no_data", _("figures are missing")
    NO_PLACE = "no_place", _("no collection point near it")
    NOT_HELD = "not_held", _("has not taken place")


# Whose figures were judged; the others say why they could not be.
JUDGED = (Verdict.BETTER, Verdict.WORSE, Verdict.UNCLEAR)
# Whether fewer is what one hopes for.
LESS_IS_BETTER = {Outcome.REPORTS: True, Outcome.RETURN_RATE: False, Outcome.BOTTLES: False}
