"""The mail that is written at once says what the email package would have said."""

from email import message_from_bytes, policy

import pytest

from lincassable.messaging.mails import MailConversation, mail_of
from lincassable.messaging.tests.factories import MessageFactory
from lincassable.messaging.tests.smtp import Mailserver

pytestmark = pytest.mark.django_db
TEXTS = [
    "Bonjour.\n",
    ".\n..\n.point\n",
    "é" * 2000,
    "=_x --=_ = é\n" * 40,
    "fin d'espaces   \n\tet tab\n",
    "\r\nmixed\rlines\n",
    "日本" * 50,
    "From here\n",
]
NAMES = ["", "Ana", 'Anne "Nana", épicière', "Ünï; (x)", "é" * 100, "a@b <c@d>", "back\\slash"]
SUBJECTS = ["Tournée n° 3", "x" * 240, "é" * 240, "Bonjour, tout le monde : " * 8]


def cases():
    for number in range(max(len(TEXTS), len(NAMES), len(SUBJECTS)) * 3):
        yield TEXTS[number % len(TEXTS)], NAMES[number % len(NAMES)], SUBJECTS[number % len(SUBJECTS)], number % 3


@pytest.fixture
def conversation(settings):
    with Mailserver() as server:
        server.use(settings)
        yield MailConversation()


@pytest.mark.parametrize(("text", "name", "subject", "turn"), list(cases()))
def test_both_ways_say_the_same(conversation, text, name, subject, turn):
    headers = {"List-Unsubscribe": "<https://lincassable.example/desabonnement/" + "a" * 120 + "/>", "X-Note": "déjà"} if turn else {}
    message = MessageFactory(text=text, to_name=name, subject=subject, html="" if turn == 2 else f"<p>{text}</p>", headers=headers)
    _sender, content = conversation._written_at_once(message)
    quick = message_from_bytes(content, policy=policy.default)
    slow = message_from_bytes(mail_of(message).message().as_bytes(linesep="\r\n"), policy=policy.default)
    assert not quick.defects
    names = [header.lower() for header in quick]
    assert len(names) == len(set(names))
    assert set(names) - {"content-transfer-encoding"} == {header.lower() for header in slow} - {"content-transfer-encoding"}
    # Python's reader puts a blank between the encoded words of a name, which each way cuts elsewhere.
    assert str(quick["To"]).replace(" ", "") == str(slow["To"]).replace(" ", "")
    for header in ("Subject", "From", "Message-ID", "List-Unsubscribe", "X-Note", "Auto-Submitted", "Content-Language"):
        assert str(quick[header]).strip() == str(slow[header]).strip(), header
    for kind in ("plain", "html"):
        one, other = quick.get_body((kind,)), slow.get_body((kind,))
        assert (one is None) == (other is None)
        if one is not None:
            assert one.get_content().replace("\r\n", "\n").rstrip("\n") == other.get_content().replace("\r\n", "\n").replace(
                "\r", "\n"
            ).rstrip("\n")
    assert max(len(line) for line in content.split(b"\r\n")) < 500
    assert content.isascii()


def test_an_address_beyond_ascii_takes_the_long_way(conversation):
    assert conversation._written_at_once(MessageFactory(to_email="ana@exämple.org")) is None


@pytest.mark.parametrize("column", ["subject", "to_name"])
def test_a_line_break_never_makes_a_header(conversation, column):
    with pytest.raises(ValueError, match="line break"):
        conversation._written_at_once(MessageFactory(**{column: "a\r\nBcc: x@example.org"}))
