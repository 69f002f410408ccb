"""A carrier's office in a real browser: accepting with a vehicle, sending a slip; every page checked with axe, on a phone and at a desk."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import expect

from lincassable.accounts import links
from lincassable.accounts.models import AccessLink
from pickups.enums import TourState
from pickups.models import SlipUpload, Tour
from pickups.tests.factories import VehicleFactory
from pickups.tests.factories_proofs import SlipUploadFactory

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]
SIZES = [(360, 740), (1280, 800)]
PDF = {"name": "bon.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n%%EOF\n"}


def faults(page) -> list[str]:
    """What axe finds wrong, and whether the page is wider than its window."""
    found = [f"{rule['id']}: {rule['nodes'][0]['html']}" for rule in Axe().run(page).response["violations"]]
    too_wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return found + ([f"{too_wide} px too wide"] if too_wide > 0 else [])


def sign_in(page, server, user) -> None:
    """Give the browser the session of `user`."""
    client = Client()
    client.force_login(user)
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": server.url}])


@pytest.fixture
def office(page, live_server, scene, settings):
    """An office with a tour in each of its lists, and the browser of its user."""
    settings.SITE_URL = live_server.url
    made = scene(TourState.AWAITING)
    for state in (TourState.ACCEPTED, TourState.DONE):
        other = scene(state)
        Tour.objects.filter(pk=other.tour.pk).update(carrier=made.tour.carrier)
    SlipUploadFactory(tour=other.tour)
    sign_in(page, live_server, made.users["carrier"])
    return made


def test_the_pages_of_the_office_have_no_fault(page, live_server, office):
    tours = Tour.objects.filter(carrier=office.tour.carrier)
    paths = ["", "historique/", "fiabilite/", "fiabilite/accepted/", "agenda/", *(f"tournees/{tour.uuid}/" for tour in tours)]
    found = {}
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        for path in paths:
            page.goto(f"{live_server.url}/transporteur/{path}")
            found[f"{path} {width}"] = faults(page)
    assert {place: wrong for place, wrong in found.items() if wrong} == {}


def test_accepting_with_a_vehicle_then_sending_the_slip(page, live_server, office):
    VehicleFactory(carrier=office.tour.carrier, name="Fourgon A")
    vehicle = VehicleFactory(carrier=office.tour.carrier, name="Fourgon B")
    page.goto(f"{live_server.url}/transporteur/")
    form = page.locator(f'[data-tour="{office.tour.uuid}"]')
    form.locator("select").select_option(str(vehicle.pk))
    form.locator("[data-accept] button").click()
    expect(page.locator("[data-driver-link]")).to_be_visible()
    office.tour.refresh_from_db()
    assert (office.tour.state, office.tour.vehicle) == (TourState.ACCEPTED, vehicle)
    page.locator("input[type=file]").set_input_files(PDF)
    page.locator("[data-slip-upload] button").click()
    expect(page.locator("[data-slips] li")).to_have_count(1)
    assert SlipUpload.objects.filter(tour=office.tour).count() == 1


@pytest.mark.parametrize("kind", [AccessLink.CARRIER_TOUR, AccessLink.TOUR])
def test_the_pages_behind_the_links_have_no_fault(page, office, live_server, kind):
    accepted = Tour.objects.get(carrier=office.tour.carrier, state=TourState.ACCEPTED)
    page.context.clear_cookies()
    page.goto(links.url(links.link_for(kind, accepted.pk)))
    if kind == AccessLink.TOUR:
        page.locator("[data-paper-slip]").click()
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        expect(page.locator("[data-slip-upload]")).to_be_visible()
        assert faults(page) == []
