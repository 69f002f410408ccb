"""A carrier accepting a tour, a coordinator composing one, in a real browser. The driver's day: test_driver_browser."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from lincassable.accounts import links
from lincassable.accounts.models import AccessLink
from pickups import services
from pickups.enums import TourState
from pickups.models import Tour
from pickups.tests.factories import container

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def phone(page):
    """A phone on which nothing may go wrong in silence."""
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if "Content Security Policy" in message.text else None)
    yield page
    assert not errors


def link_of(tour: Tour, kind: str) -> str:
    """Return the address that opens the tour."""
    return links.url(links.link_for(kind, tour.pk))


def broken_rules(page) -> list[str]:
    """Return what axe finds wrong on the page."""
    return [f"{rule['id']}: {rule['nodes'][0]['html']}" for rule in Axe().run(page).response["violations"]]


def test_a_carrier_accepts_on_its_page(phone, scene, settings, live_server):
    settings.SITE_URL = live_server.url
    made = scene(TourState.AWAITING)
    phone.goto(link_of(made.tour, AccessLink.CARRIER_TOUR))
    assert broken_rules(phone) == []
    phone.locator("form[data-accept] button").click()
    phone.wait_for_selector('[data-tour-state="accepted"]')
    expect(phone.locator("[data-driver-link]")).to_be_visible()
    assert broken_rules(phone) == []


def test_a_coordinator_composes_and_sends_a_tour(browser, scene, live_server, coordinator_user, client):
    made = scene()
    store = made.stores[0]
    services.remove_stop(made.stops[0], by=made.coordinator)
    client.force_login(coordinator_user)
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    page = context.new_page()
    page.goto(f"{live_server.url}/admin/pickups/tour/{made.tour.pk}/change/")
    page.locator("#stops-group .add-row a, #stops-group a.add-row").first.click()
    row = page.locator("tbody", has=page.locator("[name=stops-1-store]"))
    row.locator(".select2-selection").click()
    page.locator(".select2-search__field").fill(store.name)
    page.locator(".select2-results__option", has_text=store.name).first.click()
    row.locator(f"[name=stops-1-full_{container().pk}]").fill("12")
    page.locator("[name=_continue]").click()
    page.wait_for_selector("[name=stops-1-store][disabled]")
    assert [stop.store for stop in made.stops] == [made.stores[1], store]
    page.locator('[data-tour-move="awaiting"]').click()
    page.locator("[data-confirm-form] button[type=submit]").click()
    page.wait_for_selector('[data-tour-state="awaiting"]')
    context.close()
