"""The buttons of the weekly mail: looking writes nothing, answering counts once, and only for the place of the mail."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crates.models import Declaration
from crates.queries import stock_of
from crates.services import PickedLine, post_pickup
from lincassable.accounts import links, mail_buttons
from lincassable.accounts.actors import Actor
from lincassable.accounts.models import AccessLink
from lincassable.portal.tests.factories import answers, container, phone_of, send, use
from lincassable.portal.tests.factories import fields as all_fields
from pickups.models import PickupRequest
from stores.enums import Kind
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db
NOW = "2026-11-23T09:00:00Z"
WEEK = "2026-W48"


@pytest.fixture(autouse=True)
def _monday():
    """Monday 23 November 2026, 10:00 in Paris."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def shop():
    """A shop that declared 14 full crates."""
    shop = StoreFactory(name="La Cagette")
    use(shop, "75")
    send(phone_of(shop), answers())
    return shop


@pytest.fixture
def mail_program():
    """A window without cookies, in English; what it sends comes from nowhere in particular."""
    return Client(headers={"Accept-Language": "en", "Origin": "null"}, enforce_csrf_checks=True)


def card(store) -> AccessLink:
    """The store's card."""
    return links.link_for(AccessLink.STORE, store.pk)


def address(store, button: str, week: str = WEEK, contact: int = 7) -> str:
    """Where a button leads."""
    return mail_buttons.urls(card(store), week, contact)[button].removeprefix("http://localhost:8000")


def writes(queries: CaptureQueriesContext) -> list[str]:
    """The statements that changed something."""
    return [query["sql"] for query in queries if query["sql"].lstrip().startswith(("INSERT", "UPDATE", "DELETE"))]


def fields(page) -> dict[str, str]:
    """What the browser would send: a box that is not ticked is not sent."""
    return {name: value for name, value in all_fields(page).items() if value is not None}


def declared(store) -> list[int]:
    """The full ones of each declaration, in order."""
    return [line.full for row in Declaration.objects.filter(store=store).order_by("pk") for line in row.lines.all()]


@pytest.mark.parametrize("button", mail_buttons.BUTTONS)
def test_looking_writes_nothing_however_often(shop, mail_program, button):
    with CaptureQueriesContext(connection) as queries:
        for _again in range(3):
            page = mail_program.get(address(shop, button))
            assert page.status_code == 200
            assert b"La Cagette" in page.content
            assert AccessLink.STORE not in str(page.cookies)
    assert writes(queries) == []
    assert declared(shop) == [14]


def test_thats_right_declares_what_the_page_shows_once(shop, mail_program):
    page = mail_program.get(address(shop, mail_buttons.RIGHT))
    assert fields(page)["full_75"] == "14"
    answered = [mail_program.post(address(shop, mail_buttons.RIGHT), fields(page)) for _again in range(3)]
    assert {response.status_code for response in answered} == {302}
    assert len({response["Location"] for response in answered}) == 1
    assert declared(shop) == [14, 14]
    assert stock_of(shop)[0].full == 14
    receipt = mail_program.get(answered[0]["Location"])
    assert b"data-receipt" in receipt.content
    assert b"14 full" in receipt.content
    assert not PickupRequest.objects.exists()


def test_opened_twice_on_two_phones_it_is_still_one(shop, mail_program):
    first = fields(mail_program.get(address(shop, mail_buttons.RIGHT)))
    mail_program.post(address(shop, mail_buttons.RIGHT), first)
    second = fields(Client().get(address(shop, mail_buttons.RIGHT, contact=8)))
    Client().post(address(shop, mail_buttons.RIGHT, contact=8), second)
    assert declared(shop) == [14, 14]


def test_another_number_is_declared_and_a_second_one_too(shop, mail_program):
    target = address(shop, mail_buttons.FULL)
    page = fields(mail_program.get(target))
    for number in ("20", "20", "25", "25"):
        assert mail_program.post(target, page | {"full_75": number}).status_code == 302
    assert declared(shop) == [14, 20, 25]
    again = fields(mail_program.get(target))
    assert again["full_75"] == "25"
    mail_program.post(target, again | {"full_75": "20"})
    assert declared(shop) == [14, 20, 25, 20]


def test_come_and_collect_declares_and_asks_once(shop, mail_program):
    target = address(shop, mail_buttons.COLLECT)
    page = fields(mail_program.get(target))
    assert "wants_pickup" in page
    for _again in range(2):
        response = mail_program.post(target, page | {"full_75": "30", "wants_pickup": "on"})
    assert declared(shop) == [14, 30]
    request = PickupRequest.objects.get()
    assert (request.store, request.source) == (shop, "store")
    assert b'data-pickup="' in mail_program.get(response["Location"]).content


def test_figures_that_changed_meanwhile_are_shown_before_they_are_confirmed(shop, mail_program):
    target = address(shop, mail_buttons.RIGHT)
    page = fields(mail_program.get(target))
    hub, later = StoreFactory(kind=Kind.HUB), timezone.now() + timedelta(hours=2)
    with time_machine.travel(later, tick=False):
        lines = [PickedLine(container(), 14, 14)]
        post_pickup(shop, hub, lines=lines, key=uuid.uuid4(), occurred_at=later, by=Actor.system(), origin=("stop", 1))
        response = mail_program.post(target, page)
    assert response.status_code == 409
    assert b"data-changed" in response.content
    assert declared(shop) == [14]
    assert fields(response)["full_75"] == "0"


def test_a_number_nobody_can_have_seen_is_refused_and_kept_on_the_page(shop, mail_program):
    target = address(shop, mail_buttons.FULL)
    response = mail_program.post(target, fields(mail_program.get(target)) | {"full_75": "-3"})
    assert response.status_code == 422
    assert fields(response)["full_75"] == "-3"
    assert declared(shop) == [14]
    assert mail_program.post(target, {}).status_code == 422


def test_a_mail_of_weeks_ago_says_so_and_shows_todays_stock(shop, mail_program):
    this_week = mail_program.get(address(shop, mail_buttons.RIGHT))
    assert b"data-old" not in this_week.content
    old = mail_program.get(address(shop, mail_buttons.RIGHT, week="2026-W41"))
    assert b"data-old" in old.content
    assert b"5 October 2026" in old.content
    assert fields(old)["full_75"] == "14"


def test_a_page_for_one_place_does_not_serve_for_another(shop, mail_program):
    other = StoreFactory()
    use(other, "75")
    theirs = address(other, mail_buttons.FULL)
    token, signed = theirs.split("/")[3:5]
    mixed = address(shop, mail_buttons.FULL).replace(address(shop, mail_buttons.FULL).split("/")[4], signed)
    assert mail_program.get(mixed).status_code == 404
    assert mail_program.post(mixed, answers()).status_code == 404
    assert token not in mixed
    posted = mail_program.post(address(shop, mail_buttons.FULL), answers(full_75="3"))
    key = posted["Location"].split("recu=")[1]
    assert mail_program.get(f"{theirs}?recu={key}").status_code == 404
    assert mail_program.get(f"{theirs}?recu=nonsense").status_code == 404
    assert declared(other) == []


@pytest.mark.parametrize("change", [("2026-W48", "2026-W47"), ("-7.", "-8."), ("/mail/", "/mail/A"), ("/pleins/", "/autre/")])
def test_an_address_that_was_touched_opens_nothing(shop, mail_program, change):
    wrong = address(shop, mail_buttons.FULL).replace(*change)
    assert mail_program.get(wrong).status_code == 404
    assert mail_program.post(wrong, answers()).status_code == 404
    assert declared(shop) == [14]


def test_a_revoked_card_takes_the_buttons_with_it(shop, mail_program):
    targets = [address(shop, button) for button in mail_buttons.BUTTONS]
    links.revoke(card(shop), by=Actor.system())
    for target in targets:
        assert mail_program.get(target).status_code == 410
        assert mail_program.post(target, answers()).status_code == 410
    assert declared(shop) == [14]


def test_what_is_sent_under_a_card_replaced_meanwhile_is_held_not_lost(shop, mail_program):
    target = address(shop, mail_buttons.FULL)
    page = fields(mail_program.get(target))
    links.rotate(card(shop), by=Actor.system())
    assert mail_program.get(target).status_code == 410
    response = mail_program.post(target, page | {"full_75": "21"})
    assert response.status_code == 200
    assert Declaration.objects.latest("pk").state == Declaration.HELD
    assert stock_of(shop)[0].full == 14


def test_a_place_that_tells_fillings_only_is_asked_for_them(mail_program):
    place = StoreFactory()
    use(place, "palox")
    page = mail_program.get(address(place, mail_buttons.RIGHT))
    assert b'data-mail-button="pleins"' in page.content
    response = mail_program.post(address(place, mail_buttons.RIGHT), fields(page) | {"fill_palox_1": "75"})
    assert response.status_code == 302
    assert Declaration.objects.get().lines.get().fill_percents == [75]


def test_the_outbox_keeps_no_address_that_opens_something(shop):
    from lincassable.messaging.sealing import seal, unseal

    text = address(shop, mail_buttons.RIGHT)
    assert links.token(card(shop)) not in seal(text)
    assert unseal(seal(text)) == text
