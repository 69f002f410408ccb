"""The stock pages in a real browser: readable at a desk and on a phone, by keyboard, on paper, in the dark."""

from __future__ import annotations

import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from crates.models import StoreContainer
from crates.services import record_purchase
from lincassable.accounts.actors import Actor
from lincassable.accounts.tests.factories import UserFactory
from lincassable.reporting.tests.factories import collect, container, count, say, use
from stores.enums import Kind
from stores.tests.factories import StoreFactory

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]
SIZES = [(360, 740), (1280, 800)]


@pytest.fixture
def shop():
    """A shop with a history: counted, declared, collected of more than was thought to be there, nearly full again."""
    now = timezone.now()
    shop, hub = StoreFactory(name="La Cagette des Collines"), StoreFactory(name="Plateforme", kind=Kind.HUB)
    use(shop)
    StoreContainer.objects.filter(store=shop).update(buffer=6)
    count(shop, now - timedelta(days=60), total=42)
    say(shop, now - timedelta(days=40), full=20)
    collect(shop, hub, now - timedelta(days=30), taken=24, left=24)
    say(shop, now - timedelta(days=3), full=38)
    record_purchase(shop, container("33"), 9, key=uuid.uuid4(), occurred_at=now - timedelta(days=9), by=Actor.system())
    for number in range(3):
        use(StoreFactory(name=f"Épicerie calme {number}"))
    return shop


@pytest.fixture
def desk(page, live_server):
    """A coordinator's browser on which nothing may go wrong in silence."""
    browser, errors = Client(), []
    browser.force_login(UserFactory(role="coordinator"))
    page.context.add_cookies([{"name": "sessionid", "value": browser.cookies["sessionid"].value, "url": live_server.url}])
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    assert not errors


def broken_rules(page) -> list[str]:
    """Return what axe finds wrong in what is ours; the frame around it is the admin's."""
    return [f"{rule['id']}: {rule['nodes'][0]['html']}" for rule in Axe().run(page, context=".stock").response["violations"]]


def overflows(page) -> bool:
    """Whether the page must be pushed sideways to be read."""
    return page.evaluate("document.querySelector('.stock').scrollWidth > document.querySelector('.stock').clientWidth + 1")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("dark", [False, True])
def test_the_pages_pass_axe_and_fit_the_screen(desk, live_server, shop, size, dark):
    desk.set_viewport_size({"width": size[0], "height": size[1]})
    desk.emulate_media(color_scheme="dark" if dark else "light")
    for path in ("/admin/stock/", f"/admin/stock/{shop.uuid}/", "/admin/stock/?at=rien"):
        desk.goto(live_server.url + path)
        expect(desk.locator(".stock")).to_be_visible()
        assert broken_rules(desk) == []
        assert not overflows(desk)


def test_from_the_board_to_a_movement_by_keyboard(desk, live_server, shop):
    desk.set_viewport_size({"width": 1280, "height": 800})
    desk.goto(f"{live_server.url}/admin/stock/")
    desk.locator(".stock-skip").focus()
    desk.keyboard.press("Enter")
    desk.keyboard.press("Tab")
    assert desk.evaluate("document.activeElement.textContent") == "La Cagette des Collines"
    desk.keyboard.press("Enter")
    expect(desk.locator("[data-movements]")).to_be_visible()
    assert desk.locator("[data-chart]").count() == 2
    desk.locator("#id_cause").select_option("pickup")
    desk.locator(".stock-filters button").click()
    expect(desk.locator("[data-movements] tr[data-movement]")).to_have_count(1)
    desk.locator("tr[data-movement] a").click()
    expect(desk).to_have_url(f"{live_server.url}/admin/crates/movement/{desk.url.rstrip('/').split('/')[-2]}/change/")


def test_on_paper_only_the_board_is_left(desk, live_server, shop, tmp_path: Path):
    desk.set_viewport_size({"width": 1280, "height": 800})
    desk.goto(f"{live_server.url}/admin/stock/")
    desk.emulate_media(media="print")
    expect(desk.locator("#nav-sidebar")).to_be_hidden()
    expect(desk.locator(".stock-filters")).to_be_hidden()
    expect(desk.locator(".stock-table")).to_be_visible()
