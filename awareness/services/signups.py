"""Who comes to an event: sign-up, waiting list, withdrawal. One at a time per event, under its lock."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from awareness import emails
from awareness.enums import EventState, SignUpRole, SignUpState
from awareness.models import Event, SignUp
from awareness.services.events import locked
from lincassable.accounts.actors import Actor
from lincassable.messaging.services import enqueue_many

MOST_PER_ADDRESS = 6  # people with one e-mail at one event


class SignedUp(NamedTuple):
    """What `sign_up` answers. again: this person was there already, nothing new was written."""

    signup: SignUp
    again: bool = False


@transaction.atomic
def sign_up(event: Event, *, role: str, first_name: str, email: str, phone: str = "", language: str = "fr", by: Actor) -> SignedUp:
    """Give somebody a place, or the end of the waiting list, and write to them.

    Arguments: role, of SignUpRole; phone, of volunteers only; language, of the mails, one of the site's.
    People of one household may share an address: each has a place of their own, up to MOST_PER_ADDRESS. The same first name and address
    again stays where it is, and gets its mail again (once a day). Raises ValidationError, by field where
    it is about one, when nobody can sign up (any more).
    """
    event = locked(event)
    if event.state != EventState.PUBLISHED or event.has_begun or not event.places_for(role):
        raise ValidationError(_("It is no longer possible to sign up for this."), code="closed")
    same_address = list(SignUp.objects.filter(event=event, email__iexact=email.strip()).exclude(state=SignUpState.WITHDRAWN).order_by("pk"))
    known = next((one for one in same_address if _folded(one.first_name) == _folded(first_name)), None)
    if known is not None:
        enqueue_many(emails.signed_up(known))
        return SignedUp(known, again=True)
    if len(same_address) >= MOST_PER_ADDRESS:
        sentence = _("At most %(most)s people sign up with one address. Coming as a group? Write to us.")
        raise ValidationError({"email": sentence % {"most": MOST_PER_ADDRESS}}, code="many")
    promote(event, by=by)
    signup = SignUp(event=event, role=role, first_name=first_name.strip(), email=email.strip(), language=language)
    signup.phone = phone if role == SignUpRole.VOLUNTEER else ""
    signup.state = SignUpState.CONFIRMED if _free(event, role) > 0 else SignUpState.WAITING
    signup.full_clean()
    signup.save()
    enqueue_many(emails.signed_up(signup))
    return SignedUp(signup)


def _folded(name: str) -> str:
    """Return a first name without what people type now so, now so: capitals, accents, blanks, hyphens."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in plain if letter.isalnum()) or name.strip()


def _free(event: Event, role: str) -> int:
    """Return how many places are left; below zero when there were more before."""
    return (event.places_for(role) or 0) - event.signups.filter(role=role, state=SignUpState.CONFIRMED).count()


@transaction.atomic
def withdraw(signup: SignUp, *, by: Actor) -> SignUp:
    """Take somebody off the list, by themselves or for them; whoever waits longest gets the place. Again changes nothing.

    Returns the fresh row.
    """
    event = locked(signup.event)
    signup = SignUp.objects.select_for_update().get(pk=signup.pk)
    signup.event = event
    if signup.state == SignUpState.WITHDRAWN:
        return signup
    signup.state, signup.withdrawn_at = SignUpState.WITHDRAWN, timezone.now()
    signup.save(update_fields=["state", "withdrawn_at"])
    promote(event, by=by)
    enqueue_many(emails.withdrawn(signup))  # after: it may be somebody of the same household who got the place
    return signup


@transaction.atomic
def promote(event: Event, *, by: Actor) -> list[SignUp]:
    """Give free places to those who wait, in the order in which they signed up, and tell them; return who got one.

    Nobody gets a place in what is cancelled, or has begun. Again changes nothing.
    """
    event = locked(event)
    if event.state != EventState.PUBLISHED or event.has_begun:
        return []
    promoted: list[SignUp] = []
    for role in SignUpRole.values:
        free = _free(event, role)
        if free <= 0:
            continue
        waiting = event.signups.filter(role=role, state=SignUpState.WAITING).order_by("signed_up_at", "pk").select_for_update()
        promoted += waiting[:free]
    for signup in promoted:
        signup.event = event
        signup.state, signup.promoted_at = SignUpState.CONFIRMED, timezone.now()
        signup.save(update_fields=["state", "promoted_at"])
    enqueue_many(mail for signup in promoted for mail in emails.signed_up(signup))
    return promoted
