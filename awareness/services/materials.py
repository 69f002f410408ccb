"""Materials: the office's stock, orders of places, what stands where. The stock moves once per order, under the material's lock."""

from __future__ import annotations

import uuid
from typing import IO, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from awareness.enums import OPEN_ORDERS, ORDER_TRANSITIONS, OrderState, PlacementState, StockReason
from awareness.models import Material, MaterialMove, MaterialOrder, Placement
from lincassable.accounts.actors import LINK, Actor
from lincassable.accounts.models import AccessLink
from lincassable.uploads import clean_image
from stores.enums import Status
from stores.merging import is_same_place
from stores.models import Store


def stock_of(material: Material) -> int:
    """Return how many are at the office; below zero when more left than was ever written down."""
    return MaterialMove.objects.filter(material=material).aggregate(total=Sum("quantity"))["total"] or 0


@transaction.atomic
def save_material(material: Material, *, by: Actor, picture: IO[bytes] | Any = None) -> Material:
    """Write a material of the catalogue. Arguments: picture, what was uploaded, None to keep the present one. Raises ValidationError."""
    material.full_clean(exclude=["picture"])
    if picture:
        cleaned = clean_image(picture)
        material.picture.save(cleaned.name or "picture.webp", cleaned, save=False)
    material.save()
    return material


@transaction.atomic
def move_stock(material: Material, quantity: int, reason: str, *, note: str = "", by: Actor) -> MaterialMove:
    """Write that the office's stock moved. Arguments: quantity, more or (below zero) fewer; reason, of StockReason but the ones of orders.

    Of a count, `quantity` is what was counted: the difference is written. Raises ValidationError for nothing, and for reasons of orders.
    """
    material = Material.objects.select_for_update().get(pk=material.pk)
    if reason in (StockReason.ORDER, StockReason.BACK):
        raise ValidationError(_("The stock moves by itself with the orders."), code="reason")
    if reason == StockReason.COUNT:
        quantity -= stock_of(material)
    if reason == StockReason.LOST:
        quantity = -abs(quantity)
    if quantity == 0:
        raise ValidationError(_("Nothing changes: the stock is that already."), code="zero")
    return MaterialMove.objects.create(
        material=material, quantity=quantity, reason=reason, note=note.strip()[:250], **MaterialMove.author(by)
    )


def _check_place(store: Store, by: Actor) -> None:
    """A card speaks for its own place only."""
    if by.kind == LINK and (by.object_kind, by.object_id) != (AccessLink.STORE, store.pk):
        raise PermissionDenied


@transaction.atomic
def order_material(store: Store, material: Material, quantity: int, *, key: uuid.UUID, note: str = "", by: Actor) -> MaterialOrder:
    """Write down that a place wants so many of a material. While one waits, a second order of it changes its quantity.

    Arguments: key, of the form: sent again, it changes nothing. Raises PermissionDenied for another place's card, ValidationError.
    """
    _check_place(store, by)
    store = Store.objects.select_for_update(no_key=True).get(pk=store.pk)
    known = MaterialOrder.objects.filter(Q(key=key) | Q(store=store, later_keys__contains=[key])).first()
    if known is not None:
        if not is_same_place(known.store_id, store):
            raise ValidationError(_("Open the page again, then send the form."), code="key")
        return known
    if store.status == Status.ARCHIVED:
        raise ValidationError(_("This place is no longer part of the network. Call us if this is wrong."), code="archived")
    if not material.is_active:
        raise ValidationError(_("This can no longer be ordered."), code="inactive")
    waiting = MaterialOrder.objects.filter(store=store, material=material, state=OrderState.ORDERED).first()
    order = waiting or MaterialOrder(store=store, material=material, key=key)
    if waiting:
        order.later_keys = [*order.later_keys, key]
    order.quantity, order.note = quantity, note.strip()
    for name, value in MaterialOrder.author(by).items():
        setattr(order, name, value)
    order.full_clean()
    order.save()
    return order


@transaction.atomic
def advance(order: MaterialOrder, to: str, *, answer: str = "", by: Actor) -> MaterialOrder:
    """Take an order one step further: prepared (the stock moves), on its way, in place (it is listed there), or refused with a reason.

    Returns the fresh row; to where it is already, changes nothing. Raises PermissionDenied for a card of another place, or that does
    what the office does; ValidationError for a step that cannot be.
    """
    _check_place(order.store, by)
    if by.kind == LINK and to != OrderState.PLACED:
        raise PermissionDenied
    Material.objects.select_for_update().get(pk=order.material_id)
    order = MaterialOrder.objects.select_for_update(of=("self",)).select_related("store", "material").get(pk=order.pk)
    if order.state == to:
        return order
    if to not in ORDER_TRANSITIONS[order.state]:
        raise ValidationError(_("This order is %(state)s: that cannot be done.") % {"state": order.get_state_display()}, code="state")
    if to == OrderState.REFUSED and not answer.strip():
        raise ValidationError(_("Say why, for the people of the place."), code="required")
    if to == OrderState.PREPARED:
        _move(order, -order.quantity, StockReason.ORDER, by)
    if to == OrderState.REFUSED and order.state == OrderState.PREPARED:
        _move(order, order.quantity, StockReason.BACK, by)
    order.state, order.changed_at = to, timezone.now()
    order.answer = answer.strip()[:250] or order.answer
    order.save(update_fields=["state", "changed_at", "answer"])
    if to == OrderState.PLACED:
        place(order.store, order.material, quantity=order.quantity, by=by)
    return order


def _move(order: MaterialOrder, quantity: int, reason: str, by: Actor) -> None:
    MaterialMove.objects.create(material_id=order.material_id, quantity=quantity, reason=reason, order=order, **MaterialMove.author(by))


@transaction.atomic
def place(
    store: Store, material: Material, *, quantity: int = 1, photo: IO[bytes] | Any = None, state: str = PlacementState.PLACED, by: Actor
) -> Placement:
    """Write down what stands in a place today: placed, looked at, to be replaced or gone. One row per place and material.

    Arguments: photo, what was uploaded, None to keep the present one. Raises PermissionDenied for another place's card, ValidationError.
    """
    _check_place(store, by)
    picture = clean_image(photo) if photo else None
    Store.objects.select_for_update(no_key=True).get(pk=store.pk)
    today = timezone.localdate()
    row = Placement.objects.filter(store=store, material=material).first() or Placement(store=store, material=material)
    if row.pk is None or (row.state != PlacementState.PLACED and state == PlacementState.PLACED):
        row.placed_on = today
    row.state, row.quantity, row.checked_on = state, quantity, today
    for name, value in Placement.author(by).items():
        setattr(row, name, value)
    if picture is not None:
        _forget_file(row)
        row.photo.save(picture.name or "photo.webp", picture, save=False)
        row.photo_at = timezone.now()
    row.full_clean(exclude=["photo"])
    row.save()
    return row


def _forget_file(placement: Placement) -> None:
    """Delete the file of its photo once the transaction holds."""
    storage, name = placement.photo.storage, placement.photo.name
    if name:
        transaction.on_commit(lambda: storage.delete(name))


@transaction.atomic
def delete_placement_photo(placement: Placement, *, by: Actor) -> None:
    """Delete the photo of what stands in a place, file included; the rest stays. Without a photo, changes nothing."""
    row = Placement.objects.select_for_update().get(pk=placement.pk)
    _forget_file(row)
    row.photo, row.photo_at = "", None
    row.save(update_fields=["photo", "photo_at"])


def open_orders(store: Store) -> list[MaterialOrder]:
    """Return a place's orders that are not in place yet, the oldest first."""
    rows = MaterialOrder.objects.filter(store=store, state__in=OPEN_ORDERS)
    return list(rows.select_related("material").order_by("ordered_at", "pk"))
