"""Composing a tour in a browser: by clicks on the map and in the list, by keyboard, with figures that follow; nothing typed is lost."""

from __future__ import annotations

import re
import uuid

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from crates.services import DeclaredLine, declare
from crates.tests.factories import StoreContainerFactory
from lincassable.accounts.actors import Actor
from pickups.models import Tour
from pickups.tests.factories import VehicleFactory, container
from stores.models import Store
from stores.tests.factories import StoreFactory

EXPECTED = re.compile("422|INTERNET_DISCONNECTED")  # what a refusal and a dead line leave in the console
pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def desk(page, live_server, scene):
    """A coordinator's browser on the compose screen of a draft with two stops; nothing may go wrong in silence."""
    made = scene()
    vehicle = VehicleFactory(carrier=made.tour.carrier, payload_kg=200)
    Tour.objects.filter(pk=made.tour.pk).update(vehicle=vehicle)
    Store.objects.filter(pk=made.tour.hub_id).update(latitude="43.35", longitude="5.30")
    for number, (name, position) in enumerate({"Épicerie nord": ("43.40", "5.40"), "Épicerie sud": ("43.25", "5.45")}.items(), start=1):
        store = StoreFactory(name=name, latitude=position[0], longitude=position[1])
        StoreContainerFactory(store=store, container_type=container())
        declare(store, key=uuid.uuid4(), lines=[DeclaredLine(container(), full=5 * number, total=20)], by=Actor.system())
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "console", lambda message: errors.append(message.text) if message.type == "error" and not EXPECTED.search(message.text) else None
    )
    browser = Client()
    browser.force_login(made.users["coordinator"])
    page.context.add_cookies([{"name": "sessionid", "value": browser.cookies["sessionid"].value, "url": live_server.url}])
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(live_server.url + reverse("admin:pickups_tour_compose", args=[made.tour.pk]))
    page.wait_for_selector("[data-compose][data-ready]")
    yield page, made
    assert not errors


def plan(made) -> list[tuple[str, int]]:
    """Return the saved plan: places in order, with the full 75 cl crates to take."""
    rows = made.tour.stops.order_by("position").select_related("store").prefetch_related("lines")
    return [(stop.store.name, sum(line.planned_full for line in stop.lines.all())) for stop in rows]


def test_a_tour_is_composed_by_clicks_typing_and_keyboard(desk):
    page, made = desk
    (first, second), most = (store.name for store in made.stores), page.locator('[data-measure="kg"] [data-most]')
    expect(most).to_have_attribute("data-most", "175")
    north, south = (Store.objects.get(name=name) for name in ("Épicerie nord", "Épicerie sud"))

    page.locator(f'[data-dot="{north.pk}"]').click()  # on the map
    expect(page.locator(f'[data-stop="{north.pk}"]')).to_be_visible()
    page.locator(f'[data-place="{south.pk}"] button').click()  # in the list
    expect(page.locator(f'[data-stop="{south.pk}"]')).to_be_visible()
    expect(page.locator(f'[data-place="{south.pk}"]')).to_be_hidden()
    assert plan(made) == [(first, 10), (second, 10), ("Épicerie nord", 5), ("Épicerie sud", 10)]
    expect(most).not_to_have_attribute("data-most", "175")
    expect(page.locator('[data-warning="vehicle_kg"]')).to_be_visible()

    field = page.locator(f'[name="full_{south.pk}_{container().pk}"]')
    field.fill("1")
    field.press("Tab")
    expect(page.locator(f'[data-stop="{south.pk}"] [data-load]')).to_have_attribute("data-load", "228")
    assert plan(made)[-1] == ("Épicerie sud", 1)

    up = page.locator(f'[data-stop="{south.pk}"] [value="up:{south.pk}"]')
    up.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-compose-stops] > li").nth(2)).to_have_attribute("data-stop", str(south.pk))
    expect(up).to_be_focused()
    expect(page.locator("[data-compose-said]")).to_contain_text("3")
    page.keyboard.press("Enter")
    expect(page.locator("[data-compose-stops] > li").nth(1)).to_have_attribute("data-stop", str(south.pk))

    page.set_viewport_size({"width": 1280, "height": 2000})  # all rows in sight: nothing scrolls under the mouse
    handle = page.locator(f'[data-stop="{north.pk}"] [data-compose-handle]')
    handle.drag_to(page.locator("[data-compose-stops] > li").first, target_position={"x": 200, "y": 4})
    expect(page.locator("[data-compose-stops] > li").first).to_have_attribute("data-stop", str(north.pk))
    page.wait_for_function("!document.querySelector('[data-compose-live]').hasAttribute('aria-busy')")
    assert [name for name, _full in plan(made)] == ["Épicerie nord", first, "Épicerie sud", second]

    page.locator(f'[value="remove:{north.pk}"]').click()
    expect(page.locator(f'[data-stop="{north.pk}"]')).to_have_count(0)
    expect(page.locator(f'[data-place="{north.pk}"]')).to_be_visible()


def test_what_is_typed_in_one_row_stays_while_another_is_saved_and_a_dead_line_is_said(desk):
    page, made = desk
    first, second = made.stores
    page.locator(f'[name="note_{second.pk}"]').fill("à moitié")  # not left yet
    page.evaluate(
        f"document.querySelector('[value=\"up:{second.pk}\"]').form.requestSubmit(document.querySelector('[value=\"down:{first.pk}\"]'))"
    )
    expect(page.locator("[data-compose-stops] > li").first).to_have_attribute("data-stop", str(second.pk))
    expect(page.locator(f'[name="note_{second.pk}"]')).to_have_value("à moitié")
    page.context.set_offline(True)
    page.locator(f'[value="down:{second.pk}"]').click()
    expect(page.locator('[data-part="errors"] [role="alert"]')).to_be_visible()
    page.context.set_offline(False)
    page.locator(f'[value="down:{second.pk}"]').click()
    expect(page.locator("[data-compose-stops] > li").first).to_have_attribute("data-stop", str(first.pk))
    expect(page.locator('[data-part="errors"] [role="alert"]')).to_have_count(0)
    assert made.tour.stops.get(store=second).note == "à moitié"


def test_the_screen_has_no_fault_of_its_own_in_light_and_dark_wide_and_narrow(desk):
    page, _made = desk
    for width, height in ((1280, 800), (360, 740)):
        page.set_viewport_size({"width": width, "height": height})
        for theme in ("light", "dark"):
            page.evaluate("(dark) => document.documentElement.classList.toggle('dark', dark)", theme == "dark")
            found = Axe().run(page, ".compose").response["violations"]
            assert [f"{rule['id']}: {rule['nodes'][0]['html']} {rule['nodes'][0]['failureSummary']}" for rule in found] == []
            assert page.evaluate("document.querySelector('.compose').scrollWidth <= document.querySelector('.compose').clientWidth + 1")
