"""Which days are worked: public holidays by name, closures of places, opening hours of a day."""

from datetime import date, time

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.test import override_settings
from django.utils import translation

from lincassable.accounts.actors import LINK, Actor
from stores import days, services
from stores.models import Closure, Store
from stores.tests.factories import ClosureFactory, StoreFactory

MONDAY, MAY_DAY, AUGUST = date(2026, 5, 4), date(2026, 5, 1), date(2026, 8, 10)
BY = Actor.system()


@pytest.mark.parametrize(
    ("day", "name"),
    [(MAY_DAY, "Fête du Travail"), (date(2026, 4, 6), "Lundi de Pâques"), (date(2027, 7, 14), "Fête nationale"), (MONDAY, None)],
)
def test_public_holidays_have_names(day, name):
    with translation.override("fr"):
        assert days.public_holiday(day) == name


def test_a_holiday_is_named_in_the_readers_language():
    with translation.override("en"):
        assert days.public_holiday(MAY_DAY) == "Labor Day"


def test_alsace_has_two_more_holidays():
    saint_stephen = date(2026, 12, 26)
    assert days.public_holiday(saint_stephen) is None
    with override_settings(HOLIDAY_SUBDIVISION="57"):
        assert days.public_holiday(saint_stephen)
        store = Store(opening_hours="Mo-Sa 09:00-12:00; PH off")
        assert days.open_windows(store, saint_stephen) == []


def test_working_days_are_weekdays_that_are_no_holidays():
    assert days.is_working_day(MONDAY)
    assert not days.is_working_day(MAY_DAY)
    assert not days.is_working_day(date(2026, 5, 9))


@pytest.mark.parametrize(
    ("hours", "day", "windows"),
    [
        ("Mo-Fr 09:00-12:30,14:00-19:00; PH off", MONDAY, [(time(9), time(12, 30)), (time(14), time(19))]),
        ("Mo-Fr 09:00-12:30; PH off", MAY_DAY, []),
        ("Mo-Fr 09:00-12:30", MAY_DAY, [(time(9), time(12, 30))]),
        ("Tu-Sa 09:00-12:30", MONDAY, []),
        ("Mo 22:00-02:00", MONDAY, [(time(22), time(23, 59))]),
        ("24/7", MONDAY, [(time(0), time(23, 59))]),
        ("Mo-Su 08:00-18:00", date(2026, 3, 29), [(time(8), time(18))]),  # the clocks change that night
        ("", MONDAY, None),
        ("quand il fait beau", MONDAY, None),
    ],
)
def test_the_hours_of_a_day_are_local_times(hours, day, windows):
    assert days.open_windows(Store(opening_hours=hours), day) == windows


@pytest.mark.django_db
def test_a_closure_holds_on_its_first_and_its_last_day():
    closure = ClosureFactory(first_day=date(2026, 8, 3), last_day=date(2026, 8, 16))
    found = [days.closure_on(closure.store, date(2026, 8, day)) for day in (2, 3, 16, 17)]
    assert found == [None, closure, closure, None]
    assert days.closures_on([closure.store_id, 0], AUGUST) == {closure.store_id: closure}


@pytest.mark.django_db
def test_closures_of_many_places_take_two_queries(django_assert_num_queries):
    for _ in range(5):
        ClosureFactory()
    with django_assert_num_queries(2):
        stores = list(Store.objects.prefetch_related(days.with_closures(AUGUST, AUGUST)))
        assert all(days.closure_on(store, AUGUST) for store in stores)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["closure_days_in_order", "closure_once"])
def test_the_database_refuses(name):
    closure = ClosureFactory()
    first = date(2026, 8, 17) if name == "closure_days_in_order" else closure.first_day
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        ClosureFactory(store=closure.store, first_day=first)


@pytest.mark.django_db
def test_days_on_which_a_place_is_already_closed_are_refused_with_that_closure():
    store = StoreFactory()
    closure = services.close_store(store, date(2026, 8, 3), date(2026, 8, 16), by=BY, reason="congés")
    assert services.close_store(store, closure.first_day, closure.last_day, by=BY) == closure
    with translation.override("en"), pytest.raises(ValidationError, match="already closed"):
        services.close_store(store, date(2026, 8, 16), date(2026, 8, 20), by=BY)
    services.close_store(StoreFactory(), date(2026, 8, 16), date(2026, 8, 20), by=BY)
    services.close_store(store, date(2026, 8, 17), date(2026, 8, 20), by=BY)


@pytest.mark.django_db
def test_a_closure_is_changed_and_taken_back_but_not_by_a_card():
    closure = ClosureFactory()
    closure.last_day = date(2026, 8, 23)
    services.save_closure(closure, by=BY)
    card = Actor(LINK, 1, "store", closure.store_id)
    with pytest.raises(PermissionDenied):
        services.delete_closure(closure, by=card)
    services.delete_closure(closure, by=BY)
    assert not Closure.objects.exists()


@pytest.mark.django_db
def test_a_place_made_by_mistake_goes_with_its_closures():
    store = ClosureFactory().store
    services.delete_store(store, by=BY)
    assert not Store.objects.filter(pk=store.pk).exists()
