"""The catalogue of containers, and which of them a place uses."""

from __future__ import annotations

from django.db import transaction

from crates.models import ContainerType, StoreContainer
from lincassable.accounts.actors import Actor


@transaction.atomic
def save_container_type(row: ContainerType, *, by: Actor) -> ContainerType:
    """Check and save a container type. Returns it. Raises ValidationError, for instance for a code already taken."""
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
