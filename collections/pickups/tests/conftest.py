"""What the tests of pickups share: people, and a tour in any state, reached the way people reach it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from django.test import Client

from lincassable.accounts.actors import LINK, Actor
from lincassable.accounts.models import AccessLink, User
from lincassable.accounts.tests.factories import UserFactory
from pickups import services
from pickups.enums import TourState
from pickups.lines import ActualLine, StopPlan
from pickups.models import Stop, Tour
from pickups.tests.factories import CarrierFactory, container, planned, tomorrow
from stores.enums import Kind
from stores.models import Store
from stores.tests.factories import StoreFactory


@dataclass
class Scene:
    """A tour and the people around it."""

    tour: Tour
    stores: list[Store]
    coordinator: Actor
    carrier: Actor
    driver: Actor
    users: dict[str, User] = field(default_factory=dict)

    @property
    def stops(self) -> list[Stop]:
        """The tour's stops, fresh, in order."""
        return list(self.tour.stops.select_related("store").order_by("position"))

    def complete(self, stop: Stop, full: int = 10, empty: int = 8, **kwargs: object) -> Stop:
        """Record a stop as the driver would."""
        lines = [ActualLine(container(), full, empty)]
        return services.complete_stop(stop, lines, **{"key": uuid.uuid4(), "by": self.driver, **kwargs})


@pytest.fixture
def coordinator_user(db: None) -> User:
    """A coordinator."""
    return UserFactory(role="coordinator", language="en")


@pytest.fixture
def coordinator(coordinator_user: User) -> Actor:
    """A coordinator, as an author."""
    return Actor.of_user(coordinator_user)


@pytest.fixture
def scene(coordinator: Actor, coordinator_user: User) -> Callable[..., Scene]:
    """Make a tour of two stores in the wanted state: `scene(TourState.ACCEPTED)`."""

    def make(state: str = TourState.DRAFT, stores: int = 2) -> Scene:
        places = [StoreFactory() for _ in range(stores)]
        office = UserFactory(role="carrier")
        carrier = CarrierFactory(language="en")
        carrier.users.add(office)
        tour = services.create_tour(
            date=tomorrow(),
            hub=StoreFactory(kind=Kind.HUB, name="Hub des Joliettes"),
            carrier=carrier,
            by=coordinator,
            stops=[StopPlan(store, [planned()]) for store in places],
        )
        made = Scene(
            tour,
            places,
            coordinator,
            Actor(LINK, 901, AccessLink.CARRIER_TOUR, tour.pk),
            Actor(LINK, 902, AccessLink.TOUR, tour.pk),
            {"coordinator": coordinator_user, "carrier": office},
        )
        _reach(made, state)
        made.tour.refresh_from_db()
        return made

    return make


def _reach(made: Scene, state: str) -> None:
    """Bring a draft to `state` by the verbs that people use."""
    if state == TourState.DRAFT:
        return
    if state == TourState.CANCELLED:
        services.cancel_tour(made.tour, by=made.coordinator)
        return
    services.send_tour(made.tour, by=made.coordinator)
    if state == TourState.AWAITING:
        return
    if state == TourState.DECLINED:
        services.decline_tour(made.tour, "camion en panne", by=made.carrier)
        return
    services.accept_tour(made.tour, by=made.carrier)
    if state == TourState.ACCEPTED:
        return
    services.start_tour(made.tour, by=made.driver)
    if state == TourState.UNDER_WAY:
        return
    for stop in made.stops:
        made.complete(stop)
    services.finish_tour(made.tour, by=made.driver)
    if state == TourState.CLOSED:
        services.close_tour(made.tour, by=made.coordinator)


@pytest.fixture
def office(coordinator_user, client) -> Client:
    """A coordinator's browser."""
    client.force_login(coordinator_user)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client
