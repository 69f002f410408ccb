"""What a coordinator's own calendar shows of events and trainings."""

from __future__ import annotations

from datetime import timedelta

import pytest
import vobject
from django.utils import timezone

from awareness.tests.factories import EventFactory, PublicEventFactory, TrainingFactory
from lincassable.accounts.tests.factories import UserFactory
from pickups import feeds

pytestmark = pytest.mark.django_db


def entries(user):
    content = feeds.network_feed(user)
    assert feeds.network_feed(user) == content  # unchanged rows give the same bytes
    return {event.uid.value: event for event in getattr(vobject.readOne(content.decode()), "vevent_list", [])}


def test_a_coordinator_sees_all_events_and_trainings_and_which_are_their_own():
    me = UserFactory(role="coordinator", language="fr")
    mine, draft, off = PublicEventFactory(), EventFactory(), PublicEventFactory(state="cancelled", cancel_reason="pluie")
    mine.team.add(me)
    own, other = TrainingFactory(trainer=me), TrainingFactory(trainer=UserFactory(name="Anne Martin"))
    shown = entries(me)
    events = [shown[f"{event.uuid}@event.lincassable"] for event in (mine, draft, off)]
    assert [entry.status.value for entry in events] == ["CONFIRMED", "TENTATIVE", "CANCELLED"]
    assert [entry.transp.value for entry in events] == ["OPAQUE", "TRANSPARENT", "TRANSPARENT"]
    assert events[0].url.value.endswith(f"/admin/awareness/event/{mine.pk}/change/")
    trainings = [shown[f"{training.uuid}@training.lincassable"] for training in (own, other)]
    assert [entry.transp.value for entry in trainings] == ["OPAQUE", "TRANSPARENT"]
    assert "Anne Martin" in trainings[1].description.value
    assert trainings[0].location.value.startswith(own.store.name)


def test_what_is_long_over_and_what_others_may_not_see_is_left_out():
    past = timezone.now() - timedelta(days=400)
    EventFactory(starts_at=past, state="done")
    TrainingFactory(starts_at=past)
    assert entries(UserFactory(role="coordinator")) == {}
    EventFactory()
    TrainingFactory()
    assert entries(UserFactory(role="sorting")) == {}


def test_the_number_of_queries_stays_the_same(django_assert_max_num_queries):
    user = UserFactory(role="administrator")
    for _number in range(4):
        PublicEventFactory().team.add(user)
        TrainingFactory(trainer=user)
    feeds.network_feed(user)  # permissions are read once
    with django_assert_max_num_queries(8):
        feeds.network_feed(user)
