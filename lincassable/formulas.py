"""Texts that a spreadsheet program would run: written with an apostrophe before them, read without it."""

from __future__ import annotations

# A text that starts like this is taken for a formula by the program that opens a CSV (OWASP, "CSV Injection").
STARTS = ("=", "+", "-", "@", "\t", "\r")


def harmless(text: str) -> str:
    """Return the text, with an apostrophe before it if it would be run as a formula."""
    return f"'{text}" if text.startswith(STARTS) else text


def as_meant(text: str) -> str:
    """Return the text without the apostrophe that `harmless` put before it."""
    return text[1:] if text.startswith("'") and text[1:].startswith(STARTS) else text
