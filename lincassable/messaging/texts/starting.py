"""The delivered text of a kind as an editable one: what it says on the kind's sample, with the variables put back where their values stand.

So nobody keeps two texts in step: what comes out says, filled in with the sample, what the delivered mail says (a test compares them).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

from django.template import Context, Engine

from lincassable.messaging.kinds import Kind
from lincassable.messaging.texts.compose import value_of
from lincassable.messaging.texts.sandbox import CLOSE, OPEN, Block

_CONTENT = '{% extends "mail/KIND.html" %}{% block content %}' + OPEN * 2 + "{{ block.super }}" + CLOSE * 2 + "{% endblock %}"
_MARKER = re.compile(f"{OPEN}([a-z0-9_]+){CLOSE}")
_SHORTEST = 3  # characters: what is shorter may stand in a sentence by chance
_SIGNS = re.compile(r"([\\*\[\]{}])")


@dataclass(frozen=True)
class Draft:
    """An editable text."""

    subject: str
    body: str


def delivered(engine: Engine, kind: Kind, context: Mapping[str, Any]) -> Draft:
    """Return the delivered text of `kind` as an editable one, in the active language.

    context: the kind's sample, with what every mail has.
    """
    values = {name: value_of(engine, variable, context) for name, variable in kind.by_name.items()}
    words = {name: value for name, value in values.items() if isinstance(value, str) and len(value) >= _SHORTEST}
    subject = engine.get_template(f"mail/{kind.name}.subject.txt").render(Context(context, autoescape=False))
    html: str = engine.from_string(_CONTENT.replace("KIND", kind.name)).render(Context(context))
    html = _tight(html.split(OPEN * 2, 1)[1].rsplit(CLOSE * 2, 1)[0])
    for block in sorted((value for value in values.values() if isinstance(value, Block)), key=lambda value: -len(value.html)):
        if block.html:
            html = html.replace(_tight(block.html), f"{OPEN}{block.name}{CLOSE}", 1)
    reader = _Reader(words)
    reader.feed(html)
    reader.close()
    return Draft(_with_variables(_one_space(subject).strip(), words), reader.markdown())


def _one_space(text: str) -> str:
    """Return `text` with one space for each stretch of blanks; the spaces that French keeps before a colon stay what they are."""
    return re.sub(r"[ \t\r\n]+", " ", text)


def _tight(html: str) -> str:
    """Return HTML without the blanks between its tags."""
    return _one_space(html).replace("> <", "><").strip()


def _with_variables(text: str, words: Mapping[str, str], *, literal: bool = False) -> str:
    """Return `text` with the values of variables replaced by their names, the longest first. literal: keep signs from being mark-up."""
    if not words:
        return text
    names: dict[str, str] = {}
    for name, value in words.items():
        names.setdefault(_one_space(value).strip(), name)
    pattern = "|".join(rf"(?<!\w){re.escape(value)}(?!\w)" for value in sorted(names, key=len, reverse=True))
    pieces, last = [], 0
    for found in re.finditer(pattern, text):
        pieces += [text[last : found.start()], "{{ " + names[found[0]] + " }}"]
        last = found.end()
    pieces.append(text[last:])
    return "".join(_SIGNS.sub(r"\\\1", piece) if literal and not index % 2 else piece for index, piece in enumerate(pieces))


class _Reader(HTMLParser):
    """From the little HTML of our mails to Markdown."""

    def __init__(self, words: Mapping[str, str]) -> None:
        super().__init__(convert_charrefs=True)
        self.words = words
        self.paragraphs: list[str] = []
        self.current = ""
        self.before = ""
        self.note = 0
        self.boxes: list[bool] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a paragraph, or a stretch of one."""
        given = dict(attrs)
        if tag in ("h1", "h2", "p", "li", "div", "tr"):
            self._end()
            self.before = {"h1": "# ", "h2": "## ", "li": "- "}.get(tag, "")
        if tag in ("p", "div"):
            self.boxes.append(given.get("class") == "note")
            self.note += self.boxes[-1]
        elif tag == "a":
            self.links.append(given.get("href") or "")
            self.current += "["
        elif tag == "br":
            self.current += "\n"
        elif tag in ("strong", "b"):
            self.current += "**"

    def handle_endtag(self, tag: str) -> None:
        """End what was begun."""
        if tag in ("h1", "h2", "p", "li", "div", "tr"):
            self._end()
        if tag in ("p", "div") and self.boxes:
            self.note -= self.boxes.pop()
        elif tag == "a" and self.links:
            self.current += f"]({_with_variables(self.links.pop(), self.words)})"
        elif tag in ("strong", "b"):
            self.current += "**"
        elif tag == "td":
            self.current += " "

    def handle_data(self, data: str) -> None:
        """Put the variables back."""
        pieces = _MARKER.split(_one_space(data))
        for index, piece in enumerate(pieces):
            if index % 2 and not self.before and not self.links:
                self._end()
                self.current = "{{ " + piece + " }}"
                self._end()
            elif index % 2:
                self.current += "{{ " + piece + " }}"
            else:
                self.current += _with_variables(piece, self.words, literal=True)

    def _end(self) -> None:
        text = "\n".join(line.strip() for line in self.current.strip().splitlines())
        if text.strip("*\n "):
            mark = "> " if self.note else ""
            self.paragraphs.append("\n".join(mark + line for line in (self.before + text).splitlines()))
        self.current, self.before = "", ""

    def markdown(self) -> str:
        """Return what was read."""
        self._end()
        done = ""
        for before, paragraph in zip(["", *self.paragraphs], self.paragraphs, strict=False):
            together = before.startswith("- ") and paragraph.startswith("- ")
            done += ("\n" if together else "\n\n" if done else "") + paragraph
        return done + "\n"
