"""The checklist on a small phone: opened once, filled in with a photo in a dead spot, it leaves by itself and arrives once."""

import re
from io import BytesIO

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as site
from django.core.files.storage import default_storage
from django.test import Client
from PIL import Image
from playwright.sync_api import expect

from awareness.models import Visit, VisitCriterion
from awareness.tests.factories_visits import VisitFactory
from lincassable.accounts.tests.factories import UserFactory
from stores.models import StoreTask
from stores.tests.factories import StoreFactory
from tests.pictures import WIDE, exif_of_a_phone, picture

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def browser_context_args(browser_context_args: dict) -> dict:
    """A small phone."""
    return {**browser_context_args, "viewport": {"width": 360, "height": 740}, "locale": "en-GB"}


@pytest.fixture
def ana(page, live_server, settings):
    """Ana, signed in on this phone."""
    settings.SITE_URL = live_server.url
    ana = UserFactory(role="coordinator", name="Ana", language="en")
    sign_in(page, live_server, ana)
    return ana


def sign_in(page, live_server, user):
    """Give the phone a session of the user."""
    client = Client()
    client.force_login(user)
    value = client.cookies[site.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": site.SESSION_COOKIE_NAME, "value": value, "url": live_server.url}])


def broken_rules(page) -> list[str]:
    """Return what axe finds wrong on the page."""
    return [f"{rule['id']}: {rule['nodes'][0]['html']}" for rule in Axe().run(page).response["violations"]]


def test_a_checklist_filled_in_offline_with_a_photo_arrives_once(page, live_server, ana, tmp_path):
    visit, path = VisitFactory(visitor=ana), tmp_path / "IMG_0001.jpg"
    path.write_bytes(picture(WIDE, colour="green", exif=exif_of_a_phone()))
    page.goto(f"{live_server.url}/visites/")
    expect(page.locator("body")).to_have_attribute("data-sw-ready", "1")
    assert broken_rules(page) == []
    kept = "(path) => caches.match(new URL(path, location.origin), { ignoreVary: true }).then(Boolean)"
    page.wait_for_function(kept, arg=f"/visites/fiche/{visit.uuid}/")  # the list keeps its checklists, before anybody has opened one
    page.context.set_offline(True)
    page.get_by_role("link", name=visit.store.name, exact=False).first.click()
    expect(page.locator("form.visit-form")).to_be_visible()
    criteria = list(VisitCriterion.objects.filter(is_active=True))
    for criterion in criteria:
        page.locator(f'input[name="c{criterion.pk}"][value="yes"]').check()
    first = page.locator(f'[data-criterion="{criteria[0].pk}"]')
    expect(first.locator(".visit-task")).to_be_hidden()
    first.locator('input[value="no"]').check()
    first.locator(".visit-task input").check()
    page.set_input_files("input[name=photos]", path)
    expect(page.locator("[data-photo-list] li")).to_have_count(1)
    page.locator("form.visit-form [type=submit]").click()
    expect(page.locator("[data-outbox-status]")).to_have_attribute("data-outbox-waiting", "1")
    assert Visit.objects.planned().count() == 1
    page.context.set_offline(False)
    page.wait_for_url(re.compile(rf"/visites/fiche/{visit.uuid}/\?fait=1"))
    visit.refresh_from_db()
    weights = [criterion.weight for criterion in criteria]
    assert (visit.state, visit.score) == ("done", int(100 * sum(weights[1:]) / sum(weights) + 0.5))
    assert (visit.log.count(), StoreTask.objects.get().store, visit.photos.count()) == (1, visit.store, 1)
    image = Image.open(BytesIO(default_storage.open(visit.photos.get().image.name).read()))
    assert (image.format, max(image.size), dict(image.getexif())) == ("WEBP", 1600, {})
    assert broken_rules(page) == []


def test_what_is_not_answered_is_asked_for_before_it_leaves(page, live_server, ana):
    visit = VisitFactory(visitor=ana)
    page.goto(f"{live_server.url}/visites/fiche/{visit.uuid}/")
    assert broken_rules(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.locator("form.visit-form [type=submit]").click()
    assert page.evaluate("document.activeElement.name").startswith("c")
    expect(page.locator("[data-outbox-status]")).not_to_have_attribute("data-outbox-waiting", "1")
    assert Visit.objects.planned().exists()


def test_one_tap_plans_and_the_pages_fit_and_are_readable(page, live_server, ana):
    store = StoreFactory(latitude="43.3", longitude="5.4")
    page.goto(f"{live_server.url}/visites/planifier/")
    assert broken_rules(page) == []
    page.goto(f"{live_server.url}/visites/planifier/?autour={store.uuid}")
    assert broken_rules(page) == []
    page.goto(f"{live_server.url}/visites/")
    page.locator("[data-plan-one]").click()
    expect(page.locator("[data-planned]")).to_be_visible()
    visit = Visit.objects.get()
    assert (visit.store, visit.visitor) == (store, ana)
    assert broken_rules(page) == []
    page.goto(f"{live_server.url}/visites/fiche/{visit.uuid}/modifier/")
    assert broken_rules(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_signing_out_takes_the_kept_pages_off_the_phone_and_leaves_what_was_not_sent(page, live_server, ana):
    visit = VisitFactory(visitor=ana)
    kept = "(path) => caches.match(new URL(path, location.origin), { ignoreVary: true }).then(Boolean)"
    page.goto(f"{live_server.url}/visites/")
    expect(page.locator("body")).to_have_attribute("data-sw-ready", "1")
    page.goto(f"{live_server.url}/visites/fiche/{visit.uuid}/")
    assert page.evaluate(kept, f"/visites/fiche/{visit.uuid}/")
    page.context.set_offline(True)
    for criterion in VisitCriterion.objects.filter(is_active=True):
        page.locator(f'input[name="c{criterion.pk}"][value="yes"]').check()
    page.locator("form.visit-form [type=submit]").click()
    expect(page.locator("[data-outbox-status]")).to_have_attribute("data-outbox-waiting", "1")
    page.goto("about:blank")  # nothing leaves while the network comes back
    page.context.set_offline(False)
    page.goto(f"{live_server.url}/compte/logout/")
    page.locator("main form [type=submit]").click()
    page.wait_for_url(f"{live_server.url}/compte/login/")
    expect(page.locator("[data-forgotten]")).to_be_visible()
    expect(page.locator("[data-unsent]")).to_be_visible()
    assert broken_rules(page) == []
    assert not page.evaluate("() => caches.keys().then((names) => names.filter((name) => name.includes(':pages:')).length)")
    assert not page.evaluate(kept, f"/visites/fiche/{visit.uuid}/")
    page.reload()
    expect(page.locator("[data-forget][data-done]")).to_be_visible()
    expect(page.locator("[data-forgotten]")).to_be_hidden()
    assert Visit.objects.planned().count() == 1
    sign_in(page, live_server, ana)
    page.goto(f"{live_server.url}/visites/")
    expect(page.locator("[data-outbox-status]")).to_have_attribute("data-outbox-waiting", "0")
    visit.refresh_from_db()
    assert (visit.state, visit.score) == ("done", 100)
    page.goto(f"{live_server.url}/visites/")
    page.locator("[data-sign-out]").click()
    page.wait_for_url(f"{live_server.url}/compte/login/")
    expect(page.locator("[data-forgotten]")).to_be_visible()
    expect(page.locator("[data-unsent]")).to_be_hidden()
