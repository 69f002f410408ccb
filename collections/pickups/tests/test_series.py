"""On which days a series drives: counted over a year, with holidays, closures, skipped days, clocks that change."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.utils import translation

from pickups.series import days_of, look_ahead
from pickups.tests.factories import VehicleFactory
from pickups.tests.factories_carriers import RecurringSkipFactory, RecurringStopFactory, RecurringTourFactory
from stores.enums import Status
from stores.tests.factories import ClosureFactory, StoreFactory

pytestmark = pytest.mark.django_db
YEAR = (date(2026, 1, 1), date(2026, 12, 31))


def ahead(series, first=YEAR[0], last=YEAR[1], **options):
    """Return the days of a series as they look on `first`."""
    with translation.override("fr"):
        return look_ahead(series, first, last=last, today=first, **options)


def test_every_second_tuesday_of_a_year_is_a_tuesday_two_weeks_apart():
    days = list(days_of(RecurringTourFactory(starts_on=date(2026, 1, 1)), *YEAR))
    assert days[0] == date(2026, 1, 6)
    assert {day.weekday() for day in days} == {1}
    assert {later - day for day, later in pairwise(days)} == {timedelta(weeks=2)}  # clocks change twice
    assert len(days) == 26


@pytest.mark.parametrize(
    ("starts_on", "first", "expected"),
    [
        (date(2026, 1, 6), date(2026, 1, 6), date(2026, 1, 6)),  # its own day
        (date(2026, 1, 5), date(2026, 1, 1), date(2026, 1, 6)),  # never before it starts
        (date(2026, 1, 7), date(2026, 1, 1), date(2026, 1, 13)),  # the first such day from then on
        (date(2026, 1, 5), date(2026, 1, 7), date(2026, 1, 20)),
        (date(2026, 1, 5), date(2027, 1, 1), date(2027, 1, 5)),  # over the turn of a year of 53 weeks
    ],
)
def test_weeks_are_counted_from_the_first_such_day(starts_on, first, expected):
    assert next(days_of(RecurringTourFactory(starts_on=starts_on), first)) == expected


def test_a_series_ends_on_its_last_day_included():
    series = RecurringTourFactory(starts_on=date(2026, 1, 6), ends_on=date(2026, 2, 3))
    assert list(days_of(series, *YEAR)) == [date(2026, 1, 6), date(2026, 1, 20), date(2026, 2, 3)]
    assert look_ahead(series, date(2026, 2, 4), today=date(2026, 2, 4)) == []


@pytest.mark.parametrize(
    ("weekday", "holidays"),
    [
        (0, {date(2026, 4, 6): "Lundi de Pâques", date(2026, 5, 25): "Lundi de Pentecôte"}),
        (1, {date(2026, 7, 14): "Fête nationale"}),
        (2, {date(2026, 11, 11): "Armistice"}),
        (3, {date(2026, 1, 1): "Jour de l'an", date(2026, 5, 14): "Ascension"}),
        (4, {date(2026, 5, 1): "Fête du Travail", date(2026, 5, 8): "Fête de la Victoire", date(2026, 12, 25): "Noël"}),
    ],
)
def test_the_holidays_of_a_year_fall_out_with_their_names(weekday, holidays):
    days = ahead(RecurringTourFactory(weekday=weekday, every_weeks=1, starts_on=YEAR[0]))
    skipped = {day.day: day.skipped for day in days if day.skipped}
    assert set(skipped) == set(holidays)
    assert all(holidays[day] in why for day, why in skipped.items())
    assert len(days) in (52, 53)


def test_skipped_days_and_a_closed_hub_fall_out_and_say_why():
    series = RecurringTourFactory(every_weeks=1, starts_on=date(2026, 8, 1))
    RecurringSkipFactory(recurring=series, day=date(2026, 8, 11), reason="inventaire")
    RecurringSkipFactory(recurring=series, day=date(2026, 8, 18), reason="")
    ClosureFactory(store=series.hub, first_day=date(2026, 8, 24), last_day=date(2026, 8, 25), reason="travaux")
    days = {day.day.day: day.skipped for day in ahead(series, date(2026, 8, 1), date(2026, 9, 1))}
    assert days[4] == days[1] == ""
    assert "inventaire" in days[11]
    assert days[18]
    assert series.hub.name in days[25]
    assert "travaux" in days[25]


def test_places_that_are_closed_paused_or_collected_through_another_are_left_out_that_day():
    series = RecurringTourFactory(starts_on=date(2026, 8, 1), every_weeks=1)
    kept, closed, paused, child = [RecurringStopFactory(recurring=series).store for _ in range(4)]
    ClosureFactory(store=closed, first_day=date(2026, 8, 4), last_day=date(2026, 8, 9), reason="congés")
    type(paused).objects.filter(pk=paused.pk).update(status=Status.PAUSED)
    type(child).objects.filter(pk=child.pk).update(collected_through=kept)
    first, second = ahead(series, date(2026, 8, 1), date(2026, 8, 11))
    assert [stop.store for stop in first.stops] == [kept]
    assert {place.store for place in first.left_out} == {closed, paused, child}
    assert "congés" in str(first.left_out[0])
    assert [stop.store for stop in second.stops] == [kept, closed]


def test_a_day_the_carrier_does_not_drive_is_a_warning_not_an_end():
    series = RecurringTourFactory(starts_on=date(2026, 8, 1), hub=StoreFactory(kind="hub", opening_hours="We-Fr 08:00-17:00"))
    series.vehicle = VehicleFactory(carrier=series.carrier, is_active=False)
    series.save()
    assert len(ahead(series, date(2026, 8, 1), date(2026, 8, 20))[0].warnings) == 2
    type(series.carrier).objects.update(weekdays=[0, 2], is_active=False)
    series.refresh_from_db()
    (day, *_rest) = ahead(series, date(2026, 8, 1), date(2026, 8, 20))
    assert not day.skipped
    assert len(day.warnings) == 4


def test_looking_ahead_takes_the_same_queries_for_a_month_and_a_year(django_assert_num_queries):
    series = RecurringTourFactory(starts_on=YEAR[0], every_weeks=1)
    for _ in range(6):
        ClosureFactory(store=RecurringStopFactory(recurring=series).store)
    for last in (date(2026, 2, 1), YEAR[1]):
        with django_assert_num_queries(6):
            look_ahead(series, YEAR[0], last=last, today=YEAR[0])
