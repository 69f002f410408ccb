"""The texts of mailings: the language of the other mails, with the variables of a place, a contact, and fields of their own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lincassable.mailings.models import Worded
from lincassable.messaging.texts.sandbox import Compiled, TextError, compile_text

FIELD = re.compile(r"[a-z][a-z0-9_]{0,39}")
MOST_FIELDS = 20
LONGEST_VALUE = 1000

# What every mailing can say of its recipient: the variable, what it is, an example.
VARIABLES: dict[str, tuple[str | Promise, str]] = {
    "contact_name": (gettext_lazy("name of the contact (may be empty)"), "Camille Martin"),
    "store_name": (gettext_lazy("name of the collection point"), "Épicerie du Cours"),
    "store_city": (gettext_lazy("its town"), "Aix-en-Provence"),
    "store_address": (gettext_lazy("its address"), "3 rue des Lices, 13100 Aix-en-Provence"),
    "store_zone": (gettext_lazy("its zone (may be empty)"), "Pays d'Aix"),
    "store_kind": (gettext_lazy("what kind of place it is"), "magasin"),
    "store_page": (gettext_lazy("address of its phone page (empty when its card was withdrawn)"), "https://…/p/…"),
    "network_name": (gettext_lazy("name of the network"), "Lincassable"),
    "network_address": (gettext_lazy("address of the network's site"), "https://…"),
}
PARTS = {
    "subject_fr": gettext_lazy("subject in French"),
    "body_fr": gettext_lazy("text in French"),
    "subject_en": gettext_lazy("subject in English"),
    "body_en": gettext_lazy("text in English"),
}


@dataclass(frozen=True)
class Filled:
    """What one recipient reads: the subject, and the body in the language of mark-up."""

    subject: str
    body: str


def known_names(fields: Iterable[Mapping[str, str]]) -> frozenset[str]:
    """Return the variables that a text with these fields of its own may use."""
    return frozenset([*VARIABLES, *(field["name"] for field in fields)])


@lru_cache(maxsize=256)
def compiled(source: str, known: frozenset[str], subject: bool) -> Compiled:
    """Return a text compiled, once for all recipients. Raises TextError."""
    return compile_text(source, known, subject=subject)


def check_texts(worded: Worded, *, whole: bool = False) -> None:
    """Raise ValidationError, by field and with the line at fault, for texts that cannot be sent.

    Arguments: whole, also refuse an empty French subject or body, and an English text of which a half is missing.
    """
    errors: dict[str, Any] = {}
    known = known_names(worded.fields)
    example = {name: example for name, (_label, example) in VARIABLES.items()} | {field["name"]: field["label"] for field in worded.fields}
    for name in PARTS:
        source = getattr(worded, name)
        try:
            compiled(source, known, name.startswith("subject")).fill(example)  # a filter that does not exist is only noticed here
        except TextError as error:
            errors[name] = ValidationError(str(error), code="broken")
        if whole and name.endswith("_fr") and not source.strip():
            errors[name] = ValidationError(_("Write the French text: everybody without an English one reads it."), code="required")
    if whole and not errors and bool(worded.subject_en.strip()) != bool(worded.body_en.strip()):
        missing = "body_en" if worded.subject_en.strip() else "subject_en"
        errors[missing] = ValidationError(_("Write both the English subject and the English text, or neither."), code="half")
    if errors:
        raise ValidationError(errors)


def used_names(worded: Worded) -> frozenset[str]:
    """Return the variables that its texts name; those of a broken text are none."""
    found: set[str] = set()
    for name in PARTS:
        try:
            found |= compiled(getattr(worded, name), known_names(worded.fields), name.startswith("subject")).used
        except TextError:
            continue
    return frozenset(found)


def fill(worded: Worded, language: str, values: Mapping[str, Any]) -> Filled:
    """Return what a reader of `language` gets, filled in with `values`. Raises TextError."""
    known = known_names(worded.fields)
    subject = compiled(worded.subject_in(language), known, True).fill(values)
    return Filled(subject, compiled(worded.body_in(language), known, False).fill(values))


def read_fields(typed: str) -> list[dict[str, str]]:
    """Return the fields that somebody typed, one a line: `name: label`. Raises ValidationError with the line at fault."""
    found: list[dict[str, str]] = []
    for number, line in enumerate(typed.splitlines(), 1):
        if not line.strip():
            continue
        name, _colon, label = (part.strip() for part in line.partition(":"))
        if not FIELD.fullmatch(name):
            sentence = _("Line %(line)s: begin with a short name in lower case, like “event_date: Date of the event”.")
            raise ValidationError(sentence % {"line": number}, code="field")
        if name in VARIABLES or any(field["name"] == name for field in found):
            raise ValidationError(
                _("Line %(line)s: “%(name)s” exists already: choose another name.") % {"line": number, "name": name}, code="field"
            )
        found.append({"name": name, "label": label[:120] or name.replace("_", " ")})
    if len(found) > MOST_FIELDS:
        raise ValidationError(_("At most %(most)s fields.") % {"most": MOST_FIELDS}, code="field")
    return found


def write_fields(fields: Sequence[Mapping[str, str]]) -> str:
    """Return fields as one types them, one a line."""
    return "\n".join(f"{field['name']}: {field['label']}" for field in fields)


def values_in(fields: Iterable[Mapping[str, str]], values: Mapping[str, Mapping[str, str]], language: str) -> dict[str, str]:
    """Return the value of each field for readers of `language`; without one of theirs, the French one."""
    found = {}
    for field in fields:
        given = values.get(field["name"], {})
        found[field["name"]] = given.get(language, "").strip() or given.get("fr", "").strip()
    return found
