"""Opening hours as a week, and as text."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import opening_hours
import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from stores.hours import Week, in_words, text_of, week_of
from stores.hours_forms import WeekForm, names_of

TEXTS = [
    "Mo-Fr 09:00-12:30,14:00-19:00; Sa 09:00-13:00; PH off",
    "Mo,We 10:00-18:00",
    "Mo-Tu,Th-Fr 08:00-24:00",
    "Fr-Sa 18:00-02:00",
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_becomes_a_week_and_the_same_text_again(text):
    assert text_of(week_of(text)) == text


@pytest.mark.parametrize(
    "text", ["", "24/7", "Apr-Oct: Mo-Fr 09:00-18:00", "Mo-Fr 08:00-09:00,10:00-11:00,12:00-13:00", "Mo sunrise-sunset", "PH off"]
)
def test_what_a_week_cannot_say_is_left_as_text(text):
    assert week_of(text) is None


def test_a_later_rule_wins_as_in_openstreetmap():
    assert text_of(week_of("Mo-Su 09:00-18:00; Su off")) == "Mo-Sa 09:00-18:00"


minutes = st.lists(st.integers(0, 24 * 60 - 1), min_size=2, max_size=4, unique=True).filter(lambda found: len(found) != 3).map(sorted)
windows = minutes.map(lambda found: tuple(zip(*[iter([time(m // 60, m % 60) for m in found])] * 2, strict=True)))


@given(st.tuples(*[st.one_of(st.just(()), windows)] * 7), st.booleans())
def test_any_week_survives_being_written_and_is_right_for_another_reader(days, holidays):
    week = Week(days, holidays)
    text = text_of(week)
    if not any(days):
        assert text == ""
        return
    assert week_of(text) == week
    assert opening_hours.validate(text)
    read = opening_hours.OpeningHours(text)
    for number, found in enumerate(days):
        for start, _end in found:
            assert read.is_open(datetime.combine(datetime(2026, 3, 2) + timedelta(days=number), start))


def form(**values):
    """The form as it is sent, with some fields filled in."""
    return WeekForm(values)


def test_the_form_makes_the_text():
    filled = form(
        mo_from="09:00", mo_until="12:30", mo_from_2="14:00", mo_until_2="19:00", sa_from="09:00", sa_until="13:00", holidays="on"
    )
    assert filled.is_valid(), filled.errors
    assert filled.cleaned_data["opening_hours"] == "Mo 09:00-12:30,14:00-19:00; Sa 09:00-13:00; PH off"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"mo_from": "09:00"}, "mo_from"),
        ({"tu_from": "09:00", "tu_until": "09:00"}, "tu_from"),
        ({"we_from": "09:00", "we_until": "14:00", "we_from_2": "13:00", "we_until_2": "18:00"}, "we_from"),
        ({"th_from": "25:00", "th_until": "26:00"}, "th_from"),
        ({}, "__all__"),
    ],
)
def test_what_cannot_be_is_told_at_its_day(values, field):
    filled = form(**values)
    assert not filled.is_valid()
    assert field in filled.errors


def test_the_form_opens_with_the_present_hours():
    shown = WeekForm(hours=TEXTS[0])
    assert shown[names_of("Mo")[0]].value() == time(9)
    assert shown["holidays"].value() is True
    assert not shown.is_beyond_a_week
    assert WeekForm(hours="24/7").is_beyond_a_week


def test_hours_are_said_in_words():
    with translation.override("en"):
        assert in_words(TEXTS[0])[0] == "Monday – Friday: 09:00–12:30, 14:00–19:00"
        assert in_words("24/7") == ["24/7"]
