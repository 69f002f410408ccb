"""Compile translations without gettext's programs, and say which compiled ones are stale.

`python -m lincassable.embedded.messages` compiles the stale ones; with `--check` it only names them and fails.
"""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent.parent
# Our own texts, and those of the admin's interface library, which speaks no French by itself.
LOCALES = (ROOT / "locale", ROOT / "locale_upstream")


def _content(file: polib._BaseFile) -> dict[tuple[str | None, str], tuple[str, ...]]:
    """What a catalogue says, whatever the program that wrote it."""
    said: dict[tuple[str | None, str], tuple[str, ...]] = {(None, ""): (file.metadata.get("Plural-Forms", ""),)}
    for entry in file:
        if entry.obsolete or "fuzzy" in entry.flags:
            continue
        texts = tuple(entry.msgstr_plural[index] for index in sorted(entry.msgstr_plural)) or (entry.msgstr,)
        if all(texts):
            said[entry.msgctxt, entry.msgid] = texts
    return said


def _compiled_content(path: Path) -> dict[tuple[str | None, str], tuple[str, ...]] | None:
    if not path.is_file():
        return None
    try:
        return _content(polib.mofile(str(path)))
    except (OSError, ValueError, struct.error):  # cut short, or something else altogether
        return None


def stale(*locales: Path) -> list[Path]:
    """Return the `.po` files below `locales` (the project's own by default) whose `.mo` is missing, unreadable or says something else."""
    found = []
    for source in sorted(source for locale in locales or LOCALES for source in locale.glob("*/LC_MESSAGES/*.po")):
        if _compiled_content(source.with_suffix(".mo")) != _content(polib.pofile(str(source))):
            found.append(source)
    return found


def compile_stale(*locales: Path) -> list[Path]:
    """Compile the stale catalogues below `locales` (the project's own by default) and return them."""
    sources = stale(*locales)
    for source in sources:
        target = source.with_suffix(".mo")
        fresh = target.with_suffix(".mo.new")
        polib.pofile(str(source)).save_as_mofile(str(fresh))
        fresh.replace(target)  # a reader sees the old file or the new one, never half of it
    return sources


if __name__ == "__main__":
    if "--check" in sys.argv:
        for path in stale():
            print(f"{path.relative_to(ROOT)}: its .mo is not current (run: python -m lincassable.embedded.messages)")
        sys.exit(bool(stale()))
    compile_stale()
