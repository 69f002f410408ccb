"""Recurring tours: made, changed, paused; their drafts are brought up to date when they change, and every night.

What a series makes is a proposal. A draft is the series' own as long as nobody has touched it (`Tour.recurring_print`): until then
it follows the series, the closures and the stock. From the first change by somebody else, or once sent, declined or cancelled, it is
left alone and its day is never made again.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from lincassable.accounts.actors import SYSTEM, Actor
from pickups.enums import LIVE_TOUR_STATES, StopState, TourState
from pickups.lines import PlannedLine, StopPlan
from pickups.models import RecurringSkip, RecurringStop, RecurringTour, Stop, StopLine, StopPallet, Tour, TourLog
from pickups.queries import suggested_lines
from pickups.series import Day, look_ahead, made_until, print_of
from pickups.services.moves import lock_tour, user_of, write_log
from pickups.services.planning import create_tour, revise_tour

logger = logging.getLogger(__name__)


@dataclass
class Made:
    """What bringing series up to date did to their drafts: made, changed, withdrawn, and left alone because somebody touched them."""

    made: list[Tour] = field(default_factory=list)
    changed: list[Tour] = field(default_factory=list)
    withdrawn: list[date] = field(default_factory=list)
    kept: list[Tour] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)

    def add(self, other: Made) -> None:
        """Add what another series did."""
        self.made += other.made
        self.changed += other.changed
        self.withdrawn += other.withdrawn
        self.kept += other.kept
        self.failed |= other.failed


# -- the series itself


def _require_planner(by: Actor) -> None:
    """Raise PermissionDenied unless `by` may make series."""
    if by.kind == SYSTEM:
        return
    user = user_of(by)
    if user is None or not user.has_perm("pickups.change_recurringtour"):
        raise PermissionDenied(_("Only coordinators make recurring tours."))


@transaction.atomic
def create_series(series: RecurringTour, stops: Sequence[RecurringStop] = (), *, by: Actor) -> RecurringTour:
    """Save a new series with its places in order, and make its first drafts. Returns it. Raises ValidationError, PermissionDenied."""
    save_series(series, by=by)
    for position, stop in enumerate(stops, 1):
        stop.recurring, stop.position = series, position
        save_series_row(stop, by=by)
    bring_up_to_date(series, timezone.localdate(), by=by)
    return series


@transaction.atomic
def save_series(series: RecurringTour, *, by: Actor) -> RecurringTour:
    """Save a series as it stands, new or edited. Returns it. Its drafts follow at `bring_up_to_date`.

    Raises ValidationError (vehicle of another carrier, hub that keeps no stock, hub that is also a place of the series, days in the
    wrong order), PermissionDenied.
    """
    _require_planner(by)
    series.actor_kind, series.actor_id = by.kind, by.id
    series.full_clean()
    if series.pk and series.stops.filter(store_id=series.hub_id).exists():
        sentence = _("%s is the hub of this tour: the truck goes there at the end, it is no stop.")
        raise ValidationError({"hub": sentence % series.hub})
    series.save()
    return series


@transaction.atomic
def save_series_row(row: RecurringStop | RecurringSkip, *, by: Actor) -> None:
    """Save a place or a skipped day of a series. Raises ValidationError when it is listed twice or cannot be, PermissionDenied."""
    _require_planner(by)
    row.full_clean()
    row.save()


@transaction.atomic
def delete_series_row(row: RecurringStop | RecurringSkip, *, by: Actor) -> None:
    """Take a place or a skipped day out of a series. Raises PermissionDenied."""
    _require_planner(by)
    row.delete()


@transaction.atomic
def pause_series(series: RecurringTour, *, by: Actor) -> Made:
    """Stop a series: its untouched drafts are withdrawn, the others stay. Pausing twice changes nothing. Returns what happened."""
    return _set_active(series, False, by=by)


@transaction.atomic
def resume_series(series: RecurringTour, *, by: Actor) -> Made:
    """Let a paused series go on, and make its coming drafts. Returns what happened."""
    return _set_active(series, True, by=by)


def _set_active(series: RecurringTour, is_active: bool, *, by: Actor) -> Made:
    _require_planner(by)
    series.is_active = is_active
    RecurringTour.objects.filter(pk=series.pk).update(is_active=is_active, **RecurringTour.author(by))
    return bring_up_to_date(series, timezone.localdate(), by=by)


def why_series_stays(series: RecurringTour) -> str:
    """Return why a series cannot be deleted, as a sentence that says what to do instead; "" when only untouched drafts came from it."""
    tours = series.tours.prefetch_related("stops__lines", "stops__pallets")
    return _("Tours were made from %s: pause it instead of deleting it.") % series if any(map(_is_touched, tours)) else ""


@transaction.atomic
def delete_series(series: RecurringTour, *, by: Actor) -> None:
    """Delete a series that left nothing behind: its untouched drafts go with it.

    Raises ValidationError when other tours came from it: it can only be paused. PermissionDenied.
    """
    _require_planner(by)
    locked = RecurringTour.objects.select_for_update(no_key=True).get(pk=series.pk)
    _withdraw_all(locked, [], Made(), today=date.min)
    if locked.tours.exists():
        raise ValidationError(_("Tours were made from %s: pause it instead of deleting it.") % series, code="protected")
    series.delete()


# -- its drafts


def make_drafts(today: date) -> Made:
    """Bring the drafts of all active series up to date on `today`. Returns what happened.

    Each series in a transaction of its own: one that fails is told in `failed`, the others go on. Days to come only; a run that comes late
    makes what earlier ones have missed. Twice, or by two workers at once, is the same as once.
    """
    total = Made()
    for series in RecurringTour.objects.filter(is_active=True).order_by("pk"):
        try:
            total.add(bring_up_to_date(series, today, by=Actor.system()))
        except ValidationError as error:
            logger.warning("series %s: %s", series.pk, " ".join(error.messages), extra={"fields": {"series": series.pk}})
            total.failed[series.name] = " ".join(error.messages)
    return total


@transaction.atomic
def bring_up_to_date(series: RecurringTour, today: date, *, by: Actor) -> Made:
    """Make the drafts of a series that are missing after `today`, and let the untouched ones follow the series. Returns what happened.

    Untouched drafts of days that fell out (skipped, closed hub, past the end, paused, another weekday) are withdrawn. Raises
    ValidationError when a draft cannot be made as the series says.
    """
    # One at a time: whoever comes second waits here and then finds everything done.
    locked = (
        RecurringTour.objects.select_for_update(of=("self",), no_key=True).select_related("carrier", "vehicle", "hub").get(pk=series.pk)
    )
    days = []
    if locked.is_active:
        days = look_ahead(locked, today + timedelta(days=1), last=made_until(locked, today), today=today)
    wanted = [day for day in days if not day.skipped]
    done = Made()
    _withdraw_all(locked, [day.day for day in wanted], done, today=today)
    amounts = _Amounts([stop.store_id for day in wanted for stop in day.stops])
    for day in wanted:
        _bring_day(locked, day, amounts, done, by=by)
    return done


def _withdraw_all(series: RecurringTour, wanted: Sequence[date], done: Made, *, today: date) -> None:
    """Remove the untouched drafts of days to come that are not wanted."""
    unwanted = series.tours.filter(state=TourState.DRAFT, recurring_day__gt=today).exclude(recurring_day__in=wanted)
    for pk, day in unwanted.order_by("recurring_day").values_list("pk", "recurring_day"):
        tour = lock_tour(pk)
        if _is_touched(tour) or not _delete_draft(tour):
            done.kept.append(tour)
        else:
            done.withdrawn.append(day or tour.date)


def _is_touched(tour: Tour) -> bool:
    """Return whether somebody has changed a locked tour since its series left it, or moved it on."""
    return tour.state != TourState.DRAFT or tour.recurring_print != print_of(tour)


def _delete_draft(tour: Tour) -> bool:
    """Delete an untouched draft as if it had never been. Returns False when something hangs on it after all."""
    try:
        with transaction.atomic():
            stops = Stop.objects.filter(tour=tour)
            StopLine.objects.filter(stop__in=stops).delete()
            StopPallet.objects.filter(stop__in=stops).delete()
            stops.delete()
            TourLog.objects.filter(tour=tour).delete()
            tour.delete()
    except (ProtectedError, IntegrityError):
        return False
    return True


def _bring_day(series: RecurringTour, day: Day, amounts: _Amounts, done: Made, *, by: Actor) -> None:
    """Make the draft of one day, or let it follow the series while nobody has touched it."""
    if day.tour is None:
        tour = _make(series, day, amounts, by=by)
        done.made.append(tour)
        return
    tour = lock_tour(day.tour.pk)
    if _is_touched(tour):
        if tour.state == TourState.DRAFT:
            done.kept.append(tour)
        return
    before = tour.recurring_print
    places = {stop.store_id for stop in tour.stops.all()}
    _follow(series, day, tour, amounts)
    if _remember(tour).recurring_print != before:
        done.changed.append(tour)
    if places != {stop.store_id for stop in day.stops}:
        write_log(tour, tour.state, by=by, note=_log_note(series, day))


def _make(series: RecurringTour, day: Day, amounts: _Amounts, *, by: Actor) -> Tour:
    """Make the draft of a day. Its log says which places were left out and why."""
    plans = [
        StopPlan(stop.store, amounts.take(stop.store_id, day.day), window_start=stop.window_start, window_end=stop.window_end)
        for stop in day.stops
    ]
    tour = create_tour(date=day.day, by=by, stops=plans, **_fields_of(series))
    tour.recurring, tour.recurring_day, tour.departs_at = series, day.day, series.departs_at
    tour.save(update_fields=["recurring", "recurring_day", "departs_at"])
    write_log(tour, tour.state, by=by, note=_log_note(series, day))
    return _remember(tour)


def _fields_of(series: RecurringTour) -> dict[str, Any]:
    """Return the values that a series gives to its tours."""
    return {name: getattr(series, name) for name in ("hub", "carrier", "vehicle", "zone", "note", "price_eur")}


def _follow(series: RecurringTour, day: Day, tour: Tour, amounts: _Amounts) -> None:
    """Make a locked, untouched draft what the series says today."""
    present = {stop.store_id: stop for stop in tour.stops.all()}
    plans = [
        StopPlan(
            place.store,
            amounts.take(place.store_id, day.day, without=tour.pk),
            stop=present.get(place.store_id),
            position=rank,
            window_start=place.window_start,
            window_end=place.window_end,
        )
        for rank, place in enumerate(day.stops, 1)
    ]
    stores = {place.store_id for place in day.stops}
    removed = [stop for store, stop in present.items() if store not in stores]
    if tour.departs_at != series.departs_at:
        Tour.objects.filter(pk=tour.pk).update(departs_at=series.departs_at)
    revise_tour(tour, by=Actor.system(), fields=_fields_of(series), stops=plans, removed=removed)


def _remember(tour: Tour) -> Tour:
    """Note what the series leaves behind, so that a change by somebody else is seen. Returns the fresh tour."""
    fresh = lock_tour(tour.pk)
    fresh.recurring_print = print_of(fresh)
    fresh.save(update_fields=["recurring_print"])
    return fresh


def _log_note(series: RecurringTour, day: Day) -> str:
    """Return what the tour's log says of a draft that a series made or changed."""
    note = _("from the recurring tour “%s”") % series.name
    if day.left_out:
        note += " · " + _("left out: %s") % ", ".join(map(str, day.left_out))
    return note


class _Amounts:
    """What the drafts of a series take and leave: the stock of today, without what earlier tours to come are planned to take.

    Four queries, whatever the number of days and places.
    """

    def __init__(self, store_ids: Sequence[int]) -> None:
        stores = set(store_ids)
        self._suggested = suggested_lines(stores) if stores else {}
        planned = StopLine.objects.filter(
            stop__store_id__in=stores, stop__state=StopState.TO_DO, stop__tour__state__in=LIVE_TOUR_STATES, planned_full__gt=0
        ).order_by()
        self._planned = [
            (row["stop__store_id"], row["container_type_id"], row["stop__tour__date"], row["stop__tour_id"], row["full"])
            for row in planned.values("stop__store_id", "container_type_id", "stop__tour__date", "stop__tour_id").annotate(
                full=Sum("planned_full")
            )
        ]

    def take(self, store_id: int, day: date, *, without: int | None = None) -> list[PlannedLine]:
        """Return the quantities for `store_id` on `day`, and count them as planned. `without` is the tour that they replace."""
        self._planned = [row for row in self._planned if row[0] != store_id or row[3] != without or without is None]
        lines = []
        for line in self._suggested.get(store_id, []):
            kind = line.container_type.pk
            taken = sum(full for store, type_, date_, _tour, full in self._planned if (store, type_) == (store_id, kind) and date_ <= day)
            full = line.planned_full - taken
            if full > 0:
                lines.append(replace(line, planned_full=full, planned_empty=min(line.planned_empty, full)))
                self._planned.append((store_id, kind, day, without or 0, full))
        return lines
