"""From the Markdown of a text of a mail to HTML and to plain text: titles, paragraphs, lists, strong words, links, notes. No HTML.

A link that stands alone in its paragraph is a button, which goes with its paragraph when it has no address; a paragraph after `>` is a
note. A link within a sentence whose address is empty or not http(s) leaves its words only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import urlsplit

from django.utils.html import escape
from django.utils.translation import pgettext
from markdown_it import MarkdownIt
from markdown_it.token import Token

from lincassable.messaging.texts.sandbox import CLOSE, OPEN, Block

_PARSER = MarkdownIt("zero", {"breaks": True}).enable(
    ["heading", "blockquote", "list", "hr", "emphasis", "escape", "link", "newline", "balance_pairs", "fragments_join", "text_join"],
    ignoreInvalid=True,
)
# The parser would refuse a link like `javascript:` and leave its signs in the text: here it becomes a link without an address.
_PARSER.validateLink = lambda url: True  # type: ignore[method-assign]
_BLOCK = re.compile(f"{OPEN}([^{CLOSE}]*){CLOSE}")
_ALONE = re.compile(f"(?:\\s*{OPEN}[^{CLOSE}]*{CLOSE})+\\s*")
_EMPTY_NOTE = re.compile(r'<div class="note">\s*</div>')
_BLANKS = re.compile(r"\n{3,}")
_TAGS = {"bullet_list": "ul", "ordered_list": "ol", "list_item": "li", "strong": "strong", "em": "em"}


@dataclass(frozen=True)
class Bodies:
    """A text of a mail, filled in: its HTML, its plain text, and the sentence that lists of mails show."""

    html: str
    text: str
    preheader: str


def web_address(url: str) -> str:
    """Return `url` when it is an address of the web, else an empty text."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    return url.strip() if parts.scheme in ("http", "https") and parts.netloc else ""


def bodies(source: str, blocks: Mapping[str, Block]) -> Bodies:
    """Return the Markdown `source`, in which `blocks` stand by their names, as HTML and as plain text."""
    tokens = _PARSER.parse(source)
    html, text = "".join(_html(tokens, blocks)), _text(tokens, blocks)
    return Bodies(_EMPTY_NOTE.sub("", html), text, _preheader(tokens))


def _inline_text(children: Sequence[Token]) -> str:
    """Return the words of a line, without their links."""
    return "".join("\n" if token.type in ("softbreak", "hardbreak") else token.content for token in children)


def _preheader(tokens: Sequence[Token]) -> str:
    """Return the first sentence that is neither a title nor a greeting, without line breaks."""
    for before, token in pairwise(tokens):
        words = _BLOCK.sub("", " ".join(_inline_text(token.children or []).split())) if token.type == "inline" else ""
        if words and before.type == "paragraph_open" and not words.endswith((",", ":")) and _button(token.children or []) is None:
            return words[:150]
    return ""


def _button(children: Sequence[Token]) -> str | None:
    """Return the address of the link that is alone in its paragraph ("" when it has none), None when there is more or no link."""
    kept = [token for token in children if not (token.type == "text" and not token.content.strip())]
    if len(kept) < 2 or kept[0].type != "link_open" or kept[-1].type != "link_close":
        return None
    if any(token.type in ("link_open", "link_close") for token in kept[1:-1]):
        return None
    return web_address(str(kept[0].attrGet("href") or ""))


# -- HTML


def _html(tokens: Sequence[Token], blocks: Mapping[str, Block]) -> Iterable[str]:
    note = 0
    for index, token in enumerate(tokens):
        name, _, end = token.type.rpartition("_")
        if token.type == "inline":
            yield _paragraph(tokens[index - 1], token.children or [], blocks, note > 0)
        elif name == "blockquote":
            note += token.nesting
            yield '<div class="note">' if end == "open" else "</div>"
        elif name in _TAGS:
            yield f"<{_TAGS[name]}>" if end == "open" else f"</{_TAGS[name]}>\n"
        elif token.type == "hr":
            yield "<hr>\n"


def _paragraph(opening: Token, children: Sequence[Token], blocks: Mapping[str, Block], in_note: bool) -> str:
    """Return one title or paragraph. Blocks alone in it are not within a `<p>`: they have their own."""
    if opening.type == "heading_open":
        level = min(int(opening.tag[1]), 2)
        return f"<h{level}>{_words(children, blocks)}</h{level}>\n"
    content = _inline_text(children)
    if _ALONE.fullmatch(content):
        return "".join(blocks[name].html for name in _BLOCK.findall(content)) + "\n"
    address = _button(children)
    if address == "":
        return ""
    if address:
        label = _words([token for token in children if not token.type.startswith("link_")], blocks)
        return f'<p><a class="button" href="{escape(address)}">{label}</a></p>\n'
    words = _words(children, blocks)
    return words if opening.hidden or (in_note and opening.hidden) else f"<p>{words}</p>\n"


def _words(children: Sequence[Token], blocks: Mapping[str, Block]) -> str:
    done, linked = [], []
    for token in children:
        if token.type == "text":
            done.append(_BLOCK.sub(lambda found: escape(blocks[found[1]].text.strip()), escape(token.content)))
        elif token.type in ("softbreak", "hardbreak"):
            done.append("<br>\n")
        elif token.type == "link_open":
            linked.append(web_address(str(token.attrGet("href") or "")))
            done.append(f'<a href="{escape(linked[-1])}">' if linked[-1] else "")
        elif token.type == "link_close":
            done.append("</a>" if linked.pop() else "")
        elif token.type.rpartition("_")[0] in _TAGS:
            name, _, end = token.type.rpartition("_")
            done.append(f"<{'/' if end == 'close' else ''}{_TAGS[name]}>")
    return "".join(done)


# -- plain text


def _text(tokens: Sequence[Token], blocks: Mapping[str, Block]) -> str:
    lines: list[str] = []
    marks: list[str | int] = []  # of the lists we are in: "- ", or the next number
    for index, token in enumerate(tokens):
        if token.type == "bullet_list_open":
            marks.append("- ")
        elif token.type == "ordered_list_open":
            marks.append(int(token.attrGet("start") or 1))
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            marks.pop()
            lines.append("")
        elif token.type == "hr":
            lines += ["-" * 20, ""]
        elif token.type == "inline":
            lines += _text_lines(tokens[index - 1], tokens[index - 2] if index > 1 else None, token.children or [], blocks, marks)
    return _BLANKS.sub("\n\n", "\n".join(line.rstrip() for line in lines)).strip()


def _text_lines(
    opening: Token, around: Token | None, children: Sequence[Token], blocks: Mapping[str, Block], marks: list[str | int]
) -> list[str]:
    address = _button(children)
    if address == "":
        return []
    words = _plain_words(children, blocks)
    if opening.type == "heading_open":
        return [words.upper(), ""]
    if marks:
        first = around is not None and around.type == "list_item_open"
        mark = marks[-1]
        sign = f"{mark}. " if isinstance(mark, int) else mark
        if first and isinstance(mark, int):
            marks[-1] = mark + 1
        before = "  " * (len(marks) - 1) + (sign if first else " " * len(sign))
        return [before + words.replace("\n", "\n" + " " * len(before))]
    return [words, ""]


def _plain_words(children: Sequence[Token], blocks: Mapping[str, Block]) -> str:
    """Return a paragraph in plain text; the address of a link follows its words."""
    done, linked = [], []
    button = bool(_button(children))
    for token in children:
        if token.type == "text":
            done.append(_BLOCK.sub(lambda found: blocks[found[1]].text.strip("\n"), token.content))
        elif token.type in ("softbreak", "hardbreak"):
            done.append("\n")
        elif token.type == "link_open":
            linked.append((web_address(str(token.attrGet("href") or "")), len(done)))
        elif token.type == "link_close":
            address, start = linked.pop()
            if address and "".join(done[start:]).strip() != address:
                done.append(_after_label("".join(done[start:]), address, button))
    return "".join(done).strip("\n")


def _after_label(label: str, address: str, button: bool) -> str:
    if not button:
        return f" ({address})"
    return f"\n{address}" if label.rstrip().endswith(":") else pgettext("punctuation", ":") + f"\n{address}"
