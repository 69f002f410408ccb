"""A coordinator looks at a mail in the admin, in a real browser: it is readable, and it can do nothing."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from playwright.sync_api import expect

from lincassable.messaging.delivery import sweep
from lincassable.messaging.tests.factories import MessageFactory

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]

HTML = """<html><head><style>p { color: rgb(1, 2, 3) }</style></head><body>
<p>La tournée passe demain.</p><a href="/healthz">Le lien</a>
<script>document.body.textContent = "a script ran"</script><form action="/admin/logout/"><button>x</button></form>
</body></html>"""


@pytest.fixture
def coordinator(page, live_server):
    """A page signed in with every right."""
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("chef@example.org", "x" * 12))
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value, "url": live_server.url}
    page.context.add_cookies([cookie])
    return page


@pytest.mark.parametrize("where", ["the outbox", "the folder"])
def test_a_mail_is_readable_and_harmless(coordinator, live_server, settings, tmp_path, where):
    settings.EMAIL_BACKEND = "lincassable.messaging.backends.FolderBackend"
    settings.MAIL_FOLDER = tmp_path
    message = MessageFactory(html=HTML)
    assert sweep() == 1
    if where == "the outbox":
        coordinator.goto(f"{live_server.url}/admin/messaging/message/{message.pk}/change/")
    else:
        coordinator.goto(f"{live_server.url}/admin/messaging/message/folder/")
        coordinator.get_by_role("link", name=message.subject).click()
    coordinator.locator("iframe").scroll_into_view_if_needed()
    mail = coordinator.frame_locator("iframe")
    expect(mail.get_by_text("La tournée passe demain.")).to_be_visible()
    expect(mail.locator("p")).to_have_css("color", "rgb(1, 2, 3)")
    expect(coordinator.locator("[data-mail-text]")).to_contain_text("la tournée passe demain.")
    with coordinator.context.expect_page() as opened:
        mail.get_by_role("link", name="Le lien").click()
    expect(opened.value).to_have_url(re.compile("/healthz$"))
    coordinator.screenshot(path=str(tmp_path / "page.png"), full_page=True)
