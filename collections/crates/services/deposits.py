"""Deposit counts: what a store charged and refunded in a month, declared again as often as it takes, never overwritten."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from crates.models import DepositAmount, DepositCount
from crates.services.declarations import moment_that_counts
from crates.services.ledger import lock_stores
from lincassable.accounts.actors import LINK, Actor
from lincassable.accounts.models import AccessLink
from stores.merging import is_same_place
from stores.models import Store

MOST_BOTTLES = 1_000_000  # of one amount in one month at one place: ten times what a whole region collects in a year is a typing mistake
Slot = tuple[dt.date, int]  # month, id of the amount


@dataclass(frozen=True)
class DepositLine:
    """What a store says of one month and one deposit amount, in bottles.

    Arguments:
        month: its first day.
        charged: deposits taken at the till. refunded: deposits paid back.
    """

    month: dt.date
    amount: DepositAmount
    charged: int
    refunded: int

    @property
    def name(self) -> str:
        """The month and the amount, for sentences."""
        return f"{date_format(self.month, 'F Y')}, {self.amount}"


@transaction.atomic
def record_deposits(
    store: Store,
    lines: Sequence[DepositLine],
    *,
    key: uuid.UUID,
    by: Actor,
    declared_at: dt.datetime | None = None,
    held: bool = False,
) -> list[DepositCount]:
    """Record deposit counts of one form. What was declared for the same month and amount is replaced, and kept as history.

    Arguments:
        lines: at most one per month and amount.
        key: the form's UUID; a replay changes nothing.
        declared_at: the phone's time, None for now. A form that arrives late does not replace what was declared after it.
        held: kept aside, without effect until `accept_held_deposits`.
    Returns the rows of this form in the order of months and amounts: `is_current` tells whether each is in force.
    Raises ValidationError with sentences for figures, months or amounts that cannot be; PermissionDenied for another store's card.
    """
    _check_author(store, by)
    _check_lines(lines)
    lock_stores([store.pk])
    known = _of_key(key)
    if known:
        if not is_same_place(known[0].store_id, store):
            raise _key_taken()
        return known
    now = timezone.now()
    shared = {"key": key, "store": store, "declared_at": moment_that_counts(declared_at, now)[0], "recorded_at": now}
    shared |= {"is_held": held, "is_current": False, **DepositCount.author(by)}
    rows = [DepositCount(month=line.month, amount=line.amount, charged=line.charged, refunded=line.refunded, **shared) for line in lines]
    if not held:
        _put_in_force(rows)
    try:
        with transaction.atomic():
            DepositCount.objects.bulk_create(rows)
    except IntegrityError:  # the same form at two places at the same instant
        raise _key_taken() from None
    return _of_key(key)


@transaction.atomic
def accept_held_deposits(store: Store, key: uuid.UUID, *, by: Actor) -> list[DepositCount]:
    """Take the held counts of one form into account, unless newer ones are in force. Returns them.

    Raises ValidationError when nothing of this form is held any more, PermissionDenied for a card.
    """
    rows = _held(store, key, by)
    for row in rows:
        row.is_held = False
    _put_in_force(rows)
    DepositCount.objects.bulk_update(rows, ["is_held", "is_current"])
    return rows


@transaction.atomic
def refuse_held_deposits(store: Store, key: uuid.UUID, *, by: Actor) -> list[DepositCount]:
    """Set the held counts of one form aside for good; they stay readable, without effect. Raises as `accept_held_deposits`."""
    rows = _held(store, key, by)
    for row in rows:
        row.is_held = False
    DepositCount.objects.bulk_update(rows, ["is_held"])
    return rows


@transaction.atomic
def save_deposit_amount(amount: DepositAmount, *, by: Actor) -> DepositAmount:
    """Save a deposit amount, new or edited. Returns it.

    Raises ValidationError for the model's rules, or dates that leave out months already counted.
    """
    if by.kind == LINK:
        raise PermissionDenied
    amount.full_clean()
    if amount.pk:
        months = DepositCount.objects.filter(amount=amount, is_current=True).order_by("month").values_list("month", flat=True).distinct()
        outside = [month for month in months if not amount.holds_in(month)]
        if outside:
            raise ValidationError(
                _("Counts of %(months)s use this amount: its dates must include these months.")
                % {"months": ", ".join(date_format(month, "F Y") for month in outside[:6])},
                code="in_use",
            )
    amount.save()
    return amount


def _held(store: Store, key: uuid.UUID, by: Actor) -> list[DepositCount]:
    if by.kind == LINK:
        raise PermissionDenied
    lock_stores([store.pk])
    rows = [row for row in _of_key(key) if row.is_held and row.store_id == store.pk]
    if not rows:
        raise ValidationError(_("These counts are already settled: reload the page."), code="state")
    return rows


def _of_key(key: uuid.UUID) -> list[DepositCount]:
    return list(DepositCount.objects.filter(key=key).select_related("amount").order_by("month", "-amount__amount_eur", "pk"))


def _key_taken() -> ValidationError:
    return ValidationError(_("Open the page again, then send the form."), code="key")


def _put_in_force(rows: list[DepositCount]) -> None:
    """Mark the rows that nothing newer outdoes, and take those they replace out of force. The store is locked."""
    slots: dict[Slot, DepositCount] = {(row.month, row.amount_id): row for row in rows}
    months = {row.month for row in rows}
    replaced = []
    for current in DepositCount.objects.filter(store_id=rows[0].store_id, month__in=months, is_current=True):
        new = slots.get((current.month, current.amount_id))
        if new is None:
            continue
        if current.declared_at > new.declared_at:
            del slots[current.month, current.amount_id]
        else:
            replaced.append(current.pk)
    DepositCount.objects.filter(pk__in=replaced).update(is_current=False)
    for row in slots.values():
        row.is_current = True


def _check_author(store: Store, by: Actor) -> None:
    if by.kind == LINK and (by.object_kind, by.object_id) != (AccessLink.STORE, store.pk):
        raise PermissionDenied


def _check_lines(lines: Sequence[DepositLine]) -> None:
    """Raise ValidationError with one sentence for each line that cannot be."""
    if not lines:
        raise ValidationError(_("Fill in one month at least: write 0 when there were none."), code="empty")
    today = timezone.localdate()
    seen: set[Slot] = set()
    wrong: list[ValidationError] = []
    for line in lines:
        wrong += _faults(line, today)
        slot = (line.month, line.amount.pk)
        if slot in seen:
            wrong.append(ValidationError(_("%(line)s is there twice: keep one."), code="twice", params={"line": line.name}))
        seen.add(slot)
    if wrong:
        raise ValidationError(wrong)


def _faults(line: DepositLine, today: dt.date) -> list[ValidationError]:
    """Return what cannot be in one line, as sentences; `today` is the local day."""
    about = {"line": line.name}
    if line.month.day != 1:
        return [ValidationError(_("A month is written as its first day."), code="month")]
    if line.month > today:
        return [ValidationError(_("%(line)s: this month has not begun yet."), code="future", params=about)]
    if not line.amount.holds_in(line.month):
        return [ValidationError(_("%(line)s: this deposit did not exist that month. Ask your coordinator."), code="amount", params=about)]
    numbers = (line.charged, line.refunded)
    if min(numbers) < 0:
        return [ValidationError(_("%(line)s: a number of bottles cannot be negative."), code="negative", params=about)]
    if max(numbers) > MOST_BOTTLES:
        sentence = _("%(line)s: more than a million bottles in a month cannot be. Count in bottles, not in euros, and check the figures.")
        return [ValidationError(sentence, code="huge", params=about)]
    return []
