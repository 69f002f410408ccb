"""A proposed change in words: field by field, as it is and as it would be. For the phone, the admin and the mails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from stores.enums import ProposalKind, Role
from stores.hours import in_words
from stores.models import ChangeProposal, Contact, Store

# What each kind of proposal may change.
FIELDS: dict[str, tuple[str, ...]] = {
    ProposalKind.HOURS: ("opening_hours",),
    ProposalKind.ADDRESS: ("street", "postcode", "city"),
    ProposalKind.CONTACT: ("name", "role", "email", "phone", "is_active"),
}


class Change(NamedTuple):
    """One field: its name for people, then the lines that stood there, that stand there now, and that are proposed."""

    label: str
    before: list[str]
    after: list[str]
    now: list[str] | None = None

    @property
    def moved(self) -> bool:
        """Whether something else stands there now than when it was proposed."""
        return self.now is not None and self.now != self.before


def contact_of(proposal: ChangeProposal) -> Contact | None:
    """Return the person that a proposal is about, None for a new one or somebody who is gone."""
    return Contact.objects.filter(pk=proposal.values.get("contact"), store=proposal.store_id).first()


def changes_of(proposal: ChangeProposal, now: Mapping[str, Any] | None = None) -> list[Change]:
    """Return the fields that a proposal changes. Arguments: now, what stands there (`proposals.standing`), when it matters."""
    model = Contact if proposal.kind == ProposalKind.CONTACT else Store
    found = []
    for name in FIELDS[proposal.kind]:
        if name in proposal.values:
            label = str(model._meta.get_field(name).verbose_name)  # type: ignore[union-attr]  # plain columns only
            current = None if now is None else in_lines(name, now.get(name, ""))
            found.append(Change(label, in_lines(name, proposal.before.get(name, "")), in_lines(name, proposal.values[name]), current))
    return found


def in_lines(name: str, value: Any) -> list[str]:
    """Return the value of a field as lines for people."""
    if isinstance(value, bool):
        return [_("yes") if value else _("no")]
    if name == "opening_hours":
        return in_words(value)
    if name == "role" and value in Role.values:
        return [str(Role(value).label)]
    return [str(value)] if value else []


def subject_of(proposal: ChangeProposal) -> str:
    """Return what a proposal is about, in a few words: “opening hours”, “contact: Camille Roche”."""
    kind = str(proposal.get_kind_display())
    if proposal.kind != ProposalKind.CONTACT:
        return kind
    contact = contact_of(proposal)
    return _("%(kind)s: %(name)s") % {"kind": kind, "name": str(contact) if contact else proposal.values.get("name") or _("a new person")}
