"""What an import has to say: what it could not use, what it found odd, what it did."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from lincassable.legacy.enums import QUIET

MOST_KEPT = 50_000  # problems remembered one by one; the rest is a number per file


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing to say about one line of a file.

    Arguments: file, its name; line, counted as in the file (the header is line 1); reason, a sentence; bad, whether the
    row or a part of it could not be used (a warning otherwise).
    """

    file: str
    line: int
    reason: str
    bad: bool

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


@dataclass
class Report:
    """Collects what the steps of an import have to say; `counts` by table and by what happened to its rows."""

    problems: list[Problem] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    counts: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    notes: list[str] = field(default_factory=list)
    bad_rows: int = 0
    warnings: int = 0

    def bad(self, file: str, line: int, reason: str) -> None:
        """Say that a row, or a part of it, cannot be used."""
        self._add(Problem(file, line, reason, True))
        self.bad_rows += 1

    def skipped(self, file: str, line: int, reason: str) -> None:
        """Say that a whole row cannot be used."""
        self.counts[file.removesuffix(".csv")]["skipped"] += 1
        self.bad(file, line, _("%(reason)s The row is skipped.") % {"reason": reason})

    def warn(self, file: str, line: int, reason: str) -> None:
        """Say that a row is odd but used."""
        self._add(Problem(file, line, reason, False))
        self.warnings += 1

    def note(self, sentence: str) -> None:
        """Say something about a whole file or the whole import."""
        self.notes.append(sentence)

    def count(self, table: str, what: str, number: int = 1) -> None:
        """Add to the numbers of what happened to a table's rows."""
        if number:
            self.counts[table][what] += number

    @property
    def has_bad_rows(self) -> bool:
        """Whether anything could not be used: `--strict` then refuses the whole import."""
        return bool(self.bad_rows)

    @property
    def changes(self) -> int:
        """How many rows changed something here."""
        return sum(number for counts in self.counts.values() for what, number in counts.items() if what not in QUIET)

    def _add(self, problem: Problem) -> None:
        if len(self.problems) < MOST_KEPT:
            self.problems.append(problem)
        else:
            self.left_out[problem.file] += 1
