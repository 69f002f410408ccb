"""Asking stores for their deposit counts: on the 1st, again on the 8th and the 15th, and not any more once they have declared.

Who is due is computed from the day, so that a missed day is caught up; after `DEPOSIT_LAST_DAY` the nagging stops.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from crates.queries_deposits import last_complete_month, missing_months
from lincassable.accounts.links import url
from lincassable.messaging import unsubscribing
from lincassable.messaging.models import Message
from lincassable.messaging.services import Prepared, Recipient, enqueue_many
from lincassable.reporting.enums import CHUNK, DEPOSIT_LAST_DAY, DEPOSIT_REMINDER, DEPOSIT_REQUEST, DEPOSIT_STEPS
from lincassable.reporting.pages import page_links
from stores.enums import Status
from stores.models import Contact

_KEY = re.compile(r"deposit:([0-9]+):([0-9]{4})-([0-9]{2}):[0-9]+:contact:([0-9]+)")


@dataclass(frozen=True)
class DepositSummary:
    """What a run did. step: the day of the month that it caught up with, 0 when nothing is due; mails written now."""

    step: int
    requests: int = 0
    reminders: int = 0

    def __str__(self) -> str:
        if not self.step:
            return "not due now"
        return f"step of day {self.step}: {self.requests} requests, {self.reminders} reminders"


def step_of(today: dt.date) -> int:
    """Return the step that is due on a local day: the last of DEPOSIT_STEPS that has come, 0 after DEPOSIT_LAST_DAY."""
    return max((day for day in DEPOSIT_STEPS if day <= today.day), default=0) if today.day <= DEPOSIT_LAST_DAY else 0


def deposit_contacts() -> QuerySet[Contact]:
    """Contacts who are asked for deposit counts: active, with an address, at a place that takes part today."""
    wanted = Contact.objects.filter(is_active=True, wants_deposit_mails=True, store__status=Status.ACTIVE).exclude(email="")
    return wanted.select_related("store").order_by("pk")


def key_of(store_id: int, month: dt.date, step: int, contact_id: int) -> str:
    """The dedupe key of one mail."""
    return f"deposit:{store_id}:{month:%Y-%m}:{step}:contact:{contact_id}"


def ask_for_deposits(today: dt.date | None = None) -> DepositSummary:
    """Write the mails that are due on a local day (None: today): one per contact and step, for stores that have not declared.

    The first mail about a month is a request, whatever the day; the next ones are reminders. Running it again changes
    nothing. Works by chunks, each in its own transaction. Returns the numbers of mails.
    """
    today = today or timezone.localdate()
    step, month = step_of(today), last_complete_month(today)
    if not step:
        return DepositSummary(0)
    requests = reminders = 0
    for contacts in _chunks():
        with transaction.atomic():
            mails = list(_due(contacts, month, step, today))
            written = enqueue_many(mails)
            asked = sum(mail.template == DEPOSIT_REQUEST for mail in mails)
            requests, reminders = requests + asked, reminders + written - asked
    return DepositSummary(step, requests, reminders)


def _due(contacts: Collection[Contact], month: dt.date, step: int, today: dt.date) -> Iterator[Prepared]:
    """Yield the mails of this step that were not written yet."""
    keys = {key_of(contact.store_id, month, each, contact.pk) for contact in contacts for each in DEPOSIT_STEPS}
    written = set(Message.objects.filter(dedupe_key__in=keys).order_by().values_list("dedupe_key", flat=True))
    missing = missing_months({contact.store_id for contact in contacts}, today)
    links = page_links({contact.store_id for contact in contacts})
    for contact in contacts:
        key = key_of(contact.store_id, month, step, contact.pk)
        if month not in missing[contact.store_id] or key in written:
            continue
        earlier = any(key_of(contact.store_id, month, each, contact.pk) in written for each in DEPOSIT_STEPS)
        link = links.get(contact.store_id)
        yield _mail(
            contact, DEPOSIT_REMINDER if earlier else DEPOSIT_REQUEST, month, missing[contact.store_id], url(link) if link else "", key
        )


def _mail(contact: Contact, template: str, month: dt.date, missing: list[dt.date], page_url: str, key: str) -> Prepared:
    """Return one mail. page_url: the address of the store's phone page, empty when its card was revoked."""
    stop = unsubscribing.url(unsubscribing.DEPOSIT, contact.pk)
    older = [each for each in missing if each != month]
    return Prepared(
        template,
        Recipient(contact.email, contact.name, contact.language),
        {"contact": contact, "store": contact.store, "month": month, "older": older, "page_url": page_url, "unsubscribe_url": stop},
        key,
        subject_kind="contact",
        subject_id=contact.pk,
        headers=unsubscribing.headers(stop),
    )


def still_asked(message: Message) -> bool:
    """Whether the deposit mail `message`, which waits in the outbox, is still due: asked just before it leaves.

    Not when the month was declared meanwhile, when another month has become the last one, or when nobody wants it any more.
    """
    found = _KEY.fullmatch(message.dedupe_key)
    if found is None:
        return False
    store_id, month, contact_id = int(found[1]), dt.date(int(found[2]), int(found[3]), 1), int(found[4])
    today = timezone.localdate()
    if month != last_complete_month(today) or today.day > DEPOSIT_LAST_DAY:
        return False
    wanted = deposit_contacts().filter(pk=contact_id, store=store_id).exists()
    return wanted and month in missing_months([store_id], today)[store_id]


def _chunks() -> Iterator[list[Contact]]:
    """Read the contacts in key order, `CHUNK` at a time."""
    last = 0
    while chunk := list(deposit_contacts().filter(pk__gt=last)[:CHUNK]):
        yield chunk
        last = chunk[-1].pk
