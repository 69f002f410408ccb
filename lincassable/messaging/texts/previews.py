"""What a text would look like: on real data if there is some, else on the kind's sample. Nothing in it opens or stops anything."""

from __future__ import annotations

import base64
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from lincassable.messaging import rendering, services
from lincassable.messaging.kinds import Kind
from lincassable.messaging.models import MailText, Message
from lincassable.messaging.rendering import Recipient, Rendered
from lincassable.messaging.sealing import mask
from lincassable.messaging.texts import compose, starting
from lincassable.messaging.texts.sandbox import compile_text
from lincassable.messaging.texts.services import latest, sample_recipient

STOPS = ("unsubscribe_url", "preferences_url", "choices_url")
# What `django.core.signing` makes: words, then 43 signs of a signature.
_SIGNED = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])")


@dataclass(frozen=True)
class Example:
    """A variable with what it would say."""

    name: str
    label: str
    value: str
    is_block: bool


def source_of(kind: Kind, language: str) -> starting.Draft:
    """Return the text to edit: the one in use, else the delivered one with its variables."""
    last = latest(kind.name, language)
    if last is not None and not last.delivered:
        return starting.Draft(last.subject, last.body)
    return delivered_source(kind, language)


def delivered_source(kind: Kind, language: str) -> starting.Draft:
    """Return the delivered text with its variables."""
    to = sample_recipient(language)
    with rendering.speaking_to(to):
        return starting.delivered(rendering.engine(), kind, rendering.complete(to, kind.sample()))


def examples(kind: Kind, language: str) -> list[Example]:
    """Return the variables of a kind with what they say on its sample; those of its own first."""
    to = sample_recipient(language)
    with rendering.speaking_to(to):
        context = rendering.complete(to, kind.sample())
        values = compose.values_of(rendering.engine(), kind, kind.by_name, context)
    own = [variable.name for variable in kind.variables]
    order = own + [name for name in kind.by_name if name not in own]
    return [
        Example(name, str(kind.by_name[name].label), Truncator(mask(str(values[name] or ""))).chars(300), kind.by_name[name].is_block)
        for name in order
    ]


@dataclass(frozen=True)
class About:
    """Whom and what a preview is about. pictures: those that travel beside the mail, by the address under which its HTML shows them."""

    to: Recipient
    context: Mapping[str, Any]
    pictures: Mapping[str, str]


def about(kind: Kind, language: str, user: Any, key: int | None) -> About | None:
    """Return what a preview shows: the chosen object, the sample when none is; None when nobody would get this mail about it."""
    to, context = sample_recipient(language), kind.sample()
    files: Sequence[Any] = ()
    if key is not None and kind.preview is not None:
        with rendering.speaking_to(to):
            written = kind.preview(user, key)
        if written is None:
            return None
        to, context, files = replace(written.to, language=language), written.context, getattr(written, "attachments", ())
    # A preview must not stop anybody's mails.
    stops = {name: f"{settings.SITE_URL}/" for name in STOPS if context.get(name)}
    return About(to, {**context, **stops}, {f"cid:{file.content_id}": _data(file) for file in files if file.content_id})


def _data(file: Any) -> str:
    """Return a picture as an address that holds it."""
    return f"data:{file.kind};base64,{base64.b64encode(file.content).decode()}"


def render_draft(kind: Kind, subject: str, body: str, shown: About) -> Rendered:
    """Return the mail that a text makes, without anybody's secret. Raises TextError, UndefinedVariable, and what variables raise."""
    compiled = compile_text(subject, kind.known, subject=True), compile_text(body, kind.known)
    made = rendering.render_text(kind.name, *compiled, shown.to, shown.context)
    html = harmless(made.html)
    for address, data in shown.pictures.items():
        html = html.replace(address, data)
    return Rendered(harmless(made.subject), harmless(made.text), html)


def harmless(text: str) -> str:
    """Return `text` without what opens, answers or stops something in somebody's name."""
    return _SIGNED.sub("…", mask(text))


def send_test(kind: Kind, made: Rendered, user: Any, language: str) -> Message:
    """Send a preview to the person who looks at it, through the outbox, and return its message."""
    to = Recipient(user.email, getattr(user, "name", ""), language)
    marked = replace(made, subject=rendering.plain(_("[Test] %(subject)s") % {"subject": made.subject})[: rendering.LONGEST_SUBJECT])
    with transaction.atomic():
        return services.enqueue_rendered("test", marked, to=to, dedupe_key=f"test:{kind.name}:{user.pk}:{uuid.uuid4()}")


def in_use(kind: Kind, language: str) -> MailText | None:
    """Return the version in use, or None for the delivered text."""
    last = latest(kind.name, language)
    return None if last is None or last.delivered else last
