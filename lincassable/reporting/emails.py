"""The two mails of the weekly report: which templates exist and what they need."""

from __future__ import annotations

from django.utils import translation
from django.utils.crypto import salted_hmac

from lincassable.accounts import links, mail_buttons
from lincassable.accounts.models import AccessLink, User
from lincassable.messaging import unsubscribing
from lincassable.messaging.services import Attachment, Prepared, Recipient
from lincassable.reminders.registry import CONTACT, USER
from lincassable.reminders.signing import choices_url
from lincassable.reporting.enums import NETWORK_MAIL, STORE_MAIL
from lincassable.reporting.network import NetworkWeek
from lincassable.reporting.weekly import StoreWeek, Week
from lincassable.web_addresses import web_address
from stores.models import Contact


def store_key(week: Week, contact: Contact) -> str:
    """The dedupe key of a store contact's report: the place and the address, so that a contact typed anew gets no second one."""
    address = salted_hmac("reporting.weekly", contact.email.strip().lower()).hexdigest()[:20]
    return f"weekly:{week.label}:store:{contact.store_id}:{address}"


def network_key(week: Week, user: User) -> str:
    """The dedupe key of a coordinator's report."""
    return f"weekly:{week.label}:user:{user.pk}"


def store_report(contact: Contact, report: StoreWeek, card: AccessLink | None) -> Prepared:
    """Return the mail that tells a contact how their store is doing.

    Arguments:
        card: what opens the store's phone page; None when it was revoked: then the mail has no button.
    """
    stop = unsubscribing.url(unsubscribing.CONTACT, contact.pk)
    pictures = {line.picture.content_id: line.picture for line in report.lines}
    return Prepared(
        STORE_MAIL,
        Recipient(contact.email, contact.name, contact.language),
        {
            "contact": contact,
            "report": report,
            "page_url": links.url(card) if card else "",
            "buttons": mail_buttons.urls(card, report.week.label, contact.pk) if card and report.answers else {},
            "unsubscribe_url": stop,
            "preferences_url": choices_url(CONTACT, contact.pk),
        },
        store_key(report.week, contact),
        subject_kind="contact",
        subject_id=contact.pk,
        headers=unsubscribing.headers(stop),
        attachments=list(pictures.values()),
    )


def network_report(user: User, report: NetworkWeek, table: Attachment) -> Prepared:
    """Return the mail that shows a coordinator the network on one page.

    Arguments: table, the full table in the language of the user.
    """
    stop = unsubscribing.url(unsubscribing.USER, user.pk)
    with translation.override(user.language):
        charts = report.charts()
    return Prepared(
        NETWORK_MAIL,
        Recipient(user.email, user.name, user.language),
        {
            "user": user,
            "report": report,
            "charts": charts,
            "admin_url": web_address("admin:index"),
            "board_url": web_address("stock:board"),
            "unsubscribe_url": stop,
            "preferences_url": choices_url(USER, user.pk),
        },
        network_key(report.week, user),
        subject_kind="user",
        subject_id=user.pk,
        headers=unsubscribing.headers(stop),
        attachments=[*(chart.picture for chart in charts), table],
    )
