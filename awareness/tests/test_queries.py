"""What others ask of events: the map, the weekly report, a place's page."""

from datetime import timedelta

import pytest
from django.utils import timezone

from awareness import queries, services
from awareness.enums import EventState
from awareness.tests.factories import EventFactory, PublicEventFactory
from lincassable.accounts.actors import Actor
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db


def test_only_what_is_published_and_not_over_is_upcoming():
    past = timezone.now() - timedelta(hours=1)
    EventFactory()
    PublicEventFactory(starts_at=past - timedelta(hours=2), ends_at=past)
    services.cancel(PublicEventFactory(), "Pluie", by=Actor.system())
    going_on = PublicEventFactory(starts_at=past, ends_at=timezone.now() + timedelta(hours=1))
    coming = PublicEventFactory()
    assert list(queries.upcoming_public()) == [going_on, coming]


def test_the_events_of_a_place_are_its_own():
    store = StoreFactory()
    mine = EventFactory(store=store, state=EventState.PUBLISHED)
    EventFactory(state=EventState.PUBLISHED)
    EventFactory(store=store)
    assert list(queries.events_of_store(store)) == list(queries.events_of_store(store.pk)) == [mine]


def test_what_is_near_is_measured_on_the_ground_wherever_the_position_comes_from(django_assert_num_queries):
    arles = PublicEventFactory()  # 43.6766, 4.6278
    marseille = EventFactory(state=EventState.PUBLISHED)  # the store's: 43.2965, 5.3698
    PublicEventFactory(latitude=None, longitude=None)
    with django_assert_num_queries(2):
        near = queries.events_near(43.6766, 4.6278, 5)
    assert [(one.event, one.distance_m) for one in near] == [(arles, 0)]
    assert {one.event for one in queries.events_near(43.6766, 4.6278, 80)} == {arles, marseille}
    assert [one.event for one in queries.events_near(43.2965, 5.3698, 1)] == [marseille]
    assert queries.events_near(89.9, 0, 10) == []
