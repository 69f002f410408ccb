"""Fail when a text of the sources has no French, or a French text is fuzzy or belongs to nothing.

The sources are copied aside and searched again with Django's makemessages (it needs Debian's gettext), so that nothing in
the working folder changes. English is the language of the sources and needs no catalogue.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("lincassable", "stores", "collections", "awareness", "templates", "locale")
CATALOGUE = Path("locale", "fr", "LC_MESSAGES", "django.po")


def extract(folder: Path) -> polib.POFile:
    """Copy the sources into `folder`, collect their texts into the French catalogue there, and return it."""
    for name in SOURCES:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "tests"))
    command = [sys.executable, "-m", "django", "makemessages", "-l", "fr", "--no-obsolete", "-v", "0"]
    environment = {**os.environ, "PYTHONPATH": "", "DJANGO_SETTINGS_MODULE": ""}
    subprocess.run(command, cwd=folder, env=environment, check=True)
    return polib.pofile(str(folder / CATALOGUE))


def problems(current: polib.POFile, committed: polib.POFile) -> list[str]:
    """Return one line for each text that is not right."""
    known = {(entry.msgctxt, entry.msgid) for entry in committed if not entry.obsolete}
    found = []
    for entry in current:
        where = f"{entry.occurrences[0][0]}:{entry.occurrences[0][1]}" if entry.occurrences else str(CATALOGUE)
        if (entry.msgctxt, entry.msgid) not in known:
            found.append(f"{where}: not in the catalogue: {entry.msgid!r}")
        elif "fuzzy" in entry.flags:
            found.append(f"{where}: to be looked at again (fuzzy): {entry.msgid!r}")
        elif not entry.translated():
            found.append(f"{where}: without French: {entry.msgid!r}")
    used = {(entry.msgctxt, entry.msgid) for entry in current}
    found += [f"{CATALOGUE}: belongs to nothing any more: {key[1]!r}" for key in sorted(known - used, key=str)]
    return found


def main() -> int:
    """Print what is not right and return 1, or return 0."""
    if not (ROOT / CATALOGUE).exists():
        print(f"{CATALOGUE} is missing")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        found = problems(extract(Path(folder)), polib.pofile(str(ROOT / CATALOGUE)))
    for line in found:
        print(line)
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
