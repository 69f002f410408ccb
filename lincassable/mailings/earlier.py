"""Who has had the very words of a mailing before, through another one: a copy of it, another one made of the same template.

The words are what readers of one language get: subject, body, the values of the fields that these use, and the files by content. They
are told apart by a key, frozen with the list. An address has had them once a message with them was handed over that was not given up,
withdrawn or sent back; what it was in which language stands in the row of the list.

Messages are handed over, and tried again, by one transaction at a time, which holds `hold_batches` until its rows are written: what it
finds here is what there is. Two mailings with the same words may run at once; who is reached by one is left out by the other.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from lincassable.mailings import language
from lincassable.mailings.audience import Audience, Criteria, audience_of
from lincassable.mailings.enums import Progress, Reason, State
from lincassable.mailings.models import Mailing, MailingRecipient, Worded
from lincassable.messaging.enums import Fate
from lincassable.messaging.models import Message
from lincassable.messaging.texts.sandbox import TextError

TONGUES = ("fr", "en")
# Whoever hands messages over, or tries them again, holds this lock until that is written (also: two workers cannot both use what the
# rate leaves). The second one is held per address while one of several mailings with the same words leaves.
_BATCHES, _ADDRESS = 0x6D61_696C, 0x6D61_696D  # "mail", "maim"
_UNDER_WAY = (State.SCHEDULED, State.SENDING, State.PAUSED)


def hold_batches() -> None:
    """Wait until nobody else hands messages of mailings over, and keep others out until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_BATCHES])


def words_of(worded: Worded, values: Mapping[str, Mapping[str, str]], digests: Collection[str]) -> dict[str, str]:
    """Return the key (SHA-256, hexadecimal) of what readers of each language get, by language.

    Arguments: values, of its fields, by name and language; digests, of its files' contents. The key is empty when there is nothing to
    tell apart: no text, one that cannot be read, or a file whose content is not known.
    """
    return {tongue: _key(worded, values, digests, tongue) for tongue in TONGUES}


def _key(worded: Worded, values: Mapping[str, Mapping[str, str]], digests: Collection[str], tongue: str) -> str:
    parts = [_plain(worded.subject_in(tongue)), _plain(worded.body_in(tongue))]
    if not all(parts) or not all(digests):
        return ""
    known = language.known_names(worded.fields)
    try:
        used = frozenset().union(*(language.compiled(part, known, not number).used for number, part in enumerate(parts)))
    except TextError:
        return ""
    given = language.values_in([field for field in worded.fields if field["name"] in used], values, tongue)
    told = [*parts, sorted((name, _plain(value)) for name, value in given.items()), sorted(digests)]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


def _plain(text: str) -> str:
    """Return a text without what browsers add to it: other ends of lines, blanks around."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def words_now(mailing: Mailing) -> dict[str, Any]:
    """Return the columns of `mailing` that keep the keys of its words, as they are now. One query."""
    keys = words_of(mailing, mailing.values, list(mailing.files.values_list("digest", flat=True)))
    return {f"words_{tongue}": key for tongue, key in keys.items()}


def had_by_language(mailing: Mailing, emails: Collection[str] | None = None, *, left: bool = False) -> dict[str, set[str]]:
    """Return the addresses (lower case) that have had the words of `mailing` through another one, by the language they would read now.

    Who had all of it in one language is not sent it in the other one. Arguments: emails, in lower case, look at these only; left, only
    those whose message has left, not those for whom it waits in the outbox. At most three queries.
    """
    keys = _keys(mailing)
    rows = _had(mailing, keys)
    if left:
        rows = rows.filter(Q(message__isnull=True) | Q(message__state=Message.SENT))
    if emails is not None:
        rows = rows.annotate(sent_to=Lower("message__to_email")).filter(Q(email__in=emails) | Q(sent_to__in=emails))
    found: dict[str, set[str]] = {tongue: set() for tongue in TONGUES}
    columns = ("email", "message__to_email", "language", "mailing__words_fr", "mailing__words_en")
    for email, sent_to, tongue, words_fr, words_en in rows.values_list(*columns).iterator(chunk_size=5000):
        read = words_en if tongue == "en" else words_fr
        for each in TONGUES:
            if (read and read == keys[each]) or [words_fr, words_en] == list(keys.values()):
                found[each].add((sent_to or email).lower())  # a message may have left to a corrected address
    return {tongue: addresses - {""} for tongue, addresses in found.items()}


def _keys(mailing: Mailing) -> dict[str, str]:
    """Return the keys of a mailing: those that are frozen with its list, or of its present words. By language, French first."""
    kept = {"words_fr": mailing.words_fr, "words_en": mailing.words_en} if mailing.has_started else words_now(mailing)
    return {tongue: kept[f"words_{tongue}"] for tongue in TONGUES}


def _with_same_words(mailing: Mailing, keys: Mapping[str, str]) -> QuerySet[Mailing]:
    """Return the other mailings of which readers of one language at least get the same."""
    known = {key for key in keys.values() if key}
    if not known:
        return Mailing.objects.none()
    return Mailing.objects.filter(Q(words_fr__in=known) | Q(words_en__in=known)).exclude(pk=mailing.pk)


def _had(mailing: Mailing, keys: Mapping[str, str]) -> QuerySet[MailingRecipient]:
    """Return the rows of these mailings whose message is on its way or has left."""
    others = list(_with_same_words(mailing, keys).order_by().values_list("pk", flat=True))
    if not others:
        return MailingRecipient.objects.none()
    rows = MailingRecipient.objects.filter(mailing__in=others, progress=Progress.HANDED_OVER).order_by()
    return rows.exclude(message__state__in=[Message.FAILED, Message.CANCELLED]).exclude(message__fate=Fate.BOUNCED)


def audience_for(mailing: Mailing, *, again: bool | None = None) -> Audience:
    """Return who gets `mailing`, as things stand now.

    Arguments: again, also those who have had its very words; None: as the mailing says.
    """
    anyway = mailing.again if again is None else again
    return audience_of(Criteria.of(mailing.audience), {} if anyway else had_by_language(mailing))


def under_way(mailing: Mailing) -> list[Mailing]:
    """Return the other mailings with the same words that will hand over more: planned, sending or paused. Two queries."""
    return list(_with_same_words(mailing, _keys(mailing)).filter(state__in=_UNDER_WAY).order_by("scheduled_at", "pk"))


def leave_out(mailing: Mailing) -> int:
    """Leave out of a mailing that is sending who waits for its turn and has had its very words since; return how many.

    To be called while `hold_batches` holds.
    """
    if mailing.again:
        return 0
    had = had_by_language(mailing)
    waiting = mailing.recipients.filter(progress=Progress.WAITING)
    count = 0
    for tongue, addresses in had.items():
        reading = waiting.filter(contact__language="en") if tongue == "en" else waiting.exclude(contact__language="en")
        if addresses:
            found = list(reading.filter(email__among=sorted(addresses)).values_list("pk", flat=True))
            count += waiting.filter(pk__among=found).update(progress=Progress.LEFT_OUT, reason=Reason.ALREADY_HAD)
    return count


def has_left_meanwhile(row: MailingRecipient, address: str) -> bool:
    """Whether the words of a row's message have left to `address` through another mailing: asked just before it leaves.

    Two messages with the same words may both wait when one was given up and is tried again by hand: the first to leave wins. Holds a lock
    on the address until the transaction ends, so that the other one waits for this answer.
    """
    mailing, email = row.mailing, address.lower()
    if mailing.again or not _with_same_words(mailing, _keys(mailing)).exists():
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_ADDRESS, email])
    return email in had_by_language(mailing, [email], left=True)["en" if row.language == "en" else "fr"]
