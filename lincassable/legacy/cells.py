"""What the cells of an export say: numbers, days, words, lists. Each reader raises CellRefused with a sentence."""

from __future__ import annotations

import datetime as dt
import json
import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

SPACES = re.compile(r"[\s\u00a0\u202f\u2009']")
BLANKS = " \t\r\n\xa0\ufeff"
MOST_STORED = 1_000_000_000  # as in the ledger: the difference of two such figures still fits in the 32 bits of an entry
YEARS = range(2000, 2101)
TRUE, FALSE = frozenset({"t", "true", "1", "vrai", "oui", "yes"}), frozenset({"f", "false", "0", "faux", "non", "no"})
FRENCH_DAY = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})(?:[ T].*)?", re.ASCII)
CLOCK = re.compile(r"(\d{1,2})\s*(?:[:hH]\s*(\d{2})?(?::\d{2}(?:\.\d+)?)?)?(?:[+-]\d{2}(?::?\d{2})?)?", re.ASCII)
NO_BREAK = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


class CellRefused(ValueError):
    """A cell cannot be used; the sentence says why."""


def shown(text: str) -> str:
    """Return `text` as a sentence may quote it."""
    return text if len(text) <= 60 else text[:57] + "…"


def zone() -> ZoneInfo:
    """Return the time zone in which the network cuts its days."""
    return ZoneInfo(settings.NETWORK_TIME_ZONE)


def whole(text: str) -> int | None:
    """Return a whole number, None for an empty cell: "12", "-4", "1 200", "12,0". Raises CellRefused."""
    if text.isdigit() and text.isascii() and len(text) < 10:
        return int(text)
    number = decimal(text)
    if number is None:
        return None
    if number != number.to_integral_value():
        raise CellRefused(_("“%(text)s” is not a whole number.") % {"text": shown(text)})
    if abs(number) > MOST_STORED:
        raise CellRefused(_("“%(text)s” is too large to be a number of things.") % {"text": shown(text)})
    return int(number)


def identifier(text: str) -> int | None:
    """Return the id of a row, None for an empty cell. Raises CellRefused."""
    number = decimal(text)
    if number is None:
        return None
    if number != number.to_integral_value() or abs(number) >= 2**63:
        raise CellRefused(_("“%(text)s” is no id.") % {"text": shown(text)})
    return int(number)


def decimal(text: str) -> Decimal | None:
    """Return a number, None for an empty cell: "43.2965", "43,2965", "1 234,50 €". Raises CellRefused."""
    plain = SPACES.sub("", text.strip(BLANKS)).removesuffix("€")
    if not plain:
        return None
    if "," in plain and "." in plain:  # the last of the two stands before the decimals
        plain = plain.replace("," if plain.rindex(".") > plain.rindex(",") else ".", "")
    try:
        if not re.fullmatch(r"[+-]?[0-9.,]+(?:[eE][+-]?[0-9]{1,2})?", plain):
            raise InvalidOperation
        return Decimal(plain.replace(",", "."))
    except InvalidOperation:
        raise CellRefused(_("“%(text)s” is not a number.") % {"text": shown(text)}) from None


def truth(text: str) -> bool:
    """Return a yes or no; an empty cell is no. Raises CellRefused."""
    word = text.strip(BLANKS).lower()
    if word in TRUE:
        return True
    if not word or word in FALSE:
        return False
    raise CellRefused(_("“%(text)s” is neither true nor false.") % {"text": shown(text)})


@lru_cache(maxsize=100_000)
def moment(text: str) -> tuple[dt.date, int]:
    """Return the local day of a date or a time, and the milliseconds since that day began (0 for a day alone).

    Times without a zone are the network's. Raises CellRefused for what is no date, or none that can be.
    """
    text = text.strip(BLANKS)
    french = FRENCH_DAY.fullmatch(text)
    try:
        if french:
            day = dt.date(int(french[3]), int(french[2]), int(french[1]))
            return _possible(day, text), 0
        if len(text) <= 10:
            return _possible(dt.date.fromisoformat(text), text), 0
        at = dt.datetime.fromisoformat(text)
    except CellRefused:
        raise
    except ValueError:
        raise CellRefused(_("“%(text)s” is not a date.") % {"text": shown(text)}) from None
    _possible(at.date(), text)
    local = at if at.tzinfo is None else at.astimezone(zone())
    since = dt.timedelta(hours=local.hour, minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return local.date(), since // dt.timedelta(milliseconds=1)


def _possible(day: dt.date, text: str) -> dt.date:
    if day.year not in YEARS:
        raise CellRefused(_("“%(text)s” is no date that can be: check the year.") % {"text": shown(text)})
    return day


def is_french_day(text: str) -> bool:
    """Whether a date is written day/month/year, which the present tool never does: somebody's spreadsheet did."""
    return FRENCH_DAY.fullmatch(text.strip(BLANKS)) is not None


def clock(text: str) -> dt.time | None:
    """Return a time of day, None for an empty cell: "09:30", "9h30", "09:30:00+01". Raises CellRefused."""
    text = text.strip(BLANKS)
    if not text:
        return None
    if len(text) > 14 and text[4:5] == "-":
        _day, milliseconds = moment(text)
        minutes = milliseconds // 60_000
        return dt.time(minutes // 60, minutes % 60)
    match = CLOCK.fullmatch(text)
    if match is None or int(match[1]) > 23 or int(match[2] or 0) > 59:
        raise CellRefused(_("“%(text)s” is not a time of day.") % {"text": shown(text)})
    return dt.time(int(match[1]), int(match[2] or 0))


def words(text: str) -> list[str]:
    """Return the texts of an array, written the PostgreSQL way ({a,"b c"}) or as JSON; empty ones left out. Raises CellRefused."""
    text = text.strip(BLANKS)
    if not text or text.lower() == "null":
        return []
    if text.startswith("["):
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        if not isinstance(found, list) or any(isinstance(item, (list, dict)) for item in found):
            raise CellRefused(_("“%(text)s” is not a list that can be read.") % {"text": shown(text)})
        values = ["" if item is None else str(item) for item in found]
    elif text.startswith("{") and text.endswith("}"):
        values = list(_array_items(text))
    else:
        raise CellRefused(_("“%(text)s” is not a list that can be read.") % {"text": shown(text)})
    return [value for value in (value.strip(BLANKS) for value in values) if value]


_ITEM = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^",{}]*))\s*(,|$)', re.DOTALL)


def _array_items(text: str) -> list[str]:
    """Return the items of a PostgreSQL array literal of one dimension."""
    inner, items, at = text[1:-1], [], 0
    if not inner.strip():
        return []
    while True:
        match = _ITEM.match(inner, at)
        if match is None:
            raise CellRefused(_("“%(text)s” is not a list that can be read.") % {"text": shown(text)})
        quoted, plain, end = match.groups()
        if quoted is not None:
            items.append(re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL))
        else:
            plain = plain.strip()
            items.append("" if plain.upper() == "NULL" else re.sub(r"\\(.)", r"\1", plain))
        at = match.end()
        if end != ",":
            return items


def repaired(text: str) -> tuple[str, bool]:
    """Return `text` for people, and whether it had been garbled by a wrong encoding.

    "Ã‰tang" is UTF-8 that was read as Latin-1: it is put right. What is lost for good (U+FFFD) stays and is told.
    """
    plain = NO_BREAK.sub("", text.strip(BLANKS))
    if "Ã" in plain or "Â" in plain or "â€" in plain:
        for encoding in ("cp1252", "latin-1"):
            try:
                return plain.encode(encoding).decode("utf-8"), True
            except UnicodeError:
                continue
    return plain, "\ufffd" in plain or plain != text.strip(BLANKS)
