"""What the foot of a mailing lets a contact stop, by one click and for all places of the same address: mailings, and nothing else."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from lincassable.messaging import unsubscribing
from lincassable.reminders import signing
from lincassable.reminders.registry import CONTACT, Switch, register_switch

SWITCH = Switch(
    "mailings",
    _("News of the network"),
    _("Stop receiving the news of the network? You keep receiving the dates of your pickups."),
    _("Done: you will not receive news of the network any more."),
    columns={CONTACT: "stores.Contact.wants_mailings"},
)


def register() -> None:
    """Add it to what contacts may choose; called once the apps are ready."""
    register_switch(SWITCH)


def address_for(contact_id: int) -> str:
    """Return the absolute address where a contact stops mailings: a GET asks, a POST stops."""
    return signing.address(CONTACT, contact_id, [SWITCH.code])


def choices_for(contact_id: int) -> str:
    """Return the absolute address where a contact chooses which mails to receive."""
    return signing.choices_url(CONTACT, contact_id)


def headers(address: str) -> dict[str, str]:
    """Return the mail headers that let a mail program stop mailings by one click (RFC 8058)."""
    return unsubscribing.headers(address)
