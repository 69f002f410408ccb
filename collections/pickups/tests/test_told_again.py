"""What a change of plan after sending tells, and to whom: exactly the people concerned, once."""

from __future__ import annotations

from datetime import time, timedelta
from decimal import Decimal

import pytest

from lincassable.messaging.models import Message
from pickups import services
from pickups.enums import TourState
from pickups.models import CarrierContact, Tour
from pickups.tests.factories import CarrierFactory, VehicleFactory, tomorrow
from stores.enums import Kind
from stores.tests.factories import ContactFactory, StoreFactory

pytestmark = pytest.mark.django_db
CARRIER, STORES = {"carrier"}, {"carrier", "stores"}
# field -> who is told once the tour is sent, and once it is accepted: stores know nothing before.
FIELDS = {
    "date": (CARRIER, STORES),
    "hub": (CARRIER, STORES),
    "vehicle": (CARRIER, CARRIER),
    "departs_at": (CARRIER, CARRIER),
    "note": (CARRIER, CARRIER),
    "price_eur": (set(), set()),
    "zone": (set(), set()),
}


def values(made) -> dict[str, object]:
    """Another value of each field."""
    from stores.models import Zone

    return {
        "date": tomorrow() + timedelta(days=6),
        "hub": StoreFactory(kind=Kind.HUB, name="Plateforme de Vitrolles"),
        "vehicle": VehicleFactory(carrier=made.tour.carrier),
        "departs_at": time(6, 15),
        "note": "quai 4",
        "price_eur": Decimal(99),
        "zone": Zone.objects.get_or_create(name="Littoral")[0],
    }


@pytest.mark.parametrize("state", [TourState.DRAFT, TourState.AWAITING, TourState.ACCEPTED])
@pytest.mark.parametrize("field", FIELDS)
def test_a_change_tells_those_concerned_and_nobody_else(scene, state, field):
    made = scene()
    concerned = {ContactFactory(store=store).email for store in made.stores}
    ContactFactory(store=made.stores[0], wants_pickup_mails=False)
    ContactFactory()
    ContactFactory(store=made.tour.hub)
    office = CarrierContact.objects.create(carrier=made.tour.carrier, email="bureau@transport.example", wants_tours=True)
    CarrierContact.objects.create(carrier=made.tour.carrier, email="silence@transport.example", wants_tours=False)
    CarrierFactory()
    if state != TourState.DRAFT:
        services.send_tour(made.tour, by=made.coordinator)
    if state == TourState.ACCEPTED:
        services.accept_tour(made.tour, by=made.carrier)
    Message.objects.all().delete()
    value = values(made)[field]
    for _ in range(2):
        services.revise_tour(made.tour, by=made.coordinator, fields={field: value})
    told = {TourState.DRAFT: set(), TourState.AWAITING: FIELDS[field][0], TourState.ACCEPTED: FIELDS[field][1]}[state]
    expected = {made.tour.carrier.email, office.email} if "carrier" in told else set()
    expected |= concerned if "stores" in told else set()
    assert sorted(Message.objects.values_list("to_email", flat=True)) == sorted(expected)


def test_who_was_told_reads_the_new_hub_and_the_new_day(scene):
    made = scene()
    ContactFactory(store=made.stores[0], language="en")
    services.send_tour(made.tour, by=made.coordinator)
    services.accept_tour(made.tour, by=made.carrier)
    Message.objects.all().delete()
    new = values(made)
    services.revise_tour(made.tour, by=made.coordinator, fields={"hub": new["hub"], "date": new["date"], "vehicle": new["vehicle"]})
    carrier = Message.objects.get(to_email=made.tour.carrier.email)
    assert "Plateforme de Vitrolles" in carrier.text
    assert new["date"].strftime("%A") in carrier.text
    store = Message.objects.exclude(to_email=made.tour.carrier.email).get()
    assert new["date"].strftime("%A") in store.text


def test_a_change_that_changes_nothing_tells_nobody(scene):
    made = scene(TourState.ACCEPTED)
    ContactFactory(store=made.stores[0])
    Message.objects.all().delete()
    tour = Tour.objects.get(pk=made.tour.pk)
    services.revise_tour(made.tour, by=made.coordinator, fields={"date": tour.date, "hub": tour.hub, "vehicle": tour.vehicle})
    assert not Message.objects.exists()
