"""Opening hours on a place's admin page: typed as a week, kept as text, asked by day."""

from datetime import date, time

import pytest
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.urls import reverse

from lincassable.accounts.tests.factories import UserFactory
from stores import days
from stores.admin_hours import HoursField, Typed, hours_field
from stores.models import Store
from stores.tests.factories import StoreFactory
from stores.tests.test_admin import form, page

NAME = "opening_hours"
MONDAY, CLOCKS_GO_FORWARD, MAY_DAY = date(2026, 5, 4), date(2026, 3, 29), date(2026, 5, 1)


def sent(mode="week", text="", **fields):
    """What the widget reads of a form that was sent."""
    data = QueryDict(mutable=True)
    data.update({f"{NAME}-mode": mode, NAME: text, **{f"{NAME}-{name}": value for name, value in fields.items()}})
    return hours_field().widget.value_from_datadict(data, {}, NAME)


def kept(**fields):
    return hours_field().clean(sent(**fields))


def shown(value):
    return hours_field().widget.render(NAME, value)


def test_a_week_becomes_text():
    text = kept(
        mo_from="09:00", mo_until="12:30", mo_from_2="14:00", mo_until_2="19:00", tu_same="on", we_closed="on", sa_from="09:00",
        sa_until="13:00", holidays="on",
    )  # fmt: skip
    assert text == "Mo-Tu 09:00-12:30,14:00-19:00; Sa 09:00-13:00; PH off"


def test_as_the_day_above_reaches_over_several_days():
    assert kept(mo_from="08:00", mo_until="12:00", **{f"{day}_same": "on" for day in ("tu", "we", "th", "fr")}) == "Mo-Fr 08:00-12:00"


@pytest.mark.parametrize(
    "text",
    [
        "Mo-Fr 09:00-12:30,14:00-19:00; Sa 09:00-13:00; PH off",
        "Fr-Sa 18:00-02:00",
        "Mo-Su 00:00-24:00".replace("00:00-24:00", "08:00-24:00"),
        "",
    ],
)
def test_what_is_shown_and_sent_back_untouched_is_the_same_text(text):
    from html.parser import HTMLParser

    data = {}

    class Inputs(HTMLParser):
        def handle_starttag(self, tag, attributes):
            given = dict(attributes)
            if tag == "input" and (given["type"] not in ("radio", "checkbox") or "checked" in given):
                data[given["name"]] = given.get("value", "on")

    Inputs().feed(shown(text))
    query = QueryDict(mutable=True)
    query.update(data)
    field = hours_field()
    typed = field.widget.value_from_datadict(query, {}, NAME)
    assert typed.mode == "week"
    assert field.clean(typed) == text
    assert not field.has_changed(text, typed)


@pytest.mark.parametrize("text", ["24/7", "Apr-Oct: Mo-Fr 09:00-18:00", "Mo[1] 10:00-12:00", "Mo-Fr sunrise-18:00"])
def test_what_a_week_cannot_say_stays_text(text):
    assert "data-beyond" in shown(text)
    assert f'value="{text}"' in shown(text)
    assert kept(mode="text", text=text) == text


@pytest.mark.parametrize(
    "wrong",
    [
        {"mo_from": "09:00"},
        {"mo_from": "09:00", "mo_until": "09:00"},
        {"mo_from": "14:00", "mo_until": "19:00", "mo_from_2": "09:00", "mo_until_2": "12:00"},
        {"mo_from": "09:00", "mo_until": "12:00", "mo_closed": "on"},
        {"mo_from": "neuf heures", "mo_until": "12:00"},
        {"mode": "text", "text": "lundi"},
        {"mode": "text", "text": "x" * 500},
    ],
)
def test_what_cannot_be_is_refused_and_nothing_typed_is_lost(wrong):
    with pytest.raises(ValidationError) as refused:
        kept(**wrong)
    assert all(refused.value.messages)
    again = shown(sent(**wrong))
    assert all(value in again for name, value in wrong.items() if value not in ("on", "week"))


def test_no_hours_at_all_are_unknown_hours():
    assert kept() == ""
    assert isinstance(sent(), Typed)
    assert isinstance(hours_field(), HoursField)


@pytest.mark.parametrize(
    ("fields", "day", "windows"),
    [
        ({"mo_from": "22:00", "mo_until": "02:00"}, MONDAY, [(time(22), time(23, 59))]),
        ({"mo_from": "22:00", "mo_until": "02:00"}, date(2026, 5, 5), [(time(0), time(2))]),
        ({"mo_from": "18:00", "mo_until": "00:00"}, MONDAY, [(time(18), time(23, 59))]),
        ({"su_from": "01:00", "su_until": "18:00"}, CLOCKS_GO_FORWARD, [(time(1), time(18))]),
        ({"su_from": "01:00", "su_until": "18:00"}, date(2026, 10, 25), [(time(1), time(18))]),
        ({"fr_from": "09:00", "fr_until": "12:00", "holidays": "on"}, MAY_DAY, []),
        ({"fr_from": "09:00", "fr_until": "12:00"}, MAY_DAY, [(time(9), time(12))]),
        ({"mo_from": "09:00", "mo_until": "12:00", "tu_closed": "on"}, date(2026, 5, 5), []),
    ],
)
def test_a_day_is_open_as_the_week_says(fields, day, windows):
    assert days.open_windows(Store(opening_hours=kept(**fields)), day) == windows


@pytest.mark.django_db
def test_a_coordinator_saves_a_week_and_a_wrong_one_is_told(client):
    client.force_login(UserFactory(role="coordinator"))
    store = StoreFactory()
    week = {"opening_hours-mode": "week", "opening_hours-mo_from": "09:00", "opening_hours-mo_until": "18:00"}
    assert client.post(page(store), form(client, page(store), **week)).status_code == 302
    store.refresh_from_db()
    assert store.opening_hours == "Mo 09:00-18:00"
    response = client.post(page(store), form(client, page(store), **week | {"opening_hours-mo_until": ""}))
    assert response.status_code == 200
    assert response.context["adminform"].form.errors["opening_hours"]
    assert b'value="09:00"' in response.content
    assert reverse("admin:stores_store_change", args=[store.pk]) == page(store)
