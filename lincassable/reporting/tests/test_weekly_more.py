"""The week of a store and of the network against the ledger: what changed, when it is full, what is asked, the table."""

from __future__ import annotations

import datetime as dt
from io import BytesIO

import openpyxl
import pytest
import time_machine
from django.utils import translation
from PIL import Image

from awareness.tests.factories import PublicEventFactory
from crates.queries import stock_at, stock_of, stock_of_all
from lincassable.accounts import links
from lincassable.accounts.actors import Actor
from lincassable.accounts.models import AccessLink
from lincassable.accounts.tests.factories import UserFactory
from lincassable.messaging.attachments import from_rows
from lincassable.messaging.models import Message
from lincassable.messaging.sealing import unseal
from lincassable.messaging.tests.factories import MessageFactory
from lincassable.reporting import network_queries, network_table, pictures
from lincassable.reporting.enums import MOST_ASKS, Advice
from lincassable.reporting.network_queries import network_week
from lincassable.reporting.queries import store_weeks
from lincassable.reporting.services import send_weekly_reports
from lincassable.reporting.stock_board import Asked, board
from lincassable.reporting.tests.factories import at, collect, container, count, say, use
from lincassable.reporting.weekly import StoreWeek, Week
from pickups.enums import TourState
from pickups.forecast import forecasts
from pickups.tests.factories import PickupRequestFactory, StopFactory, TourFactory
from stores.enums import Kind, Status
from stores.tests.factories import ContactFactory, StoreFactory

pytestmark = pytest.mark.django_db
MONDAY = at("2026-11-23 07:00")


@pytest.fixture(autouse=True)
def _monday():
    """Monday 23 November 2026, 07:00 in Paris; sentences in English."""
    with time_machine.travel(MONDAY, tick=False), translation.override("en"):
        yield


@pytest.fixture
def hub():
    """Where the trucks go."""
    return StoreFactory(name="Plateforme", kind=Kind.HUB)


@pytest.fixture
def shop(hub):
    """36 crates; collected twice, the last time on the 17th; 10 full declared on the 20th."""
    shop = StoreFactory(name="La Cagette", created_at=at("2026-01-01 08:00"))
    use(shop, capacity=40)
    count(shop, at("2026-10-01 09:00"), total=36)
    say(shop, at("2026-10-30 09:00"), full=20)
    collect(shop, hub, at("2026-11-03 10:00"), taken=20, left=18)
    say(shop, at("2026-11-12 09:00"), full=25)
    collect(shop, hub, at("2026-11-17 10:00"), taken=25, left=24)
    say(shop, at("2026-11-20 10:00"), full=10)
    return shop


def week_of(store) -> StoreWeek:
    """The week of one store, now."""
    return store_weeks([store], Week.of(MONDAY), MONDAY)[store.pk]


def test_now_and_a_week_ago_are_the_ledgers_own_figures(shop, hub):
    for place in (shop, hub):
        [line], [now], [then] = week_of(place).lines, stock_of(place), stock_at(Week.of(MONDAY).since, place)[place.pk]
        assert (line.full, line.empty) == (now.full, now.empty)
        assert (line.full_before, line.empty_before) == (then.full, then.empty)
    [line] = week_of(shop).lines
    assert (line.full_before, line.full, line.changed) == (25, 10, -15)
    assert line.changed_sentence == "15 fewer full ones than a week ago"


def test_it_says_when_it_will_be_full_from_nearly_to_full(shop):
    report = week_of(shop)
    found = report.forecast
    assert found.nearly_on < found.full_on
    assert report.full_sentence == (
        f"By our figures between {found.nearly_on:%A} {found.nearly_on.day} {found.nearly_on:%B} (80 % full) "
        f"and {found.full_on:%A} {found.full_on.day} {found.full_on:%B} (full)."
    )


def test_a_place_that_is_full_is_told_so_whatever_the_pace(shop):
    say(shop, at("2026-11-22 10:00"), full=40)
    assert week_of(shop).full_sentence == "It is full now."


def test_a_place_nobody_knows_the_pace_of_says_so_and_a_hub_nothing(hub):
    assert "cannot tell yet" in week_of(StoreFactory()).full_sentence
    assert week_of(hub).full_sentence == ""


def test_at_most_three_things_are_asked_and_the_rest_is_worth_a_look(hub):
    shop = StoreFactory(created_at=at("2026-01-01 08:00"))
    for code in ("75", "33"):
        use(shop, code, capacity=40)
        count(shop, at("2026-02-01 09:00"), total=40, full=39, code=code)
    StopFactory(tour=TourFactory(state=TourState.ACCEPTED, date=dt.date(2026, 11, 24)), store=shop)
    ContactFactory(store=shop, wants_deposit_mails=True, email="a@b.example", language="en")
    report = week_of(shop)
    assert report.advice[:2] == [Advice.BE_READY, Advice.DECLARE_FIRST]
    assert report.advice[-2:] == [Advice.COUNT_DEPOSITS, Advice.CHECK_PRODUCTS]
    assert len(report.alerts) == 2
    assert len(report.asks) == MOST_ASKS
    assert report.asks[2] == report.alerts[0].sentence_for_store
    assert report.problems == [report.alerts[1].sentence_for_store]
    send_weekly_reports()
    text = unseal(Message.objects.get(to_email="a@b.example").text)
    assert text.index("1. Put the full crates") < text.index("2. Declare your full crates") < text.index("3. ") < text.index("WORTH A LOOK")


def test_a_waiting_request_is_told_where_the_next_pickup_stands(shop):
    PickupRequestFactory(store=shop, requested_at=at("2026-11-21 09:00"))
    assert "Your request of November 21 is with us" in week_of(shop).pickup_sentence.replace("21 November", "November 21")
    assert week_of(StoreFactory()).pickup_sentence == "None is planned."


def test_events_near_are_named_and_far_ones_are_not(shop):
    shop.latitude, shop.longitude = 43.3, 5.4
    shop.save()
    soon = {"starts_at": at("2026-11-28 10:00"), "ends_at": at("2026-11-28 12:00"), "state": "published", "store": None}
    PublicEventFactory(title="Near", latitude=43.35, longitude=5.4, **soon)
    PublicEventFactory(title="Far", latitude=45.0, longitude=5.4, **soon)
    PublicEventFactory(title="Draft", latitude=43.3, longitude=5.4, **(soon | {"state": "draft"}))
    PublicEventFactory(
        title="Late", latitude=43.3, longitude=5.4, **(soon | {"starts_at": at("2027-03-01 10:00"), "ends_at": at("2027-03-01 11:00")})
    )
    assert [event.title for event in week_of(shop).near] == ["Near"]
    ContactFactory(store=shop, email="a@b.example", language="en")
    send_weekly_reports()
    mail = Message.objects.get(to_email="a@b.example")
    assert "Near, Saturday" in mail.text
    assert "/evenements/near-" in mail.html


def test_the_mail_has_a_picture_per_container_and_says_the_same_without(shop):
    use(shop, "33", capacity=20)
    ContactFactory(store=shop, email="a@b.example", language="en")
    send_weekly_reports()
    mail = Message.objects.get(to_email="a@b.example")
    shown = from_rows(mail.attachments)
    assert len(shown) == 2
    for picture in shown:
        assert f'src="cid:{picture.content_id}"' in mail.html
        with Image.open(BytesIO(picture.content)) as image:
            assert (image.format, image.size) == ("PNG", (pictures.WIDTH, pictures.BAR_HEIGHT))
    assert mail.html.count("<img") == mail.html.count("alt=") == 2
    assert "10 full, 23 empty, room for 40" in mail.html
    assert "10 full, 23 empty, room for 40" in mail.text


def test_pictures_are_drawn_by_value_and_show_it():
    pictures.stock_bar.cache_clear()
    first, again, other = pictures.stock_bar(50, 25, None), pictures.stock_bar(50, 25, None), pictures.stock_bar(50, 25, 10)
    assert first is again
    assert first.content_id != other.content_id
    with Image.open(BytesIO(first.content)) as image:
        row = [image.convert("RGB").getpixel((x, 18)) for x in (100, 340, 540)]
    assert len(set(row)) == 3
    for edges in [(0, 0, None), (100, 0, 100), (0, 100, 0), (0, 0, 100), (60, 40, 99)]:
        assert len(pictures.stock_bar(*edges).content) < 1000


def test_the_buttons_are_there_with_a_card_and_gone_with_it(shop):
    ContactFactory(store=shop, email="a@b.example", language="en")
    send_weekly_reports()
    text = unseal(Message.objects.get(to_email="a@b.example").text)
    for button in ("exact", "pleins", "venez"):
        assert f"/{button}/" in text
    other = StoreFactory()
    ContactFactory(store=other, email="c@d.example", language="en")
    links.revoke(links.link_for(AccessLink.STORE, other.pk), by=Actor.system())
    send_weekly_reports()
    assert "/p/" not in unseal(Message.objects.get(to_email="c@d.example").text)


def test_a_place_that_never_declared_has_nothing_to_confirm():
    ContactFactory(store=StoreFactory(), email="a@b.example", language="en")
    send_weekly_reports()
    text = unseal(Message.objects.get(to_email="a@b.example").text)
    assert "/exact/" not in text
    assert "/pleins/" in text


# -- the network


def test_what_needs_a_decision_comes_first_and_what_does_not_is_absent(shop, hub):
    MessageFactory(state=Message.FAILED)
    TourFactory(state=TourState.DECLINED, hub=hub)
    PickupRequestFactory(store=shop)
    labels = [(str(decision.label), decision.number) for decision in network_week(Week.of(MONDAY), MONDAY).decisions]
    assert labels[:3] == [
        ("Mails that could not be delivered", 1),
        ("Tours that their carrier declined", 1),
        ("Open requests without a tour", 1),
    ]
    assert all(number for _label, number in labels)


def test_places_are_in_the_boards_order_with_their_reasons(shop):
    PickupRequestFactory(store=shop, requested_at=at("2026-11-21 09:00"))
    report = network_week(Week.of(MONDAY), MONDAY)
    assert [place.row.store_id for place in report.places] == [row.store_id for row in board(Asked()).rows if row.urgency][:15]
    place = next(place for place in report.places if place.row.store_id == shop.pk)
    assert place.figures == ["75 cl: 10 full, 23 empty (25 %)"]
    assert any("asked for a pickup" in reason for reason in place.reasons)


def test_charts_say_in_words_what_they_draw(shop):
    report = network_week(Week.of(MONDAY), MONDAY)
    charts = {chart.picture.content_id: chart for chart in report.charts()}
    held = [line for lines in stock_of_all().values() for line in lines]
    assert f"{sum(line.raw_full for line in held)} full" in charts["network-stock"].text
    weeks = dict(report.weeks)
    assert (weeks[dt.date(2026, 11, 2)], weeks[dt.date(2026, 11, 16)]) == (20 * 12, 25 * 12)
    assert len(weeks) == 12
    assert max(weeks) == dt.date(2026, 11, 16)
    assert "week 47: 300" in charts["network-bottles"].text
    assert sum(report.urgencies.values()) == 1


def test_what_was_worked_out_for_the_stores_is_not_worked_out_again_and_says_the_same(shop, monkeypatch, django_assert_num_queries):
    others = [StoreFactory() for _number in range(3)]
    gone = StoreFactory()
    expected = network_queries.Outlook().complete()
    assert sum(expected[0].values()) == 5
    outlook = network_queries.Outlook()
    outlook.learn(forecasts([shop, gone, others[0]]).values())
    assert outlook.complete() == expected
    with django_assert_num_queries(2):  # which places there are, and that there are no more
        assert outlook.complete() == expected
    type(gone).objects.filter(pk=gone.pk).update(status=Status.PAUSED)
    assert sum(outlook.complete()[0].values()) == 4


def test_the_mail_to_coordinators_has_charts_and_the_whole_table(shop, hub, monkeypatch):
    monkeypatch.setattr(network_table, "PLACES", 2)
    monkeypatch.setattr(network_queries, "PLACES", 2)
    for number in range(5):
        place = StoreFactory(name=f"Place {number}")
        use(place, "33", capacity=10)
        count(place, at("2026-11-20 09:00"), total=8, full=number, code="33")
    for number in range(2):
        UserFactory(role="coordinator", email=f"coordination{number}@lincassable.example", language="en")
    send_weekly_reports()
    mail = Message.objects.get(to_email="coordination0@lincassable.example")
    found = from_rows(mail.attachments)
    assert {file.content_id for file in found if file.is_picture} == {"network-forecast", "network-stock", "network-bottles"}
    assert mail.html.count("<img") == mail.html.count('alt="') == 3
    [table] = [file for file in found if not file.is_picture]
    assert table.name == "stock-2026-W48.xlsx"
    sheet = openpyxl.load_workbook(BytesIO(table.content)).active
    head, *rows = sheet.values
    column = {name: index for index, name in enumerate(head)}
    told = {
        (row[column["place"]], row[column["container"]]): (row[column["full"]], row[column["empty"]], row[column["in all"]]) for row in rows
    }
    names = {place.pk: place.name for place in type(shop).objects.all()}
    expected = {
        (names[store], line.container_type.name): (line.full, line.empty, line.total)
        for store, lines in stock_of_all().items()
        for line in lines
    }
    assert told == expected
    assert len(rows) == len(expected)
    urgencies = [row[column["urgency"]] for row in rows]
    assert urgencies == sorted(urgencies, reverse=True)
    assert container().name_en in {row[column["container"]] for row in rows}


def test_the_chart_of_weeks_holds_at_the_turn_of_the_year(shop, hub):
    with time_machine.travel(at("2027-01-04 07:00"), tick=False):
        collect(shop, hub, at("2026-12-28 10:00"), taken=5, left=5)
        week = Week.of(at("2027-01-04 07:00"))
    weeks = network_queries.collected_weeks(week)
    assert [monday.isocalendar().week for monday, _bottles in weeks][-3:] == [51, 52, 53]
    assert weeks[-1] == (dt.date(2026, 12, 28), 60)
