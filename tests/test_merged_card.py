"""After a merge: the card of the place that went, and what is read of the one that stays."""

from __future__ import annotations

import uuid

import pytest
from django.utils import timezone

from crates.check import check_ledger
from crates.enums import Cause
from crates.models import Declaration
from crates.queries import last_declared_at
from crates.services import CountedLine, MovedLine, record_inventory, record_transfer
from lincassable.accounts import links
from lincassable.accounts.actors import Actor
from lincassable.accounts.models import AccessLink
from lincassable.portal.queries import history, store_home
from lincassable.portal.tests.factories import answers, container, phone_of, send
from lincassable.reporting.movements_page import Period, movements_page
from pickups.forecast import when_full
from stores import merging, timeline
from stores.enums import Kind
from stores.models import Store
from stores.tests.factories import StoreFactory
from tests.merged import BY, ago, fresh, stock, two_rows

pytestmark = pytest.mark.django_db
pair = pytest.fixture(two_rows)


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
