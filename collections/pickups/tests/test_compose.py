"""The compose screen: every gesture works as a plain form, says what happened, loses nothing, and asks before it tells people."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from crates.services import DeclaredLine, declare
from crates.tests.factories import StoreContainerFactory
from lincassable.accounts.actors import Actor
from lincassable.messaging.models import Message
from pickups import services
from pickups.enums import StopState, TourState
from pickups.lines import StopPlan
from pickups.models import PickupRequest, Stop, Tour
from pickups.tests.factories import PickupRequestFactory, VehicleFactory, container, planned
from stores.enums import Kind, Status
from stores.models import Store
from stores.tests.factories import ContactFactory, StoreFactory, ZoneFactory

pytestmark = pytest.mark.django_db
FRAGMENT = {"X-Requested-With": "compose"}


@pytest.fixture
def office(coordinator_user, client) -> Client:
    """A coordinator's browser, in English."""
    client.force_login(coordinator_user)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def at(tour: Tour, name: str = "compose", *more: int) -> str:
    """Return the address of a page of the compose screen."""
    return reverse(f"admin:pickups_tour_{name}", args=[tour.pk, *more])


def row_of(page: str, store: Store) -> dict[str, str]:
    """Return what a browser would send of one row, as it is shown."""
    row = page[page.index(f'data-stop="{store.pk}"') :].split("</li>")[0]
    fields = re.findall(r'<input [^>]*name="([^"]+)" value="([^"]*)"', row)
    return dict(fields)


def quantities(tour: Tour) -> dict[str, tuple[int, int]]:
    """Return the planned 75 cl crates by place."""
    return {
        line.stop.store.name: (line.planned_full, line.planned_empty)
        for stop in tour.stops.order_by("position")
        for line in stop.lines.filter(container_type=container())
    }


def names(tour: Tour) -> list[str]:
    """Return the places in order."""
    return list(tour.stops.order_by("position", "pk").values_list("store__name", flat=True))


def test_the_screen_shows_the_plan_its_load_its_warnings_and_the_places(office, scene):
    made = scene()
    free = StoreFactory(name="Épicerie libre")
    page = office.get(at(made.tour))
    assert page.status_code == 200
    html = page.content.decode()
    assert made.stores[0].name in html
    assert f'data-place="{free.pk}"' in html
    assert f'data-place="{made.stores[0].pk}"' not in html
    assert 'data-measure="kg"' in html
    assert 'data-most="175"' in html  # 20 full crates
    assert 'data-warning="no_vehicle"' in html


def test_a_new_draft_is_composed_next_and_its_page_leads_there(office, scene):
    made = scene()
    data = {"date": made.tour.date.isoformat(), "hub": made.tour.hub_id, "carrier": made.tour.carrier_id, "_save": "1"}
    data |= {"stops-TOTAL_FORMS": 0, "stops-INITIAL_FORMS": 0}
    answer = office.post("/admin/pickups/tour/add/", data)
    assert answer["Location"] == at(Tour.objects.latest("pk"))
    assert at(made.tour) in office.get(reverse("admin:pickups_tour_change", args=[made.tour.pk])).content.decode()


def test_places_that_asked_come_first_then_those_soon_full_then_the_fullest(office, scene):
    made = scene()
    calm, full, old, new = (StoreFactory(name=name) for name in ("Calme", "Pleine", "Ancienne", "Nouvelle"))
    for row, days in ((PickupRequestFactory(store=old), 5), (PickupRequestFactory(store=new, note="quai nord"), 1)):
        PickupRequest.objects.filter(pk=row.pk).update(requested_at=timezone.now() - timedelta(days=days))
    StoreContainerFactory(store=full, capacity=20, container_type=container())
    declare(full, key=uuid.uuid4(), lines=[DeclaredLine(container(), full=18, total=20)], by=Actor.system())
    html = office.get(at(made.tour)).content.decode()
    order = sorted(("Calme", "Pleine", "Ancienne", "Nouvelle"), key=lambda name: html.index(f"<strong>{name}"))
    assert order == ["Ancienne", "Nouvelle", "Pleine", "Calme"]
    assert "quai nord" in html
    assert calm.name in html


def test_places_are_filtered_by_zone_and_text_and_the_tours_zone_is_the_first_choice(office, scene):
    made = scene()
    zone = ZoneFactory()
    Tour.objects.filter(pk=made.tour.pk).update(zone=zone)
    inside = StoreFactory(name="Dedans", zone=zone)
    outside = StoreFactory(name="Dehors", city="Salon-de-Provence", postcode="13300")

    def found(query: str) -> set[str]:
        html = office.get(at(made.tour) + query, headers=FRAGMENT).content.decode()
        assert "<html" not in html
        return {name for name in ("Dedans", "Dehors") if name in html}

    assert found("") == {inside.name}
    assert found("?zone=") == {"Dedans", "Dehors"}
    assert found("?zone=&q=salon") == {outside.name}
    assert found("?zone=&q=13300") == {outside.name}
    assert found("?zone=abc&q=zzz") == set()


def test_hubs_archived_places_and_those_collected_through_another_are_not_offered(office, scene):
    made = scene()
    hub = StoreFactory(kind=Kind.HUB)
    gone = StoreFactory(status=Status.ARCHIVED)
    child = StoreFactory(collected_through=StoreFactory())
    html = office.get(at(made.tour)).content.decode()
    assert not any(f'data-place="{store.pk}"' in html for store in (hub, gone, child))
    answer = office.post(at(made.tour), {"do": f"add:{child.pk}"}, follow=True)
    assert "collected through" in answer.content.decode()
    assert not made.tour.stops.filter(store=child).exists()


def test_adding_fills_in_what_the_last_declaration_suggests(office, scene):
    made = scene()
    store = StoreFactory(name="Épicerie pleine")
    StoreContainerFactory(store=store, buffer=4, container_type=container())
    declare(store, key=uuid.uuid4(), lines=[DeclaredLine(container(), full=20, total=20)], by=Actor.system())
    answer = office.post(at(made.tour), {"do": f"add:{store.pk}"})
    assert answer.status_code == 302
    assert quantities(made.tour)["Épicerie pleine"] == (16, 16)
    again = office.post(at(made.tour), {"do": f"add:{store.pk}"}, headers=FRAGMENT)
    assert again.status_code == 200
    assert "already a stop" in again.content.decode()
    assert made.tour.stops.count() == 3


def test_stops_are_removed_and_moved_by_buttons_and_dragged_into_order(office, scene):
    made = scene(stores=3)
    first, second, third = made.stores
    said = office.post(at(made.tour), {"do": f"up:{third.pk}"}, headers=FRAGMENT).content.decode()
    assert f'data-said="{third} is now stop 2 of 3."' in said
    assert names(made.tour) == [first.name, third.name, second.name]
    office.post(at(made.tour), {"do": f"down:{first.pk}"})
    assert names(made.tour) == [third.name, first.name, second.name]
    office.post(at(made.tour), {"do": f"order:{second.pk}", "order": f"{second.pk},{third.pk},{first.pk}"})
    assert names(made.tour) == [second.name, third.name, first.name]
    office.post(at(made.tour), {"do": f"up:{second.pk}"})
    office.post(at(made.tour), {"do": f"remove:{third.pk}"})
    assert names(made.tour) == [second.name, first.name]


def test_typed_quantities_are_saved_with_any_button_and_figures_follow(office, scene):
    made = scene()
    first, second = made.stores
    page = office.get(at(made.tour)).content.decode()
    typed = {**row_of(page, first), **row_of(page, second)}
    typed[f"full_{first.pk}_{container().pk}"] = "30"
    typed |= {f"start_{first.pk}": "09:00", f"end_{first.pk}": "11:00", f"note_{first.pk}": "sonner"}
    html = office.post(at(made.tour), {**typed, "do": f"down:{first.pk}"}, headers=FRAGMENT).content.decode()
    assert quantities(made.tour) == {second.name: (10, 8), first.name: (30, 8)}
    stop = made.tour.stops.get(store=first)
    assert (f"{stop.window_start:%H:%M}", f"{stop.window_end:%H:%M}", stop.note) == ("09:00", "11:00", "sonner")
    assert 'data-back="350"' in html  # 40 full crates of 8.75 kg


def test_what_cannot_be_is_refused_at_its_row_and_nothing_typed_is_lost(office, scene):
    made = scene()
    first = made.stores[0]
    typed = row_of(office.get(at(made.tour)).content.decode(), first)
    typed |= {
        f"full_{first.pk}_{container().pk}": "-3",
        f"start_{first.pk}": "12:00",
        f"end_{first.pk}": "11:00",
        f"note_{first.pk}": "à garder",
    }
    for headers, status in ((FRAGMENT, 422), ({}, 422)):
        answer = office.post(at(made.tour), {**typed, "do": "save"}, headers=headers)
        html = answer.content.decode()
        assert answer.status_code == status
        assert "The time slot ends before it starts." in html
        assert 'value="-3"' in html
        assert 'value="à garder"' in html
    assert quantities(made.tour)[first.name] == (10, 8)


def test_a_gesture_that_is_refused_keeps_what_was_typed_beside_it(office, scene):
    made = scene()
    first, child = made.stores[0], StoreFactory(collected_through=StoreFactory())
    typed = row_of(office.get(at(made.tour)).content.decode(), first) | {f"full_{first.pk}_{container().pk}": "7"}
    for headers in (FRAGMENT, {}):
        answer = office.post(at(made.tour), {**typed, "do": f"add:{child.pk}"}, headers=headers)
        assert answer.status_code == 422
        assert "collected through" in answer.content.decode()
        assert row_of(answer.content.decode(), first)[f"full_{first.pk}_{container().pk}"] == "7"
    assert quantities(made.tour)[first.name] == (10, 8)


@pytest.mark.parametrize("do", ["", "fly:me", "add:999999", "add:x", "up:0", "remove:999999", "order:1", "tour", "save"])
def test_nonsense_is_answered_and_changes_nothing(office, scene, do):
    made = scene()
    before = names(made.tour)
    for headers in ({}, FRAGMENT):
        assert office.post(at(made.tour), {"do": do, "order": "1,x,,9", "departs_at": "", "was_x": "1"}, headers=headers).status_code < 500
    assert names(made.tour) == before


def test_two_coordinators_on_one_draft_lose_nothing(office, scene):
    made = scene()
    first, second = made.stores
    page = office.get(at(made.tour)).content.decode()
    mark = re.search(r'name="plan_seen" value="([^"]+)"', page)[1]
    mine = row_of(page, first)
    # Somebody else changes the first stop and adds a place.
    guest = StoreFactory(name="Ajoutée par l'autre")
    stop = made.tour.stops.get(store=first)
    services.revise_tour(made.tour, by=made.coordinator, stops=[StopPlan(first, [planned("75", 22, 22)], stop), StopPlan(guest)])
    # What I do to the second stop goes through, and I am told.
    other = row_of(page, second) | {f"full_{second.pk}_{container().pk}": "5"}
    html = office.post(at(made.tour), {**other, "do": "save", "plan_seen": mark}, headers=FRAGMENT).content.decode()
    assert "Somebody else is changing this tour too" in html
    assert quantities(made.tour) == {first.name: (22, 22), second.name: (5, 8)}
    # What I type into the first is refused, shown again beside theirs, and goes through when I insist.
    mine[f"full_{first.pk}_{container().pk}"] = "7"
    answer = office.post(at(made.tour), {**mine, "do": "save"}, headers=FRAGMENT)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "just been changed by somebody else" in html
    assert "75 cl 22/22" in html
    again = row_of(html, first)
    assert again[f"full_{first.pk}_{container().pk}"] == "7"
    assert office.post(at(made.tour), {**again, "do": "save"}, headers=FRAGMENT).status_code == 200
    assert quantities(made.tour)[first.name] == (7, 8)
    assert guest.name in names(made.tour)


def test_a_row_that_somebody_else_removed_is_said_to_be_gone(office, scene):
    made = scene()
    first = made.stores[0]
    typed = row_of(office.get(at(made.tour)).content.decode(), first) | {f"full_{first.pk}_{container().pk}": "7"}
    services.remove_stop(made.tour.stops.get(store=first), by=made.coordinator)
    html = office.post(at(made.tour), {**typed, "do": "save"}, headers=FRAGMENT).content.decode()
    assert "no longer in the tour" in html


def test_the_vehicle_and_the_departure_are_chosen_on_the_screen(office, scene):
    made = scene()
    vehicle, foreign = VehicleFactory(carrier=made.tour.carrier, payload_kg=100), VehicleFactory()
    html = office.post(at(made.tour), {"do": "tour", "vehicle": vehicle.pk, "departs_at": "07:30"}, headers=FRAGMENT).content.decode()
    assert 'data-warning="vehicle_kg"' in html
    made.tour.refresh_from_db()
    assert (made.tour.vehicle, f"{made.tour.departs_at:%H:%M}") == (vehicle, "07:30")
    office.post(at(made.tour), {"do": "tour", "vehicle": foreign.pk, "departs_at": "25:99"})
    made.tour.refresh_from_db()
    assert made.tour.vehicle == vehicle


def test_other_directions_and_pallets_are_planned_on_the_stops_own_page(office, scene):
    made = scene()
    store, kind = made.stores[0], container()
    address = at(made.tour, "stop_plan", store.pk)
    page = office.get(address).content.decode()
    data = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', page))
    data |= {f"q_{kind.pk}_0": "10", f"q_{kind.pk}_1": "8", f"q_{kind.pk}_2": "3", f"q_{kind.pk}_3": "2", "note": "quai 2"}
    data |= {"pallets-0-direction": "taken", "pallets-0-pallet_type": "europe", "pallets-0-content": "", "pallets-0-number": "2"}
    data |= {"pallets-1-direction": "left", "pallets-1-pallet_type": "vmf", "pallets-1-content": kind.pk, "pallets-1-number": ""}
    answer = office.post(address, data)
    assert answer.status_code == 302
    stop = made.tour.stops.get(store=store)
    line = stop.lines.get()
    assert (line.planned_full, line.planned_empty, line.planned_taken_empty, line.planned_left_full) == (10, 8, 3, 2)
    assert list(stop.pallets.values_list("direction", "pallet_type", "container_type", "planned")) == [("taken", "europe", None, 2)]
    html = office.get(at(made.tour)).content.decode()
    assert "3 empty 75 cl to take" in html
    # A second person with the old page is told, and what they typed is still there.
    late = office.post(address, {**data, "note": "quai 9"})
    assert late.status_code == 422
    assert 'value="quai 9"' in late.content.decode()


def test_changes_of_a_sent_tour_wait_until_the_coordinator_has_seen_who_is_told(office, scene):
    made = scene(TourState.ACCEPTED)
    first, second = made.stores
    added = StoreFactory(name="Nouvelle étape")
    contacts = {store: ContactFactory(store=store).email for store in (first, second, added)}
    before = Message.objects.count()
    page = office.get(at(made.tour)).content.decode()
    typed = row_of(page, first) | {f"full_{first.pk}_{container().pk}": "4"}
    office.post(at(made.tour), {**typed, "do": "save"})
    html = office.post(at(made.tour), {"do": f"add:{added.pk}"}, headers=FRAGMENT).content.decode()
    assert "Not saved yet" in html
    assert 'value="4"' in html
    assert f'data-stop="{added.pk}"' in html
    assert (quantities(made.tour)[first.name], Message.objects.count()) == ((10, 8), before)
    review = office.post(at(made.tour, "review"))
    told = set(re.findall(r'data-told-to="([^"]+)"', review.content.decode()))
    assert told == {made.tour.carrier.email, contacts[first], contacts[added]}
    assert Message.objects.count() == before
    office.post(at(made.tour, "review"), {"do": "send"})
    assert set(Message.objects.order_by("pk")[before:].values_list("to_email", flat=True)) == told
    assert quantities(made.tour)[first.name] == (4, 8)
    assert added.name in names(made.tour)
    assert "Not saved yet" not in office.get(at(made.tour)).content.decode()
    office.post(at(made.tour, "review"), {"do": "send"})  # a second click finds nothing to do
    assert Message.objects.count() == before + 3


def test_collected_changes_are_forgotten_on_demand_and_removing_brings_a_place_back(office, scene):
    made = scene(TourState.AWAITING)
    first = made.stores[0]
    office.post(at(made.tour), {"do": f"remove:{first.pk}"})
    assert f'data-stop="{first.pk}"' not in office.get(at(made.tour)).content.decode()
    office.post(at(made.tour), {"do": f"add:{first.pk}"})
    assert f'data-stop="{first.pk}"' in office.get(at(made.tour)).content.decode()
    office.post(at(made.tour), {"do": f"remove:{first.pk}"})
    office.post(at(made.tour, "review"), {"do": "forget"})
    assert f'data-stop="{first.pk}"' in office.get(at(made.tour)).content.decode()
    assert made.tour.stops.count() == 2


def test_a_sent_tour_changed_by_somebody_else_refuses_once_then_overwrites_knowingly(office, scene):
    made = scene(TourState.ACCEPTED)
    first = made.stores[0]
    typed = row_of(office.get(at(made.tour)).content.decode(), first) | {f"full_{first.pk}_{container().pk}": "4"}
    office.post(at(made.tour), {**typed, "do": "save"})
    stop = made.tour.stops.get(store=first)
    services.revise_tour(made.tour, by=made.coordinator, stops=[StopPlan(first, [planned("75", 22, 22)], stop)])
    refused = office.post(at(made.tour, "review"), {"do": "send"}, follow=True)
    assert "just been changed by somebody else" in refused.content.decode()
    assert 'value="4"' in refused.content.decode()
    assert quantities(made.tour)[first.name] == (22, 22)
    office.post(at(made.tour, "review"), {"do": "send"})
    assert quantities(made.tour)[first.name] == (4, 8)


def test_a_visited_stop_is_shown_and_can_no_longer_be_touched(office, scene):
    made = scene(TourState.ACCEPTED)
    made.complete(made.stops[0])
    visited = made.stores[0]
    html = office.get(at(made.tour)).content.decode()
    assert f'name="full_{visited.pk}' not in html
    answer = office.post(at(made.tour), {"do": f"remove:{visited.pk}"}, headers=FRAGMENT)
    assert answer.status_code == 422
    assert Stop.objects.get(tour=made.tour, store=visited).state == StopState.DONE


@pytest.mark.parametrize("state", [TourState.CANCELLED, TourState.DECLINED, TourState.CLOSED])
def test_a_tour_that_is_over_leads_back_to_its_page(office, scene, state):
    made = scene(state)
    page = reverse("admin:pickups_tour_change", args=[made.tour.pk])
    for address in (at(made.tour), at(made.tour, "stop_plan", made.stores[0].pk)):
        assert office.get(address)["Location"] == page
    assert office.post(at(made.tour, "review"))["Location"] == page


def test_warnings_are_shown_before_sending(office, scene):
    made = scene()
    page = office.get(reverse("admin:pickups_tour_move", args=[made.tour.pk, "awaiting"])).content.decode()
    assert "No vehicle is chosen" in page
    assert "Send all the same" in page
    assert 'data-warning="no_vehicle"' in office.get(reverse("admin:pickups_tour_change", args=[made.tour.pk])).content.decode()


def test_the_points_of_the_map_follow_the_filter(office, scene):
    made = scene()
    zone = ZoneFactory()
    inside = StoreFactory(zone=zone)
    StoreFactory(zone=zone, latitude=None, longitude=None)
    found = office.get(at(made.tour, "points") + f"?zone={zone.pk}").json()["points"]
    assert [(point[0], point[1], point[2]) for point in found] == [(inside.pk, 43.2965, 5.3698)]
    assert len(office.get(at(made.tour, "points")).json()["points"]) == 3
