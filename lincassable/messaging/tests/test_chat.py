"""Chat rooms against a real HTTPS server; and a third way out that nobody's code knows of."""

import datetime
import ipaddress
import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.core.exceptions import ValidationError
from django.db import transaction

from lincassable.messaging import announcing, channels, chat, delivery, posting
from lincassable.messaging.announcing import announce
from lincassable.messaging.channels import Channel, Target
from lincassable.messaging.failures import NoServer, Refused
from lincassable.messaging.models import ChatRoom, Message
from lincassable.messaging.tests.factories import ChatRoomFactory

pytestmark = pytest.mark.django_db
CONTEXT = {"task": "crates.check_ledger", "outcome": "<!channel> @here & Zoé", "url": "https://lincassable.example/admin/"}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A key and a certificate of 127.0.0.1."""
    key, file = ec.generate_private_key(ec.SECP256R1()), tmp_path_factory.mktemp("tls") / "both.pem"
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]), datetime.datetime(2020, 1, 1)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    made = made.not_valid_before(now).not_valid_after(datetime.datetime(2090, 1, 1)).add_extension(names, critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(key, hashes.SHA256())
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
def server(certificate, settings, monkeypatch):
    """A chat server; `posts` is what it took, `status` what it answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.server.posts.append((self.path, json.loads(body)))
            self.send_response(self.server.status)
            self.send_header("Location", "https://127.0.0.1/elsewhere")
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"told")

        def log_message(self, *unused: object) -> None:
            """Say nothing."""

    settings.CHAT_ALLOW_PRIVATE = True
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    running = HTTPServer(("127.0.0.1", 0), Handler)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    running.socket = tls.wrap_socket(running.socket, server_side=True)
    running.posts, running.status = [], 200
    running.url = f"https://127.0.0.1:{running.server_port}/hooks/s3cret?x=1"
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    yield running
    running.shutdown()
    running.server_close()


def told(room: ChatRoom) -> Message:
    return Message.objects.get(target=str(room.pk), channel="chat")


@pytest.mark.parametrize(("form", "field"), [("slack", "text"), ("mattermost", "text"), ("discord", "content")])
def test_news_reach_the_room_once_and_call_nobody(server, form, field):
    room = ChatRoomFactory(url=server.url, format=form, language="en")
    for _twice in range(2):
        announce("task_failed", context=CONTEXT, dedupe_key="k")
    assert delivery.deliver(told(room).pk)
    assert delivery.sweep() == 0
    ((path, body),) = server.posts
    assert path == "/hooks/s3cret?x=1"
    assert "crates.check_ledger" in body[field]
    assert "@here" not in body[field]
    assert ("<!channel>" in body[field]) is (form == "discord")
    assert form != "discord" or body["allowed_mentions"] == {"parse": []}
    assert "s3cret" not in room.sealed_url


def test_only_rooms_that_asked_are_told_in_their_language(server):
    french = ChatRoomFactory(url=server.url, topics=["task_failed"], language="fr")
    english = ChatRoomFactory(url=server.url, topics=["task_failed"], language="en")
    ChatRoomFactory(url=server.url, topics=["mail_trouble"])
    ChatRoomFactory(url=server.url, is_active=False)
    assert len(announce("task_failed", context=CONTEXT, dedupe_key="k")) == 2
    assert told(french).language == "fr"
    assert "Scheduled work failed" in told(english).text


@pytest.mark.parametrize(
    ("status", "state"), [(500, "waiting"), (429, "waiting"), (404, "failed"), (400, "failed"), (302, "failed"), (204, "sent")]
)
def test_what_the_server_answers_decides(server, status, state):
    server.status = status
    room = ChatRoomFactory(url=server.url)
    announce("task_failed", context=CONTEXT, dedupe_key="k")
    delivery.sweep()
    row = told(room)
    assert row.state == state
    assert "s3cret" not in row.last_error
    assert len(server.posts) == 1  # a redirect is not followed


def test_a_server_that_is_away_is_tried_again_later_and_its_secret_stays_out_of_the_error(server):
    room = ChatRoomFactory(url="https://127.0.0.1:1/hooks/s3cret")
    announce("task_failed", context=CONTEXT, dedupe_key="k")
    delivery.sweep()
    assert (told(room).state, "s3cret" in told(room).last_error) == ("waiting", False)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "10.0.0.1", "192.168.1.1", "169.254.169.254", "[::1]", "[::ffff:10.0.0.1]", "0.0.0.0"]
)
def test_private_networks_are_out_of_reach(settings, host):
    settings.CHAT_ALLOW_PRIVATE = False
    with pytest.raises((Refused, NoServer)) as refused:
        posting.post(f"https://{host}/x", b"{}", content_type="application/json")
    assert not isinstance(refused.value, NoServer)


@pytest.mark.parametrize(
    "url",
    [
        *("http://chat.example.org/x", "ftp://x", "https://", "", "https://u:p@x.org/", "https://x.org:99999/", "https://a b/"),
        *("https://[x/", "https://a\u2100b.org/", "https://x.org/é", "https://x.org/\x01"),
        *("https://127.0.0.1/x", "https://LOCALHOST./x", "https://10.1.2.3/x", "https://[::1]/x", "https://169.254.169.254/x"),
        *("https://chat.internal/x", "https://printer.local/x"),
    ],
)
def test_an_address_that_cannot_be_is_refused_when_typed(url, settings):
    settings.CHAT_ALLOW_PRIVATE = False
    with pytest.raises(ValidationError):
        chat.seal_url(url)


def test_a_room_that_is_gone_gives_its_messages_up(server):
    room = ChatRoomFactory(url=server.url)
    announce("task_failed", context=CONTEXT, dedupe_key="k")
    row = told(room)
    room.delete()
    delivery.sweep()
    row.refresh_from_db()
    assert row.state == "failed"


def test_a_new_secret_key_without_its_fallback_says_so(settings):
    room = ChatRoomFactory()
    assert chat.url_of(room) == "https://chat.example.org/hooks/secret"
    settings.SECRET_KEY = "another"
    with pytest.raises(Refused):
        chat.url_of(room)
    assert chat.host_of(room) == ""


class Pager(Channel):
    """A third way out, as an app might bring it."""

    name, label = "pager", "pager"

    def __init__(self) -> None:
        self.beeps: list[tuple[str, str]] = []
        self.fails = False

    def targets(self, topic: str) -> list[Target]:
        return [Target("17", "On duty", "en")] if topic == "task_failed" else []

    def conversation(self) -> "Pager":
        return self

    def send(self, message: Message) -> str:
        if self.fails:
            raise NoServer("no signal")
        self.beeps.append((message.target, message.text))
        return "beep-1"

    def close(self) -> None:
        """Nothing to close."""


def test_a_third_channel_needs_nothing_of_those_who_announce():
    pager = Pager()
    channels.register(pager)
    try:
        pager.fails = True
        with transaction.atomic():
            announcing.task_failed("crates.check_ledger", "2 differences", "2026-11-22")
            announcing.task_failed("crates.check_ledger", "2 differences", "2026-11-22")
        assert delivery.sweep() == 0
        row = Message.objects.get(channel="pager")
        assert (row.state, row.reason, row.attempts) == ("waiting", "no_server", 1)
        pager.fails = False
        Message.objects.update(next_try_at=row.created_at)
        assert delivery.sweep() == 1
        assert [target for target, _text in pager.beeps] == ["17"]
        row.refresh_from_db()
        assert (row.state, row.provider_id) == ("sent", "beep-1")
    finally:
        channels.unregister("pager")
