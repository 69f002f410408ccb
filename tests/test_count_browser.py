"""Counting a storeroom with one thumb, and the coordinator's inbox of differences, in a real browser."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from crates.models import Act, Inventory
from crates.queries import stock_of
from crates.services import CountedLine, DeclaredLine, declare, record_inventory
from crates.tests.factories import ContainerTypeFactory
from lincassable.accounts import links
from lincassable.accounts.actors import Actor
from lincassable.accounts.models import AccessLink
from lincassable.accounts.tests.factories import UserFactory
from lincassable.portal.tests.factories import use
from stores.tests.factories import StoreFactory

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]
BY = Actor.system()
SMALL = {"width": 360, "height": 740}
SHOWN = "[data-count-step]:not([hidden])"


@pytest.fixture
def shop():
    shop = StoreFactory(name="La Cagette")
    kinds = [ContainerTypeFactory(), ContainerTypeFactory(code="33", name_fr="casier 24×33 cl", short_fr="33 cl", position=2)]
    use(shop, "75", "33")
    moment = timezone.now() - dt.timedelta(days=10)
    record_inventory(shop, key=uuid.uuid4(), counted_at=moment, lines=[CountedLine(kinds[0], 40, 12)], by=BY)
    return shop


@pytest.fixture
def phone(page):
    """A small phone that reports what its content policy blocks."""
    faults = []
    page.set_viewport_size(SMALL)
    page.on("console", lambda message: faults.append(message.text) if "Content Security Policy" in message.text else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    assert not faults


@pytest.fixture
def counting(phone, live_server, shop):
    """The phone on the first screen of the count."""
    phone.goto(f"{live_server.url}/p/{links.token(links.link_for(AccessLink.STORE, shop.pk))}")
    phone.wait_for_selector("body[data-sw-ready]")
    phone.goto(f"{live_server.url}/p/inventaire/")
    return phone


def accessible(page):
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        results = Axe().run(page)
        assert results.violations_count == 0, results.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def tap(page, step, times=1, *, full=False):
    """Press a stepper's button of the shown screen."""
    button = page.locator(f'{SHOWN} [data-step="{step}"]').nth(1 if full else 0)
    for _time in range(times):
        button.tap()


def go(page):
    page.locator(f"{SHOWN} .btn-primary").tap()


def too_small(page) -> list[str]:
    """The buttons and fields of the shown screen that a thumb would miss."""
    return page.evaluate(
        """(shown) => [...document.querySelectorAll(`${shown} button, ${shown} input:not([type=hidden]), ${shown} a`)]
            .filter((each) => each.getClientRects().length)
            .filter((each) => { const box = each.getBoundingClientRect(); return box.width < 48 || box.height < 48; })
            .map((each) => each.outerHTML.slice(0, 80))""",
        SHOWN,
    )


def test_the_count_is_done_with_one_thumb(counting, shop):
    assert too_small(counting) == []
    accessible(counting)
    note = counting.locator("[data-count-note]")
    expect(note).to_be_hidden()  # the last count is not shown before
    tap(counting, 10, 3)
    tap(counting, -1, 2)
    tap(counting, 10, full=True)
    tap(counting, 1, 2, full=True)
    expect(counting.locator(f"{SHOWN} [data-count-total]")).to_contain_text("40")
    go(counting)
    expect(counting.locator(SHOWN)).to_have_attribute("data-count-step", "33")
    expect(note).to_contain_text("40")
    assert too_small(counting) == []
    next_button = counting.locator(f"{SHOWN} .btn-primary").bounding_box()
    assert next_button["y"] + next_button["height"] <= SMALL["height"]  # without scrolling, last count shown
    counting.fill('[name="empty_33"]', "0")
    counting.fill('[name="full_33"]', "2")
    go(counting)
    expect(counting.locator(SHOWN)).to_have_attribute("data-count-step", "summary")
    expect(counting.locator("[data-count-said] li")).to_have_count(2)
    accessible(counting)
    go(counting)
    counting.wait_for_url("**/p/inventaire/*-*/")
    accessible(counting)
    assert [line.total for line in stock_of(shop)] == [40, 2]
    assert Inventory.objects.count() == 2


def test_a_surprising_count_is_asked_for_again_and_may_be_corrected(counting, shop):
    counting.fill('[name="empty_75"]', "8")
    counting.fill('[name="full_75"]', "5")
    go(counting)
    expect(counting.locator(SHOWN)).to_have_attribute("data-count-step", "75")
    expect(counting.locator("[data-count-note]")).to_contain_text("13")
    expect(counting.locator('[name="empty_75"]')).to_have_value("8")
    accessible(counting)
    counting.fill('[name="empty_75"]', "9")
    go(counting)
    counting.locator(f'{SHOWN} button[value^="skip"]').tap()
    go(counting)
    counting.wait_for_url("**/p/inventaire/*-*/")
    assert stock_of(shop)[0].total == 14


def test_a_screen_left_empty_says_so_and_one_may_go_back(counting):
    go(counting)
    expect(counting.locator(SHOWN)).to_have_attribute("data-count-step", "75")
    expect(counting.locator("[data-count-note]")).to_be_visible()
    counting.fill('[name="empty_75"]', "30")
    counting.fill('[name="full_75"]', "10")
    counting.press('[name="full_75"]', "Enter")
    expect(counting.locator(SHOWN)).to_have_attribute("data-count-step", "33")
    counting.locator(f'{SHOWN} button[value^="back"]').tap()
    expect(counting.locator(SHOWN)).to_have_attribute("data-count-step", "75")
    expect(counting.locator('[name="empty_75"]')).to_have_value("30")


def test_a_count_made_in_a_dead_spot_arrives_once_with_its_own_time(counting, context, shop):
    context.set_offline(True)
    counting.reload()  # the form comes from the phone
    counting.fill('[name="empty_75"]', "25")
    counting.fill('[name="full_75"]', "14")
    go(counting)
    counting.locator(f'{SHOWN} button[value^="skip"]').tap()
    go(counting)
    counting.wait_for_selector('[data-outbox-waiting="1"]')
    assert Inventory.objects.count() == 1
    context.set_offline(False)
    counting.wait_for_url("**/p/inventaire/*-*/")
    inventory = Inventory.objects.order_by("pk").last()
    assert inventory.counted_at <= inventory.recorded_at
    assert (Inventory.objects.count(), stock_of(shop)[0].total) == (2, 39)


def test_without_a_script_the_same_screens_follow_one_another(browser, live_server, shop):
    context = browser.new_context(java_script_enabled=False, viewport=SMALL, locale="fr-FR")
    page = context.new_page()
    page.goto(f"{live_server.url}/p/{links.token(links.link_for(AccessLink.STORE, shop.pk))}")
    page.goto(f"{live_server.url}/p/inventaire/")
    page.fill('[name="empty_75"]', "28")
    page.fill('[name="full_75"]', "12")
    page.locator(f"{SHOWN} .btn-primary").click()
    expect(page.locator(SHOWN)).to_have_attribute("data-count-step", "33")
    page.fill('[name="empty_33"]', "1")
    page.fill('[name="full_33"]', "1")
    page.locator(f"{SHOWN} .btn-primary").click()
    page.locator(f"{SHOWN} .btn-primary").click()
    page.wait_for_url("**/p/inventaire/*-*/")
    assert [line.total for line in stock_of(shop)] == [40, 2]
    context.close()


# -- the inbox


@pytest.fixture
def desk(page, context, live_server):
    """A coordinator's browser, signed in."""
    client = Client()
    client.force_login(UserFactory(role="coordinator"))
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    return page


@pytest.mark.parametrize("size", [SMALL, {"width": 1280, "height": 800}])
def test_a_difference_is_settled_at_one_click_and_the_click_undone(desk, live_server, shop, size):
    moment = timezone.now() - dt.timedelta(days=1)
    declare(shop, key=uuid.uuid4(), lines=[DeclaredLine(ContainerTypeFactory(), 4, 28)], by=BY, occurred_at=moment)
    desk.set_viewport_size(size)
    desk.goto(f"{live_server.url}/admin/crates/discrepancydecision/inbox/")
    expect(desk.locator("[data-difference]")).to_have_count(1)
    assert desk.evaluate("document.documentElement.scrollWidth <= innerWidth")
    results = Axe().run(desk, context="main, [data-difference]")
    assert results.violations_count == 0, results.generate_report()
    desk.locator('form[action*="/accept/"] button').click()
    expect(desk.locator("[data-nothing]")).to_be_visible()
    assert stock_of(shop)[0].total == 28
    desk.locator("[data-undo] button").click()
    expect(desk.locator("[data-difference]")).to_have_count(1)
    assert stock_of(shop)[0].total == 40
    assert Act.objects.get().undone_at is not None
