"""Days and hours of mailings, also when clocks change."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.core.exceptions import ValidationError

from lincassable.mailings import timing

UTC = dt.UTC


@pytest.mark.parametrize(
    ("day", "hour", "found"),
    [
        ((2026, 11, 23), (9, 30), dt.datetime(2026, 11, 23, 8, 30, tzinfo=UTC)),
        ((2026, 7, 14), (9, 30), dt.datetime(2026, 7, 14, 7, 30, tzinfo=UTC)),
        # the night of the long hour: 02:30 comes twice, the first one counts
        ((2026, 10, 25), (2, 30), dt.datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ((2026, 10, 25), (3, 0), dt.datetime(2026, 10, 25, 2, 0, tzinfo=UTC)),
        # the days around the short night
        ((2026, 3, 29), (1, 59), dt.datetime(2026, 3, 29, 0, 59, tzinfo=UTC)),
        ((2026, 3, 29), (3, 0), dt.datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
    ],
)
def test_a_local_hour_is_kept_as_the_moment_it_is(day, hour, found):
    assert timing.moment(dt.date(*day), dt.time(*hour)) == found


def test_an_hour_that_the_clocks_jump_over_is_refused():
    with pytest.raises(ValidationError) as refused:
        timing.moment(dt.date(2026, 3, 29), dt.time(2, 30))
    assert refused.value.code == "no_such_hour"


@time_machine.travel("2026-11-23 08:00:00+00:00", tick=False)
def test_a_begin_in_the_past_or_in_two_years_is_refused():
    now = dt.datetime.now(UTC)
    timing.check_begin(now - dt.timedelta(seconds=50), now)
    for begin, code in ((now - dt.timedelta(minutes=2), "past"), (now + dt.timedelta(days=400), "too_far")):
        with pytest.raises(ValidationError) as refused:
            timing.check_begin(begin, now)
        assert refused.value.code == code


@pytest.mark.parametrize(
    ("count", "per_hour", "minutes"),
    [(1, 600, 0), (10, 600, 0), (11, 600, 1), (600, 600, 59), (601, 600, 60), (6000, 600, 599), (5, 1, 240), (61, 30, 120)],
)
def test_the_end_of_a_mailing_is_worked_out(count, per_hour, minutes):
    begin = dt.datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert timing.expected_end(begin, count, per_hour) == begin + dt.timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("begin", "hours", "warned"),
    [
        ("2026-11-23 09:00+00:00", 2, 0),  # a Monday morning
        ("2026-11-23 05:00+00:00", 1, 1),  # at six
        ("2026-11-21 09:00+00:00", 1, 1),  # a Saturday
        ("2026-11-11 09:00+00:00", 1, 1),  # a public holiday
        ("2026-11-23 15:00+00:00", 6, 1),  # into the evening
        ("2026-11-27 15:00+00:00", 80, 1),  # over the weekend
    ],
)
def test_quiet_hours_are_told(begin, hours, warned):
    first = dt.datetime.fromisoformat(begin)
    assert len(timing.warnings_of(first, first + dt.timedelta(hours=hours))) == warned
