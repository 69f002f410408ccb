"""A coordinator's text put into a mail: frame, colours and foot (why one gets it, how to stop it) stay those of the delivered mail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from django.template import Context, Engine, Template
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from lincassable.messaging.kinds import Kind, Variable
from lincassable.messaging.texts.markup import Bodies, bodies
from lincassable.messaging.texts.sandbox import Block, Compiled, TextError

_HTML = (
    '{% extends "mail/KIND.html" %}{% block preheader %}{{ edited.preheader }}{% endblock %}'
    "{% block content %}{{ edited_html }}{% endblock %}"
)
_TEXT = '{% extends "mail/KIND.txt" %}{% block content %}{{ edited.text }}{% endblock %}'


@lru_cache(maxsize=512)
def _snippet(engine: Engine, source: str) -> Template:
    return engine.from_string(source if "{% extends" in source else "{% load i18n %}" + source)


def value_of(engine: Engine, variable: Variable, context: Mapping[str, Any]) -> str | int | Block | None:
    """Return what a variable is in a mail: words, a number, a block, or None when there is nothing to say."""
    plain: str = _snippet(engine, variable.text or variable.source).render(Context(context, autoescape=False))
    if variable.is_block:
        return Block(variable.name, _snippet(engine, variable.source).render(Context(context)).strip(), plain.strip("\n"))
    plain = plain.strip()
    return int(plain) if variable.number and plain else plain or None


def values_of(engine: Engine, kind: Kind, names: Iterable[str], context: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of the variables `names` of a kind in one mail."""
    return {name: value_of(engine, kind.by_name[name], context) for name in names}


def filled(subject: Compiled, body: Compiled, values: Mapping[str, Any]) -> tuple[str, Bodies]:
    """Return the subject and the bodies of a text with `values`. Raises TextError."""
    blocks = {name: value for name, value in values.items() if isinstance(value, Block)}
    try:
        title = subject.fill(values)
        if not title.strip():
            raise TextError(_("The subject is empty."))
    except TextError as error:
        error.part = "subject"
        raise
    return title, bodies(body.fill(values), blocks)


def framed(engine: Engine, kind: Kind, written: Bodies, context: Mapping[str, Any]) -> tuple[str, str]:
    """Return the HTML and the plain text of a whole mail around the coordinator's words."""
    everything = {**context, "edited": written, "edited_html": mark_safe(written.html)}  # noqa: S308 - made and escaped by `markup`
    html = _snippet(engine, _HTML.replace("KIND", kind.name)).render(Context(everything))
    return html, _snippet(engine, _TEXT.replace("KIND", kind.name)).render(Context(everything, autoescape=False))
