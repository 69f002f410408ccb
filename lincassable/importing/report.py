"""What an import did or would do, line by line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


class Mode(StrEnum):
    """How an import goes about its lines."""

    DRY_RUN = "dry_run"  # everything is tried, nothing is kept
    ALL_OR_NOTHING = "all"  # one refused line and nothing is kept
    SKIP_BAD = "skip_bad"  # the good lines are kept


class Outcome(StrEnum):
    """What a record of the file became."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"

    @property
    def word(self) -> str:
        """The outcome in the current language."""
        return {Outcome.CREATED: _("new"), Outcome.UPDATED: _("updated"), Outcome.UNCHANGED: _("unchanged")}[self]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a line is refused.

    Arguments:
        line: the line's number as a spreadsheet shows it.
        column: the header of the column at fault, as the file writes it; empty when it is the line as a whole.
        reason: a sentence in the reader's language.
    """

    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        if self.column:
            return _("line %(line)d, column “%(column)s”: %(reason)s") % self.as_dict()
        return _("line %(line)d: %(reason)s") % self.as_dict()

    def as_dict(self) -> dict[str, Any]:
        """The three parts by name."""
        return {"line": self.line, "column": self.column, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Example:
    """One of the first accepted records, for the preview: its first line, what it becomes, how it is called."""

    line: int
    outcome: Outcome
    text: str


@dataclass
class Report:
    """The result of one run.

    Arguments:
        mode: how it was run.
        ignored: headers of the file that mean nothing to the importer.
        lines: how many lines were read below the header.
        counts: records by outcome.
        problems: why lines are refused, in the file's order.
        examples: the first accepted records.
        taken: all that accepted records take away from what was there.
        saved: whether anything that was accepted is now in the database.
    """

    mode: Mode
    ignored: list[str] = field(default_factory=list)
    lines: int = 0
    counts: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
    problems: list[Problem] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)
    taken: list[Example] = field(default_factory=list)
    saved: bool = False

    @property
    def refused(self) -> set[int]:
        """The numbers of the refused lines."""
        return {problem.line for problem in self.problems}

    @property
    def ok(self) -> bool:
        """Whether no line is refused."""
        return not self.problems

    def reasons(self) -> dict[int, str]:
        """All the reasons of each refused line, as one text."""
        reasons: dict[int, list[str]] = {}
        for problem in self.problems:
            reasons.setdefault(problem.line, []).append(f"{problem.column}: {problem.reason}" if problem.column else problem.reason)
        return {line: " | ".join(texts) for line, texts in reasons.items()}

    def sort(self) -> None:
        """Put the problems and examples in the order of the file."""
        self.problems.sort(key=lambda problem: problem.line)
        self.examples.sort(key=lambda example: example.line)
        self.taken.sort(key=lambda example: example.line)

    def summary(self) -> list[str]:
        """What happened, in a few sentences of the current language."""
        refused = len(self.refused)
        parts = [
            ngettext("%(count)d line read", "%(count)d lines read", self.lines) % {"count": self.lines},
            ngettext("%(count)d new", "%(count)d new", self.counts[Outcome.CREATED]) % {"count": self.counts[Outcome.CREATED]},
            ngettext("%(count)d updated", "%(count)d updated", self.counts[Outcome.UPDATED]) % {"count": self.counts[Outcome.UPDATED]},
            ngettext("%(count)d unchanged", "%(count)d unchanged", self.counts[Outcome.UNCHANGED])
            % {"count": self.counts[Outcome.UNCHANGED]},
            ngettext("%(count)d line refused", "%(count)d lines refused", refused) % {"count": refused},
        ]
        sentences = [", ".join(parts) + "."]
        if self.ignored:
            sentences.append(_("Columns not understood and ignored: %(titles)s.") % {"titles": quoted(self.ignored)})
        sentences.append(self._fate())
        return sentences

    def _fate(self) -> str:
        if self.mode is Mode.DRY_RUN:
            return _("This was a trial: nothing was changed.")
        if self.saved:
            return _("The import is done.") if self.ok else _("The good lines are imported; the refused ones are not.")
        return _("Nothing was imported: correct the refused lines, or import the good ones alone.")


def quoted(titles: Iterable[str], most: int = 20) -> str:
    """Return titles between quotation marks, separated by commas, at most `most` of them."""
    titles = list(titles)
    return ", ".join(f"“{title[:60]}”" for title in titles[:most]) + (", …" if len(titles) > most else "")
