"""What became of mails: delivered, deferred, one that came back, a few given up; and the last days of the schedule."""

from __future__ import annotations

from datetime import datetime, timedelta

from lincassable.messaging import addresses, chat
from lincassable.messaging.enums import Reason
from lincassable.messaging.models import ChatRoom, Message, MessageEvent, ScheduledRun
from stores.models import Contact

SENT = 60  # of the newest mails that left
FAILURES = [
    (Reason.LATER, "452 4.2.2 The mailbox is full, try again later", 8),
    (Reason.CONTENT, "554 5.7.1 Message refused by the content filter", 1),
    (Reason.NO_SERVER, "timed out", 8),
]


def tell_delivery(now: datetime) -> None:
    """Write it all; `now` is the demo's moment."""
    left = list(Message.objects.filter(state=Message.SENT).order_by("-pk")[:SENT])
    events = []
    for number, message in enumerate(left):
        kind = "deferred" if number % 20 == 7 else "delivered"
        at = (message.sent_at or now) + timedelta(seconds=4 + number % 9)
        message.fate, message.fate_at = kind, at
        events.append(MessageEvent(message=message, kind=kind, at=at, source="brevo", event_id=f"demo:{number}", detail="250 2.0.0 OK"))
    Message.objects.bulk_update(left, ["fate", "fate_at"], batch_size=100)
    MessageEvent.objects.bulk_create(events)
    _given_up(now)
    contact = Contact.objects.filter(is_active=True).exclude(email="").order_by("pk")[5:6].first()
    if contact is not None:
        bounced = Message.objects.filter(to_email__iexact=contact.email, state=Message.SENT).order_by("-pk").first()
        addresses.refuse(contact.email, why="bounced", detail="550 5.1.1 No such user", message=bounced, at=now - timedelta(days=1))
    _schedule(now)
    ChatRoom.objects.create(
        name="Équipe logistique",
        format="mattermost",
        sealed_url=chat.seal_url("https://discussion.example/hooks/demonstration"),
        topics=["pickup_request", "tour_declined", "mail_trouble"],
        is_active=False,
    )


def _given_up(now: datetime) -> None:
    for number, (reason, answer, tries) in enumerate(FAILURES):
        message = Message.objects.create(
            dedupe_key=f"demo:given-up:{number}",
            kind="weekly_store",
            to_email=f"accueil{number}@point-de-collecte.example",
            to_name="Accueil",
            subject="Votre semaine",
            text="Bonjour,\n",
            state=Message.FAILED,
            reason=reason,
            last_error=answer,
            attempts=tries,
            created_at=now - timedelta(days=3),
        )
        MessageEvent.objects.create(message=message, kind="given_up", at=now - timedelta(hours=5 + number), detail=answer)


def _schedule(now: datetime) -> None:
    tonight = now.replace(hour=1, minute=30, second=0, microsecond=0)
    rows = [
        ScheduledRun(
            entry="ledger-check",
            task="crates.check_ledger",
            slot=tonight - timedelta(days=days),
            task_id=f"demo-{days}",
            started_at=tonight - timedelta(days=days, seconds=-1),
            finished_at=tonight - timedelta(days=days, seconds=-4),
            succeeded=days != 3,
            outcome="OperationalError: the connection was lost" if days == 3 else "",
        )
        for days in range(1, 8)
    ]
    ScheduledRun.objects.bulk_create(rows)
