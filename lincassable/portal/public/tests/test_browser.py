"""The map and its list in a real browser: with the script, by keyboard, and without any script at all."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from stores.tests.factories import StoreFactory

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def network():
    """Two shops close to each other, one elsewhere."""
    StoreFactory(name="Épicerie du Golfe", city="La Ciotat", latitude="43.174000", longitude="5.605000")
    StoreFactory(name="Le Marché du Port", city="La Ciotat", latitude="43.174500", longitude="5.606000")
    StoreFactory(name="Au Forum", city="Arles", latitude="43.676600", longitude="4.627800", deposit_practice="cash")


def violations(page) -> list[str]:
    """Return what axe finds wrong."""
    return [f"{rule['id']}: {rule['nodes'][0]['html']}" for rule in Axe().run(page).response["violations"]]


@pytest.mark.parametrize("size", [(360, 740), (1280, 800)])
def test_map_and_list_say_the_same_and_the_address_can_be_shared(page, live_server, network, size):
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(f"{live_server.url}/carte/")
    expect(page.locator("[data-map]")).to_have_attribute("data-drawn", "3")
    expect(page.locator("[data-place]")).to_have_count(3)
    expect(page.locator(".map-cluster")).to_have_count(1)  # the two of La Ciotat
    assert violations(page) == []
    page.fill("#map-q", "arles")
    page.press("#map-q", "Enter")
    expect(page.locator("[data-place]")).to_have_count(1)
    expect(page.locator("[data-map]")).to_have_attribute("data-drawn", "1")
    assert page.url.endswith("/carte/?q=arles")
    page.locator(".map-pin").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".map-popup-name")).to_have_text("Au Forum")
    expect(page.locator("[data-place].is-lit")).to_have_count(1)
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert errors == []


def test_without_scripts_the_list_searches_filters_and_leads_to_the_place(browser, live_server, network):
    context = browser.new_context(java_script_enabled=False, locale="fr-FR", viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(f"{live_server.url}/carte/")
    expect(page.locator("[data-map]")).to_be_hidden()
    expect(page.locator("[data-near]")).to_be_hidden()
    page.fill("#map-q", "ciotat")
    page.locator("[data-map-search] button[type=submit]").click()
    expect(page.locator("[data-place]")).to_have_count(2)
    page.get_by_role("link", name="Épicerie du Golfe").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Épicerie du Golfe")
    context.close()
