"""A driver's day on a phone, with the network cut in the middle; a coordinator composing a tour. In a real browser."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from crates.models import Movement
from crates.queries import stock_of
from lincassable.accounts import links
from lincassable.accounts.models import AccessLink
from pickups import services
from pickups.enums import StopState, TourState
from pickups.models import Stop, Tour
from pickups.tests.factories import container
from stores.models import Store
from stores.tests.factories import ContactFactory

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def made(scene, settings, live_server):
    """An accepted tour of two stores whose links lead to the test server."""
    settings.SITE_URL = live_server.url
    made = scene(TourState.ACCEPTED)
    Store.objects.filter(pk=made.stores[0].pk).update(access_notes="Portail vert, code 12", opening_hours="Mo-Su 08:00-20:00")
    ContactFactory(store=made.stores[0], phone="+33612345678", name="Alex")
    return made


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


def record(phone, stop: Stop, full: int) -> None:
    """Open a stop from the list, change the full crates taken, send."""
    phone.locator(f'[data-stop="{stop.uuid}"] a[data-keep]').click()
    phone.locator("input[name=full_75]").fill(str(full))
    phone.locator("form[data-outbox] button.btn-primary").click()


def test_a_driver_records_a_tour_through_a_dead_spot(phone, context, made):
    first, second = made.stops
    phone.goto(link_of(made.tour, AccessLink.TOUR))
    phone.wait_for_selector("body[data-sw-ready]")
    phone.wait_for_function(
        "async (count) => (await Promise.all((await caches.keys()).map(async (k) => (await (await caches.open(k)).keys()))))"
        ".flat().filter((r) => r.url.includes('/chauffeur/arret/')).length >= count",
        arg=2,
    )
    assert broken_rules(phone) == []
    context.set_offline(True)
    record(phone, first, 13)
    phone.wait_for_selector('[data-outbox-status][data-outbox-waiting="1"]', state="attached")
    phone.locator(".page-back").click()
    expect(phone.locator(f'[data-stop="{first.uuid}"] [data-queued]')).to_be_visible()
    record(phone, second, 7)
    phone.wait_for_selector('[data-outbox-status][data-outbox-waiting="2"]', state="attached")
    assert not Movement.objects.exists()
    context.set_offline(False)
    phone.wait_for_selector('[data-outbox-status][data-outbox-waiting="0"]', state="attached")
    phone.goto(f"{urlsplit(phone.url).scheme}://{urlsplit(phone.url).netloc}/chauffeur/tournee/")
    phone.wait_for_selector(f'[data-stop="{second.uuid}"][data-stop-state="done"]')
    assert Movement.objects.count() == 2
    assert stock_of(made.tour.hub)[0].raw_full == 20
    phone.locator("form[data-outbox-kind=tour-end] button").click()
    phone.wait_for_selector('[data-tour-state="done"]')


def test_a_driver_is_told_at_the_field_what_is_wrong(phone, made):
    stop = made.stops[0]
    phone.goto(link_of(made.tour, AccessLink.TOUR))
    phone.locator(f'[data-stop="{stop.uuid}"] a[data-keep]').click()
    assert broken_rules(phone) == []
    phone.locator("label", has_text="Partiel").or_(phone.locator("label[for=id_outcome_1]")).first.click()
    phone.locator("[data-step='1']").first.click()
    phone.locator("form[data-outbox] button.btn-primary").click()
    expect(phone.locator("[data-form-errors]")).to_be_visible()
    expect(phone.locator("input[name=full_75]")).to_have_value("11")
    phone.locator("[name=reason]").fill("plus de place")
    phone.locator("form[data-outbox] button.btn-primary").click()
    phone.wait_for_selector(f'[data-stop="{stop.uuid}"][data-stop-state="partial"]')
    assert Stop.objects.get(pk=stop.pk).reason == "plus de place"


def test_without_javascript_a_stop_is_recorded_all_the_same(browser, made, browser_context_args):
    context = browser.new_context(**{**browser_context_args, "java_script_enabled": False})
    page, stop = context.new_page(), made.stops[0]
    page.goto(link_of(made.tour, AccessLink.TOUR))
    page.locator(f'[data-stop="{stop.uuid}"] a[data-keep]').click()
    page.locator("input[name=full_75]").fill("9")
    page.locator("form[data-outbox] button.btn-primary").click()
    page.wait_for_selector(f'[data-stop="{stop.uuid}"][data-stop-state="done"]')
    context.close()
    assert Stop.objects.get(pk=stop.pk).state == StopState.DONE


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
