"""The Mondays behind the demo network: who got the weekly report, one address that refused it, one person who had stopped it."""

from __future__ import annotations

import datetime as dt
import random

from django.utils import timezone

from lincassable.messaging.enums import Reason
from lincassable.messaging.models import Message
from lincassable.messaging.unsubscribing import CONTACT, USER
from lincassable.reporting import emails
from lincassable.reporting.enums import NETWORK_MAIL, STORE_MAIL
from lincassable.reporting.services import report_contacts, report_users
from lincassable.reporting.weekly import Week

WEEKS = 5
REFUSED = "550 5.1.1 The mailbox does not exist"
TEXT = "Dans le réseau de démonstration, les bilans passés n'ont pas leur texte : envoyez celui de cette semaine pour le lire.\n"


def tell_weekly_reports(now: dt.datetime, rng: random.Random) -> int:
    """Write the reports of the last whole weeks into the outbox, as sent; return how many. Bulk; this week's is left to be sent.

    Arguments: now, the moment at which the story ends.
    """
    contacts, users = list(report_contacts()), list(report_users())
    rows = []
    for back in range(WEEKS, 0, -1):
        week = Week.of(now - dt.timedelta(weeks=back))
        for contact in contacts:
            subject, key = f"Votre semaine : {contact.store}", emails.store_key(week, contact)
            rows.append(_row(week, STORE_MAIL, contact.email, contact.name, subject, key, CONTACT, contact.pk, rng))
        for user in users:
            subject, key = f"Le réseau en semaine {week.label}", emails.network_key(week, user)
            rows.append(_row(week, NETWORK_MAIL, user.email, user.name, subject, key, USER, user.pk, rng))
    _trouble(rows, rng)
    Message.objects.bulk_create(rows, batch_size=500)
    return len(rows)


def _row(
    week: Week, kind: str, email: str, name: str, subject: str, key: str, subject_kind: str, subject_id: int, rng: random.Random
) -> Message:
    written = week.due_from + dt.timedelta(seconds=rng.randint(1, 90))
    return Message(
        dedupe_key=key,
        kind=kind,
        to_email=email,
        to_name=name,
        language="fr",
        subject=subject[:250],
        text=TEXT,
        subject_kind=subject_kind,
        subject_id=subject_id,
        state=Message.SENT,
        attempts=1,
        created_at=written,
        next_try_at=written,
        sent_at=min(written + dt.timedelta(seconds=rng.randint(1, 200)), timezone.now()),
    )


def _trouble(rows: list[Message], rng: random.Random) -> None:
    """Let one be refused, and one be stopped before it left."""
    stores = [row for row in rows if row.kind == STORE_MAIL]
    if len(stores) < 2:
        return
    refused, stopped = rng.sample(stores, 2)
    refused.state, refused.reason, refused.last_error, refused.sent_at = Message.FAILED, Reason.RECIPIENT, REFUSED, None
    stopped.state, stopped.last_error, stopped.sent_at = Message.CANCELLED, "Plus voulu.", None
