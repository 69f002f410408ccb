"""Each warning before sending: when it is there, and when it is not."""

import uuid
from datetime import date, time, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone, translation

from crates.services import CountedLine, record_inventory
from crates.tests.factories import StoreContainerFactory
from lincassable.accounts.actors import Actor
from pickups import services
from pickups.enums import VehicleKind
from pickups.lines import PlannedPallet, StopPlan
from pickups.models import Tour
from pickups.tests.factories import CarrierFactory, VehicleFactory, container, planned
from pickups.warnings import warnings_of
from stores.enums import Kind
from stores.models import Closure
from stores.tests.factories import StoreFactory, ZoneFactory

pytestmark = pytest.mark.django_db
HERE, NEAR = (Decimal("43.29"), Decimal("5.37")), (Decimal("43.30"), Decimal("5.40"))
ALWAYS_OPEN = "Mo-Su 00:00-24:00"


def a_weekday(days_ahead: int = 14) -> date:
    """A Tuesday that is far enough and no public holiday (none falls on such a Tuesday two weeks from now in these tests)."""
    from stores.days import public_holiday

    day = timezone.localdate() + timedelta(days=days_ahead)
    while day.weekday() != 1 or public_holiday(day):
        day += timedelta(days=1)
    return day


def store(**fields):
    """A shop that is always open, with a position."""
    return StoreFactory(**{"latitude": NEAR[0], "longitude": NEAR[1], "opening_hours": ALWAYS_OPEN, **fields})


@pytest.fixture
def quiet(coordinator):
    """Make a tour about which there is nothing to say: `quiet(vehicle={…}, stops=[…], date=…)`."""

    def make(*, vehicle=None, stops=None, hub=None, carrier=None, **fields) -> Tour:
        hub = hub or StoreFactory(kind=Kind.HUB, latitude=HERE[0], longitude=HERE[1])
        carrier = carrier or CarrierFactory()
        given = {"carrier": carrier, "kind": VehicleKind.VAN, "payload_kg": 1000, "pallets": 4, "crates": 100, **(vehicle or {})}
        stops = stops if stops is not None else [StopPlan(store(), [planned()])]
        return services.create_tour(
            **{
                "date": a_weekday(),
                "hub": hub,
                "carrier": carrier,
                "vehicle": VehicleFactory(**given),
                "by": coordinator,
                "stops": stops,
                **fields,
            }
        )

    return make


def stock(place, *, empty: int = 0, full: int = 0) -> None:
    """Let a count of 75 cl crates find so many at a place."""
    lines = [CountedLine(container(), empty + full, full)]
    record_inventory(place, key=uuid.uuid4(), counted_at=timezone.now(), lines=lines, by=Actor.system())


def codes(tour: Tour) -> list[str]:
    """Return the codes of a fresh tour's warnings."""
    with translation.override("en"):
        return [warning.code for warning in warnings_of(Tour.objects.get(pk=tour.pk))]


def test_a_sound_tour_has_no_warning(quiet):
    assert codes(quiet()) == []


def test_a_tour_without_vehicle_says_so(quiet):
    tour = quiet()
    Tour.objects.filter(pk=tour.pk).update(vehicle=None)
    assert codes(tour) == ["no_vehicle"]


@pytest.mark.parametrize(
    ("vehicle", "line", "code"),
    [
        ({"payload_kg": 80}, ("75", 10, 0), "vehicle_kg"),
        ({"payload_kg": 80}, ("75", 0, 40), "vehicle_kg"),  # too heavy on leaving the hub
        ({"pallets": 1}, ("75", 33, 0), "vehicle_pallets"),
        ({"crates": 32}, ("75", 33, 0), "vehicle_crates"),
        ({"crates": 32}, ("75", 0, 33), "vehicle_crates"),
    ],
)
def test_a_vehicle_too_small_at_any_point_is_named(quiet, vehicle, line, code):
    tour = quiet(vehicle=vehicle, stops=[StopPlan(store(), [planned(*line)])])
    assert codes(tour) == [code]
    with translation.override("en"):
        sentence = warnings_of(tour)[0].sentence
    assert ("on leaving the hub" in sentence) == (line[1] == 0)


def test_a_measure_that_the_vehicle_does_not_give_is_not_compared(quiet):
    assert codes(quiet(vehicle={"pallets": 0, "crates": 0}, stops=[StopPlan(store(), [planned("75", 60, 0)])])) == []


def test_a_public_holiday_is_named(quiet):
    day = date(timezone.localdate().year + 1, 5, 1)
    tour = quiet(date=day)
    assert "public_holiday" in codes(tour)


def test_a_closed_hub_is_named_whether_by_its_hours_or_by_a_closure(quiet):
    hub = StoreFactory(kind=Kind.HUB, opening_hours="Mo 08:00-18:00")
    assert "hub_closed" in codes(quiet(hub=hub))
    away = StoreFactory(kind=Kind.HUB)
    Closure.objects.create(store=away, first_day=a_weekday(), last_day=a_weekday(), reason="inventaire")
    assert "hub_closed" in codes(quiet(hub=away))


@pytest.mark.parametrize(
    ("hours", "slot", "code"),
    [
        ("Mo 09:00-18:00", (None, None), "closed"),
        ("Mo-Su 14:00-18:00", (time(9), time(11)), "closed_at_slot"),
        ("Mo-Su 14:00-18:00", (time(9), None), None),  # from nine on: the afternoon will do
        ("Mo-Su 14:00-18:00", (time(9), time(15)), None),
        ("Mo-Su 18:00-20:00", (None, None), "closed_on_arrival"),
        ("", (None, None), None),  # nobody knows
    ],
)
def test_a_place_that_is_closed_when_the_truck_comes_is_named(quiet, hours, slot, code):
    plan = StopPlan(store(opening_hours=hours), [planned()], window_start=slot[0], window_end=slot[1])
    assert codes(quiet(stops=[plan])) == ([code] if code else [])


def test_a_closure_is_named_with_its_reason(quiet):
    closed = store()
    Closure.objects.create(store=closed, first_day=a_weekday(), last_day=a_weekday(), reason="congés")
    tour = quiet(stops=[StopPlan(closed, [planned()])])
    found = warnings_of(tour)
    assert [warning.code for warning in found] == ["closure"]
    assert "congés" in found[0].sentence
    assert found[0].stop.store == closed


def test_a_slot_that_ends_before_the_truck_comes_is_named(quiet):
    assert codes(quiet(stops=[StopPlan(store(), [planned()], window_start=time(6), window_end=time(7))])) == ["after_slot"]


@pytest.mark.parametrize(
    ("place", "vehicle", "code"),
    [
        ({"largest_vehicle": VehicleKind.BIKE}, {}, "vehicle_too_large"),
        ({"largest_vehicle": VehicleKind.TRUCK_12T}, {}, None),
        ({"needs_tail_lift": True}, {}, "tail_lift"),
        ({"needs_tail_lift": True}, {"has_tail_lift": True}, None),
        ({"access_notes": "Rue étroite"}, {"kind": VehicleKind.TRUCK_19T}, "access_note"),
        ({"access_notes": "Rue étroite"}, {}, None),
    ],
)
def test_a_place_that_the_vehicle_does_not_suit_is_named(quiet, place, vehicle, code):
    assert codes(quiet(vehicle=vehicle, stops=[StopPlan(store(**place), [planned()])])) == ([code] if code else [])


def test_a_place_on_two_open_tours_for_the_same_containers_is_pointed_out(quiet, coordinator):
    twice, day = store(), a_weekday()
    first = quiet(stops=[StopPlan(twice, [planned("75", 5, 0)])])
    same = quiet(stops=[StopPlan(twice, [planned("75", 5, 0)])], date=day + timedelta(days=1))
    other_kind = quiet(stops=[StopPlan(twice, [planned("33", 5, 0)])])
    far = quiet(stops=[StopPlan(twice, [planned("75", 5, 0)])], date=day + timedelta(days=7))
    assert "other_tour" in codes(same)
    assert "other_tour" not in codes(other_kind)
    assert "other_tour" not in codes(far)
    services.cancel_tour(first, by=coordinator)
    assert "other_tour" not in codes(same)


def test_a_hub_whose_empties_go_on_two_tours_is_pointed_out(quiet):
    hub = StoreFactory(kind=Kind.HUB)
    first = quiet(hub=hub)
    assert codes(first) == []
    second = quiet(hub=hub)
    assert codes(first) == codes(second) == ["hub_other_tour"]
    assert "hub_other_tour" not in codes(quiet(hub=hub, stops=[StopPlan(store(), [planned("33", 5, 5)])]))


def test_a_hub_with_too_few_empties_is_named(quiet):
    hub = StoreFactory(kind=Kind.HUB)
    stock(hub, empty=7)
    assert codes(quiet(hub=hub)) == ["hub_short"]
    stock(hub, empty=20)
    assert codes(quiet(hub=hub, date=a_weekday(40))) == []


def test_a_carrier_that_does_not_drive_that_day_or_there_or_so_soon_is_named(quiet):
    assert codes(quiet(carrier=CarrierFactory(weekdays=[0, 2]))) == ["carrier_day"]
    served, other = ZoneFactory(), ZoneFactory()
    carrier = CarrierFactory()
    carrier.zones.add(served)
    assert codes(quiet(carrier=carrier, zone=served, stops=[StopPlan(store(zone=served), [planned()])])) == []
    assert codes(quiet(carrier=carrier, zone=served, stops=[StopPlan(store(zone=other), [planned()])])) == ["carrier_zone"]
    assert codes(quiet(carrier=CarrierFactory(lead_days=60))) == ["lead_time"]


def test_a_plan_that_misses_something_is_named(quiet):
    assert codes(quiet(stops=[StopPlan(store(latitude=None, longitude=None), [planned()])])) == ["no_position"]
    assert codes(quiet(stops=[StopPlan(store(), [])])) == ["no_quantities"]
    pallet = PlannedPallet("left", "europe", None, 1)
    assert codes(quiet(stops=[StopPlan(store(), [], pallets=[pallet])])) == []


def test_a_plan_beyond_the_rotation_stock_is_named(quiet):
    shop = store()
    StoreContainerFactory(store=shop, container_type=container(), buffer=10)
    stock(shop, empty=10, full=12)
    assert codes(quiet(stops=[StopPlan(shop, [planned("75", 12, 0)])])) == []
    assert codes(quiet(stops=[StopPlan(shop, [planned("75", 13, 0)])], date=a_weekday(40))) == ["over_stock"]


def test_warnings_take_the_same_queries_for_any_number_of_stops(quiet, django_assert_max_num_queries):
    tour = quiet(stops=[StopPlan(store(), [planned()]) for _ in range(12)])
    with django_assert_max_num_queries(14):
        warnings_of(Tour.objects.select_related("carrier", "hub", "vehicle", "zone").get(pk=tour.pk))
