"""Translations are compiled without gettext's programs, and stale ones are found whoever compiled them."""

from __future__ import annotations

import gettext
import shutil
import subprocess
from pathlib import Path

import pytest

from lincassable.embedded.messages import compile_stale, stale

CATALOGUE = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\\n"

msgid "store"
msgstr "point de collecte"

msgctxt "verb"
msgid "store"
msgstr "garder"

#, python-format
msgid "%(n)s crate"
msgid_plural "%(n)s crates"
msgstr[0] "%(n)s casier"
msgstr[1] "%(n)s casiers"

#, fuzzy
msgid "hub"
msgstr "moyeu"

msgid "not yet"
msgstr ""
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "fr" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True)
    path.write_text(CATALOGUE)
    return path


def test_what_is_compiled_is_read_by_pythons_gettext(tmp_path: Path, source: Path) -> None:
    assert compile_stale(tmp_path) == [source]
    with open(source.with_suffix(".mo"), "rb") as file:
        french = gettext.GNUTranslations(file)
    assert french.gettext("store") == "point de collecte"
    assert french.pgettext("verb", "store") == "garder"
    assert french.ngettext("%(n)s crate", "%(n)s crates", 3) == "%(n)s casiers"
    assert french.gettext("hub") == "hub"
    assert compile_stale(tmp_path) == []


@pytest.mark.parametrize(("before", "after"), [("casiers", "caisses"), ("(n > 1)", "(n != 1)"), ('"garder"', '""')])
def test_an_edited_text_makes_the_compiled_one_stale(tmp_path: Path, source: Path, before: str, after: str) -> None:
    compile_stale(tmp_path)
    source.write_text(CATALOGUE.replace(before, after))
    assert stale(tmp_path) == [source]


@pytest.mark.parametrize("content", [b"", b"\xde\x12\x04\x95", b"nonsense" * 20])
def test_a_broken_compiled_file_is_stale(tmp_path: Path, source: Path, content: bytes) -> None:
    source.with_suffix(".mo").write_bytes(content)
    assert stale(tmp_path) == [source]


@pytest.mark.skipif(shutil.which("msgfmt") is None, reason="needs gettext: apt-get install gettext")
def test_a_file_compiled_by_gettext_itself_is_current(tmp_path: Path, source: Path) -> None:
    subprocess.run(["msgfmt", "-o", source.with_suffix(".mo"), source], check=True)
    assert stale(tmp_path) == []
