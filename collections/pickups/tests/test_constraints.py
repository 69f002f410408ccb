"""What the database itself refuses, by the name of the constraint."""

from datetime import date, time

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction
from django.utils import timezone

from pickups.tests.factories import (
    CarrierFactory,
    PickupRequestFactory,
    StopFactory,
    StopLineFactory,
    StopPaloxFactory,
    TourFactory,
    VehicleFactory,
)
from pickups.tests.factories_carriers import (
    CarrierContactFactory,
    EmissionFactorFactory,
    PriceRuleFactory,
    RecurringSkipFactory,
    RecurringStopFactory,
    RecurringTourFactory,
)
from pickups.tests.factories_proofs import (
    HubCountFactory,
    RequestPartFactory,
    StopPalletFactory,
    StopProofFactory,
    TourDifferenceFactory,
)

pytestmark = pytest.mark.django_db
DAY = date(2026, 5, 5)


def _external(factory):
    """Return a way to make two rows of the same external id."""
    return lambda: [factory(source="ancien", source_id="7") for _ in range(2)]


def _twice(factory, *same, **values):
    """Return a way to make a second row that repeats the fields `same` of the first one."""

    def make():
        first = factory(**values)
        factory(**{**values, **{name: getattr(first, name) for name in same}})

    return make


def _set(factory, **values):
    """Return a way to put values straight into a row."""

    def make():
        row = factory()
        type(row)._base_manager.filter(pk=row.pk).update(**values)

    return make


VIOLATIONS = {
    "one_open_request_per_store": _twice(PickupRequestFactory, "store"),
    "request_closed_has_a_time": _set(PickupRequestFactory, closed_at=timezone.now()),
    "place_once_per_request": _twice(RequestPartFactory, "request", "store"),
    "store_once_per_tour": _twice(StopFactory, "tour", "store"),
    "stop_completed_has_a_time": _set(StopFactory, state="done"),
    "stop_window_in_order": lambda: StopFactory(window_start=time(10), window_end=time(9)),
    "container_once_per_stop": _twice(StopLineFactory, "stop"),
    "stop_line_actual_is_whole": _set(StopLineFactory, loaded_full=3),
    "palox_once_per_stop_and_direction": lambda: [
        StopPaloxFactory(stop=first.stop, number=first.number.lower()) for first in [StopPaloxFactory()]
    ],
    "pallets_once_per_stop": _twice(StopPalletFactory, "stop"),
    "one_signature_per_stop": _twice(StopProofFactory, "stop"),
    "one_hub_count_per_container": _twice(HubCountFactory, "tour"),
    "difference_asked_once": _twice(TourDifferenceFactory, "tour"),
    "difference_answered_has_a_time": _set(TourDifferenceFactory, answered_at=timezone.now()),
    "tour_price_not_negative": _set(TourFactory, price_eur=-1),
    "tour_once_per_day_of_series": lambda: [TourFactory(recurring=series, recurring_day=DAY) for series in [RecurringTourFactory()] * 2],
    "vehicle_unique_name_per_carrier": _twice(VehicleFactory, "carrier", "name"),
    "carrier_unique_external_id": _external(CarrierFactory),
    "tour_unique_external_id": _external(TourFactory),
    "stop_unique_external_id": _external(StopFactory),
    "carrier_contact_unique_email": lambda: [
        CarrierContactFactory(carrier=first.carrier, email=first.email.upper()) for first in [CarrierContactFactory()]
    ],
    "carrier_contact_says_something": lambda: CarrierContactFactory(name="", email="", phone=""),
    "price_once_per_day": _twice(PriceRuleFactory, "carrier"),
    "price_not_negative": _set(PriceRuleFactory, per_km_eur=-1),
    "price_days_in_order": lambda: PriceRuleFactory(valid_to=date(2025, 12, 31)),
    "emission_range_in_order": _set(EmissionFactorFactory, low_g_per_km=100, typical_g_per_km=99, high_g_per_km=101),
    "series_days_in_order": lambda: RecurringTourFactory(ends_on=date(2025, 12, 31)),
    "series_has_a_step": _set(RecurringTourFactory, every_weeks=0),
    "series_price_not_negative": lambda: RecurringTourFactory(price_eur=-1),
    "place_once_per_series": _twice(RecurringStopFactory, "recurring", "store"),
    "series_window_in_order": _set(RecurringStopFactory, window_start=time(9), window_end=time(8)),
    "skip_once_per_day": _twice(RecurringSkipFactory, "recurring"),
}


@pytest.mark.parametrize("name", VIOLATIONS)
def test_the_database_refuses(name):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        VIOLATIONS[name]()


def test_every_constraint_of_the_app_is_tried_above():
    models = apps.get_app_config("pickups").get_models()
    assert {constraint.name for model in models for constraint in model._meta.constraints} == set(VIOLATIONS)
