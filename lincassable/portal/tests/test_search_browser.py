"""The search everywhere and the week of hours in a real browser: by keyboard, at both sizes, without a fault that axe finds."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from django.urls import reverse

from lincassable.accounts.tests.factories import UserFactory
from stores.models import Store
from stores.tests.factories import ContactFactory, StoreFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.chromium]
SIZES = [(360, 740), (1280, 800)]


@pytest.fixture
def desk(page, live_server):
    """A browser, signed in as a coordinator."""
    client = Client()
    client.force_login(UserFactory(role="coordinator", is_staff=True))
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
    return page


def faults(page, part):
    """What axe finds inside `part`, as rule and place."""
    found = Axe().run(page, context=part).response["violations"]
    return [(rule["id"], node["html"][:120]) for rule in found for node in rule["nodes"]]


def test_a_place_is_found_by_keyboard_from_any_page(desk, live_server):
    ContactFactory(name="Épi Martin", store=StoreFactory(name="Épicerie Haÿ", city="Sète"))
    for width, height in SIZES:
        desk.set_viewport_size({"width": width, "height": height})
        desk.goto(f"{live_server.url}{reverse('admin:index')}")
        desk.keyboard.press("Control+k")
        desk.wait_for_selector("[data-search]")
        desk.fill("#id_q", "epiccerie")
        desk.keyboard.press("Enter")
        desk.wait_for_selector("[data-found]")
        assert faults(desk, "[data-search]") == []
        assert desk.evaluate("document.querySelector('[data-search]').scrollWidth <= innerWidth")
    desk.click("[data-kind=stores] a")
    desk.wait_for_selector("[data-hours]")


def test_a_week_is_typed_once_and_copied(desk, live_server):
    store = StoreFactory(opening_hours="24/7")
    for width, height in SIZES:
        desk.set_viewport_size({"width": width, "height": height})
        desk.goto(f"{live_server.url}{reverse('admin:stores_store_change', args=[store.pk])}")
        assert desk.is_visible("[data-hours-part=text]")
        assert desk.is_hidden("[data-hours-part=week]")
        desk.check("input[name=opening_hours-mode][value=week]")
        assert desk.is_hidden("[data-hours-part=text]")
        assert faults(desk, "[data-hours]") == []
        assert desk.evaluate("document.querySelector('[data-hours]').getBoundingClientRect().right <= innerWidth")
    desk.fill("input[name=opening_hours-mo_from]", "09:00")
    desk.fill("input[name=opening_hours-mo_until]", "18:30")
    desk.click("[data-hours-day=Mo] .hours-copy")
    desk.check("input[name=opening_hours-su_closed]")
    desk.check("input[name=opening_hours-holidays]")
    desk.click("button[name=_continue], input[name=_continue]")
    desk.wait_for_load_state()
    assert Store.objects.get(pk=store.pk).opening_hours == "Mo-Sa 09:00-18:30; PH off"
