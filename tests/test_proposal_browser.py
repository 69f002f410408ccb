"""A place's manager proposes other hours on the phone; a coordinator accepts with one click; only then does the public page change."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import expect

from lincassable.accounts import links
from lincassable.accounts.models import AccessLink
from lincassable.accounts.tests.factories import UserFactory
from lincassable.portal.public.places import places
from lincassable.portal.tests.factories import use
from stores.models import ChangeProposal
from stores.tests.factories import StoreFactory

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]


def accessible(page) -> None:
    """Expect no fault of accessibility, in light and in dark, and nothing wider than the screen."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        results = Axe().run(page)
        assert results.violations_count == 0, results.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_hours_proposed_on_the_phone_are_public_once_a_coordinator_clicked(browser, live_server):
    store = StoreFactory(name="La Cagette", opening_hours="Mo-Sa 10:00-19:00")
    use(store, "75")
    public_page = live_server.url + places()[0].path
    phone = browser.new_context(locale="fr-FR", timezone_id="Europe/Paris", viewport={"width": 360, "height": 740}).new_page()
    phone.goto(f"{live_server.url}/p/{links.token(links.link_for(AccessLink.STORE, store.pk))}")
    accessible(phone)
    phone.goto(f"{live_server.url}/p/infos/")
    accessible(phone)
    phone.locator("a[href='/p/infos/horaires/']").first.click()
    phone.fill("[name=mo_from]", "07:30")
    accessible(phone)
    phone.locator("[data-proposal-form] [type=submit]").click()
    expect(phone.locator("[data-part=horaires][data-state=proposed]")).to_be_visible()
    accessible(phone)

    visitor = browser.new_context(locale="fr-FR", timezone_id="Europe/Paris").new_page()
    visitor.goto(public_page)
    expect(visitor.locator(".place-week")).to_contain_text("10:00 – 19:00")
    expect(visitor.locator(".place-week")).not_to_contain_text("07:30")

    office = Client()
    office.force_login(UserFactory(is_superuser=True, is_staff=True))
    desk = browser.new_context(locale="fr-FR", timezone_id="Europe/Paris", viewport={"width": 1280, "height": 800})
    desk.add_cookies([{"name": "sessionid", "value": office.cookies["sessionid"].value, "url": live_server.url}])
    page = desk.new_page()
    page.goto(f"{live_server.url}/admin/stores/changeproposal/{ChangeProposal.objects.get().pk}/change/")
    page.locator("form[action$='/accept/'] [type=submit]").click()
    page.wait_for_load_state("networkidle")

    visitor.reload()
    expect(visitor.locator(".place-week")).to_contain_text("07:30")
    phone.reload()
    expect(phone.locator("[data-part=horaires][data-state=accepted]")).to_be_visible()
