"""Which containers a place uses, how many fit there, and what stays as its buffer."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import transaction

from crates.models import ContainerType, StoreContainer
from lincassable.accounts.actors import LINK, Actor
from stores.models import Store


@transaction.atomic
def use_container(
    store: Store, container_type: ContainerType, *, by: Actor, capacity: int | None = None, buffer: int | None = None
) -> tuple[StoreContainer, bool]:
    """Say that a place uses a kind of container.

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
    if changed:
        row.full_clean()
        row.save()
    return row, changed
