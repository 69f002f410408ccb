"""Numbered paloxes: registered once, seen in any order, never lost by a late form."""

import datetime as dt
import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from crates.enums import PaloxState
from crates.models import Palox, PaloxEvent
from crates.palox_numbers import find, label_url, normal, split
from crates.queries_paloxes import history_of, months_before, per_place, unseen
from crates.services.paloxes import describe_palox, register_palox, register_series, rename_palox, scrap_palox, see_palox
from crates.tests.factories import HubFactory, PaloxFactory
from crates.tests.test_concurrency import at_once, failures
from lincassable.accounts.actors import Actor
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db
BY = Actor.system()
CARD = Actor("link", 1, "store", 1)


def ago(days: float) -> dt.datetime:
    return timezone.now() - dt.timedelta(days=days)


def see(number, store, days, state=PaloxState.STORE, **kwargs):
    return see_palox(number, store=store, state=state, at=ago(days), key=kwargs.pop("key", uuid.uuid4()), by=BY, **kwargs)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("INC-00012", "INC-00012"),
        ("  inc-00012 ", "inc-00012"),
        ("INC  12\t", "INC 12"),
        ("https://lincassable.example/palox/INC-00012", "INC-00012"),
        ("http://localhost:8000/palox/INC%2F12%20b/", "INC/12 b"),
        ("https://elsewhere.example/other", "https://elsewhere.example/other"),
        ("a\x00b", "ab"),
        ("", ""),
    ],
)
def test_a_number_is_read_from_what_is_typed_or_scanned(text, number):
    assert normal(text) == number


def test_several_numbers_in_a_field_are_told_apart_and_kept_once():
    assert split("INC-1\nINC-2, inc-1;\r\n https://x.example/palox/INC-3 \n\n") == ["INC-1", "INC-2", "INC-3"]


def test_the_code_on_a_label_leads_back_to_the_number():
    palox = register_palox("INC/12 é", by=BY)
    assert normal(label_url(palox)) == "INC/12 é"


def test_a_number_is_unique_whatever_its_case():
    register_palox("INC-00001", by=BY)
    with pytest.raises(ValidationError) as refused:
        register_palox(" inc-00001", by=BY)
    assert "palox_unique_number" not in str(refused.value)
    assert Palox.objects.count() == 1


@pytest.mark.parametrize("number", ["", "   ", "x" * 41])
def test_a_number_that_cannot_be_is_refused(number):
    with pytest.raises(ValidationError):
        register_palox(number, by=BY)


def test_a_palox_registered_at_a_place_is_there():
    shop, hub = StoreFactory(), HubFactory()
    assert register_palox("A", store=shop, by=BY).state == PaloxState.STORE
    there = register_palox("B", store=hub, by=BY)
    assert (there.state, there.store) == (PaloxState.IN_STOCK, hub)
    assert there.last_seen_at is not None


def test_cards_neither_make_nor_name_paloxes():
    palox = register_palox("A", by=BY)
    for deed in (
        lambda: register_palox("B", by=CARD),
        lambda: register_series("B1", "B2", by=CARD),
        lambda: rename_palox(palox, "C", by=CARD),
        lambda: scrap_palox(palox, by=CARD, reason="x"),
    ):
        with pytest.raises(PermissionDenied):
            deed()


def test_a_series_is_added_around_what_exists():
    register_palox("inc-00003", by=BY)
    new, known = register_series("INC-00001", "INC-00005", by=BY, model="500 L")
    assert [row.number for row in new] == ["INC-00001", "INC-00002", "INC-00004", "INC-00005"]
    assert known == ["inc-00003"]
    again, known = register_series("INC-00001", "INC-00005", by=BY)
    assert again == []
    assert known == ["INC-00001", "INC-00002", "inc-00003", "INC-00004", "INC-00005"]
    assert Palox.objects.count() == 5


@pytest.mark.parametrize(
    ("first", "last"), [("INC-00005", "INC-00001"), ("INC-1", "ABC-5"), ("INC", "INC-5"), ("", ""), ("INC-00001", "INC-99999")]
)
def test_what_is_no_series_is_refused(first, last):
    with pytest.raises(ValidationError):
        register_series(first, last, by=BY)
    assert not Palox.objects.exists()


def test_seeing_a_palox_moves_it_and_keeps_where_it_was():
    shop, hub = StoreFactory(), HubFactory()
    palox = register_palox("INC-1", by=BY)
    see("inc-1", shop, 3)
    see("INC-1", hub, 1, state=PaloxState.IN_STOCK, note="full")
    palox.refresh_from_db()
    assert (palox.state, palox.store) == (PaloxState.IN_STOCK, hub)
    assert [event.store for event in history_of(palox)] == [hub, shop]


def test_a_late_sighting_joins_the_history_and_does_not_move_the_palox():
    shop, hub = StoreFactory(), HubFactory()
    palox = register_palox("INC-1", by=BY)
    last = see("INC-1", hub, 1, state=PaloxState.IN_STOCK)
    see("INC-1", shop, 2)
    palox.refresh_from_db()
    assert (palox.state, palox.store, palox.last_seen_at) == (PaloxState.IN_STOCK, hub, last.at)
    assert [event.store for event in history_of(palox)] == [hub, shop]


def test_a_new_name_is_no_sighting():
    first, second = StoreFactory(), StoreFactory()
    palox = register_palox("INC-1", by=BY)
    seen = see("INC-1", first, 4)
    palox = rename_palox(palox, "INC-9", by=BY)
    assert palox.last_seen_at == seen.at
    see("INC-9", second, 2)  # arrives after the renaming, happened before it
    palox.refresh_from_db()
    assert palox.store == second
    assert "INC-1" in list(palox.events.values_list("note", flat=True))


def test_a_name_that_is_taken_is_refused_and_the_case_may_change():
    register_palox("INC-2", by=BY)
    palox = register_palox("inc-1", by=BY)
    with pytest.raises(ValidationError):
        rename_palox(palox, "inc-2", by=BY)
    assert rename_palox(palox, "INC-1", by=BY).number == "INC-1"
    changed = describe_palox(palox, by=BY, number="INC-1", model=" 500 L ", sorting_format="B75")
    assert (changed.model, changed.sorting_format) == ("500 L", "B75")


def test_the_same_key_again_changes_nothing():
    shop, key = StoreFactory(), uuid.uuid4()
    register_palox("INC-1", by=BY)
    first = see("INC-1", shop, 3, key=key)
    again = see("INC-1", StoreFactory(), 1, key=key)
    assert again.pk == first.pk
    assert again.palox.store == shop
    register_palox("INC-2", by=BY)
    with pytest.raises(ValidationError):
        see("INC-2", shop, 1, key=key)


def test_an_unknown_number_creates_nothing():
    with pytest.raises(ValidationError) as refused:
        see("INC-404", StoreFactory(), 1)
    assert refused.value.code == "unknown"
    assert not Palox.objects.exists()


@pytest.mark.parametrize("wrong", [{"state": "eaten"}, {"store": None}, {"days": -1}])
def test_what_cannot_have_been_seen_is_refused(wrong):
    register_palox("INC-1", by=BY)
    with pytest.raises(ValidationError):
        see("INC-1", **{"store": StoreFactory(), "days": 1, **wrong})
    assert not PaloxEvent.objects.exists()


def test_a_scrapped_palox_is_nowhere_until_somebody_sees_it_again():
    shop = StoreFactory()
    palox = register_palox("INC-1", store=shop, by=BY, at=ago(5))
    with pytest.raises(ValidationError):
        scrap_palox(palox, by=BY, reason=" ")
    event = scrap_palox(palox, by=BY, reason="bottom fell out", at=ago(2))
    assert (event.palox.state, event.palox.store, event.note) == (PaloxState.LOST, None, "bottom fell out")
    assert see("INC-1", shop, 1).palox.state == PaloxState.STORE


def test_sightings_of_the_last_moment_win_in_the_order_they_come():
    shop, hub, at = StoreFactory(), HubFactory(), ago(1)
    register_palox("INC-1", by=BY)
    see_palox("INC-1", store=hub, state=PaloxState.IN_STOCK, at=at, key=uuid.uuid4(), by=BY)
    event = see_palox("INC-1", store=shop, state=PaloxState.STORE, at=at, key=uuid.uuid4(), by=BY)
    assert event.palox.store == shop


def test_paloxes_unseen_for_months_are_found_and_lost_ones_are_not_looked_for(settings):
    settings.PALOX_UNSEEN_MONTHS = 6
    now = timezone.now()
    shop = StoreFactory()
    for number, days in (("OLD", 200), ("NEW", 20), ("LOST", 300)):
        register_palox(number, store=shop, at=ago(days), by=BY)
    scrap_palox(find(["LOST"])["LOST"], by=BY, reason="gone", at=ago(290))
    Palox.objects.filter(pk=register_palox("NEVER", by=BY).pk).update(created_at=ago(250))
    assert [palox.number for palox in unseen(now)] == ["NEVER", "OLD"]
    assert {palox.number for palox in unseen(now, months=0)} == {"NEVER", "OLD", "NEW"}
    assert [(row.store_id, row.total, row.unseen) for row in per_place(now)] == [(shop.pk, 2, 1), (None, 1, 1)]


def test_a_month_before_the_last_of_the_month_is_the_last_of_the_month_before():
    assert months_before(dt.datetime(2026, 8, 31, tzinfo=dt.UTC), 6) == dt.datetime(2026, 2, 28, tzinfo=dt.UTC)
    assert months_before(dt.datetime(2026, 1, 15, tzinfo=dt.UTC), 1) == dt.datetime(2025, 12, 15, tzinfo=dt.UTC)


@pytest.mark.django_db(transaction=True)
def test_sixteen_sightings_at_once_leave_the_latest_place_and_sixteen_events():
    palox, places = PaloxFactory(number="INC-1"), [StoreFactory() for _ in range(16)]
    moments = [ago(1 + index / 10) for index in range(16)]
    results = at_once(
        [
            lambda index=index: see_palox("INC-1", store=places[index], state=PaloxState.STORE, at=moments[index], key=uuid.uuid4(), by=BY)
            for index in range(16)
        ]
    )
    assert failures(results) == []
    palox.refresh_from_db()
    assert palox.store == places[0]
    assert palox.events.count() == 16
    results = at_once([lambda: register_palox("INC-2", by=BY)] * 8)
    assert len(failures(results)) == 7
    assert all(isinstance(error, ValidationError) for error in failures(results))
