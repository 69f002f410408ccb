"""Contacts whose address bounced or complained: marked, and told to the coordinators once."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lincassable.messaging import addresses, announcing
from lincassable.messaging.models import RefusedAddress
from lincassable.messaging.services import Prepared, Recipient, enqueue_many
from lincassable.web_addresses import web_address
from stores.emails import deciders
from stores.models import Contact


def mark(row: RefusedAddress) -> None:
    """Mark the contacts with this address and tell the coordinators, in the transaction of the refusal."""
    contacts = Contact.objects.filter(email__iexact=row.email)
    contacts.update(refused_email=F("email"), refused_why=row.why, refused_at=row.since)
    people = list(contacts.filter(is_active=True).select_related("store").order_by("store__name", "pk"))
    enqueue_many(told(row, people))
    url = web_address("admin:messaging_refusedaddress_change", row.pk)
    name = ", ".join(str(contact.store) for contact in people) or (row.message.to_name if row.message else "")
    context = {"address_refused": True, "name": name, "reason": row.get_why_display(), "url": url}
    announcing.announce(announcing.MAIL_TROUBLE, context=context, dedupe_key=f"refused:{row.pk}")


def mark_again(contact: Contact) -> None:
    """Mark a contact that was typed with an address that refuses mails: nothing is sent there, and its page says so."""
    row = RefusedAddress.objects.filter(email__iexact=contact.email, lifted_at=None).first() if contact.email else None
    if row is not None:
        contact.refused_email, contact.refused_why, contact.refused_at = contact.email, row.why, row.since
        contact.save(update_fields=["refused_email", "refused_why", "refused_at"])


def unmark(row: RefusedAddress) -> None:
    """Take the mark away again: mails go to the address."""
    Contact.objects.filter(refused_email__iexact=row.email).update(refused_email="", refused_why="", refused_at=None)


def told(row: RefusedAddress, people: list[Contact]) -> list[Prepared]:
    """Return the mail to each coordinator, whose own address is another one."""
    base = settings.SITE_URL
    lines = [{"contact": one, "store": one.store, "link": base + reverse("admin:stores_contact_change", args=[one.pk])} for one in people]
    context = {
        "address": row.email,
        "complained": row.why == "complained",
        "detail": row.detail,
        "lines": lines,
        "link": base + reverse("admin:messaging_refusedaddress_change", args=[row.pk]),
    }
    return [
        Prepared("address_refused", Recipient(user.email, user.name, user.language), context, f"address-refused:{row.pk}:user:{user.pk}")
        for user in deciders()
        if user.email.lower() != row.email.lower()
    ]


def refused_contacts() -> int:
    """Return how many active contacts cannot be reached by mail."""
    return Contact.objects.filter(is_active=True, refused_email__iexact=F("email")).exclude(refused_email="").count()


def sentence(contact: Contact) -> str:
    """Return whether mails to the contact arrive, as far as we know, and what to do when not."""
    if not contact.pk or not contact.is_refused:
        return _("nothing came back")
    since = date_format(timezone.localtime(contact.refused_at), "j F Y") if contact.refused_at else ""
    if contact.refused_why == "complained":
        return _("Nothing is sent since %(day)s: our mails were called unwanted. Ask what they want to receive.") % {"day": since}
    return _("Nothing is sent since %(day)s: the address takes no mails. Correct it.") % {"day": since}


class RefusedFilter(admin.SimpleListFilter):
    """Contacts whose address bounced or complained."""

    title = gettext_lazy("mails to this address")
    parameter_name = "refused"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, object]]:
        """Return the one choice."""
        return [("yes", gettext_lazy("refused now"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Contact]) -> QuerySet[Contact]:
        """Return the contacts whose present address is refused."""
        return queryset.filter(refused_email__iexact=F("email")).exclude(refused_email="") if self.value() == "yes" else queryset


def register() -> None:
    """Ask to be told of refused addresses."""
    if mark not in addresses.ON_REFUSED:
        addresses.ON_REFUSED.append(mark)
        addresses.ON_LIFTED.append(unmark)
