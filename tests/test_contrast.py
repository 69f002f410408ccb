"""Colours of static/app/app.css against WCAG 2.2 AA, in light and in dark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CSS = (Path(__file__).resolve().parent.parent / "static" / "app" / "app.css").read_text(encoding="utf-8")
TEXT, SHAPE = 4.5, 3.0  # WCAG 1.4.3 for text, 1.4.11 for what is not text
PAIRS = [
    *[(ink, ground, TEXT) for ink in ("ink", "ink-soft", "link") for ground in ("paper", "card")],
    *[("ink", f"note-{level}", TEXT) for level in ("info", "success", "warning", "danger")],
    *[(f"edge-{level}", f"note-{level}", SHAPE) for level in ("info", "success", "warning", "danger")],
    *[("link", f"note-{level}", TEXT) for level in ("warning", "danger")],
    ("edge-danger", "paper", TEXT),
    ("edge-danger", "note-danger", TEXT),
    ("on-glass", "glass", TEXT),
    ("on-glass", "glass-strong", TEXT),
    *[(shape, ground, SHAPE) for shape in ("focus", "bar-full", "bar-over") for ground in ("paper", "card")],
]


def colours(mode: str) -> dict[str, str]:
    """The custom properties of a mode: the dark ones come over the light ones."""
    blocks = re.findall(r":root\s*{([^}]*)}", CSS)
    found = dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]{6});", blocks[0]))
    return found | dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]{6});", blocks[1])) if mode == "dark" else found


def luminance(colour: str) -> float:
    """Relative luminance, https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize(("front", "ground", "least"), PAIRS)
def test_a_colour_stands_out_on_its_ground(mode, front, ground, least):
    table = colours(mode)
    lighter, darker = sorted((luminance(table[front]), luminance(table[ground])), reverse=True)
    ratio = (lighter + 0.05) / (darker + 0.05)
    assert ratio >= least, f"{front} on {ground}, {mode}: {ratio:.2f}"
