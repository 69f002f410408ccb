"""The vocabulary of the figures. Imports nothing of ours."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Dimension(models.TextChoices):
    """By what figures are told apart."""

    ZONE = "zone", _("zone")
    CARRIER = "carrier", _("carrier")
    PRODUCER = "producer", _("producer")
    STORE = "store", _("collection point")


class Preset(models.TextChoices):
    """The periods that one tap chooses."""

    MONTH = "month", _("this month")
    QUARTER = "quarter", _("this quarter")
    YEAR = "year", _("this year")
    TWELVE_MONTHS = "12_months", _("the last 12 months")
    LAST_YEAR = "last_year", _("last year")
    EVER = "ever", _("since the beginning")
    FREE = "free", _("from one day to another")


class Clock(models.TextChoices):
    """How the rows of a source tell their time."""

    MOMENT = "moment", "moment"
    DAY = "day", "day"
    PLAN = "plan", "plan"  # a day, which may be yet to come
    MONTH = "month", "month"  # whole months only


class Unit(models.TextChoices):
    """What a figure counts in."""

    BOTTLES = "bottles", _("bottles")
    PERCENT = "percent", "%"
    RATE = "rate", _("per 1,000 bottles")
    KM = "km", "km"
    CO2 = "co2", _("kg CO₂e")
    NUMBER = "number", ""
    PEOPLE = "people", _("people")


MEMBERS_SHOWN = 50  # lines of a table on the screen; its file has them all
ROWS_SHOWN = 50  # on a page behind a number
MOST_MONTHS = 36  # a longer period is told by year
