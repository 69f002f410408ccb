"""The phone's queue in a real browser: whatever the network and the server do, nothing typed is lost and nothing goes twice."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import expect

from tests.outbox_urls import Server

pytestmark = [pytest.mark.chromium, pytest.mark.urls("tests.outbox_urls"), pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _server():
    Server.reset()
    yield
    Server.reset()


@pytest.fixture
def phone(page, live_server):
    """A phone that has opened the form once, service worker in place."""
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if "Content Security Policy" in message.text else None)
    page.goto(f"{live_server.url}/p/")
    page.wait_for_selector("body[data-sw-ready]")
    yield page
    assert not errors


def submit(page):
    """Press the form's button."""
    page.locator("form[data-outbox] button.btn-primary").click()


def waiting(page, count):
    """Expect `count` forms to wait on the phone."""
    page.wait_for_selector(f'[data-outbox-status][data-outbox-waiting="{count}"]', state="attached")


def problems(page, count):
    """Expect `count` forms to be kept because the server refused them."""
    page.wait_for_selector(f'[data-outbox-status][data-outbox-problems="{count}"]', state="attached")


def status_buttons(page):
    """The buttons of the status banner."""
    return page.locator("[data-outbox-status] button")


def test_a_form_goes_with_its_key_its_time_and_its_scope(phone):
    submit(phone)
    phone.wait_for_selector("[data-receipt]")
    (form,) = Server.received
    assert re.fullmatch(r"[0-9a-f-]{36}", form["key"])
    assert form["header"] == form["key"]
    assert form["scope"] == "store-1"
    assert form["wants"] == "yes"
    assert abs(timezone.now() - datetime.fromisoformat(form["occurred_at"])) < timedelta(minutes=1)


def test_a_form_sent_in_a_dead_spot_survives_a_reload_and_goes_once_when_the_network_is_back(phone, context):
    context.set_offline(True)
    phone.fill("#id_full", "21")
    submit(phone)
    waiting(phone, 1)
    expect(phone.locator("form[data-outbox]")).to_be_hidden()  # an impatient second press is not possible
    phone.reload()
    waiting(phone, 1)
    expect(phone.locator("h1")).to_have_text("Declare")  # the page itself comes from the phone
    assert Server.received == []
    context.set_offline(False)
    waiting(phone, 0)
    assert [form["full"] for form in Server.received] == ["21"]


def test_two_tabs_send_each_form_once(phone, context, live_server):
    other = context.new_page()
    other.goto(f"{live_server.url}/p/")
    context.set_offline(True)
    submit(phone)
    waiting(phone, 1)
    submit(other)
    waiting(other, 2)
    context.set_offline(False)
    phone.wait_for_selector('[data-receipt], [data-outbox-waiting="0"]', state="attached")
    other.wait_for_selector('[data-receipt], [data-outbox-waiting="0"]', state="attached")
    phone.goto(f"{live_server.url}/p/")
    waiting(phone, 0)
    assert len(Server.received) == 2


@pytest.mark.parametrize("status", [503, 302])
def test_a_server_in_trouble_or_a_wifi_portal_keeps_the_form_until_it_can_go(phone, status):
    Server.status = status
    submit(phone)
    waiting(phone, 1)
    Server.status = 200
    phone.locator("[data-outbox-status] button, [data-receipt]").first.click()  # it may have left by itself a moment before
    phone.wait_for_selector("[data-receipt]")
    assert len(Server.received) == 1


@pytest.mark.parametrize("status", [403, 409])
def test_a_refused_form_is_kept_shown_and_tried_again_at_the_next_opening(phone, status):
    Server.status = status
    submit(phone)
    problems(phone, 1)
    expect(phone.locator("[data-outbox-status]")).to_contain_text("Refused by the server.")
    expect(phone.locator("#id_full")).to_have_value("14")  # what was typed is still there
    phone.reload()
    problems(phone, 1)
    Server.status = 200
    phone.reload()
    problems(phone, 0)
    assert len(Server.received) == 1


def test_a_refused_form_goes_only_when_the_person_says_so(phone):
    Server.status = 403
    submit(phone)
    problems(phone, 1)
    phone.once("dialog", lambda dialog: dialog.dismiss())
    status_buttons(phone).last.click()
    problems(phone, 1)
    phone.once("dialog", lambda dialog: dialog.accept())
    status_buttons(phone).last.click()
    problems(phone, 0)


def test_a_mistake_is_shown_in_the_form_with_what_was_typed(phone):
    phone.fill("#id_full", "")
    phone.fill("#id_total", "30")
    submit(phone)
    phone.wait_for_selector("[data-form-errors]")
    expect(phone.locator("#id_total")).to_have_value("30")
    expect(phone.locator("[data-form-errors]")).to_be_focused()
    phone.fill("#id_full", "5")
    submit(phone)
    phone.wait_for_selector("[data-receipt]")
    assert [form["full"] for form in Server.received] == ["5"]


def test_a_mistake_found_after_the_page_was_closed_can_still_be_corrected_at_its_own_time(phone, context):
    context.set_offline(True)
    phone.fill("#id_full", "")
    phone.fill("#id_total", "30")
    before = timezone.now()
    submit(phone)
    waiting(phone, 1)
    phone.reload()
    waiting(phone, 1)
    context.set_offline(False)
    problems(phone, 1)
    reloaded = timezone.now()
    status_buttons(phone).first.click()
    expect(phone.locator("#id_total")).to_have_value("30")
    phone.fill("#id_full", "5")
    submit(phone)
    phone.wait_for_selector("[data-receipt]")
    (form,) = Server.received
    assert before - timedelta(seconds=1) <= datetime.fromisoformat(form["occurred_at"]) <= reloaded
    assert phone.locator("[data-outbox-problems]:not([data-outbox-problems='0'])").count() == 0


def test_the_steppers_count_within_their_bounds_and_with_the_keyboard(phone):
    field, plus = phone.locator("#id_full"), phone.locator('[data-step="1"]').first
    minus = phone.locator('[data-step="-1"]').first
    plus.click()
    expect(field).to_have_value("15")
    field.press("ArrowUp")
    expect(field).to_have_value("16")
    phone.fill("#id_full", "60")
    expect(plus).to_be_disabled()
    phone.fill("#id_full", "0")
    expect(minus).to_be_disabled()
    box = plus.bounding_box()
    assert min(box["width"], box["height"]) >= 56


def test_the_form_works_without_javascript(browser, live_server):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/p/")
    page.fill("#id_full", "9")
    page.locator("button.btn-primary").click()
    page.wait_for_load_state()
    context.close()
    (form,) = Server.received
    assert form["full"] == "9"
    assert form["key"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_phone_page_and_its_banners_pass_axe(phone, context, scheme):
    phone.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    context.set_offline(True)
    submit(phone)
    waiting(phone, 1)
    status_buttons(phone).last.click()
    context.set_offline(False)
    results = Axe().run(phone)
    assert results.violations_count == 0, results.generate_report()
