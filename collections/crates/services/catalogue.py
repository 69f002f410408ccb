"""The catalogue of containers, and which of them a place uses."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import transaction

from crates.models import BottleModel, ContainerType, RejectReason, StoreContainer
from lincassable.accounts.actors import LINK, Actor
from stores.models import Store


@transaction.atomic
def save_container_type(row: ContainerType, *, by: Actor) -> ContainerType:
    """Check and save a container type. Returns it. Raises ValidationError, for instance for a code already taken."""
    row.full_clean()
    row.save()
    return row


@transaction.atomic
def save_bottle_model(row: BottleModel, *, by: Actor) -> BottleModel:
    """Check and save a bottle model. Returns it. Raises ValidationError, for instance for a code already taken."""
    row.full_clean()
    row.save()
    return row


@transaction.atomic
def save_reject_reason(row: RejectReason, *, by: Actor) -> RejectReason:
    """Check and save a reason for rejecting bottles. Returns it. Raises ValidationError, for instance for a code already taken."""
    row.full_clean()
    row.save()
    return row


@transaction.atomic
def save_store_container(row: StoreContainer, *, by: Actor) -> StoreContainer:
    """Check and save that a place uses a container type. Returns it. Raises ValidationError when it is listed already."""
    row.full_clean()
    row.save()
    return row


@transaction.atomic
def delete_store_container(row: StoreContainer, *, by: Actor) -> None:
    """Note that a place does not use a container type any more; what it holds is not touched."""
    row.delete()


@transaction.atomic
def use_container(
    store: Store, container_type: ContainerType, *, by: Actor, capacity: int | None = None, buffer: int | None = None
) -> tuple[StoreContainer, bool]:
    """Say that a place uses a container type, whether it is listed there already or not.

    Arguments: capacity, how many fit there; buffer, how many stay while a tour is on its way; None leaves what is there.
    Returns the row and whether anything changed. Raises ValidationError with a sentence per field.
    """
    if by.kind == LINK:
        raise PermissionDenied
    row = StoreContainer.objects.select_for_update(no_key=True).filter(store=store, container_type=container_type).first()
    row = row or StoreContainer(store=store, container_type=container_type)
    changed = row.pk is None
    for name, value in (("capacity", capacity), ("buffer", buffer)):
        if value is not None and getattr(row, name) != value:
            setattr(row, name, value)
            changed = True
    return (save_store_container(row, by=by) if changed else row), changed
