"""Uploaded files between their preview and their import: private, tied to one user and one importer, removed afterwards.

One folder per upload under `VAR_DIR/imports/<user id>/`. Machines that share the web traffic must share VAR_DIR.
"""

from __future__ import annotations

import json
import os
import shutil
import time
import uuid
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from lincassable.importing.limits import ADMIN_KEEP_HOURS
from lincassable.importing.report import Report
from lincassable.importing.writing import write_csv

SHOWN_PROBLEMS = 200


def root() -> Path:
    """Return the folder of all uploads."""
    return Path(settings.VAR_DIR) / "imports"


class Upload:
    """One uploaded file and what was found in it."""

    def __init__(self, user_id: int, token: uuid.UUID) -> None:
        """Name the upload `token` of a user; nothing is read or written yet."""
        self.token = token
        self.folder = root() / str(user_id) / token.hex

    @classmethod
    def keep(cls, user_id: int, content: bytes, **about: str) -> Upload:
        """Keep `content`, readable by the server alone. `about`: the importer's name, the file's name, the source."""
        upload = cls(user_id, uuid.uuid4())
        for folder in (root(), upload.folder.parent, upload.folder):
            folder.mkdir(mode=0o700, exist_ok=True, parents=True)
        upload._write("content", content)
        upload._write("about.json", json.dumps(about).encode())
        return upload

    @classmethod
    def of(cls, user_id: int, token: uuid.UUID, importer: str) -> Upload | None:
        """Return the user's upload for that importer, or None: unknown, somebody else's, or gone."""
        upload = cls(user_id, token)
        return upload if upload.about.get("importer") == importer else None

    @property
    def about(self) -> dict[str, str]:
        """What was given to `keep`; empty when the upload is gone."""
        return self._read_json("about.json")

    @property
    def report(self) -> dict[str, Any]:
        """The last report; empty before there is one."""
        return self._read_json("report.json")

    @property
    def refused(self) -> Path:
        """Where the CSV of refused lines is."""
        return self.folder / "refused.csv"

    @property
    def is_waiting(self) -> bool:
        """Whether the file is there and can still be imported."""
        return (self.folder / "content").exists()

    def claim(self) -> bytes | None:
        """Take the file for its import: only one of two requests gets it, and it is removed. None when it is gone."""
        taken = self.folder / "taken"
        try:
            os.rename(self.folder / "content", taken)
        except FileNotFoundError:
            return None
        content = taken.read_bytes()
        taken.unlink()
        return content

    def note(self, report: Report, refused: Iterable[Iterable[str]]) -> None:
        """Keep what a run found: its report, and the refused lines as a CSV."""
        with open(self.refused, "wb", opener=_private) as out:
            write_csv(refused, out)
        self._write_json("report.json", as_dict(report))

    def note_refusal(self, sentence: str) -> None:
        """Keep why the file as a whole was refused at its import."""
        self._write_json(
            "report.json", {"mode": "", "ok": False, "saved": False, "summary": [sentence], "problems": [], "hidden": 0, "examples": []}
        )

    def forget(self) -> None:
        """Remove everything about the upload."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _write(self, name: str, content: bytes) -> None:
        with open(self.folder / name, "wb", opener=_private) as file:
            file.write(content)

    def _write_json(self, name: str, value: dict[str, Any]) -> None:
        self._write(name, json.dumps(value).encode())

    def _read_json(self, name: str) -> dict[str, Any]:
        try:
            return json.loads((self.folder / name).read_bytes())
        except (OSError, ValueError):
            return {}


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def as_dict(report: Report) -> dict[str, Any]:
    """Return a report as plain values, in the current language."""
    return {
        "mode": str(report.mode),
        "ok": report.ok,
        "saved": report.saved,
        "good": sum(report.counts.values()),
        "summary": report.summary(),
        "problems": [problem.as_dict() for problem in report.problems[:SHOWN_PROBLEMS]],
        "hidden": max(0, len(report.problems) - SHOWN_PROBLEMS),
        "examples": [{"line": example.line, "outcome": example.outcome.word, "text": example.text} for example in report.examples],
        "taken": [{"line": one.line, "text": one.text} for one in report.taken],
    }


def sweep(before: datetime | None = None) -> int:
    """Remove uploads not touched since `before` (None: for ADMIN_KEEP_HOURS), whoever made them; return how many."""
    limit = before.timestamp() if before else time.time() - ADMIN_KEEP_HOURS * 3600
    removed = 0
    for folder in root().glob("*/*"):
        try:
            old = folder.stat().st_mtime < limit
        except FileNotFoundError:
            continue
        if old:
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    return removed
