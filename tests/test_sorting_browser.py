"""The sorting table in a real browser: a tablet and a small phone, with and without JavaScript."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from crates.models import BottleModel, ContainerType, RejectReason, SortingBatch
from crates.tests.factories import BottleModelFactory, CentreFactory, ContainerTypeFactory, RejectReasonFactory
from lincassable.accounts.tests.factories import PASSWORD, UserFactory
from tests.test_phone_browser import accessible, phone  # noqa: F401

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]
SIZES = [(820, 1180), (360, 740)]
PICTURES = os.environ.get("PICTURES", "")  # a folder to look at the pages in


@pytest.fixture
def centre():
    """A sorting centre, with a catalogue (a test before this one may have emptied the tables)."""
    for code in ("75", "palox"):
        ContainerTypeFactory(code=code)
    ContainerType.objects.filter(code="palox").update(declared_as="percent", bottles=500)
    for code in ("beer-75-1", "water-75", "milk-100"):
        BottleModelFactory(code=code)
    for code in ("broken", "foreign"):
        RejectReasonFactory(code=code)
    return CentreFactory(name="Centre des Étangs")


@pytest.fixture
def person(transactional_db):
    from django.contrib.auth.models import Group, Permission

    # The roles' permissions come by migrations, which a test that empties the tables takes away.
    group, _created = Group.objects.get_or_create(name="sorting")
    wanted = ["view_sortingbatch", "add_sortingbatch", "view_bottlemovement", "view_store"]
    group.permissions.add(*Permission.objects.filter(codename__in=wanted))
    return UserFactory(role="sorting")


def sign_in(page, live_server, person):
    page.goto(f"{live_server.url}/compte/login/")
    page.fill('[name="login"]', person.email)
    page.fill('[name="password"]', PASSWORD)
    page.locator("main form [type=submit]").first.click()


def picture(page, name):
    if PICTURES:
        page.emulate_media(color_scheme="light")
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def was_written(*, intake: int, accepted: int) -> None:
    batch = SortingBatch.objects.get()
    assert batch.intakes.get().quantity == intake
    assert batch.bottle_movements.get().quantity == accepted


def an_unknown_number_is_told(page, field, width) -> None:
    page.fill(field, "INC-404")
    accessible(page)
    page.locator('[value="next"]').click()
    expect(page.locator("[data-form-errors]")).to_be_visible()
    expect(page.locator(field)).to_have_value("INC-404")
    accessible(page)
    picture(page, f"{width}-error")
    page.fill(field, "")


@pytest.mark.parametrize("size", SIZES)
def test_a_batch_from_signing_in_to_the_receipt(phone, live_server, centre, person, size):  # noqa: F811
    width, height = size
    phone.set_viewport_size({"width": width, "height": height})
    sign_in(phone, live_server, person)
    expect(phone).to_have_url(f"{live_server.url}/tri/{centre.uuid}/")
    accessible(phone)
    picture(phone, f"{width}-home")
    phone.locator("main a.btn-primary").click()
    crate, palox = (ContainerType.objects.get(code=code) for code in ("75", "palox"))
    beer, broken = BottleModel.objects.get(code="beer-75-1"), RejectReason.objects.get(code="broken")
    plus_ten = phone.locator(f'.stepper:has([name="intake_{crate.pk}"]) [data-step="10"]')
    plus_ten.click()
    an_unknown_number_is_told(phone, f'[name="numbers_{palox.pk}"]', width)
    phone.locator('[value="next"]').click()
    phone.fill(f'[name="accepted_{beer.pk}"]', "70")
    accessible(phone)
    picture(phone, f"{width}-accepted")
    phone.keyboard.press("Enter")
    expect(phone.locator('[data-sorting="rejects"]')).to_be_visible()
    phone.fill(f'[name="rejected_{broken.pk}"]', "4")
    phone.locator("summary").click()
    accessible(phone)
    picture(phone, f"{width}-rejects")
    phone.locator('[value="next"]').click()
    expect(phone.locator(".note-warning")).to_be_visible()
    accessible(phone)
    picture(phone, f"{width}-review")
    phone.locator('[value="next"]').click()
    expect(phone.locator("[data-sorting-receipt]")).to_be_visible()
    accessible(phone)
    picture(phone, f"{width}-receipt")
    was_written(intake=10, accepted=70)
    phone.goto(f"{live_server.url}/tri/bouteilles/")
    accessible(phone)
    picture(phone, f"{width}-bottles")


def test_a_batch_without_javascript(browser, live_server, centre, person):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 820, "height": 1180})
    page = context.new_page()
    sign_in(page, live_server, person)
    page.locator("main a.btn-primary").click()
    page.fill(f'[name="intake_{ContainerType.objects.get(code="75").pk}"]', "3")
    for _screen in range(4):
        page.locator('[value="next"]').click()
    expect(page.locator("[data-sorting-receipt]")).to_be_visible()
    assert SortingBatch.objects.get().intakes.get().quantity == 3
    context.close()
