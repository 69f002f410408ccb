"""A store's phone in a real browser: from the QR link to a declaration made in a dead spot."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from crates.models import Declaration
from crates.tests.factories import ContainerTypeFactory
from lincassable.accounts import links
from lincassable.accounts.models import AccessLink
from lincassable.portal.tests.factories import use
from stores.tests.factories import StoreFactory

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def card(live_server):
    """The address on the card of a shop that uses 75 cl crates."""
    ContainerTypeFactory()
    shop = StoreFactory(name="La Cagette")
    use(shop, "75")
    return f"{live_server.url}/p/{links.token(links.link_for(AccessLink.STORE, shop.pk))}"


@pytest.fixture
def phone(page):
    """A phone that reports what its content policy blocks."""
    blocked = []
    page.on("console", lambda message: blocked.append(message.text) if "Content Security Policy" in message.text else None)
    page.on("pageerror", lambda error: blocked.append(str(error)))
    yield page
    assert not blocked


def accessible(page):
    """Expect no fault of accessibility, in light and in dark, and nothing wider than the screen."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # colours must not be caught half-way
        results = Axe().run(page)
        assert results.violations_count == 0, results.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_from_the_card_to_the_receipt_every_page_is_accessible(phone, card, live_server):
    phone.set_viewport_size({"width": 360, "height": 740})
    phone.goto(card)
    expect(phone).to_have_url(f"{live_server.url}/p/")
    accessible(phone)
    phone.locator("main a.btn-primary").first.click()
    accessible(phone)
    phone.fill('[name="full_75"]', "14")
    phone.locator("form[data-outbox] [type=submit]").click()
    phone.wait_for_url("**/p/recu/**")
    accessible(phone)
    assert Declaration.objects.count() == 1


def test_a_declaration_made_in_a_dead_spot_arrives_once_with_its_own_time(phone, context, card, live_server):
    phone.goto(card)
    phone.wait_for_selector("body[data-sw-ready]")
    phone.goto(f"{live_server.url}/p/declarer/")
    context.set_offline(True)
    phone.reload()  # the form itself comes from the phone
    phone.fill('[name="full_75"]', "14")
    phone.locator("form[data-outbox] [type=submit]").click()
    phone.wait_for_selector('[data-outbox-waiting="1"]')
    assert not Declaration.objects.exists()
    context.set_offline(False)
    phone.wait_for_url("**/p/recu/**")
    declaration = Declaration.objects.get()
    assert declaration.declared_at <= declaration.received_at


@pytest.mark.parametrize("path", ["/", "/compte/login/", "/mentions-legales/", "/confidentialite/", "/accessibilite/", "/nowhere/"])
def test_a_public_page_is_accessible(phone, live_server, path):
    phone.goto(f"{live_server.url}{path}")
    accessible(phone)
