"""Forecasts, arrivals and closing in a real browser: readable and usable at a desk, on a tablet and on a phone, light and dark."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import expect

from lincassable.accounts.models import User
from lincassable.accounts.tests.factories import UserFactory
from pickups import services
from pickups.differences import unanswered
from pickups.enums import TourState
from pickups.models import HubCount, Tour, TourClosing
from pickups.services import HubLine
from pickups.tests.factories import container
from pickups.tests.test_forecast_pages import place

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]
SIZES = [(360, 740), (1280, 800)]


@pytest.fixture
def screen(page, live_server):
    """Sign somebody in on a browser on which nothing may go wrong in silence: `screen(user)` returns its page."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))

    def sign_in(user: User):
        browser = Client()
        browser.force_login(user)
        page.context.add_cookies([{"name": "sessionid", "value": browser.cookies["sessionid"].value, "url": live_server.url}])
        return page

    yield sign_in
    assert not errors


@pytest.fixture
def over(scene):
    """A tour that is over, with a stop that differs and a count that does."""
    made = scene(TourState.UNDER_WAY)
    first, second = made.stops
    made.complete(first, 9, 8)
    made.complete(second)
    services.finish_tour(made.tour, by=made.driver)
    services.count_at_hub(made.tour, [HubLine(container(), 18)], by=made.coordinator)
    made.tour.refresh_from_db()
    return made


def check(page, selector: str) -> None:
    """Our part of the page passes axe, and needs no sideways pushing."""
    broken = [f"{rule['id']}: {rule['nodes'][0]['html']}" for rule in Axe().run(page, context=selector).response["violations"]]
    assert broken == []
    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("dark", [False, True])
def test_the_pages_pass_axe_and_fit_the_screen(screen, live_server, over, coordinator_user, size, dark):
    place("Déjà pleine", 27)
    place("Jamais déclarée", None)
    page = screen(coordinator_user)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme="dark" if dark else "light")
    page.goto(f"{live_server.url}/admin/previsions/")
    page.locator("details summary").first.click()
    check(page, ".forecast")
    page.goto(f"{live_server.url}/admin/previsions/?view=map")
    expect(page.locator("[data-drawn='4']")).to_be_visible()
    check(page, ".forecast")
    page.goto(f"{live_server.url}/admin/pickups/tour/{over.tour.pk}/close/")
    check(page, ".closing")
    page.goto(f"{live_server.url}/tri/arrivees/{over.tour.uuid}/")
    check(page, "body")


def test_a_point_of_the_map_leads_to_its_place(screen, live_server, coordinator_user):
    shop = place("Déjà pleine", 27)
    page = screen(coordinator_user)
    page.goto(f"{live_server.url}/admin/previsions/?view=map")
    page.locator("path.forecast-dot.is-overdue").click()
    link = page.locator(".leaflet-popup a", has_text="Déjà pleine")
    assert link.get_attribute("href") == f"/admin/stores/store/{shop.pk}/change/"


def test_a_tour_is_closed_by_keyboard(screen, live_server, over, coordinator_user):
    page = screen(coordinator_user)
    page.goto(f"{live_server.url}/admin/pickups/tour/{over.tour.pk}/close/")
    at_stop, at_hub = unanswered(over.tour)
    page.locator(f"[name='{at_stop.code}-answer'][value='right']").focus()
    page.keyboard.press("Space")
    page.locator(f"[name='{at_hub.code}-answer'][value='lost']").focus()
    page.keyboard.press("Space")
    page.locator("[name='distance_km']").fill("32.5")
    page.locator("button[value='close']").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-closing='closed'][data-differences='0']")).to_be_visible()
    assert Tour.objects.get(pk=over.tour.pk).state == TourState.CLOSED
    assert TourClosing.objects.get().distance_m == 32_500


def test_an_arrival_is_counted_on_a_tablet_by_its_big_buttons(screen, live_server, over):
    page = screen(UserFactory(role="sorting", language="en"))
    page.set_viewport_size({"width": 768, "height": 1024})
    page.goto(f"{live_server.url}/tri/arrivees/{over.tour.uuid}/")
    box = page.locator("[data-kind='75'] button", has_text="+10").first
    size = box.bounding_box()
    assert size is not None
    assert min(size["width"], size["height"]) >= 44
    box.click()
    page.locator("form[data-count] button[type='submit']").click()
    expect(page).to_have_url(f"{live_server.url}/tri/arrivees/")
    assert HubCount.objects.get().full == 28
