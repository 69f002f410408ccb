"""A mailing as each recipient gets it: the values of the variables, and the mail ready for the outbox. A constant number of queries."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.utils import translation

from lincassable.accounts import links
from lincassable.accounts.models import AccessLink, User
from lincassable.mailings import language, stopping
from lincassable.mailings.audience import Person
from lincassable.mailings.enums import ABOUT_RECIPIENT, ABOUT_TEST, MAIL
from lincassable.mailings.models import Mailing, MailingFile, MailingRecipient
from lincassable.messaging.attachments import Attachment
from lincassable.messaging.rendering import Rendered, render
from lincassable.messaging.services import Prepared, Recipient
from lincassable.messaging.texts.markup import bodies
from stores.models import Contact, Store


@dataclass(frozen=True)
class Known:
    """What is read once for many recipients: places and contacts by key, addresses of the places' phone pages by place."""

    stores: Mapping[int, Store]
    contacts: Mapping[int, Contact]
    pages: Mapping[int, str]


def known_of(mailing: Mailing, people: Collection[Person]) -> Known:
    """Return what the texts of `mailing` need about `people`, in at most three queries."""
    store_ids = {person.store_id for person in people}
    contact_ids = {person.contact_id for person in people if person.contact_id}
    stores = {store.pk: store for store in Store.objects.filter(pk__in=store_ids).select_related("zone").order_by()}
    contacts = {contact.pk: contact for contact in Contact.objects.filter(pk__in=contact_ids).order_by()}
    pages = page_addresses(store_ids) if "store_page" in language.used_names(mailing) else {}
    return Known(stores, contacts, pages)


def page_addresses(store_ids: Collection[int]) -> dict[int, str]:
    """Return the addresses of the phone pages of places; one whose card was withdrawn is left out.

    Reads only: a place that never had a card gets an address that shows where the card's will stand (`make_cards`).
    """
    cards = {link.object_id: link for link in AccessLink.objects.filter(kind=AccessLink.STORE, object_id__in=store_ids).order_by()}
    found = {store_id: links.url(link) for store_id, link in cards.items() if not link.is_revoked}
    return found | {store_id: f"{settings.SITE_URL}/p/" for store_id in store_ids if store_id not in cards}


def make_cards(mailing: Mailing, store_ids: Iterable[int]) -> None:
    """Make the cards that places lack, when the text of `mailing` leads to their phone page."""
    if "store_page" in language.used_names(mailing):
        wanted = set(store_ids)
        known = set(AccessLink.objects.filter(kind=AccessLink.STORE, object_id__in=wanted).values_list("object_id", flat=True))
        missing = [AccessLink(kind=AccessLink.STORE, object_id=store_id) for store_id in sorted(wanted - known)]
        AccessLink.objects.bulk_create(missing, ignore_conflicts=True)


def values_for(mailing: Mailing, person: Person, known: Known) -> dict[str, str]:
    """Return the value of each variable for one recipient, in their language."""
    store, contact = known.stores[person.store_id], known.contacts.get(person.contact_id or 0)
    return {
        "contact_name": contact.name if contact else "",
        "store_name": store.name,
        "store_city": store.city,
        "store_address": store.address,
        "store_zone": store.zone.name if store.zone else "",
        "store_kind": str(store.get_kind_display()),
        "store_page": known.pages.get(person.store_id, ""),
        "network_name": settings.SITE_NAME,
        "network_address": settings.SITE_URL,
        **language.values_in(mailing.fields, mailing.values, person.language),
    }


def context_for(mailing: Mailing, person: Person, known: Known) -> dict[str, Any]:
    """Return what templates/mail/mailing.* show. Raises TextError when a text cannot be filled in."""
    with translation.override(person.language):
        filled = language.fill(mailing, person.language, values_for(mailing, person, known))
    made = bodies(filled.body, {})
    return {
        "mailing_subject": filled.subject,
        "mailing_html": made.html,
        "mailing_text": made.text,
        "mailing_preheader": made.preheader,
        "store": known.stores[person.store_id],
        "unsubscribe_url": stopping.address_for(person.contact_id) if person.contact_id else "",
        "choices_url": stopping.choices_for(person.contact_id) if person.contact_id else "",
    }


def recipient_of(person: Person, known: Known) -> Recipient:
    """Return to whom the mail goes."""
    contact = known.contacts.get(person.contact_id or 0)
    return Recipient(person.email, contact.name if contact else "", person.language)


def shown(mailing: Mailing, person: Person, known: Known) -> Rendered:
    """Return the mail as `person` would get it, for a preview. Raises TextError."""
    return render(MAIL, recipient_of(person, known), context_for(mailing, person, known))


def prepared(mailing: Mailing, row: MailingRecipient, person: Person, known: Known, files: Collection[Attachment]) -> Prepared:
    """Return the message of one row of the list, for the outbox. Raises TextError."""
    context = context_for(mailing, person, known)
    return Prepared(
        MAIL,
        recipient_of(person, known),
        context,
        dedupe_key(mailing, row.pk),
        subject_kind=ABOUT_RECIPIENT,
        subject_id=row.pk,
        headers=stopping.headers(context["unsubscribe_url"]) if context["unsubscribe_url"] else {},
        attachments=list(files),
    )


def dedupe_key(mailing: Mailing, row_id: int) -> str:
    """Return the outbox key of one row of the list: a row stands for one address, so an address never gets two."""
    return f"mailing:{mailing.pk}:{row_id}"


def trial(mailing: Mailing, person: Person, known: Known, user: User, files: Collection[Attachment]) -> Prepared:
    """Return the mail that `person` would get, to `user` instead. Raises TextError."""
    context = context_for(mailing, person, known) | {"unsubscribe_url": "", "choices_url": ""}
    context["mailing_subject"] = f"[test] {context['mailing_subject']}"
    return Prepared(
        MAIL,
        Recipient(user.email, user.name, person.language),
        context,
        f"mailing-test:{mailing.pk}:{uuid4()}",
        subject_kind=ABOUT_TEST,
        subject_id=mailing.pk,
        attachments=list(files),
    )


def attachments_of(files: Iterable[MailingFile]) -> list[Attachment]:
    """Return the files as the outbox takes them: kept once in the folder of files, whatever the number of messages."""
    return [Attachment(file.name, file.content_type, stored=file.file.name) for file in files]
