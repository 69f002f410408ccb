"""`manage.py send_test_mail ADDRESS`: does mail leave this installation?"""

from __future__ import annotations

import uuid
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from lincassable.messaging.models import Message
from lincassable.messaging.services import Recipient, deliver, enqueue


class Command(BaseCommand):
    """Sends one mail through the outbox and says how it went."""

    help = "Send a test mail to ADDRESS through the outbox, now, and say whether the mail server took it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the address and, if wanted, the language."""
        parser.add_argument("address")
        parser.add_argument("--language", choices=["fr", "en"], default="fr")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the message, deliver it here. Raises CommandError when it did not leave."""
        to = Recipient(options["address"], language=options["language"])
        with transaction.atomic():
            message = enqueue("test", to=to, context={}, dedupe_key=f"test:{uuid.uuid4()}")
        deliver(message.pk)
        message.refresh_from_db()
        if message.state != Message.SENT:  # a worker may have been faster than we: what counts is the row
            raise CommandError(f"The mail did not leave: {message.last_error or message.get_state_display()}")
        self.stdout.write(f"The mail to {message.to_email} left.")
