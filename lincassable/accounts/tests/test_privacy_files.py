"""Files kept with mails are personal data like the mails."""

from datetime import timedelta

import pytest
from django.utils import timezone

from lincassable.accounts import privacy
from lincassable.messaging.attachments import Attachment, to_rows
from lincassable.messaging.delivery import deliver
from lincassable.messaging.models import Message
from lincassable.messaging.tests.factories import MessageFactory

# A folded line: the name is cut in two, as calendars write long lines.
FILE = Attachment("collecte.ics", "text/calendar; method=REQUEST", "DESCRIPTION:Demander à Renée Du\r\n pont\r\n".encode())
OTHER = Attachment("bon.pdf", "application/pdf", b"%PDF")
RENEE = privacy.Identity("renee@example.org", "", frozenset({"Renée Dupont"}))


def sent(**fields) -> Message:
    now = timezone.now()
    return MessageFactory(attachments=to_rows([FILE, OTHER]), state=Message.SENT, sent_at=now, **fields)


@pytest.mark.django_db
def test_files_go_with_the_texts_of_old_messages():
    old, recent = sent(created_at=timezone.now() - timedelta(days=400)), sent()
    privacy.purge()
    assert [Message.objects.get(pk=message.pk).attachments for message in (old, recent)] == [[], recent.attachments]


@pytest.mark.django_db
def test_the_files_sent_to_a_person_are_exported_then_erased_and_those_that_mention_them_go():
    theirs, mentions = sent(to_email=RENEE.email), sent(to_email="someone@example.org")
    mentions.refresh_from_db()
    assert privacy.export(RENEE)["message_body"][0]["attachments"][0]["name"] == "collecte.ics"
    privacy.erase(RENEE)
    theirs.refresh_from_db()
    mentions.refresh_from_db()
    assert theirs.attachments == []
    assert mentions.attachments == to_rows([OTHER])


@pytest.mark.django_db
def test_a_mail_in_the_folder_whose_file_mentions_the_person_goes(settings, tmp_path):
    settings.EMAIL_BACKEND = "lincassable.messaging.backends.FolderBackend"
    settings.MAIL_FOLDER = tmp_path
    for files in ([FILE], [OTHER]):
        assert deliver(MessageFactory(attachments=to_rows(files)).pk)
    privacy.erase(RENEE)
    assert len(list(tmp_path.glob("*.eml"))) == 1
