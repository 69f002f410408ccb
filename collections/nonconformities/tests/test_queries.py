"""The analysis, against figures computed by hand."""

import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from crates.services import PickedLine, post_pickup
from crates.tests.factories import ContainerTypeFactory, HubFactory
from lincassable.accounts.actors import Actor
from lincassable.accounts.tests.factories import UserFactory
from nonconformities import queries
from nonconformities.enums import State
from nonconformities.tests.factories import KindFactory, NonConformityFactory
from references.tests.factories import ProducerFactory
from stores import merging
from stores.tests.factories import StoreFactory, ZoneFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


def seen(now, days=1, **values):
    at = now - timedelta(days=days)
    return NonConformityFactory(recorded_at=at, occurred_at=at, **values)


def collect(store, now, crates, hub):
    line = PickedLine(ContainerTypeFactory(code="75"), crates, 0)
    at = now - timedelta(days=1)
    return post_pickup(store, hub, [line], key=uuid.uuid4(), occurred_at=at, by=Actor.system())


def test_rates_per_1000_bottles_are_those_of_the_hand(now):
    zone, hub, producer = ZoneFactory(), HubFactory(), ProducerFactory()
    one, two = StoreFactory(zone=zone), StoreFactory(zone=zone)
    kind, other = KindFactory(), KindFactory()
    bottles = ContainerTypeFactory(code="75").bottles
    collect(one, now, 30, hub)
    collect(two, now, 10, hub)
    for _again in range(3):
        seen(now, store=one, kind=kind, quantity=4)
    seen(now, store=two, kind=other, producer=producer)
    seen(now, store=one, kind=kind, state=State.REJECTED, answer="Non.", closed_at=now)
    seen(now, days=40, store=one, kind=kind)
    since = now - timedelta(days=30)
    assert queries.bottles_collected(since, now) == 40 * bottles
    assert [(line.reports, line.pieces, line.bottles) for line in queries.by_kind(since, now)] == [
        (3, 12, 40 * bottles),
        (1, 1, 40 * bottles),
    ]
    assert [(line.label, line.reports, line.bottles) for line in queries.by_store(since, now)] == [
        (str(one), 3, 30 * bottles),
        (str(two), 1, 10 * bottles),
    ]
    assert queries.by_store(since, now)[0].rate == pytest.approx(3000 / (30 * bottles))
    assert [(line.reports, line.bottles) for line in queries.by_zone(since, now)] == [(4, 40 * bottles)]
    assert [(line.label, line.bottles, line.rate) for line in queries.by_producer(since, now)] == [(str(producer), None, None)]
    assert sum(line.reports for line in queries.by_month(since, now)) == 4
    assert sum(line.bottles for line in queries.by_month(since, now)) == 40 * bottles


def test_three_of_a_kind_in_90_days_at_a_place_are_recurrent(now):
    store, kind = StoreFactory(), KindFactory()
    for days in (1, 30, 91):
        seen(now, days, store=store, kind=kind)
    assert queries.recurrent(now) == []
    seen(now, 60, store=store, kind=kind)
    for _again in range(3):
        seen(now, store=StoreFactory(), kind=kind)
    (found,) = queries.recurrent(now)
    assert (found.store, found.kind, found.reports) == (store, kind, 3)


def test_what_happened_at_a_merged_place_counts_for_the_one_that_stayed(now):
    loser, winner = StoreFactory(), StoreFactory()
    kind, over = KindFactory(), {"state": State.RESOLVED, "answer": "Fait.", "closed_at": now}
    for store in (loser, loser, winner):
        seen(now, store=store, kind=kind, **over)
    merging.merge(loser, winner, by=Actor.of_user(UserFactory(role="administrator")))
    assert [(found.store, found.reports) for found in queries.recurrent(now)] == [(winner, 3)]
    assert [line.reports for line in queries.by_store(now - timedelta(days=30), now)] == [3]


def test_the_page_shows_it_and_asks_no_more_for_more_rows(now, django_assert_max_num_queries):
    store, kind, browser = StoreFactory(), KindFactory(), Client(headers={"Accept-Language": "en"})
    for _again in range(3):
        seen(now, store=store, kind=kind)
    NonConformityFactory.create_batch(10, producer=ProducerFactory())
    browser.force_login(UserFactory(role="coordinator"))
    with django_assert_max_num_queries(35):
        page = browser.get("/admin/nonconformities/nonconformity/analysis/?days=90").content.decode()
    assert str(store) in page
    assert f"?store={store.pk}" in page
    assert browser.get("/admin/nonconformities/nonconformity/analysis/?days=x").status_code == 200
