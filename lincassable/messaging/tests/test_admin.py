"""The outbox in the admin: read-only, by permission, with mails locked in a sandbox."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lincassable.messaging.models import Message
from lincassable.messaging.tests.factories import MessageFactory, TaskRunFactory

LIST = "admin:messaging_message_changelist"


def staff(*codenames):
    user = get_user_model().objects.create_user(f"{'-'.join(codenames) or 'nothing'}@example.org", "x" * 12, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames, content_type__app_label="messaging"))
    client = Client()
    client.force_login(user)
    return client


def addresses(message):
    return [
        reverse(LIST),
        reverse("admin:messaging_message_change", args=[message.pk]),
        reverse("admin:messaging_message_html", args=[message.pk]),
        reverse("admin:messaging_folder"),
    ]


@pytest.fixture
def message(db):
    return MessageFactory()


def test_who_may_view_messages_sees_them(message):
    client = staff("view_message")
    assert [client.get(url).status_code for url in addresses(message)] == [200] * 4


def test_staff_without_the_permission_are_refused(message):
    client = staff()
    assert [client.get(url).status_code for url in addresses(message)] == [403] * 4


def test_others_are_sent_to_the_sign_in_page(message, client):
    client.force_login(get_user_model().objects.create_user("someone@example.org", "x" * 12))
    for url in addresses(message):
        assert client.get(url).status_code in (302, 403)
        assert Client().get(url).status_code == 302


def test_looking_is_not_operating(message):
    client = staff("view_message")
    url = reverse("admin:messaging_message_operation", args=[message.pk, "cancel"])
    assert client.post(url).status_code == 403
    assert url not in client.get(addresses(message)[1]).content.decode()
    client.post(reverse(LIST), {"action": "cancel_selected", "_selected_action": [message.pk]})
    message.refresh_from_db()
    assert message.state == "waiting"


def test_an_operator_retries_and_withdraws_and_it_is_written_down(message):
    client = staff("view_message", "change_message")
    retry, cancel = (reverse("admin:messaging_message_operation", args=[message.pk, name]) for name in ("retry", "cancel"))
    page = client.get(addresses(message)[1]).content.decode()
    assert retry in page
    assert cancel in page
    assert client.get(cancel).status_code == 405
    assert client.post(cancel).status_code == 302
    message.refresh_from_db()
    assert message.state == "cancelled"
    client.post(reverse(LIST), {"action": "retry_selected", "_selected_action": [message.pk]})
    message.refresh_from_db()
    assert message.state == "waiting"
    assert LogEntry.objects.filter(object_id=str(message.pk)).count() == 2


def test_an_operation_that_does_not_exist_is_not_found(message):
    assert staff("change_message").post(reverse("admin:messaging_message_operation", args=[message.pk, "send"])).status_code == 404


def test_a_sent_message_has_no_button_and_says_why_when_asked_anyway(db):
    message = MessageFactory(state=Message.SENT, sent_at=timezone.now())
    client = staff("view_message", "change_message")
    url = reverse("admin:messaging_message_operation", args=[message.pk, "cancel"])
    assert url not in client.get(addresses(message)[1]).content.decode()
    page = client.post(url, follow=True)
    assert [said.level_tag for said in page.context["messages"]] == ["error"]
    message.refresh_from_db()
    assert message.state == "sent"
    assert not LogEntry.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["add", "delete"])
def test_nobody_adds_or_deletes_a_message_by_hand(admin_client, message, page):
    url = reverse(f"admin:messaging_message_{page}", args=[message.pk] if page == "delete" else [])
    assert admin_client.get(url).status_code == 403


def test_nobody_edits_a_message(admin_client, message):
    assert admin_client.post(addresses(message)[1], {"subject": "other", "state": "sent"}).status_code == 403
    assert 'name="subject"' not in admin_client.get(addresses(message)[1]).content.decode()


def test_the_html_of_a_mail_is_locked_in_a_sandbox(admin_client, db):
    message = MessageFactory(html="<html><head></head><body><script>alert(1)</script>Bonjour</body></html>")
    answer = admin_client.get(reverse("admin:messaging_message_html", args=[message.pk]))
    directives = [directive.strip().split() for directive in answer["Content-Security-Policy"].split(";")]
    assert ["default-src", "'none'"] in directives
    sandbox = next(directive for directive in directives if directive[0] == "sandbox")
    assert "allow-scripts" not in sandbox
    assert "allow-same-origin" not in sandbox
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert '<base target="_blank">' in answer.content.decode()
    page = admin_client.get(addresses(message)[1]).content.decode()
    frame = page[page.index("<iframe") : page.index("</iframe>")]
    assert "sandbox=" in frame
    assert "allow-same-origin" not in frame


def test_the_text_of_a_mail_is_shown_escaped_with_its_links(admin_client, db):
    message = MessageFactory(text="<b>x</b>\nhttps://example.org/p/")
    page = admin_client.get(addresses(message)[1]).content.decode()
    shown = page[page.index("data-mail-text") :]
    assert "&lt;b&gt;x&lt;/b&gt;<br>" in shown
    assert '<a href="https://example.org/p/"' in shown


def test_messages_are_found_by_state_and_address(admin_client, db):
    MessageFactory(state=Message.FAILED, to_email="perdu@example.org")
    MessageFactory(to_email="autre@example.org")
    for query in ({"state__exact": "failed"}, {"q": "perdu@"}):
        page = admin_client.get(reverse(LIST), query).content.decode()
        assert "perdu@example.org" in page
        assert "autre@example.org" not in page


def test_the_last_run_of_each_task_is_listed(admin_client, db):
    TaskRunFactory(name="crates.check_ledger", outcome="2 differences")
    assert "2 differences" in admin_client.get(reverse("admin:messaging_taskrun_changelist")).content.decode()
    assert admin_client.get(reverse("admin:messaging_taskrun_add")).status_code == 403
