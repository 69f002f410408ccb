"""Weights and ways that can be worked out by hand."""

from datetime import time
from decimal import Decimal

import pytest

from pickups.enums import PalletDirection, PalletType, StopState, VehicleKind
from pickups.figures import Figures
from pickups.load import Load, along, bottles_of, heaviest
from pickups.models import EmissionFactor, PriceRule, StopPallet
from pickups.routes import arrivals, great_circle_m, route_of
from pickups.tests.factories import StopFactory, StopLineFactory, TourFactory, VehicleFactory, container
from stores.enums import Kind
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db
# 75 cl crate: tare 2.27 kg, 12 bottles of 0.54 kg: 8.75 kg full.
MARSEILLE, AVIGNON, AIX = (43.2965, 5.3698), (43.9493, 4.8055), (43.5297, 5.4474)


def place(at, **fields):
    """A place somewhere."""
    return StoreFactory(latitude=at and Decimal(str(at[0])), longitude=at and Decimal(str(at[1])), **fields)


def stops_with(*lines):
    """Stops of one tour, each with one line: dicts of its fields."""
    tour = TourFactory()
    stops = [StopFactory(tour=tour, position=rank) for rank in range(1, len(lines) + 1)]
    for stop, fields in zip(stops, lines, strict=True):
        StopLineFactory(stop=stop, **{"planned_full": 0, "planned_empty": 0, **fields})
    return stops


def test_the_truck_leaves_with_empties_and_comes_back_with_full_ones():
    stops = stops_with({"planned_full": 20, "planned_empty": 10}, {"planned_full": 5, "planned_empty": 30})
    loads = along(stops)
    assert [load.kg for load in loads] == [91, 243, 219]  # 40 × 2.27; + 20 × 8.75 - 10 × 2.27; + 5 × 8.75 - 30 × 2.27
    assert [load.crates for load in loads] == [40, 50, 25]
    assert loads[0].pallets == Decimal("1.3")  # 40 crates of 32 on a pallet
    assert heaviest(loads) == Load(243, Decimal("1.6"), 50)
    assert bottles_of(stops) == 25 * 12


def test_the_other_directions_count_too():
    loads = along(stops_with({"planned_left_full": 4}, {"planned_taken_empty": 10}))
    assert [load.kg for load in loads] == [35, 0, 23]


def test_what_really_moved_replaces_the_plan_where_it_is_known():
    stops = stops_with(
        {"planned_full": 20, "planned_empty": 20, "loaded_full": 8, "left_empty": 2},
        {"planned_full": 10},
        {"planned_full": 99},
    )
    stops[0].state, stops[2].state = StopState.PARTIAL, StopState.MISSED
    assert [load.crates for load in along(stops, actual=True)] == [2, 8, 18, 18]
    assert bottles_of(stops, actual=True) == 18 * 12


def test_paloxes_take_a_pallet_place_each_and_named_pallets_replace_the_estimate():
    tour = TourFactory()
    stop = StopFactory(tour=tour)
    StopLineFactory(stop=stop, planned_full=32, planned_empty=0)
    StopLineFactory(stop=stop, container_type=container("33"), planned_full=16, planned_empty=0)
    StopLineFactory(stop=stop, container_type=container("palox"), planned_full=2, planned_empty=0)
    assert along([stop])[-1].pallets == Decimal("3.5")
    StopPallet.objects.create(stop=stop, direction=PalletDirection.TAKEN, pallet_type=PalletType.VMF, planned=2)
    assert along([stop])[-1].pallets == Decimal("4.5")  # 2 mixed VMF of 1.25 place, and the paloxes


def test_a_known_distance_is_found_and_the_detour_applied(settings):
    settings.ROUTE_DETOUR, settings.ROUTE_SPEED_KMH, settings.ROUTE_STOP_MINUTES = 1.5, {"van": 60}, {"van": 10}
    assert great_circle_m(MARSEILLE, AVIGNON) == pytest.approx(85_600, rel=0.01)
    way = route_of([place(MARSEILLE), place(AVIGNON), place(MARSEILLE)], VehicleKind.VAN)
    assert way.distance_m == pytest.approx(2 * 1.5 * 85_600, rel=0.01)
    assert way.duration_min == sum(leg.duration_min for leg in way.legs) + 10
    assert way.duration_min == pytest.approx(way.distance_m / 1000 + 10, abs=1)
    assert arrivals(time(8), way, VehicleKind.VAN, 1) == [time(10, 8)]


def test_a_place_without_position_is_left_out_and_named():
    nowhere = place(None)
    through = route_of([place(MARSEILLE), nowhere, place(AIX), place(MARSEILLE)], "")
    straight = route_of([place(MARSEILLE), place(AIX), place(MARSEILLE)], "")
    assert through.missing == [nowhere]
    assert through.distance_m == straight.distance_m
    assert len(through.legs) == 3
    assert route_of([], "").distance_m == 0


def test_a_tour_past_midnight_ends_at_the_end_of_the_day(settings):
    settings.ROUTE_SPEED_KMH = {"van": 5}
    way = route_of([place(MARSEILLE), place(AVIGNON), place(MARSEILLE)], VehicleKind.VAN)
    assert arrivals(time(8), way, VehicleKind.VAN, 1) == [time(23, 59)]


def test_the_figures_of_a_plan_come_to_euros_and_grams_per_bottle(settings):
    settings.ROUTE_DETOUR = 1
    tour = TourFactory(hub=place(MARSEILLE, kind=Kind.HUB))
    vehicle = VehicleFactory(carrier=tour.carrier, kind=VehicleKind.VAN, payload_kg=100)
    stop = StopFactory(tour=tour, store=place(AIX))
    StopLineFactory(stop=stop, planned_full=20, planned_empty=20)
    PriceRule.objects.create(carrier=tour.carrier, valid_from=tour.date, fixed_eur=50, per_stop_eur=10)
    factor = EmissionFactor.objects.get(vehicle_kind=VehicleKind.VAN)
    figures = Figures(tour, [stop], vehicle)
    assert figures.cost == Decimal("60.00")
    assert figures.cost_per_bottle == Decimal("0.250")
    assert figures.grams_per_bottle[1] == pytest.approx(factor.typical_g_per_km * figures.route.distance_m / 1000 / 240, abs=1)
    weight = figures.measures[0]
    assert (weight.leaving, weight.most, weight.limit, weight.is_too_much) == (45, 175, 100, True)
    assert figures.steps[0].is_too_much
    tour.price_eur = Decimal("75.00")
    assert Figures(tour, [stop], vehicle).cost == Decimal("75.00")
    empty = Figures(tour, [], None)
    assert (empty.cost_per_bottle, empty.grams_per_bottle, empty.km) == (None, None, 0)
