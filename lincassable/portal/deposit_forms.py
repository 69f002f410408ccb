"""What a store's staff may type about deposits: bottles charged and refunded, per month and amount."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crates.models import DepositAmount, DepositCount
from crates.services.deposits import MOST_BOTTLES, DepositLine
from lincassable.portal.forms import LenientMomentField

MOST_MONTHS = 24  # in one form
_MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")
Known = Mapping[tuple[dt.date, int], DepositCount]
SIDES = (("charged", _("charged")), ("refunded", _("refunded")))


def month_code(month: dt.date) -> str:
    """Return a month as forms and addresses write it: 2026-10."""
    return f"{month:%Y-%m}"


def read_month(text: str) -> dt.date | None:
    """Return the first day of the month in `text` (2026-10), or None."""
    found = _MONTH.fullmatch(text)
    return dt.date(int(found[1]), int(found[2]), 1) if found else None


def read_months(text: str) -> list[dt.date]:
    """Return the months that a sent form speaks of (2026-09,2026-10); what is none is left out."""
    months = {month for part in text.split(",")[:MOST_MONTHS] if (month := read_month(part.strip()))}
    return sorted(months)


@dataclass(frozen=True)
class AmountRow:
    """Two fields of one amount in one month, and what was declared last time."""

    label: Any
    charged: forms.BoundField
    refunded: forms.BoundField
    hint: str


@dataclass(frozen=True)
class MonthRows:
    """The part of the form that is about one month."""

    month: dt.date
    is_declared: bool
    rows: list[AmountRow]


class DepositForm(forms.Form):
    """Bottles charged and refunded.

    Arguments:
        months: those to ask for, oldest first. amounts: all deposit amounts.
        known: what is in force, by (month, id of the amount): shown, to be corrected.
        former: counts of earlier months, the newest first: the last one before a month is shown beside its fields, and a
            deposit that was not used then is prefilled with 0.
    """

    key = forms.UUIDField(widget=forms.HiddenInput, error_messages={"invalid": _("Open the page again, then send the form.")})
    occurred_at = LenientMomentField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        *args: Any,
        months: Sequence[dt.date],
        amounts: Sequence[DepositAmount],
        known: Known | None = None,
        former: Sequence[DepositCount] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.months, self.known, self.former = list(months), known or {}, former
        self.slots = [(month, amount) for month in self.months for amount in amounts if amount.holds_in(month)]
        for month, amount in self.slots:
            count = self.known.get((month, amount.pk))
            last = self._last(month, amount)
            unused = 0 if count is None and last is not None and last.charged == last.refunded == 0 else None
            for side, label in SIDES:
                self._add(side, label, month, amount, getattr(count, side) if count else unused)

    def _add(self, side: str, label: Any, month: dt.date, amount: DepositAmount, initial: int | None) -> None:
        attrs = {"inputmode": "numeric", "min": 0, "max": MOST_BOTTLES, "autocomplete": "off", "class": "form-control"}
        self.fields[_name(side, month, amount)] = forms.IntegerField(
            label=format_lazy("{}, {}: {}", date_format(month, "F Y"), amount.label, label),
            min_value=0,
            max_value=MOST_BOTTLES,
            required=False,
            initial=initial,
            widget=forms.NumberInput(attrs),
        )

    def _last(self, month: dt.date, amount: DepositAmount) -> DepositCount | None:
        """The last count of an amount before a month, if it is known."""
        return next((count for count in self.former if count.amount_id == amount.pk and count.month < month), None)

    @property
    def months_sent(self) -> str:
        """The months of this form, for the sending back."""
        return ",".join(month_code(month) for month in self.months)

    def month_rows(self) -> Iterator[MonthRows]:
        """The form as the page shows it: month by month, amount by amount."""
        for month in self.months:
            rows = [self._row(month, amount) for each, amount in self.slots if each == month]
            declared = any((month, amount.pk) in self.known for each, amount in self.slots if each == month)
            yield MonthRows(month, declared, rows)

    def _row(self, month: dt.date, amount: DepositAmount) -> AmountRow:
        last = self._last(month, amount)
        hint = ""
        if last is not None and (last.charged or last.refunded):
            hint = gettext("%(month)s: %(charged)s charged, %(refunded)s refunded") % {
                "month": date_format(last.month, "F"),
                "charged": last.charged,
                "refunded": last.refunded,
            }
        return AmountRow(amount.label, self[_name("charged", month, amount)], self[_name("refunded", month, amount)], hint)

    def clean(self) -> dict[str, Any]:
        """Ask for both figures wherever one is given, and for one month at least."""
        data = super().clean() or self.cleaned_data
        for month, amount in self.slots:
            names = [_name(side, month, amount) for side, _label in SIDES]
            if any(name in self.errors for name in names):
                continue
            given = [data.get(name) is not None for name in names]
            emptied = not any(given) and (month, amount.pk) in self.known
            for name, is_given in zip(names, given, strict=True):
                if (any(given) or emptied) and not is_given:
                    self.add_error(name, _("Write 0 when there were none."))
        if not self.errors and not self.lines():
            raise ValidationError(_("Fill in one month at least: write 0 when there were none."), code="empty")
        return data

    def lines(self) -> list[DepositLine]:
        """Return what was filled in."""
        data, lines = self.cleaned_data, []
        for month, amount in self.slots:
            charged, refunded = (data.get(_name(side, month, amount)) for side, _label in SIDES)
            if charged is not None and refunded is not None:
                lines.append(DepositLine(month, amount, charged, refunded))
        return lines


def _name(side: str, month: dt.date, amount: DepositAmount) -> str:
    """Return the name of a field: charged_2026-10_1."""
    return f"{side}_{month_code(month)}_{amount.pk}"
