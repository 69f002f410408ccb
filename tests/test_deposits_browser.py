"""Deposits on a store's phone and palox numbers on a driver's, in a real browser on a small screen."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from playwright.sync_api import expect

from crates.models import DepositCount, Palox
from crates.queries_deposits import last_complete_month, months_back
from crates.services.catalogue import use_container
from crates.services.deposits import DepositLine, record_deposits
from crates.services.paloxes import register_palox
from crates.tests.factories import ContainerTypeFactory, DepositAmountFactory
from lincassable.accounts import links
from lincassable.accounts.actors import Actor
from lincassable.accounts.models import AccessLink
from pickups import services
from pickups.lines import StopPlan
from pickups.models import Stop, StopPalox
from pickups.tests.factories import CarrierFactory
from stores.enums import Kind
from stores.tests.factories import StoreFactory
from tests.test_phone_browser import accessible, phone  # noqa: F401  a fixture

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]
SMALL = {"width": 360, "height": 740}
BY = Actor.system()

# A camera that shows one label, for a browser that has neither camera nor BarcodeDetector.
CAMERA = """
window.BarcodeDetector = class {
  static async getSupportedFormats() { return ["qr_code"]; }
  async detect() { return [{ rawValue: "https://lincassable.example/palox/INC%2F7" }, { rawValue: "inc/7" }]; }
};
navigator.mediaDevices.getUserMedia = async () => document.createElement("canvas").captureStream();
HTMLMediaElement.prototype.play = async () => {};
"""


@pytest.fixture
def shop(live_server):
    """A shop that declared its deposits three months ago, and not since."""
    store, amount = StoreFactory(name="La Cagette"), DepositAmountFactory(label_fr="bouteilles à 0,50 €")
    month = months_back(last_complete_month(), 3)[0]
    record_deposits(store, [DepositLine(month, amount, 320, 250)], key=uuid.uuid4(), by=BY)
    return store


@pytest.fixture
def stop(live_server):
    """A stop of an accepted tour, at a place that uses paloxes."""
    store, hub = StoreFactory(name="La Cagette"), StoreFactory(kind=Kind.HUB)
    palox = ContainerTypeFactory(code="palox", name_fr="palox", name_en="palox", short_fr="palox", short_en="palox", bottles=500)
    use_container(store, palox, by=BY)
    tomorrow = dt.date.today() + dt.timedelta(days=1)
    tour = services.create_tour(date=tomorrow, hub=hub, carrier=CarrierFactory(), by=BY, stops=[StopPlan(store)])
    services.send_tour(tour, by=BY)
    services.accept_tour(tour, by=BY)
    return Stop.objects.select_related("tour").get(tour=tour)


def open_card(page, live_server, store):
    page.set_viewport_size(SMALL)
    page.goto(f"{live_server.url}/p/{links.token(links.link_for(AccessLink.STORE, store.pk))}")


def test_from_the_home_to_the_receipt_of_the_deposits_with_one_thumb(phone, live_server, shop):  # noqa: F811
    open_card(phone, live_server, shop)
    accessible(phone)
    phone.locator('main a[href="/p/consignes/"]').click()
    accessible(phone)
    months = phone.locator("[data-month]")
    expect(months).to_have_count(2)
    for box in phone.locator(".deposit-field input").all():
        assert box.bounding_box()["height"] >= 48
        assert box.get_attribute("inputmode") == "numeric"
    first = months.nth(0)
    first.locator("input").nth(0).fill("120")
    phone.locator("form[data-outbox] [type=submit]").click()
    expect(phone.locator("[data-form-errors]")).to_be_visible()  # the refunded ones lack
    accessible(phone)
    phone.locator("[data-month]").nth(0).locator("input").nth(1).fill("90")
    phone.locator("form[data-outbox] [type=submit]").click()
    phone.wait_for_url("**/p/consignes/recu/**")
    accessible(phone)
    assert sorted(DepositCount.objects.values_list("charged", "refunded")) == [(120, 90), (320, 250)]


def test_deposits_filled_in_in_a_dead_spot_arrive_once(phone, context, live_server, shop):  # noqa: F811
    open_card(phone, live_server, shop)
    phone.wait_for_selector("body[data-sw-ready]")
    phone.goto(f"{live_server.url}/p/consignes/")
    context.set_offline(True)
    phone.reload()  # the form itself comes from the phone
    phone.locator("[data-month]").nth(1).locator("input").nth(0).fill("7")
    phone.locator("[data-month]").nth(1).locator("input").nth(1).fill("5")
    phone.locator("form[data-outbox] [type=submit]").click()
    phone.wait_for_selector('[data-outbox-waiting="1"]')
    assert DepositCount.objects.count() == 1
    context.set_offline(False)
    phone.wait_for_url("**/p/consignes/recu/**")
    row = DepositCount.objects.latest("pk")
    assert (row.month, row.charged, row.is_current) == (last_complete_month(), 7, True)
    assert DepositCount.objects.count() == 2


def open_stop(page, live_server, stop):
    page.set_viewport_size(SMALL)
    page.goto(f"{live_server.url}/chauffeur/{links.token(services.driver_link(stop.tour))}")
    page.goto(f"{live_server.url}/chauffeur/arret/{stop.uuid}/")


def test_a_driver_types_palox_numbers_where_there_is_no_camera(phone, live_server, stop):  # noqa: F811
    register_palox("INC-1", by=BY)
    open_stop(phone, live_server, stop)
    phone.locator("[data-palox-scan] summary").click()
    expect(phone.locator("[data-palox-camera]").first).to_be_hidden()
    accessible(phone)
    phone.fill('[name="paloxes_taken"]', "inc-1\nINC-404")
    phone.locator("form[data-outbox] [type=submit]").click()
    phone.wait_for_url("**/chauffeur/tournee/**")
    assert set(StopPalox.objects.values_list("number", "palox__number")) == {("inc-1", "INC-1"), ("INC-404", None)}
    phone.goto(f"{live_server.url}/chauffeur/arret/{stop.uuid}/")
    expect(phone.locator("[data-paloxes] li")).to_have_count(2)
    accessible(phone)


def test_a_driver_scans_a_label_once_with_the_camera(phone, live_server, stop):  # noqa: F811
    register_palox("INC/7", by=BY)
    phone.add_init_script(CAMERA)
    open_stop(phone, live_server, stop)
    phone.locator("[data-palox-scan] summary").click()
    phone.locator('[data-palox-camera="id_paloxes_left"]').click()
    expect(phone.locator(".palox-camera [role=status]")).to_contain_text("INC/7")
    field = phone.locator('[name="paloxes_left"]')
    expect(field).to_have_value("INC/7")
    accessible(phone)
    phone.locator(".palox-camera button").click()
    expect(phone.locator(".palox-camera")).to_have_count(0)
    expect(field).to_have_value("INC/7")
    phone.locator("form[data-outbox] [type=submit]").click()
    phone.wait_for_url("**/chauffeur/tournee/**")
    assert Palox.objects.get().store == Stop.objects.get(pk=stop.pk).store
