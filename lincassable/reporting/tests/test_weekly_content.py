"""What the weekly mails say: a week built by hand, and its numbers."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
import time_machine
from django.utils import translation

from lincassable.accounts import links
from lincassable.accounts.actors import Actor
from lincassable.accounts.models import AccessLink
from lincassable.accounts.tests.factories import UserFactory
from lincassable.messaging.models import Message
from lincassable.messaging.sealing import unseal
from lincassable.messaging.tests.factories import MessageFactory
from lincassable.reporting.enums import Advice, AlertKind
from lincassable.reporting.network_queries import network_week
from lincassable.reporting.queries import store_weeks
from lincassable.reporting.services import send_weekly_reports
from lincassable.reporting.tests.factories import PARIS, at, collect, container, count, say, use
from lincassable.reporting.weekly import ContainerWeek, Pickup, StoreWeek, Week
from pickups.enums import TourState
from pickups.tests.factories import PickupRequestFactory, StopFactory, TourFactory
from stores.enums import Kind
from stores.tests.factories import ContactFactory, StoreFactory

pytestmark = pytest.mark.django_db
MONDAY = at("2026-11-23 07:00")


@pytest.fixture(autouse=True)
def _monday():
    """It is Monday 23 November 2026, 07:00 in Paris."""
    with time_machine.travel(MONDAY, tick=False):
        yield


@pytest.fixture
def hub():
    """Where the trucks go."""
    return StoreFactory(name="Plateforme", kind=Kind.HUB)


@pytest.fixture
def shop(hub):
    """36 crates counted; 20 full declared and collected on the 17th, 18 empty left; 33 full declared on the 20th."""
    shop = StoreFactory(name="La Cagette", created_at=at("2026-01-01 08:00"))
    use(shop, capacity=40)
    count(shop, at("2026-11-01 09:00"), total=36)
    say(shop, at("2026-11-10 09:00"), full=20)
    collect(shop, hub, at("2026-11-17 10:00"), taken=20, left=18)
    say(shop, at("2026-11-20 18:00"), full=33)
    return shop


def week_of(store) -> StoreWeek:
    """The week of one store, now."""
    return store_weeks([store], Week.of(MONDAY), MONDAY)[store.pk]


def mail_to(address: str) -> Message:
    """The only message to an address."""
    return Message.objects.get(to_email=address)


def test_a_stores_week_adds_up(shop):
    report = week_of(shop)
    [line] = report.lines
    assert (line.full, line.empty, line.capacity, line.percent) == (33, 1, 40, 82)
    assert (line.taken, line.left) == (20, 18)
    assert report.declarations == 1
    assert report.declared_days_ago == 3
    assert report.advice == [Advice.ASK_PICKUP, Advice.CHECK_PRODUCTS]


def test_the_stores_mail_says_these_numbers_in_both_languages(shop):
    ContactFactory(store=shop, name="Camille", email="fr@boutique.example", language="fr")
    ContactFactory(store=shop, name="Sam", email="en@boutique.example", language="en")
    send_weekly_reports()
    english, french = mail_to("en@boutique.example"), mail_to("fr@boutique.example")
    for mail in (english, french):
        for body in (unseal(mail.text), unseal(mail.html)):
            for expected in ("La Cagette", "33", "20", "18", "40", links.url(links.link_for(AccessLink.STORE, shop.pk))):
                assert expected in body
        assert 'src="cid:stock-82-2' in mail.html
        assert "desabonnement" in mail.text
    assert "33 full, 1 empty, room for 40" in english.text
    assert "20 full ones taken away, 18 empty ones left" in english.text
    assert "You are nearly full: ask for a pickup." in english.text
    assert "13 more full ones than a week ago" in english.text  # 20 were there a week ago, by what was declared on the 10th
    assert "82 % full" in english.html
    assert '<html lang="fr">' in french.html
    assert container().name_fr in french.text
    assert container().name_en in english.text


def test_the_mail_can_be_stopped_by_one_click(shop):
    ContactFactory(store=shop, email="fr@boutique.example")
    send_weekly_reports()
    mail = mail_to("fr@boutique.example")
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail.headers["List-Unsubscribe"].strip("<>") in mail.text


def test_a_revoked_card_is_not_sent(shop):
    links.revoke(links.link_for(AccessLink.STORE, shop.pk), by=Actor.system())
    ContactFactory(store=shop, email="fr@boutique.example")
    send_weekly_reports()
    assert "/p/" not in unseal(mail_to("fr@boutique.example").text)


def test_a_corrected_visit_is_not_counted_twice(shop):
    from crates.models import Movement
    from crates.services import correct, pickup_lines
    from crates.services.lines import PickedLine

    movement = Movement.objects.get(cause="pickup")
    hub = movement.entries.exclude(store=shop).first().store
    correct(movement, pickup_lines(shop, hub, [PickedLine(container(), 15, 18)]), by=Actor.system(), reason="misread")
    [line] = week_of(shop).lines
    assert (line.taken, line.left) == (15, 18)


@pytest.mark.parametrize(
    ("declared", "full", "request_", "pickup", "expected"),
    [
        (None, 0, False, False, [Advice.DECLARE_FIRST]),
        (3, 0, False, False, [Advice.NOTHING]),
        (21, 0, False, False, [Advice.NOTHING]),
        (22, 0, False, False, [Advice.DECLARE_AGAIN]),
        (3, 31, False, False, [Advice.NOTHING]),
        (3, 32, False, False, [Advice.ASK_PICKUP]),
        (30, 32, False, False, [Advice.ASK_PICKUP, Advice.DECLARE_AGAIN]),
        (3, 32, True, False, [Advice.NOTHING]),
        (3, 32, True, True, [Advice.BE_READY]),
        (None, 0, False, True, [Advice.BE_READY, Advice.DECLARE_FIRST]),
    ],
)
def test_what_to_do_next(declared, full, request_, pickup, expected):
    store = StoreFactory.build()
    report = StoreWeek(
        store=store,
        week=Week.of(MONDAY),
        now=MONDAY,
        lines=[ContainerWeek(container(), full, 40 - full, 40)],
        last_declared_at=None if declared is None else MONDAY - timedelta(days=declared),
        request=PickupRequestFactory.build(store=store, requested_at=MONDAY) if request_ else None,
        pickup=Pickup(date(2026, 11, 24), time(9), time(11)) if pickup else None,
    )
    assert report.advice == expected
    with translation.override("en"):
        assert all(report.asks)


def test_a_bar_is_whole_whatever_the_numbers():
    for full, empty, capacity in [(0, 0, None), (0, 0, 40), (50, 0, 40), (1, 2, None), (13, 7, 40), (3, -5, 40), (0, -2, None), (1, 1, 3)]:
        line = ContainerWeek(container(), full, empty, capacity)
        assert sum(width for _kind, width in line.bar) == 100
        assert all(width > 0 for _kind, width in line.bar)


def test_the_next_visit_is_told_once_its_carrier_has_accepted(shop):
    tour = TourFactory(state=TourState.AWAITING, date=date(2026, 11, 24))
    StopFactory(tour=tour, store=shop, window_start=time(9), window_end=time(11))
    assert week_of(shop).pickup is None
    tour.state = TourState.ACCEPTED
    tour.save()
    assert week_of(shop).pickup == Pickup(date(2026, 11, 24), time(9), time(11))


def test_a_store_collected_through_another_one_is_told_of_its_visits(shop):
    small = StoreFactory(collected_through=shop)
    PickupRequestFactory(store=shop)
    StopFactory(tour=TourFactory(state=TourState.ACCEPTED, date=date(2026, 11, 24)), store=shop)
    report = week_of(small)
    assert (report.pickup.day, report.request.store, report.through) == (date(2026, 11, 24), shop, shop)


def test_stores_are_read_together(shop, django_assert_max_num_queries):
    stores = [shop, *StoreFactory.create_batch(10)]
    with django_assert_max_num_queries(24):
        assert len(store_weeks(stores, Week.of(MONDAY), MONDAY)) == 11


def test_the_network_on_one_page_adds_up(shop, hub):
    silent = StoreFactory(name="Le Muet", created_at=at("2026-10-01 08:00"))
    full = StoreFactory(name="Le Plein", created_at=at("2026-11-20 08:00"))
    use(full, capacity=10)
    count(full, at("2026-11-20 09:00"), total=12)
    say(full, at("2026-11-21 09:00"), full=12)
    StoreFactory(name="La Nouvelle", created_at=at("2026-11-22 08:00"))
    PickupRequestFactory(store=full, requested_at=at("2026-11-13 09:00"))
    StopFactory(tour=TourFactory(date=date(2026, 11, 26), hub=hub), store=silent)
    TourFactory(date=date(2026, 11, 30), hub=hub)
    MessageFactory(state=Message.FAILED)
    report = network_week(Week.of(MONDAY), MONDAY)
    over_full, below_zero = report.alerts
    assert [row.store_name for row in below_zero.rows] == ["Plateforme"]  # nobody counted there
    assert [(row.store_name, row.figure, row.other, row.percent) for row in over_full.rows] == [
        ("Le Plein", 12, 10, 120),
        ("La Cagette", 33, 40, 82),
    ]
    assert [(row.store_name, row.days, row.never) for row in report.late.rows] == [("Le Muet", 53, True)]
    assert [(row.store, row.days) for row in report.requests.rows] == [("Le Plein", 10)]
    assert [tour.stop_count for tour in report.tours] == [1]
    assert [(row.container.code, row.taken, row.left) for row in report.collected] == [("75", 20, 18)]
    assert report.bottles == 20 * 12
    assert (report.declarations, report.messages_given_up) == (2, 1)


def test_the_coordinators_mail_shows_it(shop):
    UserFactory(role="coordinator", email="coordination@lincassable.example", language="en")
    StoreFactory(name="Le Muet & fils", created_at=at("2026-10-01 08:00"))
    send_weekly_reports()
    mail = mail_to("coordination@lincassable.example")
    assert "2026-W48" in mail.subject
    assert "20 full ones collected, 18 empty ones left" in mail.text
    assert "about 240 bottles" in mail.text
    assert "La Cagette" in mail.text
    assert "Le Muet & fils: has never declared" in mail.text
    assert "Le Muet &amp; fils" in mail.html


def test_an_announced_visit_takes_a_store_off_the_list(shop):
    StopFactory(tour=TourFactory(state=TourState.ACCEPTED, date=date(2026, 11, 24)), store=shop)
    assert network_week(Week.of(MONDAY), MONDAY).alerts[0].kind == AlertKind.NEGATIVE


def test_a_long_list_says_how_many_more():
    for number in range(20):
        StoreFactory(name=f"Muet {number}", created_at=at("2026-10-01 08:00"))
    late = network_week(Week.of(MONDAY), MONDAY).late
    assert (len(late.rows), late.total, late.more) == (15, 20, 5)


def test_towards_the_end_of_a_week_the_next_days_tours_show_too():
    for day in (22, 23, 29, 30):
        TourFactory(date=date(2026, 11, day))
    TourFactory(date=date(2026, 11, 24), state=TourState.CANCELLED)
    for now, days in [(MONDAY, [23, 29]), (at("2026-11-27 12:00"), [23, 29, 30])]:
        assert [tour.date.day for tour in network_week(Week.of(now), now).tours] == days


def test_the_network_is_read_by_a_few_queries(shop, django_assert_max_num_queries):
    StoreFactory.create_batch(20, created_at=at("2026-10-01 08:00"))
    with django_assert_max_num_queries(36):
        network_week(Week.of(MONDAY), MONDAY)


def test_weeks_are_cut_in_the_networks_time():
    assert Week.of(at("2026-11-22 23:59")).label == "2026-W47"
    assert Week.of(at("2026-11-23 00:00")).label == "2026-W48"
    assert Week.of(at("2027-01-03 12:00")).label == "2026-W53"
    assert Week.of(MONDAY).since == at("2026-11-16 07:00")


def test_seven_o_clock_stays_seven_o_clock_when_the_clocks_change():
    winter, summer = Week.of(at("2026-10-26 12:00")), Week.of(at("2026-03-30 12:00"))
    assert winter.due_from == at("2026-10-26 07:00")
    assert winter.due_from - winter.since == timedelta(days=7)
    assert (winter.due_from.utcoffset(), winter.since.utcoffset()) == (timedelta(hours=1), timedelta(hours=2))
    assert summer.due_from.utcoffset() == timedelta(hours=2)
    assert summer.due_from.astimezone(PARIS).hour == 7
