"""A real SMTP server for tests, which takes mails or answers what it is told to."""

from __future__ import annotations

import threading
from collections import Counter
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class _Controller(Controller):
    """Listens on whichever port is free."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class Mailserver:
    """Use as a context manager; `url` is its EMAIL_URL, `mails` what it took, `answers` what it says to an address.

    `hold`, when it is an Event, makes it wait for that before it answers at `hold_at` (RCPT: it has no mail yet; DATA: it
    has it and did not say so); `holding` says that it waits.
    """

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.answers: dict[str, str] = {}
        self.after_data: str = "250 OK"
        self.conversations = 0
        self.hold: threading.Event | None = None
        self.hold_at = "DATA"
        self.holding = threading.Event()
        self._controller = _Controller(self, hostname="127.0.0.1", port=0)

    # aiosmtpd calls these by their names.
    async def handle_EHLO(self, server: SMTP, session: Session, envelope: Envelope, name: str, responses: list[str]) -> list[str]:
        session.host_name = name
        self.conversations += 1
        return responses

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list) -> str:
        await self._wait(server, "RCPT")
        answer = self.answers.get(address, "250 OK")
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.after_data.startswith("2"):
            self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        await self._wait(server, "DATA")
        return self.after_data

    async def _wait(self, server: SMTP, moment: str) -> None:
        if self.hold is not None and self.hold_at == moment:
            self.holding.set()
            await server.loop.run_in_executor(None, self.hold.wait, 30)

    def __enter__(self) -> Mailserver:
        self._controller.start()
        return self

    def __exit__(self, *unused: object) -> None:
        if self.hold is not None:
            self.hold.set()
        self._controller.stop()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._controller.port

    @property
    def url(self) -> str:
        """Its EMAIL_URL, for a process of its own."""
        return f"smtp://127.0.0.1:{self.port}"

    def use(self, settings) -> None:
        """Make this process send through it."""
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", self.port
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False

    def copies(self) -> Counter[str]:
        """Return how many mails came with each Message-ID."""
        return Counter(str(mail["Message-ID"]) for mail in self.mails)
