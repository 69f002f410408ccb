"""Alerts: each kind found at its threshold and not before, none twice, the same on the board and in the mails."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone, translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crates.enums import PaloxState
from crates.models import Declaration, Movement, StoreContainer
from crates.queries_paloxes import unseen
from crates.services import PickedLine, correct, pickup_lines, record_purchase
from crates.tests.factories import DeclarationFactory, PaloxFactory
from lincassable.accounts.actors import Actor
from lincassable.accounts.tests.factories import UserFactory
from lincassable.messaging.models import Message
from lincassable.messaging.sealing import unseal
from lincassable.reporting.alert_queries import find, told_to_stores
from lincassable.reporting.alerts import grouped
from lincassable.reporting.enums import AlertKind
from lincassable.reporting.services import send_weekly_reports
from lincassable.reporting.stock_board import Asked, board
from lincassable.reporting.stock_sql import Scope
from lincassable.reporting.tests.factories import collect, container, count, say, use
from stores.enums import Kind, Status
from stores.models import Store
from stores.tests.factories import ContactFactory, StoreFactory

pytestmark = pytest.mark.django_db
BY = Actor.system()
NOW = timezone.now()


def days_ago(days: float):
    return NOW - timedelta(days=days)


def shop(total=30, full=0, capacity=40, said=3, **fields) -> Store:
    store = StoreFactory(**fields)
    use(store, capacity=capacity)
    count(store, days_ago(300), total=total)
    say(store, days_ago(said), full=full)
    return store


def kinds(store: Store, **scope) -> list[str]:
    return [alert.kind for alert in find(Scope(stores=(store.pk,), **scope))]


@pytest.mark.parametrize(
    ("total", "full", "buffer", "expected"),
    [
        (40, 31, 0, []),
        (40, 32, 0, [AlertKind.OVER_FULL]),
        (33, 32, 0, [AlertKind.OVER_FULL]),  # few empty ones too, but that is the same news
        (25, 20, 0, []),
        (24, 20, 0, [AlertKind.LOW_EMPTIES]),
        (28, 20, 8, []),
        (27, 20, 8, [AlertKind.LOW_EMPTIES]),
        (0, 0, 0, [AlertKind.LOW_EMPTIES]),
    ],
)
def test_the_thresholds_of_a_place(total, full, buffer, expected):
    store = shop(total, full)
    StoreContainer.objects.filter(store=store).update(buffer=buffer)
    assert kinds(store) == expected


def test_thresholds_are_settings(settings):
    store = shop(40, 20)
    settings.PICKUP_FILL_PERCENT = 50
    assert kinds(store) == [AlertKind.OVER_FULL]


def test_full_ones_are_old_when_fewer_came_in_since(settings):
    settings.PICKUP_FILL_PERCENT = 200
    hub = StoreFactory(kind=Kind.HUB)
    store = shop(total=60, full=0, capacity=60, said=290)
    say(store, days_ago(200), full=20)
    [alert] = find(Scope(stores=(store.pk,)))
    assert (alert.kind, alert.figure) == (AlertKind.OLD_BOTTLES, 20)
    collect(store, hub, days_ago(100), taken=15, left=15)
    say(store, days_ago(50), full=12)
    [alert] = find(Scope(stores=(store.pk,)))
    assert alert.figure == 5  # 20 - 15, and seven came in since
    # A corrected visit does not look like crates that came in.
    movement = Movement.objects.get(cause="pickup")
    correct(movement, pickup_lines(store, hub, [PickedLine(container(), 14, 15)]), by=BY, reason="misread")
    [alert] = find(Scope(stores=(store.pk,)))
    assert alert.figure <= 6
    collect(store, hub, days_ago(10), taken=12, left=12)
    assert kinds(store) == []
    assert kinds(store, moment=days_ago(45)) == [AlertKind.OLD_BOTTLES]


def test_less_than_none_is_told_wherever_it_is():
    hub, store = StoreFactory(kind=Kind.HUB), shop(30, 5, status=Status.PAUSED)
    collect(store, hub, days_ago(1), taken=9, left=4)
    assert [(alert.figure, alert.other) for alert in find(Scope(stores=(store.pk,)))] == [(-4, 29)]
    assert kinds(hub) == [AlertKind.NEGATIVE]


def test_paloxes_not_seen_are_those_of_the_list_of_paloxes():
    store = StoreFactory()
    for number in range(3):
        PaloxFactory(created_at=days_ago(400), store=store, state=PaloxState.STORE, last_seen_at=days_ago(300 if number else 10))
    PaloxFactory(created_at=days_ago(400))
    found = {alert.store_id: alert.figure for alert in find(kinds=[AlertKind.PALOX_UNSEEN])}
    assert found == {store.pk: 2, None: 1}
    assert sum(found.values()) == unseen().count()


def test_paloxes_not_seen_are_told_once_on_the_board_and_once_in_the_weekly_mail_wherever_they_are(client):
    shop, gone = StoreFactory(name="La Cagette"), StoreFactory(status=Status.ARCHIVED)
    for place, number in ((shop, 2), (gone, 3), (None, 1)):
        PaloxFactory.create_batch(number, created_at=days_ago(400), store=place)
    told = {alert.store_id: alert.figure for alert in find(kinds=[AlertKind.PALOX_UNSEEN])}
    assert told == {shop.pk: 2, None: 4}
    client.force_login(UserFactory(role="coordinator", language="en"))
    client.cookies["langue"] = "en"
    page = client.get("/admin/stock/").content.decode()
    assert page.count('data-alert="palox_unseen"') == 2
    assert "4 paloxes not seen" in page
    assert client.get("/admin/stock/", {"kind": "shop"}).content.decode().count('data-alert="palox_unseen"') == 1
    UserFactory(role="coordinator", email="coordination@lincassable.example", language="en")
    send_weekly_reports(force=True)
    text = unseal(Message.objects.get(to_email="coordination@lincassable.example").text)
    assert text.count("paloxes not seen") == 2


def test_held_declarations_wait_for_somebody():
    store = StoreFactory()
    DeclarationFactory.create_batch(2, store=store, state=Declaration.HELD)
    DeclarationFactory(store=store)
    [alert] = find(Scope(stores=(store.pk,)))
    assert (alert.kind, alert.figure) == (AlertKind.HELD, 2)


@pytest.mark.parametrize("status", [Status.PROSPECT, Status.ARCHIVED, Status.PAUSED, Status.SETTING_UP])
def test_a_place_that_takes_no_part_is_not_asked_for_anything(status):
    assert kinds(shop(40, 40, status=status)) == []


figures = st.tuples(st.integers(0, 40), st.integers(0, 50), st.sampled_from([None, 0, 20, 40]), st.integers(0, 10), st.booleans())


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(places=st.lists(figures, min_size=1, max_size=4))
def test_no_alert_is_told_twice_and_the_board_tells_the_same(places):
    for total, full, capacity, buffer, is_hub in places:
        store = shop(total, min(full, total), capacity, said=170, kind=Kind.HUB if is_hub else Kind.SHOP)
        StoreContainer.objects.filter(store=store).update(buffer=buffer)
    found = find()
    keys = [alert.key for alert in found]
    assert len(keys) == len(set(keys))
    assert sorted(keys) == sorted(
        (a.kind, row.store_id, a.container.pk if a.container else 0) for row in board(Asked(page=None)).rows for a in row.alerts
    )
    for kind in AlertKind:
        expected = {alert.store_id for alert in found if alert.kind == kind}
        assert {row.store_id for row in board(Asked(alert=kind, page=None)).rows} == expected
    pressing = [key[1:] for key in keys if key[0] in (AlertKind.OVER_FULL, AlertKind.LOW_EMPTIES)]
    assert len(pressing) == len(set(pressing))


def test_the_whole_network_takes_two_queries(django_assert_num_queries):
    for number in range(30):
        shop(40, number)
    with django_assert_num_queries(2):
        assert grouped(find(), limit=3)[0].kind == AlertKind.OVER_FULL


def test_every_alert_has_words_in_both_languages():
    store = shop(40, 36, said=200)
    count(store, days_ago(250), total=3, code="33")
    DeclarationFactory(store=store, state=Declaration.HELD)
    PaloxFactory(created_at=days_ago(400), store=store, state=PaloxState.STORE)
    low = shop(3, 0)
    for language in ("fr", "en"):
        with translation.override(language):
            for alert in find(Scope(stores=(store.pk, low.pk))):
                assert alert.sentence
                assert alert.sentence_for_store
                assert alert.title


def test_the_weekly_mails_tell_them_once_and_a_store_only_its_own():
    low = shop(3, 0, name="La Courte")
    full = shop(40, 38, name="La Pleine")
    record_purchase(full, container("33"), 1, key=uuid.uuid4(), occurred_at=days_ago(1), by=BY)
    ContactFactory(store=low, email="low@boutique.example", language="en")
    ContactFactory(store=full, email="full@boutique.example", language="en")
    UserFactory(role="coordinator", email="desk@lincassable.example", language="en")
    send_weekly_reports(force=True)
    desk, mail, other = (
        unseal(Message.objects.get(to_email=f"{name}.example").text) for name in ("desk@lincassable", "low@boutique", "full@boutique")
    )
    assert desk.count("La Pleine") == 1
    assert "38 full for a room of 40" in desk
    assert desk.count("La Courte") == 1
    assert "3 empty ones left" in desk
    assert "3 empty ones left" in mail
    assert "WORTH A LOOK" not in other
    assert set(told_to_stores([low.pk, full.pk])) == {low.pk}
