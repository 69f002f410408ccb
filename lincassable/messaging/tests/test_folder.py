"""The folder of mails: what is written, and who may read it."""

import re
from email import message_from_bytes, policy

import pytest
from django.core.mail import EmailMessage
from django.urls import reverse

from lincassable.messaging import mailbox
from lincassable.messaging.delivery import message_id_of, sweep
from lincassable.messaging.tests.factories import MessageFactory


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    """A folder that does not exist yet."""
    settings.EMAIL_BACKEND = "lincassable.messaging.backends.FolderBackend"
    settings.MAIL_FOLDER = tmp_path / "var" / "mail"
    return settings.MAIL_FOLDER


@pytest.mark.django_db
def test_each_mail_is_a_complete_file_named_by_time_then_identity(folder):
    messages = MessageFactory.create_batch(3)
    assert sweep() == 3
    files = sorted(folder.iterdir())
    assert [re.fullmatch(r"\d{8}T\d{6}\.\d{6}Z-(\d+)\.[0-9a-f]{16}\.eml", file.name)[1] for file in files] == [str(m.pk) for m in messages]
    for file, message in zip(files, messages, strict=True):
        content = file.read_bytes()
        assert b"\n" not in content.replace(b"\r\n", b"")
        mail = message_from_bytes(content, policy=policy.default)
        assert mail.defects == []
        assert (mail["Subject"], mail["Message-ID"]) == (message.subject, message_id_of(message))
        assert mail.get_body(("plain",)).get_content().replace("\r\n", "\n") == message.text
        assert file.stat().st_mode & 0o077 == 0


@pytest.mark.django_db
def test_a_folder_that_cannot_be_written_loses_nothing(folder):
    folder.parent.mkdir(parents=True)
    folder.write_text("a file in the way")
    message = MessageFactory()
    assert sweep() == 0
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("waiting", 1)


def test_a_hostile_message_id_stays_in_the_folder(folder):
    mail = EmailMessage("x", "y", to=["a@example.org"], headers={"Message-ID": "<../../etc/passwd@x>"})
    mail.connection = None
    assert mail.send() == 1
    (file,) = folder.iterdir()
    assert mailbox.NAME.fullmatch(file.name)


@pytest.mark.parametrize(
    "name",
    [
        "../secret.eml",
        "..%2Fsecret.eml",
        "/etc/passwd",
        ".hidden.eml",
        "a/b.eml",
        "link.eml",
        "folder.eml",
        "a\x00.eml",
        "a.eml\n",
        "none.eml",
    ],
)
def test_only_files_of_the_folder_can_be_read(folder, name):
    folder.mkdir(parents=True)
    (folder.parent / "secret.eml").write_text("Subject: secret\n\n")
    (folder / ".hidden.eml").write_text("Subject: secret\n\n")
    (folder / "link.eml").symlink_to(folder.parent / "secret.eml")
    (folder / "folder.eml").mkdir()
    with pytest.raises(FileNotFoundError):
        mailbox.path_of(name)


@pytest.mark.django_db
def test_staff_browse_the_folder(folder, admin_client):
    assert admin_client.get(reverse("admin:messaging_folder")).status_code == 200
    message = MessageFactory(html="<head></head><p>Bonjour <a href='https://example.org/'>ici</a></p>")
    sweep()
    (name,) = mailbox.names()
    listing = admin_client.get(reverse("admin:messaging_folder")).content.decode()
    assert f'data-mail="{name}"' in listing
    assert message.subject in listing
    page = admin_client.get(reverse("admin:messaging_folder_mail", args=[name])).content.decode()
    assert "la tournée passe demain." in page
    assert message_id_of(message).strip("<>") in page
    assert f'src="{reverse("admin:messaging_folder_mail_html", args=[name])}"' in page
    file = admin_client.get(reverse("admin:messaging_folder_mail_file", args=[name]))
    assert b"".join(file.streaming_content) == (folder / name).read_bytes()
    assert file["Content-Type"] == "message/rfc822"
    assert file["Content-Disposition"] == f'attachment; filename="{name}"'


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["folder_mail", "folder_mail_html", "folder_mail_file"])
@pytest.mark.parametrize("name", ["none.eml", "..", "passwd"])
def test_a_mail_that_is_not_there_is_not_found(admin_client, page, name):
    assert admin_client.get(reverse(f"admin:messaging_{page}", args=[name])).status_code == 404


@pytest.mark.django_db
def test_a_long_folder_comes_in_pages(folder, admin_client):
    folder.mkdir(parents=True)
    for number in range(101):
        (folder / f"2026-{number:03}.eml").write_text(f"Subject: mail {number}\n\nx")
    url = reverse("admin:messaging_folder")
    assert admin_client.get(url).content.decode().count("data-mail=") == 100
    assert admin_client.get(url, {"p": 2}).content.decode().count("data-mail=") == 1
