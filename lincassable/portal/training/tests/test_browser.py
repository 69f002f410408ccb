"""The quiz by keyboard on a phone, and asking for a training from a dead spot; no fault for axe."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import expect

from awareness.models import Participation, QuizQuestion, TrainingWish
from awareness.tests.factories import TrainingFactory
from lincassable.accounts import links
from lincassable.accounts.models import AccessLink
from stores.tests.factories import StoreFactory
from tests.test_phone_browser import phone  # noqa: F401  a fixture

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]


def violations(page) -> list[str]:
    """Return what axe finds wrong, and whether the page is wider than the screen."""
    found = [f"{rule['id']}: {rule['nodes'][0]['html']}" for rule in Axe().run(page).response["violations"]]
    return found + (["wider than the screen"] if page.evaluate("document.documentElement.scrollWidth > innerWidth") else [])


@pytest.mark.parametrize(("size", "scheme"), [((360, 740), "light"), ((360, 740), "dark"), ((1280, 800), "light")])
def test_the_quiz_is_answered_by_keyboard(page, live_server, size, scheme):
    training = TrainingFactory(starts_at=timezone.now() - timedelta(hours=1))
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(f"{live_server.url}/formation/{training.uuid}/")
    assert violations(page) == []
    for question in QuizQuestion.objects.filter(is_active=True):
        page.locator(f"input[name=q{question.pk}][value=right]").press("Space")
    page.fill("input[name=name]", "Lou Martin")
    page.locator("[data-quiz=open] button[type=submit]").press("Enter")
    expect(page.locator("[data-passed='1']")).to_be_visible()
    assert violations(page) == []
    address = page.locator("[data-attestation]").get_attribute("href")
    assert page.request.get(live_server.url + address).headers["content-type"] == "application/pdf"
    assert Participation.objects.get().name == "Lou Martin"


def test_a_training_is_asked_for_from_a_dead_spot(phone, context, live_server):  # noqa: F811
    store = StoreFactory()
    phone.set_viewport_size({"width": 360, "height": 740})
    phone.goto(f"{live_server.url}/p/{links.token(links.link_for(AccessLink.STORE, store.pk))}")
    phone.wait_for_selector("body[data-sw-ready]")
    phone.locator('main a[href="/p/formation/"]').click()
    assert violations(phone) == []
    context.set_offline(True)
    phone.locator("input[name=reason][value=new_team]").check()
    phone.locator("form[data-outbox] [type=submit]").click()
    phone.wait_for_selector('[data-outbox-waiting="1"]')
    assert not TrainingWish.objects.exists()
    context.set_offline(False)
    phone.wait_for_url(re.compile(r"/p/formation/\?fait=1"))
    assert violations(phone) == []
    assert TrainingWish.objects.get().store == store
