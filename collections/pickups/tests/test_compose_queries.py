"""How many queries the compose screen takes: the same for twenty places as for a thousand, for two stops as for twelve."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from crates.models import Entry, Movement, StoreContainer
from lincassable.accounts.actors import Actor
from pickups import services
from pickups.models import PickupRequest, Tour
from pickups.tests.factories import container
from stores.models import Store
from stores.tests.factories import ZoneFactory

pytestmark = pytest.mark.django_db
FRAGMENT = {"X-Requested-With": "compose"}


@pytest.fixture
def office(coordinator_user, client) -> Client:
    """A coordinator's browser."""
    client.force_login(coordinator_user)
    return client


def at(tour: Tour, name: str = "compose") -> str:
    """Return the address of a page of the compose screen."""
    return reverse(f"admin:pickups_tour_{name}", args=[tour.pk])


def network(stores: int, zone) -> None:
    """Write so many places with their stock and some requests."""
    made = Store.objects.bulk_create(
        Store(name=f"Place {n}", city="Marseille", latitude="43.3", longitude="5.4", zone=zone if n % 10 == 0 else None)
        for n in range(stores)
    )
    StoreContainer.objects.bulk_create(StoreContainer(store=store, container_type=container(), capacity=40) for store in made)
    bought = Movement.objects.create(key=uuid.uuid4(), cause="purchase", occurred_at=timezone.now(), **Movement.author(Actor.system()))
    line = {"movement": bought, "container_type": container(), "content": "full", "occurred_at": bought.occurred_at}
    outside = Entry(store=None, quantity=-5 * stores, **line)
    Entry.objects.bulk_create([outside, *(Entry(store=store, quantity=5, **line) for store in made)], batch_size=5000)
    PickupRequest.objects.bulk_create(PickupRequest(store=store) for store in made[::7])


def test_the_screen_takes_the_same_queries_for_ten_and_for_a_thousand_places(office, scene):
    made = scene(stores=2)
    zone = ZoneFactory()
    network(20, zone)

    def counts() -> list[int]:
        found = []
        for act in (
            lambda: office.get(at(made.tour)),
            lambda: office.get(at(made.tour) + "?q=place", headers=FRAGMENT),
            lambda: office.get(at(made.tour, "points")),
            lambda: office.post(at(made.tour), {"do": f"up:{made.stores[1].pk}"}, headers=FRAGMENT),
            lambda: office.post(at(made.tour), {"do": f"down:{made.stores[1].pk}"}, headers=FRAGMENT),
        ):
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert act().status_code == 200
            found.append(len(queries))
        return found

    few = counts()
    network(980, zone)
    for place in Store.objects.filter(name__startswith="Place")[:10]:
        services.add_stop(made.tour, place, by=made.coordinator)
    assert counts() == few
    assert few[0] <= 48
