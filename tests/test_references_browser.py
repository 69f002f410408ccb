"""The list of products on a store's phone, in a real browser on a small screen."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from lincassable.accounts import links
from lincassable.accounts.models import AccessLink
from references.enums import ShelfState
from references.models import ShelfItem
from references.tests.factories import ReferenceFactory, ShelfItemFactory
from tests.test_phone_browser import accessible, phone  # noqa: F401  a fixture

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]


def test_a_product_is_added_and_the_list_sent_even_from_a_dead_spot(phone, context, live_server):  # noqa: F811
    item = ShelfItemFactory(store__name="La Cagette")
    brown = ReferenceFactory(name="Brune épicée")
    phone.set_viewport_size({"width": 360, "height": 740})
    phone.goto(f"{live_server.url}/p/{links.token(links.link_for(AccessLink.STORE, item.store_id))}")
    phone.wait_for_selector("body[data-sw-ready]")
    phone.locator('main a[href="/p/references/"]').click()
    phone.locator('main a[href="/p/references/ajouter/"]').click()
    phone.fill('[name="q"]', "epicee")
    phone.locator("main [role=search] button").click()
    expect(phone.locator('[name="reference"]')).to_be_checked()
    accessible(phone)
    phone.locator("[data-add-products] [type=submit]").click()
    expect(phone.locator("fieldset[data-reference]")).to_have_count(2)
    accessible(phone)
    for choice in phone.locator(".shelf-choice").all():
        assert choice.bounding_box()["height"] >= 48
    context.set_offline(True)
    phone.locator(f'fieldset[data-reference="{item.reference.uuid}"] input[value=out]').check()
    phone.locator("form[data-outbox] [type=submit]").click()
    phone.wait_for_selector('[data-outbox-waiting="1"]')
    assert ShelfItem.objects.get(pk=item.pk).state == ShelfState.AVAILABLE
    context.set_offline(False)
    phone.wait_for_url("**/p/references/recu/**")
    accessible(phone)
    assert ShelfItem.objects.get(pk=item.pk).state == ShelfState.OUT
    assert ShelfItem.objects.get(reference=brown).store_id == item.store_id
