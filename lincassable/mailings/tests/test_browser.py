"""Writing and launching a mailing in a real browser: impatient clicks, a file in the middle of a text, a page left too early."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import expect

from lincassable.accounts.tests.factories import UserFactory
from lincassable.mailings import services
from lincassable.mailings.enums import State
from lincassable.mailings.models import Mailing
from lincassable.mailings.tests.factories import BY, MailingFactory, begun, people

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]
PDF = {"name": "programme.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\nx"}


@pytest.fixture
def desk(page, client, live_server):
    """A coordinator's browser, on which nothing may go wrong in silence."""
    client.force_login(UserFactory(role="coordinator"))
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    assert not errors


def broken_rules(page) -> list[str]:
    """What axe finds wrong in the page of a mailing."""
    return [f"{rule['id']}: {rule['nodes'][0]['html']}" for rule in Axe().run(page, context=".mailing").response["violations"]]


def test_a_file_is_added_in_the_middle_of_a_text_and_what_is_not_saved_is_asked_about(desk, live_server):
    mailing = MailingFactory(name="Lettre de mars")
    asked: list[str] = []
    desk.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    desk.goto(live_server.url + reverse("admin:mailings_mailing_text", args=[mailing.pk]))
    desk.fill("#id_body_fr", "Un nouveau texte.")
    desk.locator(".mailing-steps a").first.click()
    expect(desk.locator('[data-step="text"]')).to_be_visible()
    assert asked == ["beforeunload"]
    desk.set_input_files("#id_file", PDF)
    desk.locator("button[formaction*='files/add']").click()
    expect(desk.locator('[data-files="1"]')).to_be_visible()
    mailing.refresh_from_db()
    assert (mailing.name, mailing.body_fr) == ("Lettre de mars", "Un nouveau texte.")
    assert broken_rules(desk) == []
    desk.locator("button[formaction*='/remove/']").click()
    expect(desk.locator('[data-files="0"]')).to_be_visible()
    assert asked == ["beforeunload"]


def test_a_double_click_makes_one_mailing_and_launches_it_once(desk, live_server):
    people(2)
    desk.goto(live_server.url + reverse("admin:mailings_mailing_add"))
    desk.fill("#id_name", "Lettre")
    desk.locator(".mailing button.is-primary").dblclick()
    expect(desk.locator('[data-step="audience"]')).to_be_visible()
    mailing = Mailing.objects.get()
    services.save_text(mailing, {"subject_fr": "Bonjour", "body_fr": "Texte"}, by=BY)
    desk.goto(live_server.url + reverse("admin:mailings_mailing_launch", args=[mailing.pk]))
    assert broken_rules(desk) == []
    desk.locator("button[value=launch]").dblclick()
    expect(desk.locator('[data-step="follow"]')).to_be_visible()
    assert mailing.log.count() == 1


def test_ending_a_mailing_takes_two_steps_and_the_buttons_are_large_enough_for_a_thumb(desk, live_server):
    people(2)
    mailing = begun()
    desk.set_viewport_size({"width": 360, "height": 740})
    desk.goto(live_server.url + reverse("admin:mailings_mailing_follow", args=[mailing.pk]))
    end = desk.locator("form[action*='do/cancel'] button")
    expect(end).to_be_hidden()
    summary = desk.locator("[data-ask=cancel] summary")
    assert summary.bounding_box()["height"] >= 48
    summary.click()
    assert broken_rules(desk) == []
    end.click()
    expect(desk.locator('[data-mailing="cancelled"]')).to_be_visible()
    mailing.refresh_from_db()
    assert mailing.state == State.CANCELLED
