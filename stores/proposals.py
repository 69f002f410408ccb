"""What a place proposes to change about itself: its hours, a contact, its address. Nothing changes before a coordinator accepts.

One proposal per kind waits at a time: a new one takes the place of the former one. What stood there when it was made is kept
(`before`), so that a change made meanwhile by somebody else is seen, not written over.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, NamedTuple

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lincassable.accounts.actors import LINK, USER, Actor
from lincassable.accounts.models import AccessLink
from lincassable.messaging.services import enqueue_many
from stores import emails, services
from stores.enums import ProposalKind, ProposalState, Status
from stores.models import ChangeProposal, Contact, Store
from stores.proposal_texts import FIELDS, contact_of


class Proposed(NamedTuple):
    """What `propose` answers. replaced: it took the place of one that was waiting. again: it was there already."""

    proposal: ChangeProposal
    replaced: bool = False
    again: bool = False


@transaction.atomic
def propose(
    store: Store,
    kind: str,
    values: Mapping[str, Any],
    *,
    by: Actor,
    key: uuid.UUID | None = None,
    contact: Contact | None = None,
    comment: str = "",
    first_name: str = "",
) -> Proposed:
    """Write down what a place wants changed, and tell the coordinators.

    Arguments: kind, of ProposalKind; values, new values by field name (see FIELDS; what is missing stays); key, of the form: sent
    again, it writes nothing; contact, the person that a change of contact is about, None for a new one.
    Returns what was written and whether another one was waiting. Raises PermissionDenied for another place's card,
    ValidationError (by field) for values that the place could not have, or that it has already.
    """
    _check_place(store, by)
    store = Store.objects.select_for_update(no_key=True).get(pk=store.pk)
    sent = ChangeProposal.objects.filter(uuid=key).first() if key else None
    if sent is not None:
        if sent.store_id != store.pk:
            raise ValidationError(_("Open the page again, then send the form."), code="key")
        return Proposed(sent, again=True)
    if store.status == Status.ARCHIVED:
        raise ValidationError(_("This place is no longer part of the network. Call us if this is wrong."), code="archived")
    before, wanted = _before_and_after(store, kind, values, contact)
    open_one = ChangeProposal.objects.filter(store=store, kind=kind, state=ProposalState.PROPOSED).first()
    if open_one is not None:
        if open_one.values == wanted and open_one.comment == comment:
            return Proposed(open_one, again=True)
        _close(open_one, ProposalState.WITHDRAWN)
    proposal = ChangeProposal(uuid=key or uuid.uuid4(), store=store, kind=kind, values=wanted, before=before, comment=comment)
    proposal.first_name = first_name
    _write(proposal, by)
    return Proposed(proposal, replaced=open_one is not None)


def _write(proposal: ChangeProposal, by: Actor) -> None:
    """Save a new proposal under its author's name and tell the coordinators."""
    for name, value in ChangeProposal.author(by).items():
        setattr(proposal, name, value)
    proposal.full_clean(exclude=["before"])  # empty for a new person
    proposal.save()
    enqueue_many(emails.proposal_made(proposal))


def _check_place(store: Store, by: Actor) -> None:
    """A card speaks for its own place only."""
    if by.kind == LINK and (by.object_kind, by.object_id) != (AccessLink.STORE, store.pk):
        raise PermissionDenied


def _before_and_after(store: Store, kind: str, values: Mapping[str, Any], contact: Contact | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what stands there and what is wanted, both ready for JSON. Raises ValidationError."""
    names = FIELDS[kind]
    if unknown := set(values) - set(names):
        raise ValueError(f"a proposal about {kind} cannot change {', '.join(sorted(unknown))}")
    row: Store | Contact = store
    if kind == ProposalKind.CONTACT:
        if contact is not None and contact.store_id != store.pk:
            raise PermissionDenied
        row = Contact.objects.get(pk=contact.pk) if contact else Contact(store=store)
    before = _values(row, names) if row.pk else {}
    for name, value in values.items():
        setattr(row, name, value)
    _check(row, names)
    # Of a new contact, only what was given; of what is there, only what changes.
    given = _values(row, names) if row.pk else {name: value for name, value in _values(row, names).items() if name in values and value}
    wanted = {name: value for name, value in given.items() if before.get(name) != value}
    if not wanted:
        raise ValidationError(_("That is what we have written down already: there is nothing to change."), code="same")
    extra = {"contact": row.pk} if kind == ProposalKind.CONTACT else {}
    return {name: before[name] for name in wanted if name in before}, {**wanted, **extra}


def _check(row: Store | Contact, names: tuple[str, ...]) -> None:
    """Raise ValidationError for what the row could not be, about the proposed fields only."""
    row.clean_fields(exclude={field.name for field in row._meta.fields} - set(names))
    if isinstance(row, Contact):
        row.validate_constraints()


def _values(row: Store | Contact, names: tuple[str, ...]) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in names}
    return {name: value if isinstance(value, bool) else str(value or "") for name, value in values.items()}


def standing(proposal: ChangeProposal) -> dict[str, Any] | None:
    """Return what stands there now for the fields of a proposal; None when the contact that it is about is gone."""
    row: Store | Contact | None = Store.objects.get(pk=proposal.store_id)
    if proposal.kind == ProposalKind.CONTACT:
        if proposal.values.get("contact") is None:
            return {}
        row = contact_of(proposal)
    return None if row is None else _values(row, tuple(proposal.before))


def is_stale(proposal: ChangeProposal) -> bool:
    """Return whether what a proposal wants to change has been changed by somebody else since it was made."""
    return proposal.state == ProposalState.PROPOSED and standing(proposal) != proposal.before


def _close(proposal: ChangeProposal, state: ProposalState, answer: str = "", by: Actor | None = None) -> None:
    proposal.state, proposal.answer, proposal.decided_at = state, answer, timezone.now()
    proposal.decided_by = by.id if by is not None and by.kind == USER else None
    proposal.save(update_fields=["state", "answer", "decided_at", "decided_by"])


def _locked(proposal: ChangeProposal) -> ChangeProposal:
    """Lock the place, then the proposal: in the order of `propose`. Returns the fresh row."""
    store = Store.objects.select_for_update(no_key=True).get(pk=proposal.store_id)
    fresh = ChangeProposal.objects.select_for_update().get(pk=proposal.pk)
    fresh.store = store
    return fresh


@transaction.atomic
def withdraw(proposal: ChangeProposal, *, by: Actor) -> ChangeProposal:
    """Take a proposal back, by the place itself or for it. Returns the fresh row; once answered, nothing changes any more."""
    _check_place(proposal.store, by)
    fresh = _locked(proposal)
    if fresh.state == ProposalState.PROPOSED:
        _close(fresh, ProposalState.WITHDRAWN, by=by)
    return fresh


@transaction.atomic
def accept(proposal: ChangeProposal, *, by: Actor, seen: Mapping[str, Any] | None = None) -> ChangeProposal:
    """Make the change, and tell the place. Returns the fresh row; accepting again changes nothing.

    Arguments: seen, what the coordinator saw standing there (`standing`); None stands for what was there when it was proposed.
    Raises PermissionDenied for a card; ValidationError (code "stale") when something else stands there now, or when the
    proposal was answered otherwise or taken back.
    """
    fresh = _open_one(proposal, ProposalState.ACCEPTED, by)
    if fresh.state == ProposalState.ACCEPTED:
        return fresh
    now = standing(fresh)
    if now is None:
        raise ValidationError(_("The person that this is about is no longer a contact of the place: refuse the proposal."), code="stale")
    if now != (fresh.before if seen is None else dict(seen)):
        sentence = _("The place was changed meanwhile by somebody else: look at what stands there now, then accept or refuse.")
        raise ValidationError(sentence, code="stale")
    _apply(fresh, by=by)
    _close(fresh, ProposalState.ACCEPTED, by=by)
    enqueue_many(emails.proposal_answered(fresh))
    return fresh


def _apply(proposal: ChangeProposal, *, by: Actor) -> None:
    """Write what is proposed, through the services that everybody else uses."""
    values = {name: value for name, value in proposal.values.items() if name in FIELDS[proposal.kind]}
    if proposal.kind != ProposalKind.CONTACT:
        services.update_store(proposal.store, by=by, **values)
        return
    contact = contact_of(proposal)
    if contact is None:
        services.create_contact(proposal.store, by=by, **values)
    else:
        services.update_contact(contact, by=by, **values)


@transaction.atomic
def refuse(proposal: ChangeProposal, reason: str, *, by: Actor) -> ChangeProposal:
    """Say no, and why; the place is told. Returns the fresh row; refusing again changes nothing.

    Raises PermissionDenied for a card, ValidationError without a reason, or when the proposal was answered otherwise.
    """
    fresh = _open_one(proposal, ProposalState.REFUSED, by)
    if fresh.state == ProposalState.REFUSED:
        return fresh
    reason = reason.replace("\x00", "").strip()  # which the database cannot hold
    if not reason:
        raise ValidationError(_("Say why, for the people of the place."), code="required")
    _close(fresh, ProposalState.REFUSED, reason[:500], by=by)
    enqueue_many(emails.proposal_answered(fresh))
    return fresh


def _open_one(proposal: ChangeProposal, wanted: ProposalState, by: Actor) -> ChangeProposal:
    """Return the proposal, locked, if it waits or is in the state that is wanted. Raises PermissionDenied, ValidationError."""
    if by.kind == LINK:
        raise PermissionDenied
    fresh = _locked(proposal)
    if fresh.state not in (ProposalState.PROPOSED, wanted):
        sentence = _("This proposal no longer waits for an answer: %(state)s.")
        raise ValidationError(sentence % {"state": fresh.get_state_display()}, code="over")
    return fresh
