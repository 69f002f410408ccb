"""Palox numbers: what people type, what cameras read, and what a label's QR code says."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote, unquote, urlsplit

from django.conf import settings
from django.db.models.functions import Upper

from crates.models import Palox

PREFIX = "/palox/"  # printed on labels: it never changes
LONGEST = 40  # characters, as the column
MOST_AT_ONCE = 100  # numbers in one field


def normal(text: str) -> str:
    """Return the number in `text`: without needless spaces, taken out of a label's address when it is one.

    Arguments: `text`, as typed or scanned: "INC-00012", " inc-00012 ", "https://example.org/palox/INC-00012".
    """
    text = " ".join(text.replace("\x00", "").split())
    if "://" in text:
        path = urlsplit(text).path
        if PREFIX in path:
            text = " ".join(unquote(path.partition(PREFIX)[2]).strip("/").split())
    return text


def split(text: str) -> list[str]:
    """Return the numbers in a field where several are typed, one a line or with commas between them; each once, in order."""
    numbers: dict[str, str] = {}
    for part in re.split(r"[\n\r,;]+", text):
        number = normal(part)
        if number:
            numbers.setdefault(number.upper(), number)
    return list(numbers.values())


def find(numbers: Iterable[str]) -> dict[str, Palox]:
    """Return the paloxes with these numbers, whatever their case, by number in capitals; one query."""
    wanted = {normal(number).upper() for number in numbers}
    rows = Palox.objects.annotate(capitals=Upper("number")).filter(capitals__in=wanted)
    return {row.capitals: row for row in rows}


def label_url(palox: Palox) -> str:
    """Return the address in the QR code of a palox's label. Public: it says nothing but that the palox is the network's."""
    return f"{settings.SITE_URL}{PREFIX}{quote(palox.number, safe='')}"
