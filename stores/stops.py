"""What the reader of an address has stopped holds for the address, not for the row: typed again, at any place, it stays stopped.

A coordinator lifts it by ticking the box of the contact again, once asked to; the reader by the page of choices.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lincassable.accounts.privacy import Identity, PersonalDataKind
from lincassable.accounts.privacy import register as register_kind
from stores import refusals
from stores.models import Contact
from stores.models.stops import AddressStop

# The boxes of a contact that a stop takes away.
COLUMNS = tuple(field.name for field in Contact._meta.get_fields() if field.name.startswith("wants_"))
# What higher floors do with stops that are no column of contacts: a contact gets an address that has them, a coordinator lifts them.
# Called in the transaction of the write. Filled in their AppConfig.ready().
ON_HELD: list[Callable[[Contact, Collection[str]], None]] = []
ON_LIFTED: list[Callable[[Contact], None]] = []


def _fingerprint(email: str, secret: str) -> str:
    return hmac.new(secret.encode(), b"stores.stops " + email.strip().lower().encode(), hashlib.sha256).hexdigest()


def _fingerprints(email: str) -> list[str]:
    """Return the fingerprints of an address, under today's secret and the former ones."""
    return [_fingerprint(email, secret) for secret in (settings.LINK_SECRET, *settings.LINK_SECRET_FALLBACKS)] if email.strip() else []


def remember(emails: Iterable[str], what: str) -> None:
    """Keep that the readers of these addresses stopped `what`; again changes nothing."""
    rows = [AddressStop(fingerprint=_fingerprint(email, settings.LINK_SECRET), what=what) for email in {*emails} if email.strip()]
    AddressStop.objects.bulk_create(rows, ignore_conflicts=True)


def forget(emails: Iterable[str], what: Collection[str]) -> None:
    """Forget that they stopped these."""
    prints = [one for email in {*emails} for one in _fingerprints(email)]
    AddressStop.objects.filter(fingerprint__in=prints, what__in=what).delete()


def held(email: str) -> set[str]:
    """Return what the reader of an address has stopped. One query."""
    rows = AddressStop.objects.filter(fingerprint__in=_fingerprints(email)).order_by()
    return set(rows.values_list("what", flat=True)) if email.strip() else set()


def before_saving(contact: Contact) -> dict[str, Any] | None:
    """Return the address and the boxes of a contact as the database has them; None for a new one."""
    return Contact.objects.filter(pk=contact.pk).values("email", *COLUMNS).first() if contact.pk else None


def after_saving(contact: Contact, before: dict[str, Any] | None) -> set[str]:
    """Let a contact that has got another address obey what its reader stopped; return what was taken away from what was ticked.

    A box that somebody ticks again on a contact whose address stays is lifted. Arguments: before, of `before_saving`.
    """
    if before is not None and before["email"].lower() == contact.email.lower():
        again = [name for name in COLUMNS if getattr(contact, name) and not before[name]]
        if again:
            forget([contact.email], again)
        return set()
    refusals.mark_again(contact)
    stopped = held(contact.email)
    gone = {name for name in stopped if name in COLUMNS and getattr(contact, name)}
    for name in gone:
        setattr(contact, name, False)
    if gone:
        contact.save(update_fields=sorted(gone))
    others = stopped - set(COLUMNS)
    for hold in ON_HELD if others else ():
        hold(contact, others)
    return gone


def lift(contact: Contact) -> int:
    """Let go to a contact again what its reader stopped and no box of the contact shows; return how many kinds."""
    others = held(contact.email) - set(COLUMNS)
    forget([contact.email], others)
    for lifted in ON_LIFTED:
        lifted(contact)
    return len(others)


def sentence(contact: Contact) -> str:
    """Return what the reader of a contact's address has stopped, in words; empty when nothing."""
    stopped = held(contact.email) if contact.email else set()
    names = [str(Contact._meta.get_field(name).verbose_name) for name in COLUMNS if name in stopped]
    others = len(stopped - set(COLUMNS))
    if others:
        names.append(ngettext("%(count)s kind of reminders", "%(count)s kinds of reminders", others) % {"count": others})
    return _("The reader of this address has stopped: %(what)s.") % {"what": ", ".join(names)} if names else ""


# -- personal data


def _purge(before: datetime) -> int:
    return AddressStop.objects.filter(stopped_at__lt=before).delete()[0]


def _export(identity: Identity) -> list[dict[str, Any]]:
    rows = AddressStop.objects.filter(fingerprint__in=_fingerprints(identity.email or ""))
    return [{"stopped": row.what, "since": row.stopped_at} for row in rows]


def _erase(identity: Identity) -> int:
    """Keep the fingerprint: without it, the person would be written to again when somebody types the address."""
    return 0


def register() -> None:
    """Add the stops to the table of personal data."""
    register_kind(
        PersonalDataKind(
            "address_stop",
            gettext_lazy("fingerprints of addresses, and what their readers stopped"),
            gettext_lazy("so that whoever stopped our mails is not written to again when the address is typed once more"),
            settings.PERSONAL_DATA_RETENTION_DAYS["address_stop"],
            _purge,
            _export,
            _erase,
        )
    )
