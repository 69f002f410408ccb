"""From a template and a recipient to a subject, a text and an HTML body. Knows nothing of queues or servers."""

from __future__ import annotations

import logging
import sys
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import css_inline
from django.conf import settings
from django.template import Context, Engine, engines
from django.template.base import FilterExpression
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from lincassable.messaging.kinds import kind_of
from lincassable.messaging.texts import compose, faults, live
from lincassable.messaging.texts.sandbox import Compiled, TextError

logger = logging.getLogger("lincassable.messaging")
LONGEST_SUBJECT = 250  # characters, as the column
# Mail programs ignore <style>, so its rules become attributes; media queries stay, for those that know them.
_INLINER = css_inline.CSSInliner(keep_style_tags=False, keep_at_rules=True, load_remote_stylesheets=False)


# Within a coordinator's text a gap is an error: the delivered text is used instead.
_strict: ContextVar[bool] = ContextVar("strict", default=False)


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
    """Say that a template uses the undefined variable `name`. Raises UndefinedVariable in tests, and within a coordinator's text."""
    if settings.TESTING or _strict.get():
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
    if not value.isprintable():  # most is: then there is none
        value = "".join(" " if unicodedata.category(sign) in ("Cc", "Zl", "Zp") else sign for sign in value)
    return " ".join(value.split())


def render(template: str, to: Recipient, context: Mapping[str, Any]) -> Rendered:
    """Render a kind of mail in the recipient's language and the network's time.

    The text is the one that coordinators wrote for this kind and language if there is one in use (`texts`), else the delivered one:
    `mail/<template>.subject.txt`, `.txt` and `.html`. When theirs fails, the delivered one is used and they are told. Besides `context`,
    templates have `site_name`, `site_url`, `language` and `recipient`. Raises TemplateDoesNotExist when one of the three files is
    missing, and UndefinedVariable in tests.
    """
    written = live.text_of(template, to.language)
    if written is not None:
        try:
            if written.subject is None or written.body is None:
                raise TextError(written.error)
            return render_text(template, written.subject, written.body, to, context)
        except Exception as error:
            # Whatever it is, the mail must leave.
            logger.exception("the text of %s in %s (version %s) failed: the delivered one is used", template, to.language, written.number)
            faults.tell(written.pk, str(error))
    return render_delivered(template, to, context)


def engine() -> Engine:
    """Return the engine of mails."""
    pages: Any = engines["django"]
    return _engine(pages.engine)


@contextmanager
def speaking_to(to: Recipient) -> Iterator[None]:
    """Speak the recipient's language, and tell the network's time."""
    with translation.override(to.language), timezone.override(ZoneInfo(settings.NETWORK_TIME_ZONE)):
        yield


def complete(to: Recipient, context: Mapping[str, Any]) -> dict[str, Any]:
    """Return `context` with what every mail has."""
    return {"site_name": settings.SITE_NAME, "site_url": settings.SITE_URL, "language": to.language, "recipient": to, **context}


def render_delivered(template: str, to: Recipient, context: Mapping[str, Any]) -> Rendered:
    """Render the files of a kind of mail. Arguments and errors: see `render`."""
    everything = complete(to, context)

    def part(name: str, *, escape: bool) -> str:
        return engine().get_template(f"mail/{template}{name}").render(Context(everything, autoescape=escape))

    with speaking_to(to):
        return _finished(part(".subject.txt", escape=False), part(".txt", escape=False), part(".html", escape=True))


def render_text(template: str, subject: Compiled, body: Compiled, to: Recipient, context: Mapping[str, Any]) -> Rendered:
    """Render a coordinator's text of a kind of mail. Raises TextError, UndefinedVariable, and whatever its variables raise."""
    kind = kind_of(template)
    if kind is None:
        raise TextError(f"no such kind of mail: {template}")
    everything, strict = complete(to, context), _strict.set(True)
    try:
        with speaking_to(to):
            values = compose.values_of(engine(), kind, subject.used | body.used, everything)
            title, written = compose.filled(subject, body, values)
            if not written.text:
                raise TextError(_("The text is empty."))
            html, text = compose.framed(engine(), kind, written, everything)
            return _finished(title, text, html)
    finally:
        _strict.reset(strict)


def _finished(subject: str, text: str, html: str) -> Rendered:
    """Return the three parts as they leave: the subject on one line, the styles on the elements."""
    return Rendered(plain(subject)[:LONGEST_SUBJECT], _clean(text) + "\n", _INLINER.inline(_clean(html)))


def _clean(part: str) -> str:
    return part.replace("\x00", "").strip()
