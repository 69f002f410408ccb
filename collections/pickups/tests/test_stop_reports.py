"""Everything a stop may tell: all containers in both directions, pallets, what stayed, who signed; stops added on the way."""

import threading
import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connections

from crates.check import check_ledger
from crates.models import ContainerType, Entry, Movement
from crates.queries import stock_of
from lincassable.accounts.actors import LINK, Actor
from lincassable.accounts.models import AccessLink
from pickups import services
from pickups.enums import PalletDirection, PalletType, RequestState, StopState, TourState
from pickups.lines import ActualLine, ActualPallet
from pickups.models import Stop, TourLog
from pickups.tests.factories import container
from pickups.tests.factories_proofs import StopPalletFactory
from stores.enums import Kind, Status
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db


def held(store) -> dict[str, tuple[int, int]]:
    """Return (full, empty) of each kind at a place, where there is any."""
    lines = {line.container_type.code: (line.raw_full, line.total - line.raw_full) for line in stock_of(store)}
    return {code: pair for code, pair in lines.items() if any(pair)}


def test_every_container_goes_both_ways_and_the_hub_gets_what_the_store_gives(scene):
    made = scene(TourState.ACCEPTED)
    stop, kinds = made.stops[0], list(ContainerType.objects.filter(is_active=True).order_by("pk"))
    assert {"75", "33", "palox", "keg", "pallet", "empty-pallet"} <= {kind.code for kind in kinds}
    lines = [ActualLine(kind, 10 + n, 5 + n, 3 + n, 1 + n) for n, kind in enumerate(kinds)]
    services.complete_stop(stop, lines, key=uuid.uuid4(), by=made.driver)
    there, here = held(stop.store), held(made.tour.hub)
    for n, kind in enumerate(kinds):
        full, empty = (1 + n) - (10 + n), (5 + n) - (3 + n)
        assert there[kind.code] == (full, empty)
        assert here[kind.code] == (-full, -empty)
    movement = Movement.objects.get()
    assert Entry.objects.filter(movement=movement).count() == 4 * len(kinds)
    assert check_ledger() == []
    recorded = {line.container_type_id: line for line in stop.lines.all()}
    assert (recorded[kinds[0].pk].taken_empty, recorded[kinds[0].pk].left_full) == (3, 1)


def test_what_goes_out_and_comes_back_in_the_same_number_still_is_no_movement_of_nothing(scene):
    made = scene(TourState.ACCEPTED)
    services.complete_stop(made.stops[0], [ActualLine(container(), 5, 0, 0, 5)], key=uuid.uuid4(), by=made.driver)
    assert not Movement.objects.exists()
    line = made.stops[0].lines.get()
    assert (line.loaded_full, line.left_full) == (5, 5)


def test_what_stayed_is_kept_at_a_stop_partly_done_only(scene):
    made = scene(TourState.ACCEPTED)
    line = [ActualLine(container(), 6, 6, remaining_full=4)]
    services.complete_stop(made.stops[0], line, key=uuid.uuid4(), by=made.driver, outcome=StopState.PARTIAL, reason="camion plein")
    services.complete_stop(made.stops[1], line, key=uuid.uuid4(), by=made.driver)
    assert [stop.lines.get().remaining_full for stop in made.stops] == [4, None]


def test_pallets_are_kept_beside_the_plan_mixed_ones_too(scene):
    made = scene(TourState.ACCEPTED)
    stop = made.stops[0]
    StopPalletFactory(stop=stop, planned=2)
    StopPalletFactory(stop=stop, direction=PalletDirection.LEFT, container_type=container("33"))
    pallets = [
        ActualPallet(PalletDirection.TAKEN, PalletType.EUROPE, None, 3),
        ActualPallet(PalletDirection.TAKEN, PalletType.VMF, container("palox"), 1),
        ActualPallet(PalletDirection.LEFT, PalletType.VMF, None, 0),
    ]
    services.complete_stop(stop, [], key=uuid.uuid4(), by=made.driver, pallets=pallets)
    rows = {(row.direction, row.pallet_type, row.container_type and row.container_type.code): row for row in stop.pallets.all()}
    assert {key: (row.planned, row.actual) for key, row in rows.items()} == {
        ("taken", "europe", None): (2, 3),
        ("left", "europe", "33"): (1, 0),
        ("taken", "vmf", "palox"): (0, 1),
    }


@pytest.mark.parametrize(
    "pallets",
    [
        [ActualPallet("up", "europe", None, 1)],
        [ActualPallet("taken", "oak", None, 1)],
        [ActualPallet("taken", "europe", None, -1)],
        [ActualPallet("taken", "europe", None, 1000)],
        [ActualPallet("taken", "europe", None, 1)] * 2,
    ],
)
def test_pallets_that_cannot_be_are_refused_with_a_sentence(scene, pallets):
    made = scene(TourState.ACCEPTED)
    with pytest.raises(ValidationError) as refused:
        services.complete_stop(made.stops[0], [], key=uuid.uuid4(), by=made.driver, pallets=pallets)
    assert refused.value.message_dict["pallets"]
    assert Stop.objects.filter(state=StopState.TO_DO).count() == 2


@pytest.mark.parametrize("line", [{"taken_empty": -1}, {"left_full": -1}, {"remaining_full": -1}, {"loaded_full": 10**6}])
def test_figures_that_nobody_can_have_seen_are_refused(scene, line):
    made = scene(TourState.ACCEPTED)
    with pytest.raises(ValidationError):
        services.complete_stop(made.stops[0], [ActualLine(container(), **line)], key=uuid.uuid4(), by=made.driver)


def test_who_signed_is_kept_and_a_name_without_end_refused(scene):
    made = scene(TourState.ACCEPTED)
    with pytest.raises(ValidationError):
        made.complete(made.stops[0], signer_name="x" * 121)
    assert made.complete(made.stops[0], signer_name="  Mme Durand ").signer_name == "Mme Durand"


def test_at_a_missed_stop_nothing_moved_whatever_was_typed(scene):
    made = scene(TourState.ACCEPTED)
    StopPalletFactory(stop=made.stops[0])
    pallets = [ActualPallet(PalletDirection.TAKEN, PalletType.EUROPE, None, 3)]
    made.complete(made.stops[0], outcome=StopState.MISSED, reason="fermé", pallets=pallets)
    assert made.stops[0].pallets.get().actual == 0
    assert not Movement.objects.exists()


# -- stops added on the way


def test_a_driver_adds_a_stop_on_the_way_once(scene):
    made, store, key = scene(TourState.ACCEPTED), StoreFactory(), uuid.uuid4()
    request = services.request_pickup(store, by=Actor.system())
    for _again in range(3):
        stop = services.complete_on_the_way(made.tour, store, [ActualLine(container(), 4, 4)], key=key, by=made.driver)
    assert (stop.is_unplanned, stop.state, stop.position, stop.completion_key) == (True, StopState.DONE, 3, key)
    assert made.tour.stops.count() == 3
    assert held(made.tour.hub) == {"75": (4, -4)}
    request.refresh_from_db()
    assert request.state == RequestState.COLLECTED
    made.tour.refresh_from_db()
    assert made.tour.state == TourState.UNDER_WAY
    assert TourLog.objects.filter(tour=made.tour, note__contains=str(store)).exists()


def test_a_place_of_the_plan_added_on_the_way_is_its_own_stop(scene):
    made = scene(TourState.ACCEPTED)
    stop = services.complete_on_the_way(made.tour, made.stores[1], [ActualLine(container(), 4, 4)], key=uuid.uuid4(), by=made.driver)
    assert (stop.pk, stop.is_unplanned, stop.state) == (made.stops[1].pk, False, StopState.DONE)
    again = services.complete_on_the_way(made.tour, made.stores[1], [ActualLine(container(), 9, 9)], key=uuid.uuid4(), by=made.driver)
    assert again.completion_key == stop.completion_key
    assert held(made.tour.hub) == {"75": (4, -4)}


def test_where_no_truck_stops_no_stop_is_added(scene):
    made = scene(TourState.ACCEPTED)
    parent = StoreFactory()
    for store in (made.tour.hub, StoreFactory(status=Status.ARCHIVED), StoreFactory(collected_through=parent)):
        with pytest.raises(ValidationError):
            services.complete_on_the_way(made.tour, store, [ActualLine(container(), 4, 4)], key=uuid.uuid4(), by=made.driver)
    with pytest.raises(ValidationError):  # nothing is left behind by a form that is wrong
        services.complete_on_the_way(made.tour, parent, [ActualLine(container(), -4)], key=uuid.uuid4(), by=made.driver)
    assert made.tour.stops.count() == 2


def test_only_the_tours_driver_and_coordinators_add_stops(scene):
    made, other, store = scene(TourState.ACCEPTED), scene(TourState.ACCEPTED), StoreFactory(kind=Kind.SHOP)
    strangers = (made.carrier, other.driver, Actor(LINK, 5, AccessLink.STORE, store.pk), Actor.of_user(made.users["carrier"]))
    for by in strangers:
        with pytest.raises(PermissionDenied):
            services.complete_on_the_way(made.tour, store, [], key=uuid.uuid4(), by=by)
    services.complete_on_the_way(made.tour, store, [], key=uuid.uuid4(), by=made.coordinator)
    assert made.tour.stops.count() == 3


def test_what_was_driven_counts_although_the_tour_has_been_closed(scene):
    made, store = scene(TourState.CLOSED), StoreFactory()
    services.complete_on_the_way(made.tour, store, [ActualLine(container(), 4, 4)], key=uuid.uuid4(), by=made.driver)
    assert held(store) == {"75": (-4, 4)}
    assert TourLog.objects.filter(tour=made.tour, from_state=TourState.CLOSED, to_state=TourState.CLOSED).exists()


@pytest.mark.django_db(transaction=True)
def test_two_drivers_at_once_add_the_same_place_and_record_the_same_stop_once(scene):
    made, store = scene(TourState.ACCEPTED), StoreFactory()
    first, barrier, errors = made.stops[0], threading.Barrier(8), []

    def record(number: int) -> None:
        try:
            barrier.wait()
            lines = [ActualLine(container(), number, 0)]
            services.complete_on_the_way(made.tour, store, lines, key=uuid.uuid4(), by=made.driver)
            services.complete_stop(first, lines, key=uuid.uuid4(), by=made.driver)
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=record, args=(number,)) for number in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert made.tour.stops.filter(store=store).count() == 1
    assert Movement.objects.count() == 2
    taken = sum(stop.lines.get().loaded_full for stop in made.tour.stops.exclude(state=StopState.TO_DO))
    assert held(made.tour.hub)["75"] == (taken, 0)
