"""A coordinator looks at a pickup's mail with the data of the place they choose."""

import pytest

from lincassable.accounts.tests.factories import UserFactory
from lincassable.messaging.kinds import kind_of
from pickups.enums import TourState
from pickups.models import RequestPart
from pickups.tests.factories import PickupRequestFactory, StopFactory, TourFactory
from stores.tests.factories import ContactFactory, StoreFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def tour():
    """A tour by two places, each with a contact."""
    made = TourFactory(state=TourState.ACCEPTED)
    for position, name in enumerate(["Le Bocal", "La Cagette"]):
        store = StoreFactory(name=name, city=f"Ville {name}")
        ContactFactory(store=store, name=f"Ana {name}")
        StopFactory(tour=made, store=store, position=position)
    StopFactory(tour=TourFactory(state=TourState.DRAFT), store=store)  # of a draft nobody is told
    return made


def test_a_place_is_found_by_its_name_its_town_or_its_tour_and_its_own_mail_is_shown(tour):
    user, kind = UserFactory(role="coordinator"), kind_of("tour_confirmed_store")
    for typed in ("cagette", "ville la c"):
        (choice,) = kind.subject.search(user, typed)
        assert "La Cagette" in choice.label
        assert tour.reference in choice.label
    mail = kind.preview(user, choice.key)
    assert mail.context["place"].name == "La Cagette"
    assert mail.to.name == "Ana La Cagette"
    assert [each.label.split(" (")[0] for each in kind.subject.search(user, tour.reference)] == ["Le Bocal", "La Cagette"]
    assert kind.subject.search(user, "9" * 30) == []


def test_who_may_not_see_the_tour_sees_no_mail_of_it(tour):
    nobody, kind = UserFactory(), kind_of("tour_confirmed_store")
    assert kind.subject.search(nobody, "") == []
    assert kind.preview(nobody, tour.stops.first().pk) is None


def test_a_mail_about_a_visit_needs_one(tour):
    user, kind = UserFactory(role="coordinator"), kind_of("pickup_done")
    assert kind.subject.search(user, "") == []
    assert kind.preview(user, tour.stops.first().pk) is None


def test_the_mail_about_a_place_that_joins_needs_one():
    user, kind, request = UserFactory(role="coordinator"), kind_of("pickup_joined"), PickupRequestFactory()
    ContactFactory(store=request.store)
    assert kind.preview(user, request.pk) is None
    child = StoreFactory()
    RequestPart.objects.create(request=request, store=child)
    assert kind.preview(user, request.pk).context["child"] == child
