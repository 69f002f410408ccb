"""What a coordinator types in a text of a mail: Liquid, cut down to variables, conditions and short loops.

A text sees words, numbers and ready-made blocks, never an object of ours: there is no attribute to reach, no function to call, no file to
read. Loops, output and memory are bounded. Every error says its line.
"""

from __future__ import annotations

import difflib
import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TextIO

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from liquid import Environment, Mode, StrictUndefined
from liquid.ast import Node
from liquid.builtin import content, illegal, output
from liquid.builtin.expressions import LoopExpression
from liquid.builtin.filters.misc import default
from liquid.builtin.filters.string import append, capitalize, downcase, prepend, strip, truncate, truncatewords, upcase
from liquid.builtin.tags import assign_tag, case_tag, comment_tag, for_tag, if_tag, unless_tag
from liquid.context import RenderContext
from liquid.exceptions import (
    LiquidError,
    LocalNamespaceLimitError,
    LoopIterationLimitError,
    OutputStreamLimitError,
    UndefinedError,
)
from liquid.stream import TokenStream
from liquid.stringify import to_liquid_string
from liquid.tag import Tag
from liquid.template import BoundTemplate

LONGEST_SOURCE = 20_000  # characters
MOST_SIGNS = 500  # openings of {{ and {%: the library's time grows with their square when they are not closed
LONGEST_OUTPUT = 200_000  # bytes
MOST_TURNS = 500  # of all loops together
MOST_KEPT = 50_000  # bytes of what `assign` keeps
FILTERS = {
    "append": append,
    "capitalize": capitalize,
    "default": default,
    "downcase": downcase,
    "prepend": prepend,
    "strip": strip,
    "truncate": truncate,
    "truncatewords": truncatewords,
    "upcase": upcase,
}
TAGS = ("assign", "case", "comment", "for", "if", "unless")
# Signs of Unicode's private area that stand around the name of a block until the mail is put together; nobody can type them.
OPEN, CLOSE = "\ue010", "\ue011"
_PRIVATE = {ord(sign): None for sign in (OPEN, CLOSE, "\x00")}
_SIGN = re.compile(r"\{%-?\s*([a-z]+).*?%\}|\{\{.*?\}\}", re.DOTALL)
_CLOSED_BY = {name: f"end{name}" for name in ("if", "unless", "case", "for", "comment")}
_ALONE = {name: f"{{% when 1 %}}{{% {end} %}}" if name == "case" else f"{{% {end} %}}" for name, end in _CLOSED_BY.items()}
# In CommonMark, a backslash makes any of these an ordinary sign: what people typed elsewhere never becomes a link or a title.
_LITERAL = {ord(sign): f"\\{sign}" for sign in string.punctuation}


class TextError(ValueError):
    """A text cannot be used.

    Arguments: sentence, for the coordinator, translated when it is read: it may be found while a mail in another language is made;
    values, what is filled into it; line, the line at fault, counted from 1, or None. `part` says which of subject and body is meant.
    """

    part = "body"

    def __init__(self, sentence: str | Promise, line: int | None = None, **values: object) -> None:
        super().__init__(sentence)
        self.sentence, self.line, self.values = sentence, line, values

    @property
    def message(self) -> str:
        """The sentence in the language of whoever reads it, without the line."""
        return str(self.sentence) % self.values if self.values else str(self.sentence)

    def __str__(self) -> str:
        return gettext("Line %(line)s: %(message)s") % {"line": self.line, "message": self.message} if self.line else self.message


@dataclass(frozen=True)
class Block:
    """A ready-made part of a mail: its name, its HTML (trusted) and its plain text."""

    name: str
    html: str
    text: str

    def __str__(self) -> str:
        return self.text

    def __bool__(self) -> bool:
        return bool(self.text.strip())


def literal(value: str) -> str:
    """Return `value` so that it stays what it is within Markdown: no mark-up, no empty line."""
    lines = (line.strip() for line in value.translate(_PRIVATE).splitlines())
    return "\n".join(line.translate(_LITERAL) for line in lines if line)


class _Variable(output.OutputNode):
    """`{{ … }}` in a body: a block leaves its name, anything else its words."""

    __slots__ = ()

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        value = self.expression.evaluate(context)
        if isinstance(value, Block):
            return buffer.write(f"{OPEN}{value.name}{CLOSE}" if value else "")
        return buffer.write(literal(to_liquid_string(value, autoescape=False)))


class _BodyOutput(output.Output):
    node_class = _Variable


class _Turns(LoopExpression):
    """What a loop goes through. A long one is refused before it begins: `reversed` and `offset` would walk through all of it first."""

    __slots__ = ()

    def _to_iter(self, obj: object, context: RenderContext) -> tuple[Iterator[Any], int]:
        found, length = super()._to_iter(obj, context)
        if length > MOST_TURNS:
            raise LoopIterationLimitError("loop iteration limit reached", token=self.token)
        return found, length


class _For(for_tag.ForTag):
    """`{% for … %}`, with `_Turns`."""

    def parse(self, stream: TokenStream) -> Node:
        node = super().parse(stream)
        if isinstance(node, for_tag.ForNode):
            said = node.expression
            node.expression = _Turns(
                said.token, said.identifier, said.iterable, limit=said.limit, offset=said.offset, reversed_=said.reversed, cols=said.cols
            )
        return node


class _Body(Environment):
    """The language of a body."""

    loop_iteration_limit = MOST_TURNS
    output_stream_limit = LONGEST_OUTPUT
    local_namespace_limit = MOST_KEPT
    context_depth_limit = 10
    block_nesting_limit = 10
    output_tag: type[output.Output] = _BodyOutput

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        """Know the few tags and filters of `TAGS` and `FILTERS`, and nothing else."""
        known: tuple[type[Tag], ...] = (
            content.Literal,
            self.output_tag,
            illegal.Illegal,
            if_tag.IfTag,
            unless_tag.UnlessTag,
            case_tag.CaseTag,
        )
        loops: tuple[type[Tag], ...] = (_For, for_tag.BreakTag, for_tag.ContinueTag, comment_tag.CommentTag, assign_tag.AssignTag)
        for tag in (*known, *loops):
            self.add_tag(tag)
        for name, function in FILTERS.items():
            self.add_filter(name, function)


class _Subject(_Body):
    """The language of a subject: the same; the words come out as they are."""

    output_tag = output.Output


_BODY = _Body(tolerance=Mode.STRICT, undefined=StrictUndefined, strict_filters=True)
_SUBJECT = _Subject(tolerance=Mode.STRICT, undefined=StrictUndefined, strict_filters=True)


@dataclass(frozen=True)
class Compiled:
    """A text ready to be filled in. used: the variables that it names."""

    template: BoundTemplate
    used: frozenset[str]

    def fill(self, values: Mapping[str, Any]) -> str:
        """Return the text with `values`, which hold words, numbers, None and `Block`s. Raises TextError."""
        try:
            return self.template.render(**values)
        except LiquidError as error:
            raise _explained(error) from error
        except (ValueError, TypeError, ArithmeticError, RecursionError) as error:
            raise TextError(_("This cannot be worked out: %(detail)s"), detail=error) from error


def compile_text(source: str, known: frozenset[str], *, subject: bool = False) -> Compiled:
    """Return `source` compiled. known: the variables that exist. Raises TextError with the line at fault."""
    if len(source) > LONGEST_SOURCE:
        raise TextError(_("The text is too long: at most %(most)s characters."), most=LONGEST_SOURCE)
    if source.count("{{") + source.count("{%") > MOST_SIGNS:
        raise TextError(_("The text holds too many variables and conditions: at most %(most)s."), most=MOST_SIGNS)
    source = source.translate(_PRIVATE).replace("\r\n", "\n").replace("\r", "\n")
    try:
        template = (_SUBJECT if subject else _BODY).from_string(source)
        analysis = template.analyze()
    except LiquidError as error:
        explained = _explained(error)
        raise (explained if explained.line else _fault(source, subject, explained)) from error
    except RecursionError as error:
        raise TextError(_("Too many conditions within each other.")) from error
    for name, spans in analysis.filters.items():
        if name not in FILTERS:
            line = source.count("\n", 0, max(spans[0].index, 0)) + 1
            raise TextError(_("there is no filter “%(name)s”: the filters are %(filters)s."), line, name=name, filters=", ".join(FILTERS))
    for name, places in analysis.globals.items():
        line = source.count("\n", 0, max(places[0].span.index, 0)) + 1
        if name not in known:
            raise _unknown(name, known, line)
        if any(len(place.segments) > 1 for place in places):
            raise TextError(_("“%(name)s” has no parts: write its name only."), line, name=name)
    return Compiled(template, frozenset(analysis.globals))


def _fault(source: str, subject: bool, said: TextError) -> TextError:
    """Return `said` with its line, when the library only knows that something stops short.

    Each sign is tried by itself; then what was opened and never closed is at fault.
    """
    environment = _SUBJECT if subject else _BODY
    opened: list[tuple[str, int]] = []
    for found in _SIGN.finditer(source):
        line, name = source.count("\n", 0, found.start()) + 1, found[1]
        if name in _CLOSED_BY:
            opened.append((name, line))
        elif name and name.startswith("end"):
            opened = opened[:-1]
        if name and name not in _CLOSED_BY and name != "assign":
            continue
        try:
            environment.from_string(found[0] + _ALONE.get(name, ""))
        except LiquidError:
            return TextError(said.sentence, line, **said.values)
    if not opened:
        return said
    name, line = opened[-1]
    end = f"{{% {_CLOSED_BY[name]} %}}"
    return TextError(_("“%(name)s” is opened and never closed: write %(end)s after it."), line, name=name, end=end)


def _unknown(name: str, known: frozenset[str], line: int) -> TextError:
    close = difflib.get_close_matches(name, known, n=1)
    if close:
        return TextError(_("“%(name)s” is not a variable of this mail. Did you mean “%(close)s”?"), line, name=name, close=close[0])
    return TextError(_("“%(name)s” is not a variable of this mail: choose one of the list."), line, name=name)


def _explained(error: LiquidError) -> TextError:
    """Return what the library says as a sentence of ours, with its line."""
    where = error.context()
    line = where[0] if where else None
    detail = str(error.message or "").strip().rstrip(".")
    if isinstance(error, LoopIterationLimitError | OutputStreamLimitError | LocalNamespaceLimitError):
        return TextError(_("This would become too long: make the loop shorter."), line)
    if isinstance(error, UndefinedError):
        return TextError(_("A variable has no value here: %(detail)s"), line, detail=detail)
    unknown = re.fullmatch(r"unexpected tag '(\w+)'", detail)
    if unknown:
        return TextError(_("“%(name)s” cannot stand here."), line, name=unknown[1])
    if detail.startswith("expected '}}'"):
        return TextError(_("“{{” is opened and never closed."), line)
    if detail == "block nesting limit reached":
        return TextError(_("Too many conditions within each other."), line)
    # The library's own words are for programmers, and in English.
    return TextError(_("This cannot be read: something is missing or too much between the braces."), line)
