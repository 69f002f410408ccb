"""A report with a photo from a dead spot, on a small phone: it waits, leaves by itself, arrives once, and knows no place."""

import re
from io import BytesIO

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.files.storage import default_storage
from django.utils import translation
from django.utils.translation import gettext
from PIL import Image
from playwright.sync_api import expect

from lincassable.accounts import links
from lincassable.accounts.models import AccessLink
from nonconformities.models import NonConformity
from stores.tests.factories import StoreFactory
from tests.pictures import WIDE, exif_of_a_phone, picture

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def browser_context_args(browser_context_args: dict) -> dict:
    """A small phone."""
    return {**browser_context_args, "viewport": {"width": 360, "height": 740}}


def broken_rules(page) -> list[str]:
    """Return what axe finds wrong on the page."""
    return [f"{rule['id']}: {rule['nodes'][0]['html']}" for rule in Axe().run(page).response["violations"]]


def test_a_report_with_a_photo_made_offline_arrives_once(page, live_server, settings, tmp_path):
    settings.SITE_URL = live_server.url
    store, path = StoreFactory(), tmp_path / "IMG_0001.jpg"
    path.write_bytes(picture(WIDE, colour="green", exif=exif_of_a_phone()))
    page.goto(links.url(links.link_for(AccessLink.STORE, store.pk)))
    page.goto(f"{live_server.url}/p/problemes/")
    assert broken_rules(page) == []
    page.goto(f"{live_server.url}/p/problemes/signaler/")
    assert broken_rules(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.context.set_offline(True)
    page.locator("input[name=kind][value=broken]").check()
    page.set_input_files("input[name=photos]", path)
    expect(page.locator("[data-photo-list] li")).to_have_count(1)
    page.locator("form.problem-form [type=submit]").click()
    expect(page.locator("[data-outbox-status]")).to_have_attribute("data-outbox-waiting", "1")
    assert not NonConformity.objects.exists()
    page.context.set_offline(False)
    page.wait_for_url(re.compile(r"/p/problemes/\?fait=1"))
    row = NonConformity.objects.get()
    image = Image.open(BytesIO(default_storage.open(row.photos.get().image.name).read()))
    assert (row.kind.code, row.store, max(image.size), dict(image.getexif())) == ("broken", store, 1600, {})
    page.goto(f"{live_server.url}/p/problemes/{row.key}/")
    assert broken_rules(page) == []


def test_what_is_too_much_for_an_hour_waits_on_the_phone_and_leaves_by_itself(page, live_server, settings):
    settings.SITE_URL, settings.PROBLEM_REPORTS_PER_HOUR = live_server.url, 0
    store = StoreFactory()
    page.goto(links.url(links.link_for(AccessLink.STORE, store.pk)))
    page.goto(f"{live_server.url}/p/problemes/signaler/")
    page.locator("input[name=kind][value=broken]").check()
    page.locator("form.problem-form [type=submit]").click()
    status = page.locator("[data-outbox-status]")
    expect(status).to_have_attribute("data-outbox-waiting", "1")
    with translation.override(page.locator("html").get_attribute("lang")):
        why = gettext("This place has sent a lot within the hour: what comes now stays on this phone and leaves by itself later.")
    expect(status.locator(".note-warning")).to_contain_text(why)
    assert not NonConformity.objects.exists()
    settings.PROBLEM_REPORTS_PER_HOUR = 1000
    page.goto(f"{live_server.url}/p/problemes/")
    expect(status).to_have_attribute("data-outbox-waiting", "0")
    assert NonConformity.objects.get().store == store
