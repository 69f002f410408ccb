"""Every write to producers, their products and the shelves. The admin, the phone, the importer and the demo call these."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crates.services.declarations import moment_that_counts
from lincassable.accounts.actors import LINK, Actor
from lincassable.accounts.models import AccessLink
from references.enums import ShelfState
from references.models import HeldList, Producer, Reference, ShelfCheck, ShelfItem, WashingLimit
from stores.enums import Kind
from stores.merging import is_same_place
from stores.models import Store

Row = TypeVar("Row", Producer, Reference, WashingLimit)
MOST_ITEMS = 2000  # on one shelf; more is not a shelf


@dataclass(frozen=True)
class ShelfLine:
    """What somebody says of one product at a place.

    Arguments: reference, the product; state, a value of `ShelfState`.
    """

    reference: Reference
    state: str


# -- the catalogue


def _check_author(by: Actor) -> None:
    """Cards say what is on their shelf; they never change the catalogue."""
    if by.kind == LINK:
        raise PermissionDenied


@transaction.atomic
def _save(row: Row, *, by: Actor) -> Row:
    _check_author(by)
    row.full_clean()
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:  # somebody else was first, in the same instant
        row.full_clean()
        raise
    return row


def save_producer(producer: Producer, *, by: Actor) -> Producer:
    """Save a producer, new or edited. Returns it. Raises ValidationError with a sentence per field, PermissionDenied for a card."""
    return _save(producer, by=by)


def save_reference(reference: Reference, *, by: Actor) -> Reference:
    """Save a product, new or edited. Returns it. Raises ValidationError with a sentence per field, PermissionDenied for a card."""
    return _save(reference, by=by)


def save_washing_limit(limit: WashingLimit, *, by: Actor) -> WashingLimit:
    """Save which bottles a washing centre takes (millimetres). Returns the limits.

    Raises ValidationError when the place is no washing centre or the figures are out of order, PermissionDenied for a card.
    """
    if limit.centre_id and limit.centre.kind != Kind.WASHING:
        raise ValidationError({"centre": _("“%(name)s” is no washing centre.") % {"name": limit.centre}})
    return _save(limit, by=by)


@transaction.atomic
def delete_row(row: models.Model, *, by: Actor) -> None:
    """Delete a producer, a product or limits entered by mistake. Raises ValidationError when something refers to it."""
    _check_author(by)
    try:
        with transaction.atomic():
            row.delete()
    except models.ProtectedError:
        sentence = _("“%(row)s” is used elsewhere and cannot be deleted: make it inactive, or give it a last day on the market.")
        raise ValidationError(sentence % {"row": row}, code="in_use") from None


# -- the shelves


def _check_shelf_author(store: Store, by: Actor) -> None:
    if by.kind == LINK and (by.object_kind, by.object_id) != (AccessLink.STORE, store.pk):
        raise PermissionDenied


@transaction.atomic
def set_shelf(
    store: Store,
    items: Sequence[ShelfLine],
    *,
    key: uuid.UUID,
    by: Actor,
    first_name: str = "",
    checked_at: dt.datetime | None = None,
) -> ShelfCheck:
    """Note that somebody looked at the whole shelf of a place, and what they saw.

    Arguments:
        items: at most one per product; products that are not named stay as they are, new ones are added.
        key: the form's UUID; a replay returns the same look and changes nothing.
        first_name: of the person who looked, if they like to say.
        checked_at: the phone's time, None for now. What was said of a product after it is not overwritten.
    Returns the look at the shelf, with how many products changed.
    Raises ValidationError for a product named twice, an unknown state or a key of another place; PermissionDenied for
    another place's card.
    """
    _check_shelf_author(store, by)
    states = _read(items)
    Store.objects.select_for_update(no_key=True).get(pk=store.pk)
    known = ShelfCheck.objects.filter(key=key).first()
    if known is not None:
        if not is_same_place(known.store_id, store):
            raise ValidationError(_("This form was sent for another place already: open the page again."), code="key_taken")
        return known
    at = moment_that_counts(checked_at, timezone.now())[0]
    changes = _say(store, states, at, by)
    try:
        with transaction.atomic():
            return ShelfCheck.objects.create(
                key=key, store=store, checked_at=at, first_name=first_name.strip()[:60], changes=changes, **ShelfCheck.author(by)
            )
    except IntegrityError:  # the same form at two places at the same instant
        raise ValidationError(_("This form was sent for another place already: open the page again."), code="key_taken") from None


@transaction.atomic
def hold_shelf(
    store: Store,
    items: Sequence[ShelfLine],
    *,
    key: uuid.UUID,
    by: Actor,
    first_name: str = "",
    checked_at: dt.datetime | None = None,
) -> HeldList:
    """Keep a look at a shelf aside, as its card was replaced since: it has no effect until `accept_held_list`.

    The arguments are those of `set_shelf`. A replay of a key returns the first list. Raises as `set_shelf` does.
    """
    _check_shelf_author(store, by)
    states = _read(items)
    Store.objects.select_for_update(no_key=True).get(pk=store.pk)
    at = moment_that_counts(checked_at, timezone.now())[0]
    fields = {"store": store, "checked_at": at, "first_name": first_name.strip()[:60], "states": {str(pk): states[pk] for pk in states}}
    row, _created = HeldList.objects.get_or_create(key=key, defaults={**fields, **HeldList.author(by)})
    if not is_same_place(row.store_id, store):
        raise ValidationError(_("This form was sent for another place already: open the page again."), code="key_taken")
    return row


@transaction.atomic
def accept_held_list(held: HeldList, *, by: Actor) -> ShelfCheck:
    """Take a held list into account, at the moment when somebody looked; what was said of a product since is not overwritten.

    Returns the look at the shelf. Raises ValidationError when it is settled already, PermissionDenied for a card.
    """
    held = _settle(held, accepted=True, by=by)
    known = Reference.objects.in_bulk([int(pk) for pk in held.states])
    items = [ShelfLine(known[int(pk)], state) for pk, state in held.states.items() if int(pk) in known]
    return set_shelf(held.store, items, key=held.key, by=by, first_name=held.first_name, checked_at=held.checked_at)


@transaction.atomic
def refuse_held_list(held: HeldList, *, by: Actor) -> HeldList:
    """Set a held list aside for good. Returns it. Raises as `accept_held_list`."""
    return _settle(held, accepted=False, by=by)


def _settle(held: HeldList, *, accepted: bool, by: Actor) -> HeldList:
    _check_author(by)
    held = HeldList.objects.select_for_update(of=("self",)).select_related("store").get(pk=held.pk)
    if held.settled_at is not None:
        raise ValidationError(_("This list is already settled: reload the page."), code="state")
    held.accepted, held.settled_at, held.settled_by = accepted, timezone.now(), by.id
    held.save(update_fields=["accepted", "settled_at", "settled_by"])
    return held


def _read(items: Sequence[ShelfLine]) -> dict[int, str]:
    """Return the states by id of the product. Raises ValidationError."""
    states: dict[int, str] = {}
    if len(items) > MOST_ITEMS:
        raise ValidationError(_("A shelf holds at most %(most)d products.") % {"most": MOST_ITEMS})
    for item in items:
        if item.reference.pk in states:
            raise ValidationError(_("“%(name)s” is named twice.") % {"name": item.reference}, code="twice")
        if item.state not in ShelfState.values:
            raise ValidationError(_("Say whether “%(name)s” is on the shelf, out of stock or no longer sold.") % {"name": item.reference})
        states[item.reference.pk] = item.state
    return states


def _say(store: Store, states: dict[int, str], at: dt.datetime, by: Actor) -> int:
    """Write what was said at a moment, unless something newer is known; return how many products changed."""
    rows = {row.reference_id: row for row in ShelfItem.objects.filter(store=store, reference__in=states).order_by("pk")}
    author = ShelfItem.author(by)
    new, said, changes = [], [], 0
    for reference_id, state in states.items():
        row = rows.get(reference_id)
        if row is None:
            new.append(ShelfItem(store=store, reference_id=reference_id, state=state, since=at, said_at=at, **author))
            changes += 1
        elif row.said_at <= at:
            if row.state != state:
                row.state, row.since = state, at
                changes += 1
            row.said_at = at
            row.actor_kind, row.actor_id = by.kind, by.id
            said.append(row)
    ShelfItem.objects.bulk_create(new)
    ShelfItem.objects.bulk_update(said, ["state", "since", "said_at", "actor_kind", "actor_id"], batch_size=500)
    return changes


@transaction.atomic
def say_state(store: Store, reference: Reference, state: str, *, by: Actor, said_at: dt.datetime | None = None) -> tuple[ShelfItem, bool]:
    """Say of one product at a place whether it is there. Arguments as `set_shelf`.

    Returns the row, and whether anything changed: saying what is known already writes nothing.
    Raises ValidationError for an unknown state, PermissionDenied for another place's card.
    """
    _check_shelf_author(store, by)
    states = _read([ShelfLine(reference, state)])
    Store.objects.select_for_update(no_key=True).get(pk=store.pk)
    row = ShelfItem.objects.filter(store=store, reference=reference).first()
    changed = (row is None or row.state != state) and bool(_say(store, states, moment_that_counts(said_at, timezone.now())[0], by))
    return ShelfItem.objects.select_related("store", "reference__producer").get(store=store, reference=reference), changed


def add_to_shelf(store: Store, reference: Reference, *, by: Actor) -> ShelfItem:
    """Say that a place sells a product now; one that was stopped or out is there again. Again changes nothing. Returns the row."""
    return say_state(store, reference, ShelfState.AVAILABLE, by=by)[0]


@transaction.atomic
def save_shelf_item(item: ShelfItem, *, by: Actor) -> ShelfItem:
    """Save one line of a shelf as a form filled it in. Returns the row. Raises as `say_state`, and for the model's rules."""
    item.full_clean()
    row, _changed = say_state(item.store, item.reference, item.state, by=by)
    item.pk, item._state.adding = row.pk, False
    return row


@transaction.atomic
def delete_shelf_item(item: ShelfItem, *, by: Actor) -> None:
    """Take a product off the list of a place where it was put by mistake; one that is no longer sold is “no longer sold”."""
    _check_author(by)
    item.delete()
