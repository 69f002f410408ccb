"""The pages of texts in the admin: who may, preview locked in and without secrets, test to oneself, refusal that loses nothing."""

import re
from types import SimpleNamespace

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from lincassable.messaging import kinds, sealing
from lincassable.messaging.attachments import Attachment
from lincassable.messaging.kinds import Choice, Kind, Subject, Variable
from lincassable.messaging.models import MailText, MailTextFault, Message
from lincassable.messaging.services import Prepared, Recipient
from lincassable.messaging.texts import live

LIST = "admin:messaging_mailtext_changelist"
SIGNED = "https://example.org/stop/contact-7." + "a" * 43


def staff(*codenames, email="camille@example.org"):
    user = get_user_model().objects.create_user(email, "x" * 12, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames, content_type__app_label="messaging"))
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def url(page="text", *more):
    return reverse(f"admin:messaging_mailtext_{page}", args=["edited", "fr", *more])


def context(name="Épicerie"):
    return {"place": SimpleNamespace(name=name), "link": "https://example.org/p/s3cret42/", "unsubscribe_url": SIGNED}


def preview(user, key):
    files = [Attachment("p.png", "image/png", b"png", "stock")]
    places = {1: "Real <b>place</b>", 2: None}
    if places.get(key) is None:
        return None
    return Prepared("edited", Recipient("ana@example.org", "Ana", "en"), context(places[key]), "preview", attachments=files)


def search(user, typed):
    return [Choice(key, label) for key, label in ((1, "Real place"), (2, "Nobody there")) if typed.lower() in label.lower()]


KIND = Kind(
    "edited",
    "Edited",
    "somebody",
    "sometimes",
    (
        Variable("place", "name of the place", "{{ place.name }}"),
        Variable("link", "address", "{{ link }}"),
        kinds.block("picture", "a picture", '<img src="cid:stock" alt="stock">', "stock"),
    ),
    context,
    Subject("place", search),
    preview,
)
TYPED = {
    "subject": "Pour {{ place }}",
    "body": "# Bonjour {{ place }}\n\n{{ picture }}\n\n[Ouvrir]({{ link }})",
    "seen": 0,
    "about": 1,
    "q": "",
}


@pytest.fixture(autouse=True)
def edited_kind(monkeypatch, db):
    """A kind of these tests, with links that open something."""
    monkeypatch.setitem(kinds._kinds, "edited", KIND)
    monkeypatch.setattr(sealing, "_secrets", {})
    sealing.register_secret("code", re.compile(r"(s3cret\d+)"), reference=lambda code: code[6:], secret=lambda number: f"s3cret{number}")
    live.forget()
    yield
    live.assume_none()


@pytest.fixture
def client():
    """Somebody who may write texts."""
    return staff("view_mailtext", "add_mailtext")


def post(client, action, **typed):
    return client.post(url(), {**TYPED, "action": action, **typed})


def test_who_may_do_what():
    reader, nobody = staff("view_mailtext"), staff(email="x@example.org")
    pages = [reverse(LIST), url(), url("versions")]
    assert [reader.get(page).status_code for page in pages] == [200] * 3
    assert [nobody.get(page).status_code for page in pages] == [403] * 3
    writes = [(url(), {**TYPED, "action": "save"}), (url("restore", 1), {"seen": 0}), (url("delivered"), {"seen": 0})]
    for who in (reader, nobody):
        assert [who.post(page, data).status_code for page, data in writes] == [403] * 3
    assert not MailText.objects.exists()
    assert 'value="save"' not in reader.get(url()).content.decode()


def test_an_unknown_kind_or_language_is_not_found(client):
    for args in (["nothing", "fr"], ["edited", "de"]):
        assert client.get(reverse("admin:messaging_mailtext_text", args=args)).status_code == 404


def test_the_list_shows_each_kind_and_what_is_in_use(client):
    post(client, "save")
    page = client.get(reverse(LIST)).content.decode()
    assert 'data-kind="edited"' in page
    assert "yours, version 1" in page
    assert "Edited" in page


def test_the_page_offers_the_delivered_text_and_the_variables_with_examples(client):
    page = client.get(url()).content.decode()
    assert "# Delivered to {{ place }}" in page
    assert 'data-variable="greeting"' in page
    assert "s3cret" not in page
    assert "Épicerie" in page


def test_a_text_is_saved_by_its_author_and_told(client):
    answer = post(client, "save")
    assert answer.status_code == 302
    text = MailText.objects.get()
    assert (text.subject, text.number, text.by_kind) == ("Pour {{ place }}", 1, "user")
    assert text.by_id == get_user_model().objects.get().pk
    assert "camille@example.org" in client.get(url("versions")).content.decode()


def test_a_broken_text_comes_back_with_its_line_and_what_was_typed(client):
    answer = post(client, "save", body="Bonjour\n\n{{ plase }}")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Line 3" in page
    assert "{{ plase }}" in page
    assert not MailText.objects.exists()


@pytest.mark.parametrize(
    "typed", [{"subject": ""}, {"body": ""}, {"seen": "x"}, {"about": "99"}, {"body": "x" * 20_001}, {"body": "a\x00b"}, {"about": "x"}]
)
def test_what_cannot_be_is_said_and_never_an_error(client, typed):
    assert post(client, "save", **typed).status_code == 422


def test_the_preview_shows_real_data_locked_in_and_without_secrets(client):
    answer = post(client, "preview")
    page = answer.content.decode()
    assert answer.status_code == 200
    frames = re.findall(r"<iframe[^>]*>", page)
    assert len(frames) == 2
    for frame in frames:
        assert re.search(r"\ssandbox(\s|>|=\"\")", frame)
        assert "Real &amp;lt;b&amp;gt;place" in frame  # escaped in the mail, and once more in the attribute
        assert "data:image/png;base64," in frame
    assert "s3cret42" not in page
    assert "contact-7" not in page
    assert "Pour Real &lt;b&gt;place&lt;/b&gt;" in page
    assert not MailText.objects.exists()


def test_a_made_up_example_stands_in_for_real_data(client):
    assert "Bonjour Épicerie" in post(client, "preview", about="").content.decode()


def test_an_object_about_which_nobody_would_be_written_to_is_said(client):
    answer = post(client, "preview", about=2)
    assert answer.status_code == 422
    assert "data-preview" not in answer.content.decode()


def test_what_fails_on_real_data_is_said(client, monkeypatch):
    monkeypatch.setattr("lincassable.messaging.tests.test_texts_admin.context", lambda name="": {"link": "x"})
    answer = post(client, "preview")
    assert answer.status_code == 422
    assert 'data-error="body"' in answer.content.decode()


def test_the_search_narrows_the_choice_and_keeps_what_was_typed(client):
    page = post(client, "search", q="nobody", about="").content.decode()
    assert "Nobody there" in page
    assert "Real place" not in page
    assert "# Bonjour {{ place }}" in page
    assert re.search(r"<option value=\"\d+\" selected>Nobody there", page)  # what was found is chosen
    none = post(client, "search", q="no such place", about="")
    assert none.status_code == 422
    assert 'data-error="about"' in none.content.decode()
    assert "# Bonjour {{ place }}" in none.content.decode()


def test_a_test_goes_to_oneself_through_the_outbox(client):
    answer = post(client, "test")
    message = Message.objects.get()
    assert answer.status_code == 200
    assert (message.kind, message.to_email, message.language, message.state) == ("test", "camille@example.org", "fr", "waiting")
    assert message.subject == "[Test] Pour Real <b>place</b>"
    assert "s3cret" not in sealing.unseal(message.html + message.text)
    assert "contact-7" not in message.html + message.text
    assert message.headers == {}
    assert not MailText.objects.exists()


def test_the_second_of_two_editors_is_told_and_loses_nothing(client):
    post(client, "save", body="The first one's words")
    answer = post(client, "save", body="The second one's words")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "data-stale" in page
    assert "The second one&#x27;s words" in page
    assert "The first one&#x27;s words" in page
    assert MailText.objects.get().body == "The first one's words\n"
    assert 'name="seen" value="1"' in page
    assert post(client, "save", body="The second one's words", seen=1).status_code == 302
    assert MailText.objects.latest("number").body == "The second one's words\n"


def test_versions_with_their_differences_are_restored_and_given_up(client):
    post(client, "save", body="One word")
    post(client, "save", body="Another word", seen=1)
    page = client.get(url("versions")).content.decode()
    assert "<ins>Another word</ins>" in page
    assert "<del>One word</del>" in page
    assert client.post(url("restore", 1), {"seen": 2}).status_code == 302
    assert MailText.objects.latest("number").body == "One word\n"
    client.post(url("restore", 2), {"seen": 2})  # somebody did something else meanwhile
    assert MailText.objects.latest("number").number == 3
    assert client.post(url("restore", 99), {"seen": 3}).status_code == 404
    client.post(url("delivered"), {"seen": 3})
    assert MailText.objects.latest("number").delivered
    assert "# Delivered to {{ place }}" in client.get(url()).content.decode()


def test_a_text_that_failed_is_shown_red(client):
    post(client, "save")
    MailTextFault.objects.create(text=MailText.objects.get(), error="a variable is gone")
    assert "data-fault" in client.get(reverse(LIST)).content.decode()
    assert "a variable is gone" in client.get(url()).content.decode()
