"""Ordering posters on a store's phone, with and without a network; no fault for axe."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from awareness.enums import OrderState
from awareness.models import MaterialOrder
from awareness.tests.factories import MaterialFactory, MaterialOrderFactory, PlacementFactory
from lincassable.accounts import links
from lincassable.accounts.models import AccessLink
from stores.tests.factories import StoreFactory
from tests.test_phone_browser import phone  # noqa: F401  a fixture

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]


def violations(page) -> list[str]:
    """Return what axe finds wrong, and whether the page is wider than the screen."""
    found = [f"{rule['id']}: {rule['nodes'][0]['html']}" for rule in Axe().run(page).response["violations"]]
    return found + (["wider than the screen"] if page.evaluate("document.documentElement.scrollWidth > innerWidth") else [])


def test_posters_are_ordered_from_a_dead_spot_and_arrive_once(phone, context, live_server):  # noqa: F811
    store, material = StoreFactory(), MaterialFactory(usual=5)
    sent = MaterialOrderFactory(store=store, state=OrderState.SENT)
    PlacementFactory(store=store)
    phone.set_viewport_size({"width": 360, "height": 740})
    phone.goto(f"{live_server.url}/p/{links.token(links.link_for(AccessLink.STORE, store.pk))}")
    phone.wait_for_selector("body[data-sw-ready]")
    phone.locator('main a[href="/p/affiches/"]').click()
    for size, scheme in (((1280, 800), "light"), ((1280, 800), "dark"), ((360, 740), "dark"), ((360, 740), "light")):
        phone.set_viewport_size({"width": size[0], "height": size[1]})
        phone.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert violations(phone) == [], (size, scheme)
    context.set_offline(True)
    phone.locator(f'[data-material="{material.uuid}"] [type=submit]').press("Enter")  # the keyboard alone
    phone.wait_for_selector('[data-outbox-waiting="1"]')
    assert not MaterialOrder.objects.filter(material=material).exists()
    context.set_offline(False)
    phone.wait_for_url(re.compile(r"/p/affiches/\?fait=1"))
    order = MaterialOrder.objects.get(material=material)
    assert (order.store, order.quantity) == (store, 5)
    phone.locator('[data-order="sent"] a').click()
    assert violations(phone) == []
    phone.locator("[data-placed-form] [type=submit]").click()
    phone.wait_for_url(re.compile(r"/p/affiches/\?fait=1"))
    sent.refresh_from_db()
    assert sent.state == OrderState.PLACED
