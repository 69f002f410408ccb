"""What the services of non-conformities share: who may, the lock, the log."""

from __future__ import annotations

from datetime import date, timedelta

from django.core.exceptions import PermissionDenied
from django.utils import timezone

from lincassable.accounts.actors import LINK, SYSTEM, USER, Actor
from lincassable.accounts.models import AccessLink, User
from nonconformities.models import NonConformity, NonConformityKind, NonConformityLog


def user_of(by: Actor) -> User | None:
    """Return the active user behind an author, None for links and the system."""
    return User.objects.filter(pk=by.id or 0, is_active=True).first() if by.kind == USER else None


def require_office(by: Actor, permission: str = "nonconformities.change_nonconformity") -> None:
    """Let the system and people of the office through. Raises PermissionDenied for everybody else."""
    if by.kind == SYSTEM:
        return
    user = user_of(by)
    if user is None or not user.has_perm(permission):
        raise PermissionDenied


def is_partner_of(row: NonConformity, by: Actor) -> bool:
    """Whether it is about the author's bottles, or theirs to handle without being of the office: producer, carrier, sorting centre."""
    if by.kind == LINK:
        return by.object_kind == AccessLink.PRODUCER and NonConformity.objects.for_actor(by).filter(pk=row.pk).exists()
    user = user_of(by)
    if user is None or user.has_perm("nonconformities.change_nonconformity"):
        return False
    return NonConformity.objects.for_actor(by).filter(pk=row.pk).exists()


def locked(row: NonConformity) -> NonConformity:
    """Return the fresh row, locked until the end of the transaction: always before the stores of the ledger."""
    return (
        NonConformity.objects.select_for_update(of=("self",))
        .select_related("kind", "store", "container_type", "producer", "carrier")
        .get(pk=row.pk)
    )


def write_log(row: NonConformity, step: str, *, by: Actor, note: str = "") -> NonConformityLog:
    """Add a line to the log."""
    return NonConformityLog.objects.create(
        nonconformity=row, step=step, to_state=row.state, note=note.strip()[:500], **NonConformityLog.author(by)
    )


def due_day(kind: NonConformityKind, severity: str, since: date | None = None) -> date:
    """Return the day by which one of this kind and severity is to be over. Arguments: since, the local day to count from (today)."""
    return (since or timezone.localdate()) + timedelta(days=kind.days_for(severity))
