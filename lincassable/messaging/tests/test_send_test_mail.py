"""An operator tries the mail server from a terminal."""

import pytest
from django.core.management import CommandError, call_command

from lincassable.messaging.models import Message
from lincassable.messaging.tests.smtp import Mailserver


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_mail_leaves_and_the_command_says_so(settings, capsys, language):
    with Mailserver() as server:
        server.use(settings)
        call_command("send_test_mail", "ana@example.org", language=language)
    assert "ana@example.org" in capsys.readouterr().out
    (mail,) = server.mails
    assert f'<html lang="{language}">' in mail.get_body(("html",)).get_content()
    assert "lincassable" in mail.get_body(("plain",)).get_content().lower()


@pytest.mark.django_db
def test_a_refusal_is_shown(settings):
    with Mailserver() as server:
        server.use(settings)
        server.answers["ana@example.org"] = "550 5.1.1 No such user"
        with pytest.raises(CommandError, match="No such user"):
            call_command("send_test_mail", "ana@example.org")
    assert Message.objects.get().state == "failed"
