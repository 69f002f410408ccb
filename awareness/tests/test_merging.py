"""Two rows for one place: what is to be held, wished, ordered and shown goes over, comes back, and what was held stays."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from awareness.enums import EventState, Need, OrderState, PlacementState, TrainingState
from awareness.material_queries import with_stock
from awareness.models import Material, MaterialOrder, TrainingWish
from awareness.queries import events_of_store
from awareness.services import advance, order_material, wish_training
from awareness.services.materials import stock_of
from awareness.tests.factories import EventFactory, MaterialFactory, MaterialOrderFactory, PlacementFactory, TrainingFactory
from awareness.training_queries import standing_of
from lincassable.accounts.actors import Actor
from lincassable.messaging.models import Message
from stores import merging
from stores.tests.factories import ContactFactory, StoreFactory

pytestmark = pytest.mark.django_db
BY = Actor.system()


@pytest.fixture
def pair():
    """Two rows for the same shop; the first is the one to go."""
    return StoreFactory(name="Épicerie du Port"), StoreFactory(name="Epicerie du port")


def held(days=40):
    start = timezone.now() - timedelta(days=days)
    return {"starts_at": start, "state": "done"}


def at(*rows):
    for row in rows:
        row.refresh_from_db()
    return [row.store for row in rows]


def test_what_is_to_come_goes_over_and_back_and_what_was_held_stays(pair):
    loser, winner = pair
    ContactFactory(store=loser, email="equipe@port.example")
    coming, draft = EventFactory(store=loser, state=EventState.PUBLISHED), EventFactory(store=loser)
    past, training = EventFactory(store=loser, **held()), TrainingFactory(store=loser)
    old = TrainingFactory(store=loser, people=3, **held())
    mails = Message.objects.count()
    plan = merging.preview(loser, winner)
    assert {move.model for move in plan.moves} >= {"awareness.Event", "awareness.Training"}
    merge = merging.merge(loser, winner, by=BY)
    assert at(coming, draft, training, past, old) == [winner] * 3 + [loser] * 2
    assert list(events_of_store(winner)) == [coming]
    assert (coming.sequence, training.sequence) == (1, 1)
    assert winner.name in coming.log.last().note
    assert standing_of(winner).last == old.starts_at
    merging.undo(merge, by=BY)
    assert at(coming, draft, training, past, old) == [loser] * 5
    assert (coming.sequence, training.sequence) == (2, 2)
    assert Message.objects.count() == mails  # the same place: nobody needs telling


def test_what_was_held_since_stays_with_the_winner_when_the_merge_is_undone(pair):
    loser, winner = pair
    event, training = EventFactory(store=loser, state=EventState.PUBLISHED), TrainingFactory(store=loser)
    merge = merging.merge(loser, winner, by=BY)
    for row in (event, training):
        row.refresh_from_db()
        row.starts_at = timezone.now()
    event.ends_at, event.state = timezone.now(), EventState.DONE
    event.starts_at -= timedelta(seconds=1)
    training.state, training.people = TrainingState.DONE, 4
    merging.StoreMerge.objects.update(at=timezone.now() - timedelta(hours=1))
    event.save()
    training.save()
    merge.refresh_from_db()
    assert len(merging.since(merge)) == 1
    merging.undo(merge, by=BY)
    assert at(event, training) == [winner, winner]


def test_one_wish_stands_for_both_and_each_has_its_own_again_when_undone(pair):
    loser, winner = pair
    mine, theirs = (wish_training(store, "questions", key=uuid.uuid4(), by=BY) for store in pair)
    merge = merging.merge(loser, winner, by=BY)
    assert list(TrainingWish.objects.filter(settled_at=None)) == [theirs]
    assert standing_of(winner).need == Need.WISHED
    merging.undo(merge, by=BY)
    assert set(TrainingWish.objects.filter(settled_at=None)) == {mine, theirs}
    theirs.delete()
    merging.merge(loser, winner, by=BY)
    assert at(mine) == [winner]


def test_of_what_both_have_ordered_one_order_stands_for_both(pair):
    loser, winner = pair
    material = MaterialFactory()
    mine, theirs = (MaterialOrderFactory(store=store, material=material, quantity=n) for store, n in zip(pair, (5, 2), strict=True))
    sent, placed = MaterialOrderFactory(store=loser, state=OrderState.SENT), MaterialOrderFactory(store=loser, state=OrderState.PLACED)
    merge = merging.merge(loser, winner, by=BY)
    assert at(mine, theirs, sent, placed) == [loser, winner, winner, loser]
    assert (mine.state, theirs.state, theirs.quantity) == (OrderState.REFUSED, OrderState.ORDERED, 5)
    # the form of the place that went, sent again by a phone that had no network, changes nothing
    assert order_material(winner, material, 9, key=mine.key, by=BY) == mine
    merging.undo(merge, by=BY)
    assert at(mine, theirs, sent, placed) == [loser, winner, loser, loser]
    assert (mine.state, mine.answer, theirs.quantity) == (OrderState.ORDERED, "", 2)


def test_once_prepared_the_joined_order_keeps_its_quantity_as_the_stock_has_moved(pair):
    loser, winner = pair
    material = MaterialFactory()
    _mine, theirs = (MaterialOrderFactory(store=store, material=material, quantity=n) for store, n in zip(pair, (5, 2), strict=True))
    merge = merging.merge(loser, winner, by=BY)
    advance(theirs, OrderState.PREPARED, by=BY)
    merging.undo(merge, by=BY)
    assert MaterialOrder.objects.get(pk=theirs.pk).quantity == 5
    assert stock_of(material) == -5


def test_what_stands_there_is_listed_once_as_it_was_last_seen(pair):
    loser, winner = pair
    both, today = MaterialFactory(), timezone.localdate()
    only = PlacementFactory(store=loser)
    mine = PlacementFactory(store=loser, material=both, quantity=3, state=PlacementState.TO_REPLACE)
    theirs = PlacementFactory(
        store=winner, material=both, placed_on=today - timedelta(days=300), checked_on=today - timedelta(days=200), quantity=1
    )
    merge = merging.merge(loser, winner, by=BY)
    assert at(only, mine, theirs) == [winner, loser, winner]
    assert (theirs.quantity, theirs.state, theirs.checked_on) == (3, PlacementState.TO_REPLACE, today)
    assert with_stock(Material.objects.all()).get(pk=both.pk).places == 1
    merging.undo(merge, by=BY)
    assert at(only, mine, theirs) == [loser, loser, winner]
    assert (theirs.quantity, theirs.checked_on) == (1, today - timedelta(days=200))
