"""Calendars in a real browser: the addresses on a phone and at a desk, the month of tours by keyboard, on paper, in the dark."""

from __future__ import annotations

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from lincassable.accounts import links
from lincassable.accounts.models import AccessLink
from pickups.enums import TourState
from pickups.tests.factories import TourFactory

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]
SIZES = [(360, 740), (1280, 800)]


def sign_in(page, user, live_server) -> None:
    browser = Client()
    browser.force_login(user)
    page.context.add_cookies([{"name": "sessionid", "value": browser.cookies["sessionid"].value, "url": live_server.url}])


def ours(page, inside: str) -> list[str]:
    """Return what axe finds inside a part of the page."""
    found = Axe().run(page, context={"include": [[inside]]}).response["violations"]
    return [f"{rule['id']}: {node['html']}" for rule in found for node in rule["nodes"]]


def no_wider_than_the_screen(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_store_copies_the_address_of_its_calendar(page, scene, settings, live_server, scheme):
    settings.SITE_URL = live_server.url
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 360, "height": 740})
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(links.url(links.link_for(AccessLink.STORE, scene(TourState.ACCEPTED).stores[0].pk)))
    page.locator("a[href='/p/agenda/']").click()
    page.locator("button[value=make]").click()
    address = page.locator("[data-calendar-https]").input_value()
    page.locator("[data-copy] button").click()
    expect(page.locator("[data-copy] [role=status]")).not_to_be_empty()
    assert page.evaluate("navigator.clipboard.readText()") == address
    assert page.request.get(address).text().startswith("BEGIN:VCALENDAR")
    assert page.locator("[data-calendar-webcal]").get_attribute("href") == address.replace("http://", "webcal://")
    assert (ours(page, "main"), no_wider_than_the_screen(page)) == ([], True)
    page.locator("a[href$='faire=arreter']").click()
    assert ours(page, "main") == []
    page.locator("button[value=withdraw]").click()
    expect(page.locator("button[value=make]")).to_be_visible()
    assert page.request.get(address).status == 410


def test_an_office_finds_its_calendar(page, scene, settings, live_server):
    settings.SITE_URL = live_server.url
    sign_in(page, scene(TourState.ACCEPTED).users["carrier"], live_server)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"{live_server.url}/transporteur/")
        page.locator("a[href='/transporteur/agenda/']").click()
        if page.locator("button[value=make]").count():
            page.locator("button[value=make]").click()
        expect(page.locator("[data-calendar-https]")).to_have_count(1)
        assert (ours(page, "main"), no_wider_than_the_screen(page)) == ([], True)


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_month_leads_to_tours_and_to_new_ones_by_keyboard(page, coordinator_user, live_server, width, height, theme):
    day = timezone.localdate()
    tour = TourFactory(date=day)
    sign_in(page, coordinator_user, live_server)
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=theme)
    page.goto(f"{live_server.url}/admin/pickups/tour/calendar/")
    assert page.evaluate("document.documentElement.classList.contains('dark')") == (theme == "dark")
    assert (ours(page, ".month"), no_wider_than_the_screen(page)) == ([], True)
    page.locator("[data-following]").focus()
    page.keyboard.press("Enter")
    following = (day.replace(day=1) + timedelta(days=31)).replace(day=1)
    expect(page.locator(f"[data-month='{following:%Y-%m}']")).to_be_visible()
    page.locator("[data-today]").click()
    expect(page.locator(f"[data-tour='{tour.pk}'] a")).to_be_visible()
    page.locator(f"[data-day='{day:%Y-%m-%d}'] .month-add").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/tour/add/?date={day:%Y-%m-%d}")
    assert page.locator("input[name=date]").first.input_value() in (f"{day:%Y-%m-%d}", f"{day:%d/%m/%Y}", f"{day:%m/%d/%Y}")


def test_the_month_is_printed_without_the_frame(page, coordinator_user, live_server):
    TourFactory(date=timezone.localdate())
    sign_in(page, coordinator_user, live_server)
    page.goto(f"{live_server.url}/admin/pickups/tour/calendar/")
    page.emulate_media(media="print")
    expect(page.locator("#nav-sidebar")).to_be_hidden()
    expect(page.locator(".month-filters")).to_be_hidden()
    expect(page.locator(".month-table")).to_be_visible()


def test_a_coordinator_s_own_calendar_passes_axe(page, coordinator_user, live_server):
    sign_in(page, coordinator_user, live_server)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"{live_server.url}/admin/pickups/tour/agenda/")
        if page.locator("button[value=make]").count():
            page.locator("button[value=make]").first.click()
        assert (ours(page, ".month"), no_wider_than_the_screen(page)) == ([], True)
        page.goto(f"{live_server.url}/admin/pickups/tour/agenda/?faire=arreter")
        assert ours(page, ".month") == []
