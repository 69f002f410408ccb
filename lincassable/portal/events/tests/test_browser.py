"""Events in a real browser: signing up on a phone without any script, the team's report by keyboard, no fault for axe."""

from __future__ import annotations

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from awareness.models import EventReport, SignUp
from awareness.tests.factories import EventItemFactory, PartnerFactory, PublicEventFactory, SignUpFactory
from lincassable.accounts import links
from lincassable.accounts.models import AccessLink
from lincassable.accounts.tests.factories import UserFactory

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]
SIZES = [(360, 740), (1280, 800)]


def violations(page) -> list[str]:
    """Return what axe finds wrong, and whether the page is wider than the screen."""
    found = [f"{rule['id']}: {rule['nodes'][0]['html']}" for rule in Axe().run(page).response["violations"]]
    return found + (["wider than the screen"] if page.evaluate("document.documentElement.scrollWidth > innerWidth") else [])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_the_public_pages_have_no_fault(page, live_server, size, scheme):
    event, full = PublicEventFactory(description="Venez voir."), PublicEventFactory(visitor_places=1, volunteer_places=None)
    event.partners.add(PartnerFactory(website="https://arles.example"))
    from awareness import links as signups

    signup = SignUpFactory(event=full)
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": size[0], "height": size[1]})
    for path in ("/evenements/", event.path, full.path, f"{full.path}?inscrit=liste", f"/evenements/inscription/{signups.sign(signup)}/"):
        page.goto(live_server.url + path)
        assert violations(page) == [], path
    assert errors == []


def test_somebody_signs_up_on_a_phone_without_scripts_and_withdraws(browser, live_server):
    event = PublicEventFactory(title="Fête du réemploi", visitor_places=1)
    context = browser.new_context(java_script_enabled=False, locale="fr-FR", viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(f"{live_server.url}/evenements/")
    page.get_by_role("link", name="Fête du réemploi").click()
    page.locator("input[name=role][value=visitor]").check()
    page.fill("input[name=first_name]", "Lou")
    page.fill("input[name=email]", "lou@courriel.example")
    page.locator("[data-signup-form] button[type=submit]").click()
    expect(page.locator("[data-signed-up=confirmed]")).to_be_visible()
    from awareness import links as signups

    page.goto(f"{live_server.url}/evenements/inscription/{signups.sign(SignUp.objects.get())}/")
    page.locator("[data-signup=ask] button").click()
    expect(page.locator("[data-signup=withdrawn]")).to_be_visible()
    assert SignUp.objects.get().state == "withdrawn"
    page.goto(live_server.url + event.path)
    expect(page.locator("[data-role=visitor]")).to_have_attribute("data-free", "1")
    context.close()


@pytest.mark.parametrize("size", SIZES)
def test_the_team_ticks_and_reports_by_keyboard(page, live_server, size):
    now = timezone.now()
    event = PublicEventFactory(starts_at=now - timedelta(hours=2), ends_at=now + timedelta(hours=1))
    EventItemFactory(event=event, name="Banderole")
    SignUpFactory(event=event, role="volunteer", phone="+33612345678")
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(live_server.url + links.url(links.link_for(AccessLink.EVENT, event.pk)).removeprefix("http://localhost:8000"))
    assert page.url.endswith("/equipe/")  # the token has left the address bar
    assert violations(page) == []
    page.locator("#item-1").focus()
    page.keyboard.press("Space")
    page.locator("[data-checklist] button").press("Enter")
    expect(page.locator("#item-1")).to_be_checked()
    page.locator("[data-report]").press("Enter")
    expect(page.locator("[data-report-form]")).to_be_visible()
    assert violations(page) == []
    page.fill("input[name=people_met]", "40")
    page.locator("input[name=mood][value='4']").press("Space")
    page.locator("[data-report-form] button[type=submit]").press("Enter")
    expect(page.locator(".note-success")).to_be_visible()
    assert EventReport.objects.get().people_met == 40


@pytest.mark.parametrize("size", SIZES)
def test_a_coordinator_publishes_and_calls_off(page, live_server, size):
    from awareness.tests.factories import EventFactory

    event = EventFactory()
    browser = Client()
    browser.force_login(UserFactory(role="coordinator", is_staff=True))
    page.context.add_cookies([{"name": "sessionid", "value": browser.cookies["sessionid"].value, "url": live_server.url}])
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(f"{live_server.url}/admin/awareness/event/{event.pk}/change/")
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.locator("[data-publish]").click()
    expect(page.locator("[data-event-state=published]")).to_be_visible()
    SignUpFactory(event=event)
    page.locator("[data-cancel]").click()
    page.fill("textarea[name=reason]", "Travaux")
    page.locator("[data-confirm-form] button[type=submit]").click()
    expect(page.locator("[data-event-state=cancelled]")).to_be_visible()
