"""Two rows for one place: what goes over, what stays, what comes back, and who waits for whom."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Sum
from django.utils import timezone

from crates.check import check_ledger
from crates.enums import Cause
from crates.models import Balance, Declaration, Entry, Movement
from crates.queries import last_declared_at, stock_of
from crates.services import CountedLine, MovedLine, record_inventory, record_purchase, record_transfer
from crates.tests.factories import DepositCountFactory, PaloxFactory
from crates.tests.test_concurrency import at_once, failures
from lincassable.accounts import links
from lincassable.accounts.actors import Actor
from lincassable.accounts.models import AccessLink
from lincassable.accounts.tests.factories import UserFactory
from lincassable.portal.queries import history, store_home
from lincassable.portal.tests.factories import answers, container, phone_of, send, use
from lincassable.reporting.movements_page import Period, movements_page
from pickups import services as pickups
from pickups.enums import RequestState, StopState
from pickups.forecast import when_full
from pickups.models import PickupRequest, Stop
from pickups.tests.factories import StopFactory, TourFactory
from references.models import ShelfItem
from references.tests.factories import ReferenceFactory, ShelfItemFactory
from stores import merging, services, timeline
from stores.enums import Kind, Status
from stores.models import Contact, Store, StoreMerge
from stores.tests.factories import ClosureFactory, ContactFactory, StoreFactory
from stores.tests.factories_directory import StoreNoteFactory, StoreTaskFactory

pytestmark = pytest.mark.django_db
BY = Actor.system()


@pytest.fixture
def pair():
    """Two rows for the same shop, both with crates; the first is the one to go."""
    loser, winner = StoreFactory(name="Épicerie du Port"), StoreFactory(name="Epicerie du port")
    for store, crates in ((loser, 30), (winner, 10)):
        use(store, "75")
        record_purchase(store, container(), crates, key=uuid.uuid4(), occurred_at=ago(10), by=BY)
    return loser, winner


def ago(days: float) -> dt.datetime:
    return timezone.now() - dt.timedelta(days=days)


def stock(store: Store) -> tuple[int, int]:
    """Full and total 75 cl crates."""
    lines = [line for line in stock_of(store) if line.container_type.code == "75"]
    return (lines[0].full, lines[0].total) if lines else (0, 0)


def everywhere() -> list[tuple]:
    return list(Balance.objects.order_by("container_type", "content").values_list("container_type", "content").annotate(Sum("quantity")))


def fresh(store: Store) -> Store:
    return Store.objects.get(pk=store.pk)


def user() -> Actor:
    return Actor.of_user(UserFactory(role="coordinator"))


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


# -- the phone of the loser's card


def test_the_card_of_the_loser_goes_on_working_and_opens_the_winner(pair):
    loser, winner = pair
    phone = phone_of(loser)
    send(phone, answers(full_75="6"))
    merging.merge(loser, winner, by=BY)
    assert phone.get("/p/").context["home"].store == winner
    assert send(phone, answers(full_75="9")).status_code == 302
    assert list(Declaration.objects.order_by("pk").values_list("store", flat=True)) == [loser.pk, winner.pk]
    assert [event.kind for event in history(fresh(winner))] == ["declaration", "declaration"]
    assert phone_of(winner).get("/p/").context["home"].store == winner


def test_a_declaration_queued_before_the_merge_is_taken_for_the_winner_and_a_replay_gets_its_receipt(pair):
    loser, winner = pair
    phone, data = phone_of(loser), answers(scope=str(loser.uuid), occurred_at=ago(1).isoformat())
    sent = answers(scope=str(loser.uuid), full_75="3")
    send(phone, sent, queued=True)
    merge = merging.merge(loser, winner, by=BY)
    assert send(phone, data, queued=True).status_code == 200
    again = send(phone, sent, queued=True)
    assert phone.get(again.json()["redirect"]).status_code == 200
    assert Declaration.objects.count() == 2
    late = answers(scope=str(winner.uuid), full_75="4")
    merging.undo(merge, by=BY)
    assert send(phone, late, queued=True).status_code == 200
    assert Declaration.objects.get(key=late["key"]).store == loser
    assert send(phone, answers(scope=str(StoreFactory().uuid)), queued=True).status_code == 409
    assert check_ledger() == []


def test_a_form_under_a_replaced_card_of_the_loser_is_still_held(pair):
    loser, winner = pair
    phone = phone_of(loser)
    links.rotate(links.link_for(AccessLink.STORE, loser.pk), by=BY)
    merging.merge(loser, winner, by=BY)
    send(phone, answers(), queued=True)
    held = Declaration.objects.get()
    assert (held.state, held.store) == (Declaration.HELD, winner)


def test_the_card_of_the_loser_sees_the_winner_and_nothing_else(pair):
    loser, winner = pair
    StoreFactory()
    link = links.link_for(AccessLink.STORE, loser.pk)
    assert list(Store.objects.for_actor(Actor.of_link(link))) == [loser]
    merging.merge(loser, winner, by=BY)
    link.refresh_from_db()
    assert list(Store.objects.for_actor(Actor.of_link(link))) == [winner]


# -- reading


def test_history_ledger_and_forecast_of_the_winner_hold_what_happened_at_the_loser(pair, django_user_model):
    loser, winner = pair
    hub = StoreFactory(kind=Kind.HUB)
    record_inventory(loser, key=uuid.uuid4(), counted_at=ago(9), lines=[CountedLine(container(), total=30, full=20)], by=BY)
    record_transfer(loser, hub, [MovedLine(container(), "full", 12)], key=uuid.uuid4(), occurred_at=ago(8), by=BY, cause=Cause.PICKUP)
    send(phone_of(loser), answers(full_75="9"))
    expected = when_full(loser)
    merging.merge(loser, winner, by=BY)
    winner = fresh(winner)
    reader = django_user_model.objects.create_superuser(email="chef@lincassable.example", password="x")
    titles = [row.kind for row in timeline.page_of(winner, reader).happenings]
    assert {"declaration", "inventory"} <= set(titles)
    page = movements_page(Period(winner, ago(30), timezone.now()))
    assert page.lines[0].after.total == stock(winner)[1] == 28
    assert not [line for line in page.lines if line.others in (loser.name, winner.name)]
    assert winner.pk in last_declared_at([winner.pk])
    found = when_full(winner)
    assert (found.last_pickup, found.declared) == (expected.last_pickup, expected.declared)
    assert store_home(winner).last_declaration is not None


def test_the_public_map_shows_the_winner_only(pair, client):
    loser, winner = pair
    for store in pair:
        Store.objects.filter(pk=store.pk).update(is_public=True)
    merging.merge(loser, winner, by=BY)
    points = client.get("/api/v1/points.geojson").json()["features"]
    assert [point["id"] for point in points] == [str(winner.uuid)]
