"""Calendars that people subscribe to: what is in them, for whom, and what their addresses reveal (nothing)."""

import logging
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
import vobject
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone as django_timezone

from lincassable.accounts import links
from lincassable.accounts.actors import LINK, Actor
from lincassable.accounts.models import AccessLink
from lincassable.accounts.tests.factories import UserFactory
from pickups import feeds, services
from pickups.enums import TourState
from pickups.lines import StopPlan
from pickups.models import Stop, Tour
from pickups.services.calendar_links import calendar_address, make_calendar, renew_calendar, withdraw_calendar
from pickups.tests.factories import CarrierFactory, StopFactory, StopLineFactory, TourFactory, planned
from stores.tests.factories import StoreFactory

UTC = UTC
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_kept_feed():
    cache.clear()


def events(content: bytes) -> list:
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    return list(getattr(vobject.readOne(content.decode()), "vevent_list", []))


def address(kind: str, object_id: int) -> str:
    return links.url(links.link_for(kind, object_id)).removeprefix("http://localhost:8000")


# -- what a place sees


@pytest.mark.parametrize("state", [TourState.DRAFT, TourState.AWAITING, TourState.DECLINED])
def test_a_place_sees_nothing_before_its_pickup_is_announced(scene, state):
    assert events(feeds.store_feed(scene(state).stores[0])) == []


@pytest.mark.parametrize("state", [TourState.ACCEPTED, TourState.UNDER_WAY, TourState.DONE, TourState.CLOSED])
def test_a_place_sees_its_own_announced_pickup_only(scene, state):
    made = scene(state)
    (event,) = events(feeds.store_feed(made.stores[0]))
    assert event.uid.value == f"{made.stops[0].uuid}@stop.lincassable"
    assert event.status.value == "CONFIRMED"
    assert event.organizer.value.startswith("mailto:")
    said = "10 pleins pris, 8 vides laissés" if state in (TourState.DONE, TourState.CLOSED) else "10 pleins à prendre, 8 vides à laisser"
    assert said in event.description.value
    assert made.stores[1].name not in feeds.store_feed(made.stores[0]).decode()


def test_a_pickup_cancelled_after_it_was_announced_stays_for_a_while_as_cancelled(scene, settings):
    made = scene(TourState.ACCEPTED)
    (before,) = events(feeds.store_feed(made.stores[0]))
    services.cancel_tour(made.tour, by=made.coordinator)
    (after,) = events(feeds.store_feed(made.stores[0]))
    assert (after.status.value, after.uid.value) == ("CANCELLED", before.uid.value)
    assert int(after.sequence.value) > int(before.sequence.value)
    Tour.objects.filter(pk=made.tour.pk).update(date=django_timezone.localdate() - timedelta(days=settings.CALENDAR_CANCELLED_DAYS + 1))
    assert events(feeds.store_feed(made.stores[0])) == []


def test_a_tour_cancelled_before_it_was_announced_never_shows_to_its_places(scene):
    made = scene(TourState.AWAITING)
    services.cancel_tour(made.tour, by=made.coordinator)
    assert events(feeds.store_feed(made.stores[0])) == []


def test_pickups_of_long_ago_are_left_out(scene, settings):
    made = scene(TourState.CLOSED)
    Tour.objects.update(date=django_timezone.localdate() - timedelta(days=settings.CALENDAR_PAST_DAYS + 1))
    assert events(feeds.store_feed(made.stores[0])) == []
    assert events(feeds.network_feed(made.users["coordinator"])) == []


# -- what a carrier and a coordinator see


def test_a_carrier_sees_its_sent_tours_with_their_stops_and_no_contact(scene):
    made, other = scene(TourState.AWAITING), scene(TourState.AWAITING)
    scene(TourState.DRAFT)
    place = made.stores[0]
    place.contacts.create(name="Renée Secret", email="renee@example.org")
    (event,) = events(feeds.carrier_feed(made.tour.carrier))
    assert event.status.value == "TENTATIVE"
    assert "Hub des Joliettes" in event.summary.value
    assert [event.description.value.count(store.name) for store in made.stores] == [1, 1]
    assert "10 full to take, 8 empty to leave" in event.description.value
    assert "Renée" not in event.description.value
    assert other.stores[0].name not in event.description.value
    assert event.url.value.endswith(f"/transporteur/tournees/{made.tour.uuid}/")


def test_a_draft_never_shows_to_its_carrier_even_when_cancelled_or_reopened(scene):
    made = scene(TourState.CANCELLED)  # was a draft
    assert events(feeds.carrier_feed(made.tour.carrier)) == []
    again = scene(TourState.DECLINED)
    assert [event.status.value for event in events(feeds.carrier_feed(again.tour.carrier))] == ["CANCELLED"]
    services.reopen_tour(again.tour, by=again.coordinator)
    assert events(feeds.carrier_feed(again.tour.carrier)) == []


def test_a_coordinator_sees_all_tours_with_their_states(scene):
    for state in (TourState.DRAFT, TourState.ACCEPTED, TourState.CANCELLED):
        made = scene(state)
    found = events(feeds.network_feed(made.users["coordinator"]))
    assert sorted(event.status.value for event in found) == ["CANCELLED", "CONFIRMED", "TENTATIVE"]
    assert sum("accepted" in event.summary.value for event in found) == 1


def test_a_tour_lasts_from_its_departure_to_its_last_slot_at_least():
    tour = TourFactory(date=date(2026, 10, 25), departs_at=time(8), state=TourState.ACCEPTED, sent_at=django_timezone.now())
    StopFactory(tour=tour, window_start=time(15), window_end=time(17))
    day = datetime(2026, 10, 20, 12, tzinfo=UTC)
    with time_machine.travel(day, tick=False):
        (event,) = events(feeds.carrier_feed(tour.carrier))
    assert event.dtstart.value == datetime(2026, 10, 25, 7, tzinfo=UTC)
    assert event.dtend.value == datetime(2026, 10, 25, 16, tzinfo=UTC)


def test_a_feed_takes_as_many_queries_for_ten_tours_as_for_one(scene, django_assert_num_queries):
    made = scene(TourState.ACCEPTED)
    user = made.users["coordinator"]
    feeds.network_feed(user)  # what the user may see is read once
    with CaptureQueriesContext(connection) as for_one:
        feeds.network_feed(user)
    for _number in range(9):
        StopLineFactory(stop=StopFactory(tour=TourFactory(state=TourState.ACCEPTED), store=made.stores[0]))
    with django_assert_num_queries(len(for_one)):
        assert len(events(feeds.network_feed(user))) == 10
    with django_assert_num_queries(3):
        assert len(events(feeds.store_feed(made.stores[0]))) == 10


def test_long_descriptions_and_odd_names_stay_readable(coordinator):
    places = [StoreFactory(name=f"Épicerie; n°{n}, « Œuf » \\ ☕", access_notes="Quai\r\nEND:VEVENT " * 20) for n in range(40)]
    carrier = CarrierFactory(name="Vélo; & Cie, SARL", language="en")
    tour = services.create_tour(
        date=django_timezone.localdate() + timedelta(days=3),
        hub=TourFactory().hub,
        carrier=carrier,
        by=coordinator,
        stops=[StopPlan(place, [planned()]) for place in places],
    )
    services.send_tour(tour, by=coordinator)
    content = feeds.carrier_feed(carrier)
    (event,) = events(content)
    assert "Épicerie; n°0, « Œuf » \\ ☕" in event.description.value
    assert len(event.description.value) <= 6000
    assert "– Vélo\\; & Cie\\, SARL" in content.decode().replace("\r\n ", "")


# -- the addresses


def test_programs_get_the_calendar_then_learn_that_nothing_changed(scene, client):
    made = scene(TourState.ACCEPTED)
    url = address(AccessLink.STORE_CALENDAR, made.stores[0].pk)
    assert url.startswith("/agenda/")
    assert url.endswith(".ics")
    response = client.get(url)
    assert (response.status_code, response["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert response["Cache-Control"] == "private, no-cache"
    assert (response["Referrer-Policy"], response["X-Robots-Tag"]) == ("no-referrer", "noindex, nofollow")
    text = response.content.decode()
    for line in ("VERSION:2.0", "METHOD:PUBLISH", "X-WR-CALNAME:", "REFRESH-INTERVAL;VALUE=DURATION:PT1H", "X-PUBLISHED-TTL:PT1H"):
        assert line in text
    assert not response.cookies
    again = client.get(url, headers={"If-None-Match": response["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.head(url).status_code == 200
    assert client.post(url).status_code == 405
    cache.clear()
    assert client.get(url)["ETag"] == response["ETag"]  # written anew: the same bytes
    services.cancel_tour(made.tour, by=made.coordinator)
    cache.clear()
    assert client.get(url, headers={"If-None-Match": response["ETag"]}).status_code == 200


def test_a_withdrawn_or_replaced_address_is_dead_at_once_even_while_its_calendar_is_kept(scene, client):
    store = scene(TourState.ACCEPTED).stores[0]
    link = links.link_for(AccessLink.STORE_CALENDAR, store.pk)
    old = address(link.kind, store.pk)
    assert client.get(old).status_code == 200
    links.rotate(link, by=Actor.system())
    response = client.get(old)
    assert response.status_code == 410
    assert store.name not in response.content.decode()
    new = address(link.kind, store.pk)
    assert client.get(new).status_code == 200
    links.revoke(link, by=Actor.system())
    assert client.get(new).status_code == 410


def test_unknown_addresses_are_refused_alike_and_only_so_many_times(client, settings):
    settings.LINK_RATE_LIMIT = 3
    store = StoreFactory()
    card = links.token(links.link_for(AccessLink.STORE, store.pk))
    answers = [client.get(f"/agenda/{token}.ics").status_code for token in ("x", "é" * 32, "A" * 32, card, "A" * 500)]
    assert answers[0:4:3] in ([404, 429], [404, 404])
    assert set(answers) <= {404, 429}
    assert answers[-1] == 429
    assert client.get(address(AccessLink.STORE_CALENDAR, store.pk)).status_code == 200  # a genuine one still opens


def test_a_calendar_token_opens_no_page(client):
    token = links.token(links.link_for(AccessLink.STORE_CALENDAR, StoreFactory().pk))
    assert [client.get(f"/{door}/{token}").status_code for door in ("p", "chauffeur", "transporteur")] == [404] * 3


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": None}])
def test_a_coordinator_who_left_or_changed_role_gets_nothing(client, change):
    user = UserFactory(role="coordinator")
    url = address(AccessLink.USER_CALENDAR, user.pk)
    assert client.get(url).status_code == 200
    if "role" in change:
        user.groups.clear()
    else:
        user.is_active = False
        user.save()
    assert client.get(url).status_code == 410


def test_an_archived_place_and_a_closed_carrier_get_nothing(client):
    store, carrier = StoreFactory(status="archived"), CarrierFactory(is_active=False)
    assert client.get(address(AccessLink.STORE_CALENDAR, store.pk)).status_code == 410
    assert client.get(address(AccessLink.CARRIER_CALENDAR, carrier.pk)).status_code == 410


def test_the_secret_never_reaches_the_log(client, caplog):
    url = address(AccessLink.STORE_CALENDAR, StoreFactory().pk)
    with caplog.at_level(logging.INFO, logger="lincassable.request"):
        client.get(url)
    assert "/agenda/•••" in caplog.text
    assert url.rpartition("/")[2].removesuffix(".ics") not in caplog.text


# -- whose they are


def test_a_calendar_is_made_renewed_and_withdrawn_by_whose_it_is(client):
    store = StoreFactory()
    card = Actor.of_link(links.link_for(AccessLink.STORE, store.pk))
    kind = AccessLink.STORE_CALENDAR
    assert calendar_address(kind, store.pk) is None
    first = make_calendar(kind, store.pk, by=card)
    assert first == make_calendar(kind, store.pk, by=card)
    assert first.webcal == first.https.replace("http", "webcal", 1)
    second = renew_calendar(kind, store.pk, by=card)
    assert second.https != first.https
    withdraw_calendar(kind, store.pk, by=card)
    withdraw_calendar(kind, store.pk, by=card)
    assert calendar_address(kind, store.pk) is None
    third = make_calendar(kind, store.pk, by=card)
    assert third.https not in (first.https, second.https)
    paths = [found.https.removeprefix("http://localhost:8000") for found in (first, second, third)]
    assert [client.get(path).status_code for path in paths] == [410, 410, 200]


def test_nobody_makes_or_withdraws_somebody_else_s_calendar():
    store, carrier, user = StoreFactory(), CarrierFactory(), UserFactory(role="coordinator")
    office, sorter, colleague = (UserFactory(role=role) for role in ("carrier", "sorting", "coordinator"))
    CarrierFactory().users.add(office)
    strangers = [
        Actor.of_link(links.link_for(AccessLink.STORE, StoreFactory().pk)),
        Actor(LINK, 900, AccessLink.TOUR, store.pk),
        Actor.of_user(office),
        Actor.of_user(sorter),
    ]
    calendars = {AccessLink.STORE_CALENDAR: store.pk, AccessLink.CARRIER_CALENDAR: carrier.pk, AccessLink.USER_CALENDAR: user.pk}
    for by in strangers:
        for kind, pk in calendars.items():
            for verb in (make_calendar, renew_calendar, withdraw_calendar):
                with pytest.raises(PermissionDenied):
                    verb(kind, pk, by=by)
    with pytest.raises(PermissionDenied):
        make_calendar(AccessLink.USER_CALENDAR, user.pk, by=Actor.of_user(colleague))
    assert not AccessLink.objects.filter(kind__endswith="calendar").exists()
    assert make_calendar(AccessLink.CARRIER_CALENDAR, carrier.pk, by=Actor.of_user(colleague))
    carrier.users.add(office)
    assert renew_calendar(AccessLink.CARRIER_CALENDAR, carrier.pk, by=Actor.of_user(office))
    assert Stop.objects.count() == 0
