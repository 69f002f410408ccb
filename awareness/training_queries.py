"""Who is trained, who is not, and when the next one is due. A constant number of queries for the whole network."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Max
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from awareness.enums import Need, TrainingState
from awareness.models import Training, TrainingWish
from stores.enums import Kind
from stores.merging import PLACE, with_merged
from stores.models import Store

TRAINED_KINDS = (Kind.SHOP, Kind.RESTAURANT, Kind.HOTEL)  # places with a team that meets customers
_ORDER = {need: number for number, need in enumerate(Need.values)}


@dataclass(frozen=True)
class Standing:
    """Where a place stands: its need, when it was last trained, until when that holds, the next planned one, its wish."""

    store: Store
    need: Need
    last: datetime | None
    due: date | None
    planned: Training | None
    wish: TrainingWish | None

    @property
    def reason(self) -> str:
        """Why, in words."""
        if self.need == Need.WISHED and self.wish:
            return _("asks for a training: %(why)s") % {"why": self.wish.get_reason_display()}
        if self.need == Need.NEVER:
            return _("its team was never trained")
        day = date_format(self.last, "F Y") if self.last else ""
        return _("last trained in %(month)s") % {"month": day}


def months_later(day: date, months: int) -> date:
    """Return the same day so many months later, or the last day of that month when it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def board(stores: list[Store] | None = None, now: datetime | None = None) -> list[Standing]:
    """Return where each active place with a sales team stands, the most urgent first. At most four queries.

    Arguments: stores, to look at these only; now, the moment (None: the present one).
    """
    now = now or timezone.now()
    if stores is None:
        stores = list(Store.objects.active().filter(kind__in=TRAINED_KINDS).select_related("zone"))
    ids = [store.pk for store in stores]
    held = Training.objects.filter(store__in=with_merged(ids), state=TrainingState.DONE, people__gt=0)
    last = dict(held.order_by().annotate(place=PLACE).values_list("place").annotate(at=Max("starts_at")))
    planned: dict[int, Training] = {}
    for training in Training.objects.coming(now).filter(store__in=ids):
        planned.setdefault(training.store_id, training)
    wishes = {wish.store_id: wish for wish in TrainingWish.objects.filter(store__in=ids, settled_at=None)}
    found = [_standing(store, last.get(store.pk), planned.get(store.pk), wishes.get(store.pk), now) for store in stores]
    return sorted(found, key=lambda one: (one.planned is not None, _ORDER[one.need], one.due or date.min, one.store.name))


def _standing(store: Store, last: datetime | None, planned: Training | None, wish: TrainingWish | None, now: datetime) -> Standing:
    due = months_later(timezone.localtime(last).date(), settings.TRAINING_EVERY_MONTHS) if last else None
    today = timezone.localtime(now).date()
    if wish is not None:
        need = Need.WISHED
    elif due is None:
        need = Need.NEVER
    elif due <= today:
        need = Need.OVERDUE
    else:
        need = Need.SOON if due <= today + timedelta(days=settings.TRAINING_SOON_DAYS) else Need.TRAINED
    return Standing(store, need, last, due, planned, wish)


def standing_of(store: Store) -> Standing:
    """Return where one place stands."""
    return board([store])[0]
