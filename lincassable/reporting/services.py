"""Sending the weekly report."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone, translation

from lincassable.accounts.actors import Actor
from lincassable.accounts.models import User
from lincassable.accounts.roles import ADMINISTRATOR, COORDINATOR
from lincassable.messaging import unsubscribing
from lincassable.messaging.models import Message
from lincassable.messaging.services import Attachment, Prepared, enqueue_many
from lincassable.reporting import emails
from lincassable.reporting.enums import CHUNK, CONTACT, USER
from lincassable.reporting.network import NetworkWeek
from lincassable.reporting.network_queries import Outlook, network_week
from lincassable.reporting.network_table import network_table
from lincassable.reporting.pages import known_pages, page_links
from lincassable.reporting.queries import store_weeks
from lincassable.reporting.weekly import Week
from stores.enums import Status
from stores.models import Contact

logger = logging.getLogger("lincassable.reporting")


@dataclass(frozen=True)
class WeeklySummary:
    """What a run of the weekly report did, in numbers of mails.

    Arguments:
        week: its label. due: False when it was neither the time nor forced; then nothing was done.
        stores, coordinators: mails written now (or to be written, in a dry run). already: had theirs before.
    """

    week: str
    due: bool
    stores: int = 0
    coordinators: int = 0
    already: int = 0

    def __str__(self) -> str:
        if not self.due:
            return f"{self.week}: not due now"
        return f"{self.week}: {self.stores} to stores, {self.coordinators} to coordinators, {self.already} had theirs"


def send_weekly_reports(now: datetime | None = None, *, force: bool = False, dry_run: bool = False) -> WeeklySummary:
    """Write this week's report for everyone who wants it and has not had it; safe to run at any time, any number of times.

    Arguments:
        now: the moment that decides, aware; the present one by default.
        force: send even when it is not due (`Week.is_due`).
        dry_run: count only, write nothing.

    Returns the numbers. Works by chunks of `CHUNK` contacts, each in its own transaction, so that a run that is cut
    keeps what it did and the next one goes on.
    """
    now = now or timezone.now()
    week = Week.of(now)
    if not (force or week.is_due(now)):
        return WeeklySummary(week.label, False)
    summary, outlook = WeeklySummary(week.label, True), Outlook()
    for contacts in _chunks(report_contacts()):
        keys = {contact.pk: emails.store_key(week, contact) for contact in contacts}
        wanted = _without_report(keys.values())
        due = [contact for contact in contacts if keys[contact.pk] in wanted]
        written = len(due) if dry_run else _send_to_stores(due, week, now, outlook)
        summary = replace(summary, stores=summary.stores + written, already=summary.already + len(contacts) - written)
    users = list(report_users())
    wanted = _without_report([emails.network_key(week, user) for user in users])
    due_users = [user for user in users if emails.network_key(week, user) in wanted]
    written = len(due_users) if dry_run else _send_to_coordinators(due_users, week, now, outlook)
    return replace(summary, coordinators=written, already=summary.already + len(users) - written)


def report_contacts() -> QuerySet[Contact]:
    """Contacts who want the weekly report: active, with an address, at a place that takes part today."""
    wanted = Contact.objects.filter(is_active=True, wants_weekly_report=True, store__status=Status.ACTIVE).exclude(email="")
    return wanted.select_related("store__collected_through").order_by("pk")


def report_users() -> QuerySet[User]:
    """Coordinators and administrators who want the weekly report."""
    role = Q(groups__name__in=[COORDINATOR, ADMINISTRATOR]) | Q(is_staff=True)
    return User.objects.filter(role, is_active=True, wants_weekly_report=True).distinct().order_by("pk")


def still_wanted(message: Message) -> bool:
    """Whether the weekly mail `message`, which waits in the outbox, is still wanted: asked just before it leaves."""
    wanted: QuerySet = report_contacts() if message.subject_kind == unsubscribing.CONTACT else report_users()
    return message.subject_id is not None and wanted.filter(pk=message.subject_id).exists()


@dataclass(frozen=True)
class Sent:
    """A report of the outbox, and whether it was written just now."""

    row: Message
    is_new: bool


@transaction.atomic
def send_now_to(kind: str, pk: int, *, by: Actor) -> Sent | None:
    """Write this week's report for one person, unless they have it; None for somebody who gets none.

    Arguments: kind, CONTACT or USER; pk, theirs.
    """
    prepared = prepared_for(kind, pk, makes_card=True)
    if prepared is None:
        return None
    written = enqueue_many([prepared])
    row = Message.objects.get(dedupe_key=prepared.dedupe_key)
    logger.info("weekly report %s, asked by %s %s: %s", row.pk, by.kind, by.id, "written" if written else "was there")
    return Sent(row, bool(written))


def prepared_for(kind: str, pk: int, *, makes_card: bool = False) -> Prepared | None:
    """Return this week's report of one person as it is now, unwritten; None for somebody who gets none.

    Arguments: kind, CONTACT or USER; pk, theirs; makes_card: make the store's card when there is none, else the mail has no buttons.
    """
    now = timezone.now()
    week = Week.of(now)
    if kind == CONTACT:
        contact = report_contacts().filter(pk=pk).first()
        if contact is None:
            return None
        store = contact.store
        cards = page_links([store.pk]) if makes_card else known_pages([store.pk])
        return emails.store_report(contact, store_weeks([store], week, now)[store.pk], cards.get(store.pk))
    user = report_users().filter(pk=pk).first() if kind == USER else None
    if user is None:
        return None
    report = network_week(week, now)
    return emails.network_report(user, report, _table(user.language, report))


def _chunks(contacts: QuerySet[Contact]) -> Iterator[list[Contact]]:
    """Read the contacts in key order, `CHUNK` at a time."""
    last = 0
    while chunk := list(contacts.filter(pk__gt=last)[:CHUNK]):
        yield chunk
        last = chunk[-1].pk


def _without_report(keys: Iterable[str]) -> set[str]:
    wanted = set(keys)
    return wanted - set(Message.objects.filter(dedupe_key__among=wanted).order_by().values_list("dedupe_key", flat=True))


@transaction.atomic
def _send_to_stores(contacts: list[Contact], week: Week, now: datetime, outlook: Outlook) -> int:
    if not contacts:
        return 0
    stores = {contact.store_id: contact.store for contact in contacts}
    reports = store_weeks(list(stores.values()), week, now)
    outlook.learn(report.forecast for report in reports.values())
    cards = page_links(stores)
    return enqueue_many(emails.store_report(contact, reports[contact.store_id], cards.get(contact.store_id)) for contact in contacts)


@transaction.atomic
def _send_to_coordinators(users: list[User], week: Week, now: datetime, outlook: Outlook) -> int:
    if not users:
        return 0
    report = network_week(week, now, outlook)
    tables = {language: _table(language, report) for language in {user.language for user in users}}
    return enqueue_many(emails.network_report(user, report, tables[user.language]) for user in users)


def _table(language: str, report: NetworkWeek) -> Attachment:
    with translation.override(language), timezone.override(ZoneInfo(settings.NETWORK_TIME_ZONE)):
        return network_table(report)
