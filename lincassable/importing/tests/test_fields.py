"""Values as French and English spreadsheets write them."""

import contextlib
import datetime as dt
from decimal import Decimal

import pytest
import time_machine
from django import forms
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from lincassable.importing.fields import DecimalField, ListField, MomentField, WholeNumberField, WordField

NOW = dt.datetime(2026, 3, 10, 8, 0, tzinfo=dt.UTC)  # 9 o'clock in Paris


@pytest.mark.parametrize(
    ("text", "number"),
    [("43,2965", "43.2965"), ("43.2965", "43.2965"), ("-1,5", "-1.5"), ("1 234,5", "1234.5"), ("1\u202f234,50", "1234.50"),
     ("1.234,5", "1234.5"), ("1,234.5", "1234.5"), ("5", "5"), ("4.32965E1", "43.2965"), ("", None)],
)  # fmt: skip
def test_decimals_are_read_in_french_and_english(text, number):
    assert DecimalField(required=False).clean(text) == (Decimal(number) if number else None)


@pytest.mark.parametrize("text", ["abc", "1,2,3", "12 €", "NaN", "Infinity", "1e99", "--1", "0x10", "١٢"])
def test_what_is_no_number_is_refused(text):
    for field in (DecimalField(), WholeNumberField()):
        with pytest.raises(ValidationError):
            field.clean(text)


def test_decimals_beyond_those_kept_are_rounded():
    assert DecimalField(decimal_places=6).clean("43,29650049") == Decimal("43.296500")


@pytest.mark.parametrize(("text", "number"), [("12", 12), ("12,0", 12), ("12.00", 12), ("1 200", 1200), (" 7 ", 7)])
def test_whole_numbers_may_have_empty_decimals(text, number):
    assert WholeNumberField().clean(text) == number


@pytest.mark.parametrize("text", ["12,5", "douze", "1/2"])
def test_half_a_crate_is_refused(text):
    with pytest.raises(ValidationError):
        WholeNumberField(min_value=0).clean(text)


def utc(*parts):
    return dt.datetime(*parts, tzinfo=dt.UTC)


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize(
    ("text", "at", "day_only"),
    [
        ("31/12/2025", utc(2025, 12, 31, 11), True),
        ("31-12-2025", utc(2025, 12, 31, 11), True),
        ("31.12.25", utc(2025, 12, 31, 11), True),
        ("1/7/2025", utc(2025, 7, 1, 10), True),
        ("2025-12-31", utc(2025, 12, 31, 11), True),
        ("31/12/2025 09:30", utc(2025, 12, 31, 8, 30), False),
        ("31/12/2025 9h30", utc(2025, 12, 31, 8, 30), False),
        ("31/12/2025 à 9 h", utc(2025, 12, 31, 8), False),
        ("2025-12-31 09:30:15", utc(2025, 12, 31, 8, 30, 15), False),
        ("2025-12-31T09:30:15.250000", utc(2025, 12, 31, 8, 30, 15, 250_000), False),
        ("2025-12-31T09:30Z", utc(2025, 12, 31, 9, 30), False),
        ("2025-12-31T09:30:00+02:00", utc(2025, 12, 31, 7, 30), False),
        ("26/10/2025 02:30", utc(2025, 10, 26, 0, 30), False),  # this time came twice: the first
    ],
)
def test_dates_are_read_as_the_network_writes_them(text, at, day_only):
    moment = MomentField().clean(text)
    assert (moment.at, moment.day_only) == (at, day_only)


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize(
    ("text", "code"),
    [("12/31/2025", "invalid"), ("31/02/2025", "invalid"), ("hier", "invalid"), ("31/12/2025 25:00", "invalid"), ("2025", "invalid"),
     ("11/03/2026", "future"), ("10/03/2026 09:01", "future"), ("10/03/2036", "future"), ("01/01/0025", "long_ago"),
     ("31/12/1999", "long_ago"), ("30/03/2025 02:30", "no_such_time"), ("0001-01-01T00:00+14:00", "invalid"),
     ("9999-12-31T23:59-12:00", "invalid")],
)  # fmt: skip
def test_dates_that_cannot_be_are_refused(text, code):
    with pytest.raises(ValidationError) as refusal:
        MomentField().clean(text)
    assert refusal.value.error_list[0].code == code


@time_machine.travel(NOW, tick=False)
def test_today_before_noon_is_now():
    moment = MomentField().clean("10/03/2026")
    assert (moment.at, moment.day_only, moment.day) == (NOW, True, dt.date(2026, 3, 10))


@given(st.datetimes(dt.datetime(2001, 1, 1), dt.datetime(2024, 1, 1), timezones=st.just(dt.UTC)))
def test_iso_moments_come_back(moment):
    assert MomentField().clean(moment.isoformat()).at == moment


@given(st.dates(dt.date(2001, 1, 1), dt.date(2024, 1, 1)))
def test_french_days_come_back(day):
    assert MomentField().clean(f"{day:%d/%m/%Y}").day == day


@given(st.text(max_size=40))
def test_any_text_is_a_value_or_a_sentence(text):
    for field in (DecimalField(), WholeNumberField(), MomentField(), ListField(each=forms.EmailField())):
        with contextlib.suppress(ValidationError):
            field.clean(text)


def test_words_stand_for_choices_in_any_case():
    field = WordField(choices=[("shop", "shop"), ("sorting", "sorting centre")], also={"magasin": "shop", "centre de tri": "sorting"})
    assert [field.clean(word) for word in ("Magasin", "SHOP", "centre  de TRI", "sorting centre")] == ["shop", "shop", "sorting", "sorting"]
    with pytest.raises(ValidationError) as refusal:
        field.clean("garage")
    assert "garage" in refusal.value.messages[0]
    assert "sorting centre" in refusal.value.messages[0]


def test_lists_name_the_value_at_fault():
    field = ListField(each=forms.EmailField(), at_most=3, required=False)
    assert field.clean("a@b.example ; c@d.example;") == ["a@b.example", "c@d.example"]
    assert field.clean("") == []
    with pytest.raises(ValidationError) as refusal:
        field.clean("a@b.example; nobody")
    assert "nobody" in refusal.value.messages[0]
    with pytest.raises(ValidationError):
        field.clean("a@b.fr;b@b.fr;c@b.fr;d@b.fr")
