"""Form fields that understand what people type in spreadsheets: French decimals and dates, words for choices, lists."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from lincassable.importing.columns import simplified

SPACES = re.compile(r"[\s\u00a0\u202f\u2009']")
EARLIEST_YEAR = 2000
DAYS = ["%d/%m/%Y", "%Y-%m-%d", "%d.%m.%Y", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"]


class DecimalField(forms.DecimalField):
    """A number written the French way (43,2965; 1 234,5) or the English way (43.2965), rounded to `decimal_places`."""

    def __init__(self, **kwargs: Any) -> None:
        """Arguments as Django's DecimalField; further decimals are rounded, not refused."""
        self.rounded_to = kwargs.pop("decimal_places", None)
        super().__init__(**{"error_messages": {"invalid": _("This is not a number: write it like 43,2965.")}, **kwargs})

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        """Return the number, or None when empty. Raises ValidationError."""
        if value in self.empty_values:
            return None
        try:
            number = Decimal(plain_number(str(value)))
        except InvalidOperation:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None
        if not number.is_finite() or abs(number) >= Decimal(10) ** 15:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        if self.rounded_to is not None:
            number = number.quantize(Decimal(1).scaleb(-self.rounded_to), rounding=ROUND_HALF_UP)
        return number


def plain_number(text: str) -> str:
    """Return `text` as Python writes numbers: no spaces, a dot before the decimals."""
    text = SPACES.sub("", text)
    if not re.fullmatch(r"[+-]?[0-9.,]*(?:[eE][+-]?[0-9]{1,2})?", text):
        return "?"
    if "," in text and "." in text:  # the last of the two stands before the decimals
        thousands = "," if text.rindex(".") > text.rindex(",") else "."
        text = text.replace(thousands, "")
    return text.replace(",", ".")


class WholeNumberField(forms.IntegerField):
    """A whole number; "12,0" and "1 200" are understood, "12,5" is refused."""

    def __init__(self, **kwargs: Any) -> None:
        """Arguments as Django's IntegerField."""
        super().__init__(**{"error_messages": {"invalid": _("This is not a whole number.")}, **kwargs})

    def to_python(self, value: Any) -> int | None:
        """Return the number, or None when empty. Raises ValidationError."""
        if value in self.empty_values:
            return None
        try:
            number = Decimal(plain_number(str(value)))
            whole = number.is_finite() and abs(number) < Decimal(10) ** 15 and number == number.to_integral_value()
        except InvalidOperation:
            whole = False
        if not whole:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return int(number)


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment from a file.

    Arguments:
        at: the moment, aware; noon of the network's day when the file gave only a day.
        day_only: whether the file gave only a day.
    """

    at: dt.datetime
    day_only: bool

    @property
    def day(self) -> dt.date:
        """The day in the network's time zone."""
        return self.at.astimezone(network_zone()).date()


def network_zone() -> ZoneInfo:
    """Return the time zone in which the network cuts its days."""
    return ZoneInfo(settings.NETWORK_TIME_ZONE)


DAY = r"(?:(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})|(?P<d2>\d{1,2})[-/.](?P<m2>\d{1,2})[-/.](?P<y2>\d{4}|\d{2}))"
TIME = r"(?P<hour>\d{1,2})\s*(?:[:hH]\s*(?P<minute>\d{2})?(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?)"
ZONE = r"(?P<zone>Z|z|[+-]\d{2}:?\d{2})?"
MOMENT = re.compile(rf"{DAY}(?:(?:\s*T\s*|\s*[àaÀ@,]\s*|\s+){TIME}\s*{ZONE})?", re.ASCII)


class MomentField(forms.CharField):
    """A day or a day with its time, up to now: 31/12/2025, 31/12/2025 09:30, 31/12/2025 9h30, 2025-12-31, 2025-12-31T09:30+01:00.

    Times without zone are the network's. A day alone is its noon; today alone, before noon, is now.
    """

    default_error_messages = {
        "invalid": _("This is not a date: write it like 31/12/2025 or 31/12/2025 09:30."),
        "future": _("This date is in the future: only what has happened can be imported."),
        "long_ago": _("This date is before the year 2000: check the year."),
        "no_such_time": _("This time does not exist: the clocks went forward that night."),
    }

    def to_python(self, value: Any) -> Moment | None:  # type: ignore[override]
        """Return the moment, or None when empty. Raises ValidationError."""
        text = str(value or "").strip()
        if not text:
            return None
        match = MOMENT.fullmatch(text)
        if match is None:
            raise self._refusal("invalid")
        try:
            moment = self._moment(match)
        except (ValueError, OverflowError):
            raise self._refusal("invalid") from None
        return self._checked(moment)

    def _refusal(self, code: str) -> ValidationError:
        return ValidationError(self.error_messages[code], code=code)

    def _moment(self, match: re.Match[str]) -> Moment:
        part = match.groupdict()
        written = part["y"] or part["y2"]
        day = dt.date(int(written) + (2000 if len(written) == 2 else 0), int(part["m"] or part["m2"]), int(part["d"] or part["d2"]))
        if part["hour"] is None:
            return Moment(dt.datetime.combine(day, dt.time(12), network_zone()).astimezone(dt.UTC), True)
        micro = int((part["fraction"] or "0").ljust(6, "0")[:6])
        clock = dt.time(int(part["hour"]), int(part["minute"] or 0), int(part["second"] or 0), micro)
        if part["zone"]:
            zone = dt.datetime.strptime(part["zone"].upper().replace(":", ""), "%z").tzinfo
            return Moment(dt.datetime.combine(day, clock, zone).astimezone(dt.UTC), False)
        local = dt.datetime.combine(day, clock, network_zone())
        at = local.astimezone(dt.UTC)
        if at.astimezone(network_zone()).replace(tzinfo=None) != local.replace(tzinfo=None):
            raise self._refusal("no_such_time")
        return Moment(at, False)

    def _checked(self, moment: Moment) -> Moment:
        now = timezone.now()
        if moment.at.year < EARLIEST_YEAR:
            raise self._refusal("long_ago")
        if moment.at <= now:
            return moment
        if moment.day_only and moment.day == now.astimezone(network_zone()).date():
            return Moment(now, True)
        raise self._refusal("future")


class DayField(forms.DateField):
    """A day: 31/12/2025, 31.12.2025 or 2025-12-31, as spreadsheets write it with or without a time, which is left out."""

    def __init__(self, **kwargs: Any) -> None:
        """Arguments as Django's DateField."""
        super().__init__(**{"input_formats": DAYS, **kwargs})

    def to_python(self, value: Any) -> dt.date | None:
        """Return the day, or None when empty. Raises ValidationError that names what was written and how a day is written."""
        text = str(value or "").strip()
        try:
            return super().to_python(text)
        except ValidationError:
            sentence = _("“%(value)s” is not a day: write it like 31/12/2025 or 2025-12-31.") % {"value": text[:60]}
            raise ValidationError(sentence, code="invalid") from None


class WordField(forms.CharField):
    """One of a few choices, by its code or by its name in French or English, whatever its case and accents."""

    def __init__(self, *, choices: Iterable[tuple[str, Any]], also: dict[str, str] | None = None, **kwargs: Any) -> None:
        """Arguments: choices, (code, lazy name) pairs; also, further words -> code; the rest as Django's CharField."""
        self.choices, self.also = list(choices), also or {}
        super().__init__(**kwargs)

    def _codes(self) -> dict[str, str]:
        words = {simplified(word): code for word, code in self.also.items()}
        for language, _name in settings.LANGUAGES:
            with translation.override(language):
                words |= {simplified(str(name)): code for code, name in self.choices}
        return words | {simplified(code): code for code, _name in self.choices}

    def to_python(self, value: Any) -> str:
        """Return the code, or "" when empty. Raises ValidationError with the words that would be understood."""
        text = super().to_python(value)
        if not text:
            return ""
        if not hasattr(self, "_known"):
            self._known = self._codes()  # translations are looked up once per file, not once per line
        code = self._known.get(simplified(text))
        if code is None:
            known = ", ".join(str(name) for _code, name in self.choices)
            sentence = _("“%(value)s” is not understood. Write one of: %(known)s.") % {"value": text[:60], "known": known}
            raise ValidationError(sentence, code="invalid")
        return code


YES_NO = [("yes", _("yes")), ("no", _("no"))]
YES_NO_WORDS = {"oui": "yes", "non": "no", "1": "yes", "0": "no", "x": "yes", "true": "yes", "false": "no", "vrai": "yes", "faux": "no"}


class YesNoField(WordField):
    """Yes, no, or nothing: True, False, None."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=YES_NO, also=YES_NO_WORDS, **kwargs)

    def to_python(self, value: Any) -> bool | None:  # type: ignore[override]
        """Return the answer. Raises ValidationError."""
        code = super().to_python(value)
        return None if not code else code == "yes"

    def run_validators(self, value: Any) -> None:
        """There is nothing more to check."""


class ListField(forms.CharField):
    """Several values in one cell, separated by semicolons, commas, slashes, vertical bars or line breaks; returns a list.

    Arguments: each, a form field that reads one value (its errors name the value); at_most, how many; separators, a
    regular expression between values; the rest as Django's CharField.
    """

    def __init__(self, *, each: forms.Field, at_most: int = 10, separators: str = r"[;,/|\n]", **kwargs: Any) -> None:
        self.each, self.at_most, self.separators = each, at_most, re.compile(separators)
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> list[Any]:  # type: ignore[override]
        """Return the cleaned values in order. Raises ValidationError that names the wrong one."""
        texts = [text.strip() for text in self.separators.split(super().to_python(value) or "")]
        texts = [text for text in texts if text]
        if len(texts) > self.at_most:
            raise ValidationError(_("At most %(most)d values fit in this cell.") % {"most": self.at_most}, code="too_many")
        values = []
        for text in texts:
            try:
                values.append(self.each.clean(text))
            except ValidationError as error:
                raise ValidationError([f"“{text[:60]}”: {message}" for message in error.messages], code="invalid") from None
        return values

    def validate(self, value: Any) -> None:
        """Refuse an empty list when the column is required."""
        forms.Field.validate(self, value)

    def run_validators(self, value: Any) -> None:
        """The values were validated one by one."""


class Exactly(list[Any]):
    """A list that stands for all there is to be: what is there and not in it goes."""


ONLY = re.compile(r"(?:only|seulement|uniquement)\s*:", re.IGNORECASE)


class ReplaceableListField(ListField):
    """A list that is added to what is there; written after “only:” (“seulement :”), it replaces it. Nothing after it empties it."""

    def to_python(self, value: Any) -> list[Any]:
        """Return the values, as an `Exactly` where they replace. Raises ValidationError that names the wrong one."""
        text = str(value or "").strip()
        only = ONLY.match(text)
        return Exactly(super().to_python(text[only.end() :])) if only else super().to_python(text)
