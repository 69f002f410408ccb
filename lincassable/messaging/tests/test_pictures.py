"""Pictures of a mail travel beside its text, and files beside both."""

from __future__ import annotations

from email import message_from_bytes, policy

import pytest
from django.db import transaction

from lincassable.messaging.attachments import Attachment, from_rows, of_mail, to_rows, with_pictures
from lincassable.messaging.delivery import deliver, mail_of
from lincassable.messaging.services import Recipient, enqueue

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 40
PICTURE = Attachment("stock.png", "image/png", PNG, "stock-1")
TABLE = Attachment("stock.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK")


def written(*files: Attachment):
    """A message of the outbox with files."""
    with transaction.atomic():
        return enqueue("test", to=Recipient("a@b.example"), context={}, dedupe_key="one", attachments=files)


def parts_of(message) -> list[tuple[str, str]]:
    """The parts of the mail in their order: type, and how it is shown."""
    mail = message_from_bytes(mail_of(message).message().as_bytes(), policy=policy.default)
    return [(part.get_content_type(), part.get_content_disposition() or "") for part in mail.walk()]


def test_a_picture_is_beside_the_text_and_a_file_beside_both():
    assert parts_of(written(PICTURE, TABLE)) == [
        ("multipart/mixed", ""),
        ("multipart/related", ""),
        ("multipart/alternative", ""),
        ("text/plain", ""),
        ("text/html", ""),
        ("image/png", "inline"),
        (TABLE.content_type, "attachment"),
    ]


def test_pictures_alone_make_no_list_of_files():
    assert [kind for kind, _how in parts_of(written(PICTURE))][:2] == ["multipart/related", "multipart/alternative"]


def test_the_picture_is_found_by_its_name_and_survives_the_outbox():
    message = written(PICTURE)
    assert from_rows(message.attachments) == [PICTURE]
    mail = message_from_bytes(mail_of(message).message().as_bytes(), policy=policy.default)
    [part] = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert (part["Content-ID"], part.get_content()) == ("<stock-1>", PNG)
    assert [(one.name, one.content_id) for one in of_mail(mail)] == [("stock.png", "stock-1")]


def test_a_page_shows_the_mail_with_its_pictures():
    shown = with_pictures('<img src="cid:stock-1"><img src="cid:other">', [PICTURE, TABLE])
    assert 'src="data:image/png;base64,' in shown
    assert "cid:stock-1" not in shown
    assert "cid:other" in shown


def test_it_leaves_by_the_usual_way(mailoutbox):
    assert deliver(written(PICTURE, TABLE).pk)
    assert len(mailoutbox[0].attachments) == 2


@pytest.mark.parametrize("wrong", [Attachment("a.png", "image/png", PNG, "a b"), Attachment("a.pdf", "application/pdf", b"", "ok")])
def test_what_is_no_picture_is_refused(wrong):
    with pytest.raises(ValueError, match="not a picture"):
        to_rows([wrong])
