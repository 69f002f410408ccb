"""When will a place be full? The single door to the forecast: who asks does not know which rule answers.

The rule is named by the setting FORECAST_MODEL (a dotted path): a better one replaces it there, and nowhere else. It is a function
`model(store_ids, at) -> dict[int, Forecast]` with a constant number of queries; places that it cannot tell anything of get a forecast
without a date, and its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import models
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.module_loading import import_string
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from stores.models import Store


class Branch(models.TextChoices):
    """Which part of the rule gave the date."""

    DECLARATION = "declaration", _("last declaration")
    PICKUPS = "pickups", _("last two pickups")
    NONE = "none", _("not enough data")


class Gap(models.TextChoices):
    """Why there is no date."""

    NO_ROOM = "no_room", _("No container is known there beyond the buffer stock: write down which ones the place uses.")
    NEVER_COLLECTED = "never_collected", _("Nothing was collected there yet: the pace is known after the first pickup and a declaration.")
    ONE_PICKUP = "one_pickup", _("Only one pickup, and no declaration since at least a day after it: the pace is not known yet.")
    NOTHING_DECLARED = "nothing_declared", _("No full container was declared since the last pickup: at this pace it never fills up.")
    TOO_SLOW = "too_slow", _("At this pace it would take more than ten years to fill up.")


class Urgency(models.TextChoices):
    """How a date is shown: in words and with a sign, the colour only repeats it. The same limits as in the former tool."""

    OVERDUE = "overdue", _("already full")
    SOON = "soon", _("soon full")
    LATER = "later", _("time left")
    UNKNOWN = "unknown", _("not enough data")


@dataclass(frozen=True)
class Forecast:
    """When a place will be full, and what that is worked out from. Quantities are in bottles.

    Arguments:
        store_id: the place. at: the moment of the forecast.
        branch: which part of the rule answered. gap: why there is no date, "" when there is one.
        capacity: how many bottles fit beyond the buffer stock, those of the places collected through this one included.
        last_pickup, before_last: the last two pickups, None when there were none. collected: bottles taken at the last one.
        declared_at, declared: the last declaration, and how many bottles it told of, with those of the children.
        members: how many other places are collected through this one and counted in.
        rate: bottles a day. full_at, nearly_at: when it will be full, and full enough to be collected (PICKUP_FILL_PERCENT %).
    """

    store_id: int
    at: datetime
    branch: str = Branch.NONE
    gap: str = ""
    capacity: int = 0
    last_pickup: datetime | None = None
    before_last: datetime | None = None
    collected: int | None = None
    declared_at: datetime | None = None
    declared: int | None = None
    members: int = 0
    rate: float | None = None
    full_at: datetime | None = None
    nearly_at: datetime | None = None

    @property
    def full_on(self) -> date | None:
        """The local day on which it will be full."""
        return None if self.full_at is None else timezone.localtime(self.full_at).date()

    @property
    def nearly_on(self) -> date | None:
        """The local day on which a store usually asks."""
        return None if self.nearly_at is None else timezone.localtime(self.nearly_at).date()

    @property
    def days_left(self) -> int | None:
        """Days until it is full; below 0 when that day is past."""
        return None if self.full_on is None else (self.full_on - timezone.localtime(self.at).date()).days

    @property
    def urgency(self) -> Urgency:
        """How pressing it is."""
        if self.days_left is None:
            return Urgency.UNKNOWN
        if self.days_left < 0:
            return Urgency.OVERDUE
        return Urgency.SOON if self.days_left < settings.FORECAST_SOON_DAYS else Urgency.LATER

    @property
    def when(self) -> str:
        """The answer in a few words: “in 12 days”."""
        if self.days_left is None:
            return str(Urgency.UNKNOWN.label)
        if self.days_left < 0:
            return ngettext("full for %(days)d day", "full for %(days)d days", -self.days_left) % {"days": -self.days_left}
        if self.days_left == 0:
            return gettext("full today")
        return ngettext("full in %(days)d day", "full in %(days)d days", self.days_left) % {"days": self.days_left}

    @property
    def reason(self) -> str:
        """Where the date comes from, or why there is none: a sentence."""
        if self.gap:
            return str(Gap(self.gap).label)
        figures = {"room": self.capacity, "rate": f"{self.rate or 0:.1f}", "last": _day(self.last_pickup)}
        if self.branch == Branch.DECLARATION:
            figures |= {"declared": self.declared, "day": _day(self.declared_at)}
            return (
                gettext(
                    "%(declared)s bottles declared on %(day)s since the pickup of %(last)s: %(rate)s a day; there is room for %(room)s."
                )
                % figures
            )
        figures |= {"collected": self.collected, "before": _day(self.before_last)}
        return (
            gettext(
                "%(collected)s bottles collected on %(last)s since the pickup of %(before)s: %(rate)s a day; there is room for %(room)s."
            )
            % figures
        )


def _day(moment: datetime | None) -> str:
    return "" if moment is None else date_format(timezone.localtime(moment), "j F Y")


Model = Callable[[Collection[int], datetime], dict[int, Forecast]]


def forecasts(stores: QuerySet[Store] | Iterable[Store] | Iterable[int] | None = None) -> dict[int, Forecast]:
    """Return the forecast of each place that trucks collect from, by store id; a constant number of queries.

    Arguments:
        stores: a queryset, stores or ids; None for the whole network. Hubs, centres, places that are not active, and places collected
            through another one (counted there) are absent from the answer.
    """
    wanted = Store.objects.active().collected().filter(collected_through=None)
    if isinstance(stores, QuerySet):
        wanted = wanted.filter(pk__in=stores.order_by().values("pk"))  # type: ignore[misc]
    elif stores is not None:
        wanted = wanted.filter(pk__among=[row.pk if isinstance(row, Store) else row for row in stores])
    model: Model = import_string(settings.FORECAST_MODEL)
    return model(list(wanted.order_by("pk").values_list("pk", flat=True)), timezone.now())


def when_full(store: Store) -> Forecast | None:
    """Return when `store` will be full; None for a place that no truck collects from.

    A forecast without a date says why in `reason`.
    """
    return forecasts([store.pk]).get(store.pk)
