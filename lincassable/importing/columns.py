"""Which columns an importer knows, and which of a file's headers they are."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from django.utils.functional import Promise


class FileRefused(ValidationError):
    """The file as a whole cannot be used. Its message is a sentence that says what to do."""

    def __init__(self, sentence: str | Promise) -> None:
        super().__init__(str(sentence), code="file_refused")

    @property
    def sentence(self) -> str:
        """The message, as one line of text."""
        return " ".join(self.messages)


@dataclass(frozen=True)
class Column:
    """A column of an importer.

    The two headers are written here and not in the translations: they are part of a file format, and templates
    downloaded last year must be understood after somebody improves a translation.

    Arguments:
        name: the field of the importer's form; also accepted as a header.
        fr, en: the header in each language, as templates show it.
        help: what goes in there, for people.
        required: whether every file must have the column.
        example: a value, as shown in the documentation of the columns.
        aliases: other headers that mean the same.
        as_text: kept as text in XLSX templates, so that leading zeros survive.
    """

    name: str
    fr: str
    en: str
    help: str | Promise
    required: bool = False
    example: str = ""
    aliases: tuple[str, ...] = ()
    as_text: bool = False

    @property
    def header(self) -> str:
        """The header in the current language."""
        return self.en if (get_language() or "fr").startswith("en") else self.fr

    @property
    def spellings(self) -> set[str]:
        """Every accepted header, simplified."""
        return {simplified(text) for text in (self.name, self.fr, self.en, *self.aliases)}


def simplified(text: str) -> str:
    """Return `text` without accents, case, punctuation or double spaces: two headers are the same when these are."""
    # Ligatures have no decomposition; « Œ » would otherwise vanish.
    text = text.replace("œ", "oe").replace("Œ", "OE")
    bare = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return re.sub(r"[^0-9a-z]+", " ", bare.casefold()).strip()


@dataclass(frozen=True)
class Headers:
    """Where each known column stands in a file.

    Arguments:
        positions: column name -> index in the line.
        titles: column name -> the header as the file writes it.
        ignored: the headers that no column answers to.
    """

    positions: dict[str, int]
    titles: dict[str, str]
    ignored: list[str]


def knows(columns: Sequence[Column]) -> Callable[[str], bool]:
    """Return a function that says whether a header is one of `columns`."""
    spellings = {spelling for column in columns for spelling in column.spellings}
    return lambda header: simplified(header) in spellings


def match_headers(headers: Sequence[str], columns: Sequence[Column]) -> Headers:
    """Return which column each header is, in French or English, whatever its case and accents.

    Raises FileRefused when a required column is missing or a column is there twice.
    """
    names = {spelling: column.name for column in columns for spelling in column.spellings}
    positions: dict[str, int] = {}
    titles: dict[str, str] = {}
    ignored: list[str] = []
    for index, header in enumerate(headers):
        name = names.get(simplified(header))
        if name is None:
            if header.strip():
                ignored.append(header.strip())
        elif name in positions:
            raise FileRefused(
                _("The columns “%(first)s” and “%(second)s” mean the same thing: keep one of them.")
                % {"first": titles[name], "second": header.strip()}
            )
        else:
            positions[name], titles[name] = index, header.strip()
    missing = [column.header for column in columns if column.required and column.name not in positions]
    if missing:
        raise FileRefused(_missing(missing, [header.strip() for header in headers if header.strip()]))
    return Headers(positions, titles, ignored)


def _missing(missing: list[str], found: list[str]) -> str:
    sentence = ngettext(
        "The column %(missing)s is missing. The first line of the file must hold the titles of the columns; it holds: %(found)s.",
        "The columns %(missing)s are missing. The first line of the file must hold the titles of the columns; it holds: %(found)s.",
        len(missing),
    )
    shown = ", ".join(title[:40] for title in found[:15]) + (", …" if len(found) > 15 else "")
    return sentence % {"missing": ", ".join(f"“{title}”" for title in missing), "found": shown}
