"""The life of a mailing after its text: planned, begun, paused, gone on with, ended; tried on oneself."""

from __future__ import annotations

import datetime as dt
from collections import Counter

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lincassable.accounts.actors import Actor
from lincassable.accounts.models import User
from lincassable.mailings import language, quiet, timing
from lincassable.mailings.audience import Person, normalise
from lincassable.mailings.earlier import audience_for, had_by_language, has_left_meanwhile, hold_batches, words_now
from lincassable.mailings.enums import ABOUT_RECIPIENT, Progress, Reason, State
from lincassable.mailings.models import Mailing, MailingLog, MailingRecipient
from lincassable.mailings.personalising import attachments_of, context_for, known_of, trial
from lincassable.mailings.services.batches import reasons_now
from lincassable.mailings.services.common import editable, locked, move
from lincassable.messaging import addresses, delivery
from lincassable.messaging.enums import Fate
from lincassable.messaging.models import Message
from lincassable.messaging.services import enqueue
from lincassable.messaging.texts.sandbox import TextError

DID_NOT_ARRIVE = Q(message__state=Message.FAILED) | Q(message__state=Message.SENT, message__fate=Fate.BOUNCED)


def check_ready(mailing: Mailing) -> None:
    """Raise ValidationError, by field, for a mailing that cannot be sent: a text that lacks or is broken, a field without a value."""
    language.check_texts(mailing, whole=True)
    used = language.used_names(mailing)
    empty = [
        field["label"]
        for field in mailing.fields
        if field["name"] in used and not mailing.values.get(field["name"], {}).get("fr", "").strip()
    ]
    if empty:
        raise ValidationError({"values": ValidationError(_("Fill in: %(fields)s.") % {"fields": ", ".join(empty)}, code="values")})


@transaction.atomic
def schedule(
    mailing: Mailing,
    begin: dt.datetime | None,
    *,
    by: Actor,
    seen: int | None = None,
    expected: int | None = None,
    per_hour: int | None = None,
    any_hour: bool = False,
    again: bool = False,
) -> Mailing:
    """Plan a draft: it begins by itself at `begin` (aware), or within a minute when that is None; at a quiet time, after it.

    Arguments: seen, the version that the person had on the screen; expected, how many recipients they saw: when it would be another number
    now, it is refused once, with that number; per_hour, how many messages leave per hour at most, None: the network's limit;
    any_hour, send at quiet times too; again, send it also to addresses that have had its very words through another mailing.
    Returns the fresh row. Raises ValidationError for a text that cannot be sent, nobody to send it to, a time that is over or too far.
    """
    fresh, now = editable(mailing), timezone.now()
    if seen is not None and fresh.version != seen:
        sentence = _("Somebody else changed this mailing meanwhile: look at its text and its audience again, then send.")
        raise ValidationError(sentence, code="stale")
    fresh.per_hour, fresh.again = per_hour, again
    fresh.clean_fields(exclude=["template"])
    check_ready(fresh)
    if begin is not None:
        timing.check_begin(begin, now)
    count = _check_audience(fresh, expected)
    note = ngettext("%(count)s recipient as things stand", "%(count)s recipients as things stand", count) % {"count": count}
    if again:
        note = _("%(count)s; also those who have had this very text") % {"count": note}
    changes = {"per_hour": per_hour, "any_hour": any_hour, "again": again, **words_now(fresh)}
    return move(fresh, State.SCHEDULED, by=by, note=note, scheduled_at=max(begin or now, now), **changes)


def _check_audience(mailing: Mailing, expected: int | None) -> int:
    """Return how many would get it now, after one of them was filled in for a try. Raises ValidationError."""
    audience = audience_for(mailing)
    count, had = len(audience.chosen), audience.already_had
    if not count and had:
        sentence = _("Nobody would get it: everybody there has had this very text. Change the text, or send it to them once more.")
        raise ValidationError(sentence, code="nobody")
    if not count:
        raise ValidationError(_("Nobody would get it: choose other places or contacts."), code="nobody")
    if expected is not None and expected != count:
        sentence = _(
            "The list has changed since you looked: %(count)s would get it now, instead of %(expected)s. Look at it, then launch again."
        )
        raise ValidationError(sentence % {"count": count, "expected": expected}, code="changed")
    by_language = {person.language: person for person in audience.chosen}
    try:
        for person in by_language.values():
            context_for(mailing, person, known_of(mailing, [person]))
    except TextError as error:
        raise ValidationError(str(error), code="broken") from error
    return count


@transaction.atomic
def take_back(mailing: Mailing, *, by: Actor) -> Mailing:
    """Make a planned mailing a draft again. Returns the fresh row. Raises ValidationError when it has begun."""
    return move(locked(mailing), State.DRAFT, by=by, scheduled_at=None)


@transaction.atomic
def send_anyway(mailing: Mailing, anyway: bool, *, by: Actor) -> Mailing:
    """Send a mailing at quiet times too, or no longer: what waits for its turn, and what waits in the outbox because of the hour.

    Returns the fresh row. Raises ValidationError for a draft and for one that was cancelled.
    """
    fresh = locked(mailing)
    if fresh.state in (State.DRAFT, State.CANCELLED):
        sentence = _("This mailing is %(state)s: that is no longer possible. Look at it again.")
        raise ValidationError(sentence % {"state": fresh.get_state_display()}, code="state")
    if fresh.any_hour != anyway:
        note = _("sent at quiet times too") if anyway else _("waits at quiet times")
        MailingLog.objects.create(mailing=fresh, from_state=fresh.state, to_state=fresh.state, note=note, **MailingLog.author(by))
        fresh.any_hour = anyway
        fresh.version += 1
        fresh.save(update_fields=["any_hour", "version"])
        if anyway:  # those that were put off because of the hour, and for nothing else
            put_off = Message.objects.filter(mailing_recipient__mailing=fresh, state=Message.WAITING, attempts=0)
            put_off.update(next_try_at=timezone.now())
    return fresh


@transaction.atomic
def pause(mailing: Mailing, *, by: Actor, note: str = "") -> Mailing:
    """Hand over nothing more until `resume`; what was handed over leaves. Returns the fresh row. Raises ValidationError."""
    return move(locked(mailing), State.PAUSED, by=by, note=note)


@transaction.atomic
def resume(mailing: Mailing, *, by: Actor) -> Mailing:
    """Go on with a paused mailing where it stopped. Returns the fresh row. Raises ValidationError."""
    fresh = locked(mailing)
    if fresh.state != State.PAUSED:
        raise ValidationError(_("This mailing is not paused: there is nothing to go on with."), code="state")
    return move(fresh, State.SENDING, by=by)


@transaction.atomic
def cancel_rest(mailing: Mailing, *, by: Actor, note: str = "") -> Mailing:
    """End a mailing here: who waits gets nothing, and what lies in the outbox is withdrawn; what has left stays left.

    Returns the fresh row. Raises ValidationError when it is neither sending nor paused.
    """
    fresh, now = locked(mailing), timezone.now()
    fresh = move(fresh, State.CANCELLED, by=by, note=note, finished_at=now)
    fresh.recipients.filter(progress=Progress.WAITING).update(progress=Progress.CANCELLED)
    # One that is being sent at this moment is locked by its worker: it leaves.
    waiting = Message.objects.filter(mailing_recipient__mailing=fresh, state=Message.WAITING).select_for_update(
        skip_locked=True, of=("self",)
    )
    for message in waiting.order_by("pk"):
        delivery.cancel(message, by=by)
    return fresh


@transaction.atomic
def resend_failed(mailing: Mailing, *, by: Actor) -> int:
    """Try what was given up or came back once more, and return how many: the same message, so that nobody gets it twice.

    Where a coordinator has corrected the contact's address meanwhile, the new address takes its turn instead, unless the list has it
    already. Addresses that bounced stay out until somebody lifts that, and so do those who have had the same words through another
    mailing since. Raises ValidationError when nothing is to be tried and when the mailing was cancelled.
    """
    fresh = locked(mailing)
    hold_batches()
    if fresh.state == State.CANCELLED or not fresh.has_started:
        sentence = _("This mailing is %(state)s: nothing can be sent again.")
        raise ValidationError(sentence % {"state": fresh.get_state_display()}, code="state")
    corrected = MailingRecipient.objects.bulk_create(corrected_rows(fresh))
    tried = _retry(fresh, by)
    count = tried["tried"] + len(corrected)
    if not count:
        raise _nothing_again(tried)
    if corrected and fresh.state == State.DONE:
        note = ngettext("%(count)s corrected address", "%(count)s corrected addresses", len(corrected)) % {"count": len(corrected)}
        move(fresh, State.SENDING, by=by, note=note, finished_at=None)
    return count


def _nothing_again(found: Counter[str]) -> ValidationError:
    """Say why nothing is sent again. found: how many there are, by what is in the way."""
    if found["refused"]:
        sentence = _("Nothing is sent again: these addresses do not work. Correct them on the contacts' pages, then send again.")
        return ValidationError(sentence, code="refused")
    if found["had"]:
        return ValidationError(_("Nothing is sent again: those who failed have had this very text through another mailing."), code="had")
    return ValidationError(_("Nothing has failed: there is nothing to send again."), code="nothing")


def corrected_rows(mailing: Mailing) -> list[MailingRecipient]:
    """Return rows (unsaved) for the contacts whose mail failed, came back or was held back, and whose address is another one now."""
    taken = set(mailing.recipients.exclude(progress=Progress.LEFT_OUT).values_list("email", flat=True))
    missed = DID_NOT_ARRIVE | Q(progress=Progress.LEFT_OUT, reason__in=[Reason.CHANGED, Reason.BAD_ADDRESS, Reason.NO_ADDRESS])
    found = []
    for row in mailing.recipients.filter(missed, contact__isnull=False).select_related("contact").order_by("pk"):
        address = normalise(row.contact.email) if row.contact else ""
        if address and address != row.email and address not in taken:
            taken.add(address)
            found.append(MailingRecipient(mailing=mailing, store_id=row.store_id, contact_id=row.contact_id, email=address))
    return found


def _retry(mailing: Mailing, by: Actor) -> Counter[str]:
    """Make what failed due again, at the mailing's pace, where the address is still the contact's.

    Returns how many were "tried", and how many were not: "had", the address has had the same words through another mailing since;
    "refused", it does not work.
    """
    found, pace, now = Counter[str](), timing.per_minute(mailing.per_hour or settings.MAILINGS_PER_HOUR), timezone.now()
    had = {} if mailing.again else had_by_language(mailing)
    failed = mailing.recipients.filter(DID_NOT_ARRIVE).select_related("message", "contact").order_by("pk")
    rows = [(row, row.message) for row in failed if row.message and row.contact and normalise(row.contact.email) == row.email]
    refused = addresses.refused([message.to_email for _row, message in rows])
    for row, message in rows:
        address = message.to_email.lower()
        why = "refused" if address in refused else "had" if address in had.get("en" if row.language == "en" else "fr", ()) else "tried"
        if why == "tried":
            again = delivery.retry(message, by=by)
            again.next_try_at = now + dt.timedelta(minutes=found["tried"] // pace)
            again.save(update_fields=["next_try_at"])
        found[why] += 1
    return found


@transaction.atomic
def try_on(mailing: Mailing, person: Person, user: User, *, by: Actor) -> Message:
    """Send what `person` would get to `user`, marked as a test. Returns the message.

    Raises ValidationError for a text that cannot be sent.
    """
    language.check_texts(mailing, whole=True)
    try:
        mail = trial(mailing, person, known_of(mailing, [person]), user, attachments_of(mailing.files.all()))
    except TextError as error:
        raise ValidationError(str(error), code="broken") from error
    return enqueue(
        mail.template,
        to=mail.to,
        context=mail.context,
        dedupe_key=mail.dedupe_key,
        subject_kind=mail.subject_kind,
        subject_id=mail.subject_id,
        headers=mail.headers,
        attachments=mail.attachments,
    )


def still_wanted(message: Message) -> bool | dt.datetime:
    """Whether a mailing's message that waits in the outbox is still wanted: asked just before it leaves.

    Held up until a quiet time (a server that was away, a retry), it is wanted when that is over: then the answer is that moment.
    """
    if message.subject_kind != ABOUT_RECIPIENT:
        return True
    if message.subject_id is None:
        return False
    row = MailingRecipient.objects.filter(pk=message.subject_id).select_related("mailing", "contact", "store").first()
    if row is None or row.mailing.state == State.CANCELLED:
        return False
    if reasons_now([row]) or has_left_meanwhile(row, message.to_email):
        return False
    now = timezone.now()
    return True if row.mailing.may_send(now) else quiet.opens(now)
