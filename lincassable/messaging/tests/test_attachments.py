"""Files that leave with a mail: written with it, sent with it, gone with it."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.urls import reverse

from lincassable.messaging.attachments import LARGEST, Attachment, from_rows
from lincassable.messaging.delivery import deliver
from lincassable.messaging.mailbox import names
from lincassable.messaging.models import Message
from lincassable.messaging.services import Prepared, Recipient, enqueue, enqueue_many
from lincassable.messaging.tests.smtp import Mailserver
from lincassable.messaging.tests.test_admin import staff
from lincassable.messaging.tests.test_sealing import codes  # noqa: F401 - a fixture

CALENDAR = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nSUMMARY:Épicerie\r\n du Port\r\nEND:VCALENDAR\r\n"
INVITATION = Attachment("collecte.ics", "text/calendar; method=REQUEST; charset=UTF-8", CALENDAR.encode())
PICTURE = Attachment("bon de tournée.pdf", "application/pdf", b"%PDF-1.7 \x00\xff\r\n")
CONTEXT = {"what": "a tour", "when": None}


@pytest.fixture
def server(settings):
    with Mailserver() as running:
        running.use(settings)
        yield running


def written(*attachments, key="k"):
    with transaction.atomic():
        return enqueue("sample", to=Recipient("ana@example.org"), context=CONTEXT, dedupe_key=key, attachments=attachments)


@pytest.mark.django_db
def test_files_are_kept_with_the_row_as_they_are():
    message = written(INVITATION, PICTURE)
    message.refresh_from_db()
    assert from_rows(message.attachments) == [INVITATION, PICTURE]


@pytest.mark.django_db
def test_many_messages_keep_their_own_files():
    mails = [Prepared("sample", Recipient("a@example.org"), CONTEXT, f"k{n}", attachments=[INVITATION] * n) for n in range(3)]
    with transaction.atomic():
        assert enqueue_many(mails) == 3
    assert sorted(len(message.attachments) for message in Message.objects.all()) == [0, 1, 2]


@pytest.mark.django_db
def test_an_invitation_lies_beside_the_texts_and_as_a_file(server):
    assert deliver(written(INVITATION).pk)
    (mail,) = server.mails
    assert mail.get_content_type() == "multipart/mixed"
    alternative, file = mail.iter_parts()
    assert [part.get_content_type() for part in alternative.iter_parts()] == ["text/plain", "text/html", "text/calendar"]
    calendar = list(alternative.iter_parts())[-1]
    assert (calendar.get_param("method"), calendar.get_content_charset()) == ("REQUEST", "utf-8")
    assert calendar.get_content_disposition() is None
    assert calendar.get_content().replace("\r\n", "\n") == CALENDAR.replace("\r\n", "\n")
    assert (file.get_content_type(), file.get_filename()) == ("application/ics", "collecte.ics")
    assert file.get_content() == CALENDAR.encode()


@pytest.mark.django_db
def test_any_other_file_arrives_to_the_byte_under_its_name(server):
    assert deliver(written(PICTURE).pk)
    (file,) = server.mails[0].iter_attachments()
    assert (file.get_content_type(), file.get_filename(), file.get_content()) == ("application/pdf", PICTURE.name, PICTURE.content)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "bad",
    [
        Attachment("../x.ics", "text/calendar", b""),
        Attachment("x\r\nBcc: a@b.ics", "text/calendar", b""),
        Attachment(".ics", "text/calendar", b""),
        Attachment("x.ics", "text/calendar\r\nX: y", b""),
        Attachment("x.bin", "application/octet-stream", b"x" * (LARGEST + 1)),
    ],
)
def test_a_file_that_cannot_be_is_refused_before_anything_is_written(bad):
    with pytest.raises(ValueError, match=r"not the name|not a content type|at most"):
        written(bad)
    assert not Message.objects.exists()


@pytest.mark.django_db
def test_a_secret_link_never_lies_in_a_file_of_the_outbox_even_folded(codes):  # noqa: F811
    assert written(Attachment("x.txt", "text/plain", b"[13]"), key="harmless").attachments
    with pytest.raises(ValueError, match="secret link"):
        written(Attachment("x.ics", "text/calendar", b"DESCRIPTION:[1\r\n 2]"))


@pytest.mark.django_db
def test_the_admin_shows_and_hands_over_the_files_of_a_message():
    message, client = written(INVITATION, PICTURE), staff("view_message")
    page = client.get(reverse("admin:messaging_message_change", args=[message.pk])).content.decode()
    assert page.count("data-mail-file") == 2
    assert "SUMMARY:Épiceriedu Port" in page  # unfolded for people
    url = reverse("admin:messaging_message_file", args=[message.pk, 0])
    assert url in page
    response = client.get(url)
    assert (response.content, response["Content-Type"]) == (CALENDAR.encode(), "text/calendar")
    assert response["Content-Disposition"].startswith("attachment")
    assert "sandbox" in response["Content-Security-Policy"]
    assert client.get(reverse("admin:messaging_message_file", args=[message.pk, 2])).status_code == 404
    assert staff().get(url).status_code == 403


@pytest.mark.django_db
def test_the_admin_shows_the_files_of_a_mail_in_the_folder_once(settings, tmp_path):
    settings.EMAIL_BACKEND = "lincassable.messaging.backends.FolderBackend"
    settings.MAIL_FOLDER = tmp_path
    assert deliver(written(INVITATION, PICTURE).pk)
    (name,), client = names(), staff("view_message")
    page = client.get(reverse("admin:messaging_folder_mail", args=[name])).content.decode()
    assert page.count("data-mail-file") == 2
    files = [client.get(reverse("admin:messaging_folder_mail_attachment", args=[name, number])) for number in (0, 1, 2)]
    assert [file.status_code for file in files] == [200, 200, 404]
    assert [files[0].content, files[1].content] == [CALENDAR.encode(), PICTURE.content]
    assert staff().get(reverse("admin:messaging_folder_mail_attachment", args=[name, 0])).status_code == 403


@pytest.mark.django_db
def test_a_file_for_many_is_kept_once_and_leaves_with_each(server):
    name = default_storage.save("shared/programme.pdf", ContentFile(b"%PDF-1.7 shared"))
    shared = Attachment("programme.pdf", "application/pdf", stored=name)
    first, second = written(shared, key="a"), written(shared, key="b")
    assert "base64" not in str(first.attachments)
    assert deliver(first.pk)
    assert deliver(second.pk)
    for mail in server.mails:
        (file,) = mail.iter_attachments()
        assert (file.get_filename(), file.get_content()) == ("programme.pdf", b"%PDF-1.7 shared")
    page = staff("view_message").get(reverse("admin:messaging_message_file", args=[first.pk, 0]))
    assert page.content == b"%PDF-1.7 shared"
    assert (shared.size, Attachment("x.pdf", "application/pdf", stored="shared/gone.pdf").size) == (15, 0)


@pytest.mark.django_db
def test_a_message_whose_file_is_gone_is_given_up_with_the_reason():
    message = written(Attachment("programme.pdf", "application/pdf", stored="shared/gone.pdf"))
    assert not deliver(message.pk)
    message.refresh_from_db()
    assert (message.state, "programme.pdf is gone" in message.last_error) == (Message.FAILED, True)
    assert staff("view_message").get(reverse("admin:messaging_message_file", args=[message.pk, 0])).status_code == 404
