"""Two rows for one place: what goes over, what stays, what comes back, and who waits for whom."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from crates.check import check_ledger
from crates.enums import Cause
from crates.models import Declaration, Entry, Movement
from crates.services import CountedLine, MovedLine, record_inventory, record_transfer
from crates.tests.factories import DepositCountFactory, PaloxFactory
from crates.tests.test_concurrency import at_once, failures
from lincassable.accounts import links
from lincassable.accounts.actors import Actor
from lincassable.accounts.models import AccessLink
from lincassable.portal.queries import store_home
from lincassable.portal.tests.factories import answers, container, phone_of, send
from pickups import services as pickups
from pickups.enums import RequestState, StopState
from pickups.models import PickupRequest, Stop
from pickups.tests.factories import StopFactory, TourFactory
from references.models import ShelfItem
from references.tests.factories import ReferenceFactory, ShelfItemFactory
from stores import merging, services
from stores.enums import Kind, Status
from stores.models import Contact, Store, StoreMerge
from stores.tests.factories import ClosureFactory, ContactFactory, StoreFactory
from stores.tests.factories_directory import StoreNoteFactory, StoreTaskFactory
from tests.merged import BY, ago, everywhere, fresh, stock, two_rows, user

pytestmark = pytest.mark.django_db
pair = pytest.fixture(two_rows)


# -- merging


def test_the_loser_is_archived_and_its_crates_go_over_by_one_transfer_while_no_entry_is_rewritten(pair):
    loser, winner = pair
    send(phone_of(loser), answers())
    before, entries = everywhere(), list(Entry.objects.order_by("pk").values())
    by = user()
    merge = merging.merge(loser, winner, by=by)
    assert (stock(loser), stock(winner)) == ((0, 0), (14, 40))
    assert everywhere() == before
    transfer = Movement.objects.get(cause=Cause.TRANSFER)
    assert (transfer.origin_kind, transfer.origin_id, transfer.actor_id) == ("merge", merge.pk, by.id)
    assert list(Entry.objects.order_by("pk").values())[: len(entries)] == entries
    gone = fresh(loser)
    assert (gone.status, gone.merged_into) == (Status.ARCHIVED, winner)
    assert loser.status_changes.get(to_status=Status.ARCHIVED).actor_id == by.id
    assert check_ledger() == []


def test_people_notes_tasks_files_closures_and_products_go_over_and_what_is_there_already_stays(pair):
    loser, winner = pair
    moved, same = ContactFactory(store=loser), ContactFactory(store=loser, email="Accueil@port.example")
    ContactFactory(store=winner, email="accueil@port.example")
    note, task = StoreNoteFactory(store=loser), StoreTaskFactory(store=loser)
    coming = ClosureFactory(store=loser, first_day=timezone.localdate(), last_day=timezone.localdate() + dt.timedelta(days=3))
    past = ClosureFactory(store=loser, first_day=dt.date(2020, 1, 1), last_day=dt.date(2020, 1, 2))
    both = ReferenceFactory()
    mine, theirs = ShelfItemFactory(store=loser, reference=both), ShelfItemFactory(store=winner, reference=both)
    only = ShelfItemFactory(store=loser)
    merge = merging.merge(loser, winner, by=BY)
    for row, place in ((moved, winner), (same, loser), (note, winner), (task, winner), (coming, winner), (past, loser), (only, winner)):
        row.refresh_from_db()
        assert row.store == place, row
    assert set(ShelfItem.objects.filter(store=winner)) == {theirs, only}
    merging.undo(merge, by=BY)
    assert set(Contact.objects.filter(store=loser)) == {moved, same}
    assert set(ShelfItem.objects.filter(store=loser)) == {mine, only}
    for row in (note, task, coming):
        row.refresh_from_db()
        assert row.store == loser


def test_what_the_place_that_stays_does_not_say_is_completed_and_given_back(pair):
    loser, winner = pair
    Store.objects.filter(pk=winner.pk).update(street="", latitude=None, longitude=None)
    merge = merging.merge(loser, fresh(winner), by=BY)
    winner = fresh(winner)
    assert (winner.street, str(winner.latitude)) == (loser.street, "43.296500")
    services.update_store(winner, by=BY, opening_hours="Mo-Fr 09:00-12:00")
    merging.undo(merge, by=BY)
    winner = fresh(winner)
    assert (winner.street, winner.latitude, winner.opening_hours) == ("", None, "Mo-Fr 09:00-12:00")


def test_places_that_lead_to_the_loser_lead_to_the_winner():
    loser, winner = StoreFactory(kind=Kind.HUB), StoreFactory(kind=Kind.HUB)
    child = StoreFactory(usual_hub=loser)
    merge = merging.merge(loser, winner, by=BY)
    assert fresh(child).usual_hub == winner
    merging.undo(merge, by=BY)
    assert fresh(child).usual_hub == loser


def test_a_numbered_palox_is_seen_at_the_winner_and_back(pair):
    loser, winner = pair
    palox, other = PaloxFactory(store=loser, state="store"), PaloxFactory(store=winner, state="store")
    merge = merging.merge(loser, winner, by=BY)
    palox.refresh_from_db()
    assert palox.store == winner
    merging.undo(merge, by=BY)
    palox.refresh_from_db()
    other.refresh_from_db()
    assert (palox.store, other.store) == (loser, winner)


# -- requests and tours


def test_an_open_request_and_planned_stops_go_over_and_come_back(pair):
    loser, winner = pair
    request = pickups.request_pickup(loser, by=BY, note="porte bleue")
    stop = StopFactory(store=loser, request=request)
    done = StopFactory(store=loser, state=StopState.DONE, completed_at=ago(3))
    merge = merging.merge(loser, winner, by=BY)
    for row in (request, stop, done):
        row.refresh_from_db()
    assert (request.store, stop.store, done.store) == (winner, winner, loser)
    assert stop.tour.log.count() == 1
    merging.undo(merge, by=BY)
    for row in (request, stop):
        row.refresh_from_db()
        assert row.store == loser
    assert stop.tour.log.count() == 2


def test_when_both_have_asked_one_request_answers_both(pair):
    loser, winner = pair
    mine, theirs = pickups.request_pickup(loser, by=BY, note="porte bleue"), pickups.request_pickup(winner, by=BY, note="sonner")
    stop = StopFactory(store=loser, request=mine)
    merge = merging.merge(loser, winner, by=BY)
    for row in (mine, theirs, stop):
        row.refresh_from_db()
    assert (mine.state, theirs.state, theirs.note) == (RequestState.CANCELLED, RequestState.RECEIVED, "sonner · porte bleue")
    assert stop.request == theirs
    assert store_home(fresh(winner)).pickup.request == theirs
    merging.undo(merge, by=BY)
    for row in (mine, stop):
        row.refresh_from_db()
    assert (mine.state, mine.closed_at, stop.request) == (RequestState.RECEIVED, None, mine)


def test_a_pickup_made_after_the_merge_stays_with_the_winner_when_it_is_undone(pair):
    loser, winner = pair
    stop = StopFactory(store=loser)
    merge = merging.merge(loser, winner, by=BY)
    Stop.objects.filter(pk=stop.pk).update(state=StopState.DONE, completed_at=timezone.now())
    assert any("1" in sentence for sentence in merging.since(merge))
    merging.undo(merge, by=BY)
    stop.refresh_from_db()
    assert stop.store == winner


@pytest.mark.parametrize("why", ["same_tour", "kind", "archived", "held", "through"])
def test_what_stands_against_a_merge_is_said_and_nothing_happens(pair, why):
    loser, winner = pair
    if why == "same_tour":
        tour = TourFactory()
        StopFactory(tour=tour, store=loser)
        StopFactory(tour=tour, store=winner)
    elif why == "kind":
        Store.objects.filter(pk=winner.pk).update(kind=Kind.HUB)
    elif why == "archived":
        Store.objects.filter(pk=winner.pk).update(status=Status.ARCHIVED)
    elif why == "held":
        DepositCountFactory(store=loser, is_held=True, is_current=False)
    else:
        Store.objects.filter(pk=loser.pk).update(collected_through=winner)
    assert len(merging.preview(fresh(loser), fresh(winner)).blockers) == 1
    with pytest.raises(ValidationError):
        merging.merge(loser, winner, by=BY)
    assert not StoreMerge.objects.exists()
    assert stock(loser) == (0, 30)


def test_a_card_merges_nothing(pair):
    link = links.link_for(AccessLink.STORE, pair[0].pk)
    with pytest.raises(PermissionDenied):
        merging.merge(*pair, by=Actor.of_link(link))
    merge = merging.merge(*pair, by=BY)
    with pytest.raises(PermissionDenied):
        merging.undo(merge, by=Actor.of_link(link))


# -- twice, in both directions, in chains


def test_merging_and_undoing_twice_changes_nothing_more(pair):
    loser, winner = pair
    merge = merging.merge(loser, winner, by=BY)
    assert merging.merge(loser, winner, by=BY) == merge
    assert (stock(winner), Movement.objects.filter(cause=Cause.TRANSFER).count()) == ((0, 40), 1)
    merging.undo(merge, by=BY)
    merging.undo(merge, by=BY)
    assert (stock(loser), stock(winner)) == ((0, 30), (0, 10))
    again = merging.merge(loser, winner, by=BY)
    assert again != merge
    assert stock(winner) == (0, 40)


def test_there_is_no_circle_and_chains_are_one_step_long(pair):
    loser, winner = pair
    last = StoreFactory(name="Épicerie du Vieux-Port")
    first = merging.merge(loser, winner, by=BY)
    with pytest.raises(ValidationError):
        merging.merge(winner, loser, by=BY)
    with pytest.raises(ValidationError):
        merging.merge(loser, last, by=BY)
    second = merging.merge(winner, last, by=BY)
    assert {fresh(loser).merged_into, fresh(winner).merged_into} == {last}
    assert phone_of(loser).get("/p/").context["home"].store == last
    with pytest.raises(ValidationError):
        merging.undo(first, by=BY)
    merging.undo(second, by=BY)
    assert fresh(loser).merged_into == winner
    assert phone_of(loser).get("/p/").context["home"].store == winner
    merging.undo(first, by=BY)
    assert [fresh(store).status for store in (loser, winner)] == [Status.ACTIVE, Status.ACTIVE]
    assert [stock(store)[1] for store in (loser, winner, last)] == [30, 10, 0]
    assert check_ledger() == []


def test_a_merged_place_is_not_brought_back_by_its_status(pair):
    merging.merge(*pair, by=BY)
    with pytest.raises(ValidationError):
        services.reactivate_store(pair[0], by=BY)
    assert services.why_not_deletable(fresh(pair[1]))


@pytest.mark.django_db(transaction=True)
def test_the_same_merge_in_both_directions_and_many_times_at_once_happens_once(pair):
    loser, winner = pair
    results = at_once([lambda: merging.merge(loser, winner, by=BY), lambda: merging.merge(winner, loser, by=BY)] * 4)
    assert {type(each) for each in failures(results)} == {ValidationError}
    assert StoreMerge.objects.count() == 1
    assert sorted(stock(store)[1] for store in pair) == [0, 40]
    merge = StoreMerge.objects.get()
    assert failures(at_once([lambda: merging.undo(merge, by=BY)] * 4)) == []
    assert [stock(store)[1] for store in pair] == [30, 10]
    assert check_ledger() == []


@pytest.mark.django_db(transaction=True)
def test_declarations_and_visits_while_places_are_merged_lose_no_crate(pair):
    loser, winner = pair
    phones = [phone_of(loser) for _number in range(4)]
    total = sum(quantity for *_what, quantity in everywhere())
    acts = [lambda phone=phone: send(phone, answers(full_75="5", wants_pickup="on"), queued=True) for phone in phones]
    results = at_once([*acts, lambda: merging.merge(loser, winner, by=BY)])
    assert failures(results) == []
    merge = StoreMerge.objects.get()
    merging.settle(merge, by=BY)
    assert Declaration.objects.count() == 4
    assert stock(loser) == (0, 0)
    assert sum(quantity for *_what, quantity in everywhere()) == total
    assert PickupRequest.objects.open().get().store == winner
    assert check_ledger() == []


# -- what comes later


def test_facts_learned_later_about_the_loser_are_carried_over_too(pair):
    loser, winner = pair
    merge = merging.merge(loser, winner, by=BY)
    record_transfer(loser, None, [MovedLine(container(), "empty", 4)], key=uuid.uuid4(), occurred_at=ago(2), by=BY)
    assert stock(loser) == (0, -4)
    assert merging.settle(merge, by=BY)
    assert not merging.settle(merge, by=BY)
    assert (stock(loser)[1], stock(winner)[1]) == (0, 36)
    merging.undo(merge, by=BY)
    assert (stock(loser)[1], stock(winner)[1]) == (26, 10)
    assert check_ledger() == []


def test_a_count_made_since_holds_when_the_merge_is_undone(pair):
    loser, winner = pair
    merge = merging.merge(loser, winner, by=BY)
    Movement.objects.count()
    record_inventory(winner, key=uuid.uuid4(), counted_at=timezone.now(), lines=[CountedLine(container(), total=37, full=5)], by=BY)
    merging.undo(merge, by=BY)
    assert (stock(loser), stock(winner)) == ((0, 30), (5, 37))
    assert check_ledger() == []
