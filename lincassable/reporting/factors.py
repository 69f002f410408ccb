"""Writing the studies that figures rest on."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import transaction

from lincassable.accounts.actors import SYSTEM, USER, Actor
from lincassable.accounts.models import User
from lincassable.reporting.models import ReuseFactor


@transaction.atomic
def save_factor(factor: ReuseFactor, *, by: Actor) -> ReuseFactor:
    """Keep a factor, new or changed, once its figures are checked. Raises ValidationError, PermissionDenied."""
    _require(by, "change" if factor.pk else "add")
    factor.full_clean()
    factor.save()
    return factor


@transaction.atomic
def delete_factor(factor: ReuseFactor, *, by: Actor) -> None:
    """Take a factor out; the one before it is used again, or none is. Raises PermissionDenied."""
    _require(by, "delete")
    factor.delete()


def _require(by: Actor, what: str) -> None:
    if by.kind == SYSTEM:
        return
    user = User.objects.filter(pk=by.id or 0, is_active=True).first() if by.kind == USER else None
    if user is None or not user.has_perm(f"reporting.{what}_reusefactor"):
        raise PermissionDenied
