"""The writes: a new version of a text, an older one again, the delivered one again. Versions are added, never changed."""

from __future__ import annotations

import re
from typing import Any, Protocol

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from lincassable.messaging import rendering
from lincassable.messaging.kinds import Kind, kind_of
from lincassable.messaging.models import MailText
from lincassable.messaging.sealing import holds_secret
from lincassable.messaging.texts import live
from lincassable.messaging.texts.sandbox import TextError, compile_text

STALE = "stale"
_LINK = re.compile(r"\]\(\s*([^)\s]*)")


class By(Protocol):
    """Who writes."""

    @property
    def kind(self) -> str: ...

    @property
    def id(self) -> int | None: ...


def latest(kind: str, language: str) -> MailText | None:
    """Return the last version of a text, which is the one in use; None when nobody has ever written one."""
    return MailText.objects.filter(kind=kind, language=language).order_by("-number").first()


def check(kind: Kind, language: str, subject: str, body: str) -> None:
    """Try a text on the kind's sample. Raises ValidationError by field (`subject`, `body`), each with the line at fault."""
    errors: dict[str, list[str]] = {"subject": [], "body": []}
    compiled: dict[str, Any] = {}
    for field, source in (("subject", subject), ("body", body)):
        try:
            compiled[field] = compile_text(source, kind.known, subject=field == "subject")
        except TextError as error:
            errors[field].append(str(error) if field == "body" else error.message)
        if not source.strip():
            errors[field].append(_("Write something here."))
        if holds_secret(source):
            errors[field].append(_("This holds somebody's personal link: use the variable instead."))
    if len(subject.strip().splitlines()) > 1:
        errors["subject"].append(_("The subject is one line."))
    errors["body"] += _bad_links(body)
    if not any(errors.values()):
        try:
            rendering.render_text(kind.name, compiled["subject"], compiled["body"], sample_recipient(language), kind.sample())
        except TextError as error:
            errors[error.part].append(str(error) if error.part == "body" else error.message)
    if any(errors.values()):
        raise ValidationError({field: found for field, found in errors.items() if found})


def sample_recipient(language: str) -> rendering.Recipient:
    """Return the made-up person that a text is tried on."""
    return rendering.Recipient("ana@example.org", "Ana", language)


def _bad_links(body: str) -> list[str]:
    """Return a sentence for each link that leads neither to the web nor to a variable."""
    found = []
    for number, line in enumerate(body.splitlines(), 1):
        for address in _LINK.findall(line):
            if not address.startswith(("http://", "https://", "{{")):
                message = _("a link leads to http:// or https:// or to a variable, not to “%(address)s”.") % {"address": address[:60]}
                found.append(str(TextError(message, number)))
    return found


def save(kind: str, language: str, *, subject: str, body: str, seen: int, by: By) -> MailText:
    """Put a text in use as a new version, and return it; the same text again changes nothing.

    seen: the number of the last version that its author had before their eyes, 0 for none. Raises ValidationError by field for what
    cannot be used (the version in use stays), and with code "stale" when somebody else has saved meanwhile.
    """
    known = _known(kind, language)
    subject, body = subject.strip(), "\n".join(line.rstrip() for line in body.splitlines()).strip() + "\n"
    if len(subject) > rendering.LONGEST_SUBJECT:
        raise ValidationError(
            {"subject": [_("The subject is too long: at most %(most)s characters.") % {"most": rendering.LONGEST_SUBJECT}]}
        )
    check(known, language, subject, body)
    last = _not_stale(kind, language, seen)
    if last is not None and not last.delivered and (last.subject, last.body) == (subject, body):
        return last
    return _add(MailText(kind=kind, language=language, subject=subject, body=body), last, by)


def restore(kind: str, language: str, number: int, *, seen: int, by: By) -> MailText:
    """Put an older version in use again, as a new one. Raises what `save` raises, and MailText.DoesNotExist."""
    old = MailText.objects.get(kind=kind, language=language, number=number)
    if old.delivered:
        return deliver_again(kind, language, seen=seen, by=by)
    check(_known(kind, language), language, old.subject, old.body)
    last = _not_stale(kind, language, seen)
    return _add(MailText(kind=kind, language=language, subject=old.subject, body=old.body, restores=number), last, by)


def deliver_again(kind: str, language: str, *, seen: int, by: By) -> MailText:
    """Put the delivered text in use again; the versions stay. Raises ValidationError with code "stale"."""
    _known(kind, language)
    last = _not_stale(kind, language, seen)
    if last is not None and last.delivered:
        return last
    return _add(MailText(kind=kind, language=language, delivered=True), last, by)


def _known(kind: str, language: str) -> Kind:
    known = kind_of(kind)
    if known is None or language not in dict(MailText.LANGUAGES):
        raise ValidationError(_("This kind of mail does not exist."))
    return known


def _not_stale(kind: str, language: str, seen: int) -> MailText | None:
    last = latest(kind, language)
    if (last.number if last else 0) != seen:
        raise _stale()
    return last


def _stale() -> ValidationError:
    return ValidationError(_("Somebody else has saved this text meanwhile. Yours is still here: compare, then save again."), code=STALE)


def _add(text: MailText, last: MailText | None, by: By) -> MailText:
    """Write the next version. Two at once: the database lets one through."""
    text.number, text.by_kind, text.by_id = (last.number if last else 0) + 1, by.kind, by.id
    text.full_clean(validate_unique=False, validate_constraints=False)
    try:
        with transaction.atomic():
            text.save(force_insert=True)
    except IntegrityError as error:
        raise _stale() from error
    live.forget()
    transaction.on_commit(live.forget)
    return text
