"""From a template and a recipient to a subject, a text and an HTML body. Knows nothing of queues or servers."""

from __future__ import annotations

import logging
import sys
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import css_inline
from django.conf import settings
from django.template import Context, Engine, engines
from django.template.base import FilterExpression
from django.utils import timezone, translation

logger = logging.getLogger("lincassable.messaging")
LONGEST_SUBJECT = 250  # characters, as the column
# Mail programs ignore <style>, so its rules become attributes; media queries stay, for those that know them.
_INLINER = css_inline.CSSInliner(keep_style_tags=False, keep_at_rules=True, load_remote_stylesheets=False)


class UndefinedVariable(LookupError):
    """A mail template uses a variable that its context does not have (raised in tests; logged in production)."""


@dataclass(frozen=True)
class Recipient:
    """To whom a message goes: address, name as shown (may be empty), language (`fr` or `en`)."""

    email: str
    name: str = ""
    language: str = "fr"


@dataclass(frozen=True)
class Rendered:
    """The three parts of a mail."""

    subject: str
    text: str
    html: str


class _Undefined(str):
    """What the engine puts in place of an undefined variable: nothing, and a line in the log. A test fails.

    Django asks for the truth of this value before it uses it; a variable with `|default` is undefined on purpose.
    """

    __slots__ = ()

    def __bool__(self) -> bool:
        expression = sys._getframe(1).f_locals.get("self")
        if isinstance(expression, FilterExpression) and not any(used.__name__.startswith("default") for used, _ in expression.filters):
            _report(expression.token)
        return False

    def __contains__(self, part: object) -> bool:
        return part == "%s"  # `blocktranslate` then asks for `self % name`

    def __mod__(self, name: object) -> str:
        _report(name)
        return ""


def _report(name: object) -> None:
    """Say that a template uses the undefined variable `name`. Raises UndefinedVariable in tests."""
    if settings.TESTING:
        raise UndefinedVariable(f"the mail template uses “{name}”, which its context does not have")
    # A gap in a mail is better than a tour that cannot be sent.
    logger.error("a mail template uses “%s”, which its context does not have", name)


@lru_cache(maxsize=2)
def _engine(pages: Engine) -> Engine:
    """Return an engine like the one of the pages, which does not let an undefined variable pass in silence."""
    return Engine(
        dirs=pages.dirs,
        app_dirs=pages.app_dirs,
        libraries=pages.libraries,
        builtins=[name for name in pages.builtins if name not in Engine.default_builtins],
        string_if_invalid=_Undefined(),
    )


def plain(value: str) -> str:
    """Return `value` on one line without control characters: safe in a header, whatever people typed."""
    words = "".join(" " if unicodedata.category(sign) in ("Cc", "Zl", "Zp") else sign for sign in value)
    return " ".join(words.split())


def render(template: str, to: Recipient, context: Mapping[str, Any]) -> Rendered:
    """Render `mail/<template>.subject.txt`, `.txt` and `.html` in the recipient's language and the network's time.

    Besides `context`, templates have `site_name`, `site_url`, `language` and `recipient`. Raises TemplateDoesNotExist
    when one of the three is missing, and UndefinedVariable in tests.
    """
    pages: Any = engines["django"]
    engine = _engine(pages.engine)
    everything = {"site_name": settings.SITE_NAME, "site_url": settings.SITE_URL, "language": to.language, "recipient": to, **context}

    def part(name: str, *, escape: bool) -> str:
        filled = engine.get_template(f"mail/{template}{name}").render(Context(everything, autoescape=escape))
        return filled.replace("\x00", "").strip()

    with translation.override(to.language), timezone.override(ZoneInfo(settings.NETWORK_TIME_ZONE)):
        subject = plain(part(".subject.txt", escape=False))[:LONGEST_SUBJECT]
        return Rendered(subject, part(".txt", escape=False) + "\n", _INLINER.inline(part(".html", escape=True)))
