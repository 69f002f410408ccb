"""Opening hours where they go wrong: nights, clock changes, holidays that move, closures, and text that nobody can read."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError

from lincassable.portal.public import hours
from lincassable.portal.public.places import places
from stores import days
from stores.models import Store
from stores.tests.factories import ClosureFactory, StoreFactory

PARIS = ZoneInfo("Europe/Paris")
FORWARD, BACK = date(2026, 3, 29), date(2026, 10, 25)  # the Sundays on which the clocks change
EASTER_MONDAY, TUESDAY = date(2026, 4, 6), date(2026, 11, 24)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "moment", "expected"),
    [
        ("Sa 22:00-04:00", "2026-03-29 03:30", True),  # the night is an hour shorter, its end stays where the clock says
        ("Sa 22:00-04:00", "2026-03-29 04:00", False),
        ("Sa 22:00-04:00", "2026-10-25 03:59", True),
        ("Mo-Su 09:00-19:00", "2026-10-25 18:59", True),
        ("Mo-Su 09:00-19:00", "2026-10-25 19:00", False),
        ("Su 20:00-02:00", "2026-11-23 01:59", True),  # from one week into the next
        ("Su 20:00-02:00", "2026-11-22 01:59", False),
        ("Mo-Su 09:00-19:00; PH 10:00-12:00", "2026-12-25 11:00", True),
        ("Mo-Su 09:00-19:00; PH 10:00-12:00", "2026-12-25 13:00", False),
        ("Mo-Su 09:00-19:00; PH off", "2026-04-06 10:00", False),  # Easter Monday moves every year
        ("Mo-Su 09:00-19:00; PH off", "2027-03-29 10:00", False),
        ("Jun-Aug Mo-Su 09:00-20:00; Sep-May off", "2026-11-23 10:00", False),
        ("Mo-Fr 9h-12h", "2026-11-23 10:00", None),
        ("24/7; ; ;", "2026-11-23 10:00", None),
    ],
)
def test_open_now_at_the_edges(text, moment, expected):
    StoreFactory(opening_hours=text)
    [place] = places()
    assert hours.open_now([place], datetime.fromisoformat(moment).replace(tzinfo=PARIS))[place.pk] is expected


@pytest.mark.django_db
def test_a_closure_ends_with_its_last_day_whatever_the_clock_does():
    store = StoreFactory(opening_hours="Mo-Su 08:00-20:00")
    ClosureFactory(store=store, first_day=FORWARD, last_day=FORWARD)
    [place] = places()
    asked = [datetime(2026, 3, day, hour, tzinfo=PARIS) for day, hour in ((28, 19), (29, 8), (29, 19), (30, 8))]
    assert [hours.open_now([place], moment)[place.pk] for moment in asked] == [True, False, False, True]


@pytest.mark.parametrize(
    ("text", "day", "windows"),
    [
        ("Mo 22:00-02:00", TUESDAY, [(time(0), time(2))]),  # what is left of Monday's night
        ("Sa 22:00-04:00", FORWARD, [(time(0), time(4))]),
        ("Mo-Su 08:00-18:00", BACK, [(time(8), time(18))]),
        ("24/7", BACK, [(time(0), time(23, 59))]),
        ("24/7", FORWARD, [(time(0), time(23, 59))]),
        ("Mo-Su 09:00-19:00; PH off", EASTER_MONDAY, []),
    ],
)
def test_windows_of_a_day_at_the_edges(text, day, windows):
    assert days.open_windows(Store(opening_hours=text), day) == windows


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["Mo-Fr 9h-12h", "lundi", "Mo-Fr 25:00-26:99", "<b>24/7</b>", "Mo-Fr 09:00-", "x" * 401])
def test_what_cannot_be_read_is_never_kept(text):
    with pytest.raises(ValidationError) as refused:
        StoreFactory.build(opening_hours=text).full_clean()
    assert list(refused.value.error_dict) == ["opening_hours"]
