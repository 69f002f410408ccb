"""The weekly reports in the admin: preview, sending now, history; who may do which."""

from __future__ import annotations

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lincassable.accounts.models import AccessLink
from lincassable.accounts.tests.factories import UserFactory
from lincassable.messaging.models import Message
from lincassable.reporting import tasks
from lincassable.reporting.services import send_weekly_reports
from lincassable.reporting.tests.factories import at, say, use
from stores.tests.factories import ContactFactory, StoreFactory

pytestmark = pytest.mark.django_db
PAGE = "/admin/bilans/"


@pytest.fixture(autouse=True)
def _thursday():
    """Thursday 19 November 2026: nothing leaves by itself."""
    with time_machine.travel(at("2026-11-19 10:00"), tick=False):
        yield


@pytest.fixture
def shop():
    """A shop with 7 full crates."""
    shop = StoreFactory(name="La Cagette", city="Arles")
    use(shop)
    say(shop, at("2026-11-18 09:00"), full=7)
    return shop


@pytest.fixture
def contact(shop):
    """Who wants its report."""
    return ContactFactory(store=shop, name="Camille", email="camille@boutique.example", language="en")


@pytest.fixture
def coordinator(client):
    """A signed-in coordinator who does not receive the report."""
    user = UserFactory(role="coordinator", wants_weekly_report=False, language="en")
    client.force_login(user)
    client.cookies["langue"] = "en"
    return user


def writes(queries: CaptureQueriesContext) -> list[str]:
    """The statements that changed something, sessions apart."""
    return [each["sql"] for each in queries if each["sql"].startswith(("INSERT", "UPDATE", "DELETE")) and "session" not in each["sql"]]


def test_a_preview_shows_todays_figures_and_writes_nothing(client, coordinator, contact):
    with CaptureQueriesContext(connection) as queries:
        page = client.get(f"{PAGE}apercu/contact/{contact.pk}/")
        html = client.get(f"{PAGE}apercu/contact/{contact.pk}/html/")
    assert "7 full" in page.content.decode()
    assert 'width="360"' in page.content.decode()
    assert "data:image/png;base64," in html.content.decode()
    assert "cid:" not in html.content.decode()
    assert "sandbox" in html["Content-Security-Policy"]
    assert writes(queries) == []
    assert not Message.objects.exists()
    assert not AccessLink.objects.exists()


def test_a_coordinators_preview_has_the_table(client, coordinator, shop):
    user = UserFactory(role="coordinator", language="en")
    page = client.get(f"{PAGE}apercu/user/{user.pk}/").content.decode()
    assert "stock-2026-W47.xlsx" in page
    assert "TO DECIDE" in page


@pytest.mark.parametrize(
    "address", ["apercu/contact/99999/", "apercu/user/99999/", "apercu/store/1/", "2026-47/", "apercu/contact/99999/html/"]
)
def test_what_is_not_there_is_not_found(client, coordinator, address):
    assert client.get(PAGE + address).status_code == 404


def test_one_is_sent_now_once_and_monday_does_not_repeat_it(client, coordinator, contact):
    for _again in range(2):
        assert client.post(f"{PAGE}envoyer/", {"who": f"contact-{contact.pk}"}).status_code == 302
    message = Message.objects.get()
    assert (message.to_email, message.kind) == ("camille@boutique.example", "weekly_store")
    assert send_weekly_reports(force=True).already == 1
    page = client.get(f"{PAGE}apercu/contact/{contact.pk}/").content.decode()
    assert "data-has-it" in page
    assert "Send it now" not in page


@pytest.mark.parametrize("who", ["", "contact-", "contact-99999", "contact-x", "store-1", "user-1e3", "contact-" + "9" * 30])
def test_nobody_in_particular_is_not_found(client, coordinator, who):
    assert client.post(f"{PAGE}envoyer/", {"who": who}).status_code == 404
    assert not Message.objects.exists()


def test_somebody_who_stopped_it_cannot_be_sent_one(client, coordinator, contact):
    contact.wants_weekly_report = False
    contact.save()
    assert client.post(f"{PAGE}envoyer/", {"who": f"contact-{contact.pk}"}).status_code == 404


def test_all_who_have_not_got_it_get_it_by_the_worker(client, coordinator, contact, settings, monkeypatch):
    asked = []
    monkeypatch.setattr("lincassable.messaging.broker.ask", lambda task, *_arguments: asked.append(task.name) or True)
    ContactFactory.create_batch(2, store=contact.store)
    client.post(f"{PAGE}envoyer/", {"who": f"contact-{contact.pk}"})
    assert 'data-missing="2"' in client.get(PAGE).content.decode()
    client.post(f"{PAGE}envoyer/", {"who": "all"})
    assert "reporting.weekly_report_now" in asked
    assert tasks.weekly_report_now() == "2026-W47: 2 to stores, 0 to coordinators, 1 had theirs"
    assert 'data-missing="0"' in client.get(PAGE).content.decode()


def test_a_worker_that_cannot_be_reached_is_said(client, coordinator, contact, monkeypatch):
    monkeypatch.setattr("lincassable.messaging.broker.ask", lambda *_arguments: False)
    page = client.post(f"{PAGE}envoyer/", {"who": "all"}, follow=True).content.decode()
    assert "The worker cannot be reached" in page


def test_the_history_counts_weeks_and_leads_to_each_copy(client, coordinator, contact):
    for moment in ("2026-11-09 07:00", "2026-11-16 07:00"):
        with time_machine.travel(at(moment), tick=False):
            send_weekly_reports()
    Message.objects.filter(dedupe_key__startswith="weekly:2026-W46").update(state=Message.FAILED, last_error="550 no such user")
    page = client.get(PAGE).content.decode()
    assert page.index('data-week="2026-W47"') < page.index('data-week="2026-W46"')
    failed = client.get(f"{PAGE}2026-W46/?state=failed").content.decode()
    message = Message.objects.get(state=Message.FAILED)
    assert f'data-message="{message.pk}"' in failed
    assert "550 no such user" in failed
    assert f"/admin/messaging/message/{message.pk}/change/" in failed
    assert client.get(f"/admin/messaging/message/{message.pk}/change/").status_code == 200
    assert "data-message" not in client.get(f"{PAGE}2026-W46/?state=sent").content.decode()
    assert 'data-week="2026-W46"' in client.get(f"{PAGE}?before=2026-W47").content.decode()


def test_people_are_found_by_place_town_name_or_address(client, coordinator, contact):
    ContactFactory(store=StoreFactory(name="Autre", city="Gap"), name="Paul", email="x@y.example")
    for text in ("cagette", "arles", "camille", "camille@bou"):
        page = client.get(PAGE, {"q": text}).content.decode()
        people = page[page.index("data-people") :]
        assert "camille@boutique.example" in people
        assert "x@y.example" not in people


@pytest.mark.parametrize("role", ["carrier", "sorting"])
def test_others_see_nothing(role, contact):
    browser = Client()
    browser.force_login(UserFactory(role=role))
    for address in (PAGE, f"{PAGE}2026-W46/", f"{PAGE}apercu/contact/{contact.pk}/"):
        assert browser.get(address).status_code in (302, 403)
    assert browser.post(f"{PAGE}envoyer/", {"who": "all"}).status_code in (302, 403)
    assert not Message.objects.exists()


def test_who_may_only_look_cannot_send(client, contact):
    user = UserFactory(is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_message"))
    client.force_login(user)
    assert client.get(PAGE).status_code == 200
    assert f"{PAGE}envoyer/".encode() not in client.get(PAGE).content
    assert client.post(f"{PAGE}envoyer/", {"who": f"contact-{contact.pk}"}).status_code == 403
    assert client.get(f"{PAGE}envoyer/").status_code == 405
    assert not Message.objects.exists()


def test_the_page_takes_as_many_queries_for_many(client, coordinator, contact, django_assert_max_num_queries):
    ContactFactory.create_batch(30, store=contact.store)
    send_weekly_reports(force=True)
    with django_assert_max_num_queries(30):
        client.get(PAGE)
