"""Personal data: one table of kinds, each with its purpose and its end; purge, export and erasure go through it.

Accounts registers what it knows (people, messages, the admin's history, devices); the apps above add theirs in their
`AppConfig.ready`. The same table is shown on /confidentialite/, applied every night, and searched for a person.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import phonenumbers
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

HIDDEN = "•••"


def _phone_pattern(phone: str) -> str:
    """Return the regular expression of a phone number however people write it: +33 6 12…, 06.12…, 0033 612…"""
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return re.escape(phone)
    between = r"[ .()\u00a0\u202f-]*"
    digits = between.join(str(number.national_number))
    return rf"(\+|00)?{between}{between.join(str(number.country_code))}{between}0?{between}{digits}|0{between}{digits}"


@dataclass(frozen=True)
class Identity:
    """Whom a search, an export or an erasure is about. Any of the three may be empty, not all.

    Arguments:
        email: compared without case.
        phone: as in the database, +33612345678.
        names: whole names, as people wrote them; compared without case.
    """

    email: str = ""
    phone: str = ""
    names: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.email or self.phone or self.names)

    @property
    def patterns(self) -> list[str]:
        """Regular expressions to look for inside sentences: the address, the phone, names of at least two words.

        A single word (a first name, “Reception”) is only ever compared with a whole field: hiding it in every text would
        spoil words and hide other people.
        """
        names = sorted((name for name in self.names if " " in name), key=len, reverse=True)
        texts = [re.escape(text) for text in (self.email, *names) if text]
        return texts + ([_phone_pattern(self.phone)] if self.phone else [])

    def hide_in(self, text: str) -> str:
        """Return `text` with the person's address, phone and whole names replaced by dots, where they stand as words."""
        if not text or not self.patterns:
            return text
        return re.sub(rf"(?<!\w)(?:{'|'.join(self.patterns)})(?!\w)", HIDDEN, text, flags=re.IGNORECASE)

    def found_in(self, *fields: str) -> models.Q:
        """Return the condition “one of these text columns mentions the person” (rows to be looked at by `hide_in`)."""
        condition = models.Q(pk__in=[])
        for name in fields:
            for pattern in self.patterns:
                condition |= models.Q(**{f"{name}__iregex": pattern})
        return condition

    def is_name(self, field_name: str) -> models.Q:
        """Return the condition “this column is one of the person's names”, whatever its case."""
        condition = models.Q(pk__in=[])
        for name in self.names:
            condition |= models.Q(**{f"{field_name}__iexact": name})
        return condition


def _no_names(identity: Identity) -> set[str]:
    return set()


@dataclass(frozen=True)
class PersonalDataKind:
    """One kind of personal data: a row of the table, and the three things that can be done with it.

    Arguments:
        key: short name, unique.
        what, purpose: sentences for people, translated when read (pass gettext_lazy texts).
        retention_days: how long it is kept; None when it goes with what it belongs to.
        purge: removes what is older than the given moment; returns how many rows changed. Running it again changes nothing.
        export: returns what is held about a person, as rows ready for JSON.
        erase: removes or anonymises what is held about a person; returns how many rows changed.
        names: other names under which the person is known here, so that one address finds them everywhere.
    """

    key: str
    what: Any
    purpose: Any
    retention_days: int | None
    purge: Callable[[datetime], int]
    export: Callable[[Identity], list[dict[str, Any]]]
    erase: Callable[[Identity], int]
    names: Callable[[Identity], Iterable[str]] = field(default=_no_names)

    @property
    def retention(self) -> str:
        """How long it is kept, in words."""
        if self.retention_days is None:
            return _("as long as what it belongs to")
        if self.retention_days and self.retention_days % 365 == 0:
            years = self.retention_days // 365
            return ngettext("%(n)s year", "%(n)s years", years) % {"n": years}
        return ngettext("%(n)s day", "%(n)s days", self.retention_days) % {"n": self.retention_days}


_kinds: dict[str, PersonalDataKind] = {}


def register(kind: PersonalDataKind) -> None:
    """Add a kind to the table, or replace the one of the same key."""
    _kinds[kind.key] = kind


def kinds() -> list[PersonalDataKind]:
    """Return the table, in the order of registration (lower floors first)."""
    return list(_kinds.values())


def purge(now: datetime | None = None) -> dict[str, int]:
    """Remove everything whose time is over; return rows changed by kind. Each kind in its own transaction, safe to run twice.

    Arguments: now, the moment that ages are counted from (default: now).
    """
    now = now or timezone.now()
    changed = {}
    for kind in kinds():
        if kind.retention_days is not None:
            with transaction.atomic():
                changed[kind.key] = kind.purge(now - timedelta(days=kind.retention_days))
    return changed


def widen(identity: Identity) -> Identity:
    """Return `identity` with the other names that the registered kinds know for its address or phone."""
    found = {name.strip() for kind in kinds() for name in kind.names(identity)}
    return replace(identity, names=identity.names | {name for name in found if name})


def export(identity: Identity) -> Mapping[str, list[dict[str, Any]]]:
    """Return everything held about a person, by kind (kinds with nothing are absent)."""
    held = {kind.key: kind.export(identity) for kind in kinds()}
    return {key: rows for key, rows in held.items() if rows}


@transaction.atomic
def erase(identity: Identity) -> dict[str, int]:
    """Erase a person everywhere, all or nothing; return rows changed by kind. Facts of the ledger stay: they name nobody.

    Higher floors go first: a contact is found by its address before messages forget that address. Raises ValueError for
    an empty identity.
    """
    if not identity:
        raise ValueError("an erasure needs an address, a phone or a name")
    identity = widen(identity)
    changed = {kind.key: kind.erase(identity) for kind in reversed(kinds())}
    return {key: count for key, count in changed.items() if count}


def hide_in_rows(rows: models.QuerySet, fields: Iterable[str], identity: Identity) -> int:
    """Replace the person in the text columns `fields` of `rows`; return how many rows changed.

    For free texts (notes, reasons) that mention somebody: the sentence stays, the person goes.
    """
    names, changed = list(fields), []
    for row in rows.filter(identity.found_in(*names)).order_by("pk"):
        texts = {name: identity.hide_in(getattr(row, name)) for name in names}
        if any(texts[name] != getattr(row, name) for name in names):
            for name, text in texts.items():
                setattr(row, name, text)
            changed.append(row)
    rows.model._default_manager.bulk_update(changed, names, batch_size=500)
    return len(changed)
