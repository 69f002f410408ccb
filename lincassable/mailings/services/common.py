"""What the services of mailings share: the lock, who is first, the log of states."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from lincassable.accounts.actors import Actor
from lincassable.mailings.enums import TRANSITIONS, State
from lincassable.mailings.models import Mailing, MailingLog


def locked(mailing: Mailing) -> Mailing:
    """Return the fresh row of a mailing, locked until the transaction ends."""
    return Mailing.objects.select_for_update().get(pk=mailing.pk)


def editable(mailing: Mailing, seen: int | None = None) -> Mailing:
    """Return the fresh row of a draft, locked.

    Arguments: seen, the version that the person had on the screen; None does not ask.
    Raises ValidationError when it is no draft any more (code "state") or somebody else changed it since ("stale").
    """
    fresh = locked(mailing)
    if not fresh.is_editable:
        sentence = _("This mailing is no draft any more (%(state)s): it cannot be changed.")
        raise ValidationError(sentence % {"state": fresh.get_state_display()}, code="state")
    if seen is not None and fresh.version != seen:
        raise stale()
    return fresh


def stale() -> ValidationError:
    """What is said when somebody else was faster."""
    sentence = _(
        "Somebody else changed this meanwhile. What you typed is still here: compare it with the present text, "
        "then save again to replace it."
    )
    return ValidationError(sentence, code="stale")


def keep(mailing: Mailing, **changes: Any) -> Mailing:
    """Write some columns of a draft, and count its version up."""
    for name, value in changes.items():
        setattr(mailing, name, value)
    mailing.version += 1
    mailing.full_clean(exclude=["template"])
    mailing.save(update_fields=[*changes, "version"])
    return mailing


def move(mailing: Mailing, to: State, *, by: Actor, note: str = "", at: datetime | None = None, **changes: Any) -> Mailing:
    """Bring a locked mailing to another state, with what goes with it, and write it into its log.

    Raises ValidationError (code "state") when that state cannot follow.
    """
    if to not in TRANSITIONS[State(mailing.state)]:
        sentence = _("This mailing is %(state)s: that is no longer possible. Look at it again.")
        raise ValidationError(sentence % {"state": mailing.get_state_display()}, code="state")
    log = MailingLog(
        mailing=mailing, from_state=mailing.state, to_state=to, note=note[:400], at=at or timezone.now(), **MailingLog.author(by)
    )
    mailing.state = to
    mailing.version += 1
    for name, value in changes.items():
        setattr(mailing, name, value)
    mailing.save(update_fields=["state", "version", *changes])
    log.save()
    return mailing
