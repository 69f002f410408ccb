"""Each move of a tour by each role, as the table of transitions says: by the services, and by the pages that people have."""

from __future__ import annotations

import uuid
from urllib.parse import urlsplit

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.test import Client
from django.urls import reverse

from lincassable.accounts import links
from lincassable.accounts.actors import LINK, Actor
from lincassable.accounts.models import AccessLink
from lincassable.accounts.tests.factories import UserFactory
from pickups import services
from pickups.enums import TRANSITIONS, Party, StopState, TourState
from pickups.models import Tour, TourLog
from pickups.tests.factories import CarrierFactory, TourFactory

pytestmark = pytest.mark.django_db
STATES = list(TourState.values)
# What each role is for the tour; nothing for the others.
PARTY = {
    "administrator": Party.COORDINATOR,
    "coordinator": Party.COORDINATOR,
    "carrier user": Party.CARRIER,
    "carrier link": Party.CARRIER,
    "driver link": Party.DRIVER,
    "foreign carrier": None,
    "foreign carrier link": None,
    "foreign driver link": None,
    "sorting": None,
    "store card": None,
}
ROLES = [*PARTY, "anonymous"]


def actors(made) -> dict[str, Actor]:
    """Who plays each role."""
    return {
        "administrator": Actor.of_user(UserFactory(role="administrator")),
        "coordinator": made.coordinator,
        "carrier user": Actor.of_user(made.users["carrier"]),
        "carrier link": made.carrier,
        "driver link": made.driver,
        "foreign carrier": Actor.of_user(foreigner()),
        "foreign carrier link": Actor(LINK, 991, AccessLink.CARRIER_TOUR, made.tour.pk + 1000),
        "foreign driver link": Actor(LINK, 992, AccessLink.TOUR, made.tour.pk + 1000),
        "sorting": Actor.of_user(UserFactory(role="sorting")),
        "store card": Actor(LINK, 993, AccessLink.STORE, made.stores[0].pk),
    }


def foreigner():
    """A user of another carrier."""
    user = UserFactory(role="carrier")
    CarrierFactory().users.add(user)
    return user


def make_ready(made, start: str, target: str) -> None:
    """A tour is ended once its stops are made."""
    if (start, target) == (TourState.UNDER_WAY, TourState.DONE):
        for stop in made.stops:
            made.complete(stop)


@pytest.mark.parametrize("start", STATES)
def test_the_services_follow_the_table_for_every_role(scene, start):
    made = scene(start)
    people = actors(made)
    for target in STATES:
        for role, party in PARTY.items():
            if target == start:
                continue
            with transaction.atomic():
                make_ready(made, start, target)
                outcome: object = None
                try:
                    outcome = services.transition(made.tour, target, by=people[role], note="raison").state
                except (ValidationError, PermissionDenied) as error:
                    outcome = type(error)
                allowed = party is not None and party in TRANSITIONS.get((start, target), frozenset())
                assert (outcome == target) == allowed, (start, target, role, outcome)
                if not allowed:
                    assert Tour.objects.get(pk=made.tour.pk).state == start
                    refused = ValidationError if (start, target) not in TRANSITIONS else PermissionDenied
                    # A tour that is over is not looked into by anybody but a coordinator.
                    assert outcome in (refused, PermissionDenied), (start, target, role, outcome)
                transaction.set_rollback(True)


def opened(kind: str, object_id: int) -> Client:
    """A browser that has opened a link."""
    client = Client(headers={"Sec-Fetch-Site": "same-origin"})
    assert client.get(urlsplit(links.url(links.link_for(kind, object_id))).path).status_code == 302
    return client


def signed_in(user) -> Client:
    """A browser with an account."""
    client = Client(headers={"Sec-Fetch-Site": "same-origin"})
    client.force_login(user)
    return client


def clients(made) -> dict[str, Client]:
    """A browser or a phone for each role."""
    other = TourFactory().pk
    return {
        "administrator": signed_in(UserFactory(role="administrator")),
        "coordinator": signed_in(made.users["coordinator"]),
        "carrier user": signed_in(made.users["carrier"]),
        "carrier link": opened(AccessLink.CARRIER_TOUR, made.tour.pk),
        "driver link": opened(AccessLink.TOUR, made.tour.pk),
        "foreign carrier": signed_in(foreigner()),
        "foreign carrier link": opened(AccessLink.CARRIER_TOUR, other),
        "foreign driver link": opened(AccessLink.TOUR, other),
        "sorting": signed_in(UserFactory(role="sorting")),
        "store card": opened(AccessLink.STORE, made.stores[0].pk),
        "anonymous": Client(headers={"Sec-Fetch-Site": "same-origin"}),
    }


def ways(made, target: str) -> list[tuple[set[str], str, dict[str, str]]]:
    """Return each page that can move the tour to `target`: the roles that have it, its address, what it sends."""
    tour = made.tour
    move = reverse("admin:pickups_tour_move", args=[tour.pk, target])
    close = reverse("admin:pickups_tour_close", args=[tour.pk])
    asked = {"reason": "raison", "action": "close"}
    found: list[tuple[set[str], str, dict[str, str]]] = [
        ({"administrator", "coordinator"}, close if target == TourState.CLOSED else move, asked)
    ]
    if target in (TourState.ACCEPTED, TourState.DECLINED):
        data = {"answer": "accept" if target == TourState.ACCEPTED else "decline", "reason": "raison"}
        found.append(({"carrier link"}, reverse("pickups:carrier_tour"), data))
        found.append(({"carrier user"}, reverse("pickups:carrier_user_tour", args=[tour.uuid]), data))
    if target == TourState.DONE:
        found.append(({"driver link"}, reverse("pickups:driver_finish"), {"key": str(uuid.uuid4()), "scope": str(tour.uuid)}))
    return found


@pytest.mark.parametrize("start", STATES)
def test_no_page_moves_a_tour_but_for_those_the_table_allows(scene, start):
    made = scene(start)
    people = clients(made)
    for target in STATES:
        for roles, address, data in ways(made, target) if target != start else []:
            # A move that the table does not know is tried by those who have the page, one that it knows by everybody.
            for role in ROLES if (start, target) in TRANSITIONS else sorted(roles):
                with transaction.atomic():
                    make_ready(made, start, target)
                    lines = TourLog.objects.filter(tour=made.tour).count()
                    answer = people[role].post(address, data)
                    assert answer.status_code in (200, 302, 403, 404, 409, 422), (start, target, role, answer.status_code)
                    state = Tour.objects.get(pk=made.tour.pk).state
                    allowed = role in roles and PARTY[role] in TRANSITIONS.get((start, target), frozenset())
                    assert state == (target if allowed else start), (start, target, role, address, answer.status_code)
                    assert (TourLog.objects.filter(tour=made.tour).count() > lines) == allowed, (start, target, role)
                    transaction.set_rollback(True)


def test_the_drivers_first_stop_puts_the_tour_under_way_and_no_other_role_may(scene):
    made = scene(TourState.ACCEPTED)
    stop = made.stops[0]
    for role, by in actors(made).items():
        with transaction.atomic():
            try:
                services.complete_stop(stop, [], key=uuid.uuid4(), by=by)
                moved = True
            except PermissionDenied:
                moved = False
            assert moved == (PARTY[role] in TRANSITIONS[TourState.ACCEPTED, TourState.UNDER_WAY]), role
            expected = TourState.UNDER_WAY if moved else TourState.ACCEPTED
            assert Tour.objects.get(pk=made.tour.pk).state == expected
            assert made.stops[0].state == (StopState.DONE if moved else StopState.TO_DO)
            transaction.set_rollback(True)


def test_a_revoked_link_moves_nothing(scene):
    made = scene(TourState.AWAITING)
    client = opened(AccessLink.CARRIER_TOUR, made.tour.pk)
    links.revoke(links.link_for(AccessLink.CARRIER_TOUR, made.tour.pk), by=made.coordinator)
    assert client.post(reverse("pickups:carrier_tour"), {"answer": "accept"}).status_code == 403
    assert Tour.objects.get(pk=made.tour.pk).state == TourState.AWAITING
