"""The two mails of the weekly report: which templates exist and what they need."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from lincassable.accounts.models import User
from lincassable.messaging import unsubscribing
from lincassable.messaging.services import Prepared, Recipient
from lincassable.reporting.enums import NETWORK_MAIL, STORE_MAIL
from lincassable.reporting.weekly import NetworkWeek, StoreWeek, Week
from stores.models import Contact


def store_key(week: Week, contact_id: int) -> str:
    """The dedupe key of a store contact's report."""
    return f"weekly:{week.label}:contact:{contact_id}"


def network_key(week: Week, user_id: int) -> str:
    """The dedupe key of a coordinator's report."""
    return f"weekly:{week.label}:user:{user_id}"


def store_report(contact: Contact, report: StoreWeek, page_url: str) -> Prepared:
    """Return the mail that tells a contact how their store is doing.

    Arguments:
        page_url: the address of the store's phone page, or an empty text when its card was revoked.
    """
    stop = unsubscribing.url(unsubscribing.CONTACT, contact.pk)
    return Prepared(
        STORE_MAIL,
        Recipient(contact.email, contact.name, contact.language),
        {"contact": contact, "report": report, "page_url": page_url, "unsubscribe_url": stop},
        store_key(report.week, contact.pk),
        subject_kind="contact",
        subject_id=contact.pk,
        headers=unsubscribing.headers(stop),
    )


def network_report(user: User, report: NetworkWeek) -> Prepared:
    """Return the mail that shows a coordinator the network on one page."""
    stop = unsubscribing.url(unsubscribing.USER, user.pk)
    return Prepared(
        NETWORK_MAIL,
        Recipient(user.email, user.name, user.language),
        {
            "user": user,
            "report": report,
            "admin_url": settings.SITE_URL + reverse("admin:index"),
            "board_url": settings.SITE_URL + reverse("stock:board"),
            "unsubscribe_url": stop,
        },
        network_key(report.week, user.pk),
        subject_kind="user",
        subject_id=user.pk,
        headers=unsubscribing.headers(stop),
    )
