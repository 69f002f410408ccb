"""Asking stores for their deposit counts: on the 1st, again a week and two weeks later, until they declare.

A rule of the registry of reminders. The matter is the month before, known from the first day of the next one; some days after the last
reminder the nagging stops, until the next month.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crates.queries_deposits import last_complete_month, missing_months
from lincassable.accounts.links import url
from lincassable.messaging import unsubscribing
from lincassable.messaging.services import Prepared, Recipient
from lincassable.reminders.people import chunks, person_of
from lincassable.reminders.registry import CONTACT, Ask, Due, Matter, OwnMail, Rule, Switch, Words, after, register
from lincassable.reminders.signing import choices_url
from lincassable.reporting.enums import CHUNK, DEPOSIT_REMINDER, DEPOSIT_REQUEST
from lincassable.reporting.pages import page_links
from stores.enums import Status
from stores.models import Contact

SWITCH = Switch(
    "deposits",
    title=gettext_lazy("Mails about deposits"),
    question=gettext_lazy("Stop being asked for deposit counts by mail? They can still be declared on the store's phone page."),
    done=gettext_lazy("Done: you will not be asked by mail any more. Your coordinator can switch it on again."),
    columns={CONTACT: "stores.Contact.wants_deposit_mails"},
)


def register_rule() -> None:
    """Add the rule to the registry."""
    register(
        Rule(
            "deposit-counts",
            title=gettext_lazy("Deposit counts missing"),
            purpose=gettext_lazy("The deposits of last month are not declared yet: asked on the 1st, then twice again."),
            audience=gettext_lazy("the contacts who are asked for the deposit counts, at active places"),
            plan=after(0, every=7, times=3),
            priority=50,
            switch=SWITCH,
            find=missing,
            words=words,
            heading=gettext_lazy("Deposit counts that are missing"),
            mail=mails,
            templates=(DEPOSIT_REQUEST, DEPOSIT_REMINDER),
        )
    )


def deposit_contacts() -> QuerySet[Contact]:
    """Contacts who are asked for deposit counts: active, with an address, at a place that takes part today."""
    wanted = Contact.objects.filter(is_active=True, wants_deposit_mails=True, store__status=Status.ACTIVE).exclude(email="")
    return wanted.select_related("store").order_by("pk")


def missing(ask: Ask) -> Iterator[Matter]:
    """Yield last month for the contacts of the places that have not declared it."""
    month, begins = last_complete_month(ask.today), ask.today.replace(day=1)
    for contacts in chunks(deposit_contacts().filter(**ask.among("store")), CHUNK):
        months = missing_months({contact.store_id for contact in contacts}, ask.today)
        for contact in contacts:
            lacking = months[contact.store_id]
            if month in lacking:
                facts = {"contact": contact, "month": month, "missing": lacking}
                yield Matter(person_of(contact), "store", contact.store_id, begins, facts=facts, about=("contact", contact.pk))


def context_of(contact: Contact, month: dt.date, missing: Collection[dt.date], page_url: str) -> Mapping[str, Any]:
    """Return what both templates need. page_url: the address of the store's phone page, empty when its card was revoked."""
    older = [each for each in missing if each != month]
    return {"contact": contact, "store": contact.store, "month": month, "older": older, "page_url": page_url}


def mails(dues: Sequence[Due]) -> list[OwnMail]:
    """Return the mails that stand alone: the first one about a month is a request, whatever the day; the next ones are reminders."""
    pages = page_links({due.facts["contact"].store_id for due in dues})
    found = []
    for due in dues:
        link = pages.get(due.facts["contact"].store_id)
        context = context_of(due.facts["contact"], due.facts["month"], due.facts["missing"], url(link) if link else "")
        found.append(OwnMail(DEPOSIT_REMINDER if due.earlier else DEPOSIT_REQUEST, context))
    return found


def words(due: Due) -> Words:
    """A month that lacks, in words."""
    store = due.facts["contact"].store
    figures = {"month": date_format(due.facts["month"], "F Y"), "store": store.name}
    asked = _("How many bottles were charged in %(month)s at %(store)s, and how many were refunded?") % figures
    link = page_links({store.pk}).get(store.pk)
    line = _("%(store)s: %(month)s is not declared") % figures
    return Words(_("Deposits of %(month)s: %(store)s") % figures, [asked], _("Declare the deposits"), url(link) if link else "", line)


def prepared(contact: Contact, template: str, month: dt.date, missing: Collection[dt.date], page_url: str, key: str) -> Prepared:
    """Return one mail as it would be written, for a preview."""
    stop = unsubscribing.url(unsubscribing.DEPOSIT, contact.pk)
    context = {
        **context_of(contact, month, missing, page_url),
        "unsubscribe_url": stop,
        "preferences_url": choices_url(CONTACT, contact.pk),
    }
    return Prepared(template, Recipient(contact.email, contact.name, contact.language), context, key)
