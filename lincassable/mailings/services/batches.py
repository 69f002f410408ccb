"""The engine: what is planned begins, what has begun goes on, a batch a minute. Any number of workers, killed at any moment.

A batch is one transaction: the mailing's row is locked (SKIP LOCKED: another worker takes another mailing), the rows are marked and their
messages written together. A worker that dies in between leaves neither. A row gets its message once, by the outbox's key.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence
from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lincassable.accounts.actors import Actor
from lincassable.mailings import wishes
from lincassable.mailings.audience import Person
from lincassable.mailings.earlier import audience_for, hold_batches, leave_out, words_now
from lincassable.mailings.enums import CHUNK, Progress, Reason, State
from lincassable.mailings.models import Mailing, MailingRecipient
from lincassable.mailings.personalising import attachments_of, dedupe_key, known_of, make_cards, prepared
from lincassable.mailings.services.common import move
from lincassable.mailings.timing import per_minute
from lincassable.messaging.models import Message
from lincassable.messaging.services import enqueue_many
from lincassable.messaging.texts.sandbox import TextError
from stores.enums import Status

logger = logging.getLogger("lincassable.mailings")
HOUR = dt.timedelta(hours=1)


def run(now: dt.datetime | None = None) -> dict[str, int]:
    """Begin what is due and hand over the next batch of every mailing that is sending.

    Arguments: now, the moment that decides (default: the present one). Returns how many mailings began and how many messages were
    handed over. Safe to run twice, late, or at the same time as another.
    """
    now, done = now or timezone.now(), {"begun": 0, "handed over": 0}
    due = Mailing.objects.filter(state=State.SCHEDULED, scheduled_at__lte=now).order_by("scheduled_at", "pk")
    for pk in list(due.values_list("pk", flat=True)):
        done["begun"] += _begin(pk, now)
    for pk in list(Mailing.objects.filter(state=State.SENDING).order_by("started_at", "pk").values_list("pk", flat=True)):
        done["handed over"] += _hand_over(pk, now)
    return done


# -- beginning


@transaction.atomic
def _begin(pk: int, now: dt.datetime) -> bool:
    """Freeze the list of a planned mailing and open it for sending; return whether this run did. At quiet times it waits, list and all."""
    mailing = Mailing.objects.select_for_update(skip_locked=True).filter(pk=pk, state=State.SCHEDULED, scheduled_at__lte=now).first()
    if mailing is None or not mailing.may_send(now):
        return False
    audience = audience_for(mailing)
    rows = (_row(mailing, person) for person in [*audience.chosen, *audience.left_out])
    MailingRecipient.objects.bulk_create(rows, batch_size=CHUNK)
    make_cards(mailing, {person.store_id for person in audience.chosen})
    count = len(audience.chosen)
    note = ngettext("the list is made: %(count)s recipient", "the list is made: %(count)s recipients", count) % {"count": count}
    move(mailing, State.SENDING, by=Actor.system(), note=note, at=now, started_at=now, **words_now(mailing))
    return True


def _row(mailing: Mailing, person: Person) -> MailingRecipient:
    left_out = bool(person.reason)
    return MailingRecipient(
        mailing=mailing,
        store_id=person.store_id,
        contact_id=person.contact_id,
        email=person.email[:254],
        progress=Progress.LEFT_OUT if left_out else Progress.WAITING,
        reason=person.reason,
    )


# -- a batch


@transaction.atomic
def _hand_over(pk: int, now: dt.datetime) -> int:
    """Write the next messages of one mailing into the outbox; return how many. Ends the mailing when nobody waits any more."""
    mailing = Mailing.objects.select_for_update(skip_locked=True).filter(pk=pk, state=State.SENDING).first()
    if mailing is None or not mailing.may_send(now):
        return 0
    hold_batches()
    leave_out(mailing)
    waiting = mailing.recipients.filter(progress=Progress.WAITING).select_related("store", "contact").order_by("pk")
    batch = list(waiting[: _allowed(mailing, now)])
    written = _write(mailing, batch, now) if batch else 0
    if not mailing.recipients.filter(progress=Progress.WAITING).exists():
        move(mailing, State.DONE, by=Actor.system(), at=now, finished_at=now)
    return written


def _allowed(mailing: Mailing, now: dt.datetime) -> int:
    """Return how many messages of `mailing` may be handed over at `now`, by its own rate and by that of all mailings together.

    To be called while `hold_batches` holds.
    """
    everything = MailingRecipient.objects.filter(progress=Progress.HANDED_OVER)
    rates = [(everything, settings.MAILINGS_PER_HOUR)]
    if mailing.per_hour:
        rates.append((everything.filter(mailing=mailing), mailing.per_hour))
    minute = now.replace(second=0, microsecond=0)
    left = [0]
    for sent, rate in rates:
        hour = rate - sent.filter(handed_over_at__gt=now - HOUR).count()
        left.append(min(hour, per_minute(rate) - sent.filter(handed_over_at__gte=minute).count()))
    return max(0, min(left[1:]))


def _write(mailing: Mailing, batch: list[MailingRecipient], now: dt.datetime) -> int:
    """Mark the rows of a batch and write their messages, leaving out who has left or wants none any more; return how many were written."""
    reasons = reasons_now(batch)
    for row in batch:
        row.reason = reasons.get(row.pk, "")
        row.progress = Progress.LEFT_OUT if row.reason else Progress.HANDED_OVER
        row.handed_over_at = None if row.reason else now
        row.language = "" if row.reason else _person(row).language
    chosen = [row for row in batch if not row.reason]
    try:
        messages = _messages(mailing, chosen)
    except TextError as error:
        logger.error("mailing %s is paused: its text cannot be filled in: %s", mailing.pk, error)
        move(mailing, State.PAUSED, by=Actor.system(), note=_("The text cannot be filled in: %(error)s") % {"error": error}, at=now)
        return 0
    written = enqueue_many(messages)
    _tie(mailing, chosen)
    MailingRecipient.objects.bulk_update(batch, ["reason", "progress", "handed_over_at", "language", "message"], batch_size=CHUNK)
    return written


def _messages(mailing: Mailing, rows: Sequence[MailingRecipient]) -> list:
    """Return the messages of some rows. Raises TextError before anything is written."""
    people = {row.pk: _person(row) for row in rows}
    known = known_of(mailing, list(people.values()))
    build = partial(prepared, mailing, known=known, files=attachments_of(mailing.files.all()))
    return [build(row=row, person=people[row.pk]) for row in rows]


def _person(row: MailingRecipient) -> Person:
    return Person(row.store_id, row.contact_id, row.email, row.contact.language if row.contact else "fr")


def _tie(mailing: Mailing, rows: Sequence[MailingRecipient]) -> None:
    """Tie each row to its message."""
    keys = {dedupe_key(mailing, row.pk): row for row in rows}
    for key, pk in Message.objects.filter(dedupe_key__in=keys).order_by().values_list("dedupe_key", "pk"):
        keys[key].message_id = pk


def reasons_now(rows: Sequence[MailingRecipient]) -> dict[int, str]:
    """Return, by row, why somebody on a frozen list must not get the mail any more. Rows come with their contact and place."""
    unwanted = wishes.unwanted([row.contact_id for row in rows if row.contact_id])
    found = {}
    for row in rows:
        if row.store.status == Status.ARCHIVED:
            found[row.pk] = Reason.ARCHIVED.value
        elif row.contact is None or not row.contact.is_active:
            found[row.pk] = Reason.NO_CONTACT.value
        elif row.contact.email.strip().lower() != row.email:
            found[row.pk] = Reason.CHANGED.value
        elif row.contact_id in unwanted:
            found[row.pk] = unwanted[row.contact_id]
    return found
