"""From a folder of exports to rows of text with their line numbers, whatever program saved them."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from lincassable.legacy.enums import Table
from lincassable.legacy.report import Report

DELIMITERS = ",;\t|"
LONGEST_RECORD = 200  # lines in one quoted cell; beyond it, a quotation mark was never closed
BLOCK = 1 << 20
BLANKS = " \t\r\n\xa0\ufeff"
UTF16 = (b"\xff\xfe", b"\xfe\xff")


class ExportRefused(Exception):
    """The folder cannot be imported at all; the sentence says why."""


@dataclass(frozen=True)
class Export:
    """The files of one export, by table, and a hash of their bytes."""

    files: dict[str, Path]
    content_hash: str


def open_export(folder: Path) -> Export:
    """Return the tables found in `folder`. Raises ExportRefused when there is none, or a file cannot be read."""
    if not folder.is_dir():
        raise ExportRefused(_("%(path)s is not a folder.") % {"path": folder})
    by_name = {path.name.lower(): path for path in sorted(folder.iterdir()) if path.is_file()}
    files = {table.value: by_name[f"{table.value}.csv"] for table in Table if f"{table.value}.csv" in by_name}
    if not files:
        sentence = _("%(path)s holds none of the files %(files)s.")
        raise ExportRefused(sentence % {"path": folder, "files": ", ".join(f"{table.value}.csv" for table in Table)})
    whole = hashlib.sha256()
    for table, path in sorted(files.items()):
        try:
            with path.open("rb") as file:
                whole.update(f"{table}\0{hashlib.file_digest(file, 'sha256').hexdigest()}\0".encode())
        except OSError as error:
            raise ExportRefused(_("%(path)s cannot be read: %(reason)s.") % {"path": path, "reason": error.strerror}) from None
    return Export(files, whole.hexdigest())


class Sheet:
    """One file: its columns, and its rows one after the other without ever holding the whole of it.

    Arguments: path; name, what reports call it; known, the columns that are understood (they decide between delimiters).
    `usable` is False for an empty file or one without a column `id`: such a file says nothing.
    """

    def __init__(self, path: Path, name: str, known: frozenset[str], report: Report) -> None:
        self.path, self.name, self.report = path, name, report
        self.columns: dict[str, int] = {}
        self.delimiter = ","
        self.width = 0
        self._header_line = 0
        self._told = False
        self._encoding = self._whole_encoding()
        for line, text in self._records(quiet=True):
            if text.strip(BLANKS):
                self._read_header(text, known)
                self._header_line = line
                break
        self.usable = "id" in self.columns
        if not self.usable:
            reason = _("There is no column “id”: the file is left aside.") if self.width else _("The file is empty: it is left aside.")
            report.bad(name, max(1, self._header_line), reason)

    def _read_header(self, text: str, known: frozenset[str]) -> None:
        def cells(delimiter: str) -> list[str]:
            try:
                return [cell.strip(BLANKS).lower() for cell in next(csv.reader([text], delimiter=delimiter), [])]
            except csv.Error:  # a cell that no header has: the file is then left aside for want of an id
                return []

        self.delimiter = max(DELIMITERS, key=lambda delimiter: (len(known & set(cells(delimiter))), len(cells(delimiter))))
        header = cells(self.delimiter)
        self.width = len(header)
        for index, column in enumerate(header):
            self.columns.setdefault(column, index)

    def _whole_encoding(self) -> str:
        """Return "utf-8" when the file holds proper UTF-8 beyond ASCII, "utf-16" by its mark, else what Windows writes.

        One pass, line by line: a Latin-1 file has no line that happens to be proper UTF-8; in a UTF-8 file, the lines that
        are not are faulty ones.
        """
        with self.path.open("rb") as file:
            if file.read(2) in UTF16:
                return "utf-16"
            file.seek(0)
            faulty = False
            for line in file:
                if line.isascii():
                    continue
                try:
                    line.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
                except UnicodeDecodeError:
                    faulty = True
                else:
                    if not line.removeprefix(b"\xef\xbb\xbf").isascii():
                        return "utf-8"
        return "cp1252" if faulty else "utf-8"

    def _lines(self, *, quiet: bool) -> Iterator[str]:
        """Yield the physical lines as text, with their ends."""
        if self._encoding == "utf-16":
            with self.path.open(encoding="utf-16", newline=None, errors="replace") as text:
                yield from text
            return
        with self.path.open("rb") as file:
            first = file.read(BLOCK)
            file.seek(0)
            lone_returns = b"\n" not in first and b"\r" in first
            source = file.read().replace(b"\r", b"\n").splitlines(keepends=True) if lone_returns else file
            for number, raw in enumerate(source, start=1):
                line = raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw
                yield self._decoded(line, number, quiet=quiet)

    def _decoded(self, raw: bytes, number: int, *, quiet: bool) -> str:
        if self._encoding == "cp1252" and not quiet and not self._told and not raw.isascii():
            self._told = True
            self.report.warn(self.name, number, _("This file is not UTF-8: from this line on it is read as Latin-1."))
        if self._encoding == "utf-8":
            try:
                return raw.decode("utf-8")
            except UnicodeDecodeError:
                if not quiet:
                    self.report.bad(self.name, number, _("Wrong encoding: this line is not UTF-8 like the rest; it is read as Latin-1."))
        try:
            return raw.decode("cp1252")
        except UnicodeDecodeError:
            return raw.decode("latin-1")

    def _records(self, *, quiet: bool = False) -> Iterator[tuple[int, str]]:
        """Yield (line number, text) of each record: several lines when a quoted cell holds line breaks."""
        source = enumerate(self._lines(quiet=quiet), start=1)
        waiting: list[tuple[int, str]] = []
        while True:
            number, text = waiting.pop(0) if waiting else next(source, (0, ""))
            if not number:
                return
            if not text.count('"') & 1:
                yield number, text
                continue
            taken: list[tuple[int, str]] = []
            while len(taken) < LONGEST_RECORD:
                following = waiting.pop(0) if waiting else next(source, (0, ""))
                if not following[0]:
                    break
                taken.append(following)
                if following[1].count('"') & 1:
                    break
            if taken and taken[-1][1].count('"') & 1:
                yield number, text + "".join(part for _number, part in taken)
                continue
            waiting = taken + waiting
            if not quiet:
                self.report.skipped(self.name, number, _("A quotation mark is never closed."))

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        """Yield (line number, cells) of each row below the header. Rows of another width are reported and left out."""
        at = [0]

        def texts() -> Iterator[str]:
            for line, text in self._records():
                if line > self._header_line:
                    at[0] = line
                    more = text.rstrip("\r\n").count("\n")
                    if more:
                        sentence = _("This row goes over %(lines)d lines, as a cell holds line breaks: it is taken as it is.")
                        self.report.warn(self.name, line, sentence % {"lines": more + 1})
                    yield text

        reader = csv.reader(texts(), delimiter=self.delimiter)
        while True:
            try:
                cells = next(reader, None)
            except csv.Error:
                self.report.skipped(self.name, at[0], _("This line cannot be taken apart into cells."))
                continue
            if cells is None:
                return
            if len(cells) == self.width or self._fits(cells, at[0]):
                yield at[0], cells

    def _fits(self, cells: list[str], line: int) -> bool:
        """Whether a row that is wider or narrower than the header can be used all the same."""
        while len(cells) > self.width and not cells[-1].strip(BLANKS):
            cells.pop()
        if not any(cell.strip(BLANKS) for cell in cells):
            return False
        if len(cells) == self.width:
            return True
        sentence = _("This row has %(here)d cells, the header has %(header)d.")
        self.report.skipped(self.name, line, sentence % {"here": len(cells), "header": self.width})
        return False
