"""The pictures of the weekly mails, as PNG files: bars of stock and two kinds of charts.

A place's bar depends on three numbers only and is kept by them: ten thousand mails are drawn with a few thousand pictures of a hundred
bytes. Pictures have a light ground of their own, so that they read alike on light and dark screens; a figure never stands in a colour
alone. They are drawn at twice their size, for sharp screens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from django.conf import settings
from django.utils.formats import number_format
from PIL import Image, ImageColor, ImageDraw, ImageFont

from lincassable.messaging.attachments import Attachment

WIDTH, BAR_HEIGHT = 560, 36
GROUND, INK, SOFT, LINE = "#fffdf8", "#22281f", "#565c52", "#d9d2c1"
FULL, EMPTY, WARNING, DANGER = "#2f8153", "#d6c9a8", "#d99a2b", "#a8321f"
_PALETTE = (GROUND, INK, SOFT, FULL, EMPTY)  # of the bars
FONTS = Path(__file__).resolve().parent.parent / "fonts"
PICTURES_KEPT = 4096
_SCALE = 2


def _attachment(image: Image.Image, name: str) -> Attachment:
    """Return the picture as a part of a mail, shown by `cid:<name>`."""
    out = BytesIO()
    image.save(out, "PNG")
    return Attachment(f"{name}.png", "image/png", out.getvalue(), name)


@lru_cache(maxsize=PICTURES_KEPT)
def stock_bar(full: int, empty: int, before: int | None) -> Attachment:
    """Return the bar of one kind of container.

    Arguments: `full` and `empty`, the widths of the pieces in % of the room, together at most 100; `before`, where the full ones ended a
    week ago, in %: a small mark, None for none. A dotted line stands where places ask for a pickup.
    """
    # In a palette of its own from the start: finding the colours of a finished picture takes longer than drawing it.
    image = Image.new("P", (WIDTH, BAR_HEIGHT), _PALETTE.index(GROUND))
    image.putpalette([part for colour in _PALETTE for part in ImageColor.getrgb(colour)])
    draw = ImageDraw.Draw(image)

    def x(percent: int) -> int:
        return round((WIDTH - 1) * percent / 100)

    if full:
        draw.rectangle([0, 0, x(full), BAR_HEIGHT], fill=_PALETTE.index(FULL))
    if empty:
        draw.rectangle([x(full), 0, x(full + empty), BAR_HEIGHT], fill=_PALETTE.index(EMPTY))
    ink = _PALETTE.index(INK)
    for top in range(2, BAR_HEIGHT, 8):
        draw.line([x(settings.PICKUP_FILL_PERCENT), top, x(settings.PICKUP_FILL_PERCENT), top + 4], fill=ink, width=2)
    if before is not None:
        at = min(max(x(before), 7), WIDTH - 8)
        draw.polygon([at - 7, 0, at + 7, 0, at, 12], fill=ink, outline=_PALETTE.index(GROUND))
    draw.rectangle([0, 0, WIDTH - 1, BAR_HEIGHT - 1], outline=_PALETTE.index(SOFT), width=2)
    return _attachment(image, f"stock-{full}-{empty}" + ("" if before is None else f"-{before}"))


@dataclass(frozen=True)
class Piece:
    """A piece of a chart's line: how many, and its colour."""

    value: int
    colour: str


@lru_cache(maxsize=8)
def _font(size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONTS / f"DejaVuSansCondensed{'-Bold' if bold else ''}.ttf"), size * _SCALE)


def lines(name: str, rows: Sequence[tuple[str, Sequence[Piece]]], legend: Sequence[tuple[str, str]]) -> Attachment:
    """Return a chart of lines as wide as the picture, each cut into its pieces, with their figures where they have room.

    Arguments: `rows`, (label, pieces). `legend`, (words, colour).
    """
    height = 26 + 46 * len(rows)
    image = Image.new("RGB", (WIDTH * _SCALE, height * _SCALE), GROUND)
    draw = ImageDraw.Draw(image)
    at = 0.0
    for words, colour in legend:
        draw.rectangle([at, 8, at + 20, 28], fill=colour, outline=SOFT)
        draw.text((at + 28, 2), words, font=_font(13), fill=INK)
        at += 60 + draw.textlength(words, font=_font(13))
    for number, (label, pieces) in enumerate(rows):
        top = (26 + 46 * number) * _SCALE
        draw.text((0, top), label, font=_font(14, bold=True), fill=INK)
        at, most = 0.0, max(1, sum(piece.value for piece in pieces))
        for piece in pieces:
            width = piece.value / most * (WIDTH * _SCALE - 2)
            if piece.value:
                _piece(draw, at, top + 36, width, piece)
            at += width
    return _attachment(image.quantize(32), name)


def _piece(draw: ImageDraw.ImageDraw, left: float, top: float, width: float, piece: Piece) -> None:
    """Draw one piece, with its figure where it has room."""
    draw.rectangle([left, top, left + max(width, 2), top + 44], fill=piece.colour, outline=SOFT)
    text = f"{piece.value:,}".replace(",", "\N{NO-BREAK SPACE}")
    if draw.textlength(text, font=_font(14, bold=True)) + 12 < width:
        dark = piece.colour in (FULL, DANGER, SOFT)
        draw.text((left + 8, top + 4), text, font=_font(14, bold=True), fill="#ffffff" if dark else INK)


def columns(name: str, values: Sequence[tuple[str, int]]) -> Attachment:
    """Return a chart of columns, each with its figure above and its words, of a few letters, below."""
    height = 190
    image = Image.new("RGB", (WIDTH * _SCALE, height * _SCALE), GROUND)
    draw = ImageDraw.Draw(image)
    most, step = max([value for _words, value in values] + [1]), WIDTH * _SCALE / max(1, len(values))
    ground = (height - 26) * _SCALE
    for number, (words, value) in enumerate(values):
        left, tall = number * step, round(value / most * (height - 56) * _SCALE)
        draw.rectangle([left + 6, ground - tall, left + step - 6, ground], fill=FULL)
        middle = left + step / 2
        draw.text((middle, ground - tall - 4), short(value), font=_font(12, bold=True), fill=INK, anchor="mb")
        draw.text((middle, ground + 6), words, font=_font(12), fill=SOFT, anchor="mt")
    draw.line([0, ground, WIDTH * _SCALE, ground], fill=SOFT, width=2)
    return _attachment(image.quantize(32), name)


def short(value: int) -> str:
    """Return a number in at most four signs: 940, 1,2k, 12k."""
    return str(value) if value < 1000 else number_format(value / 1000, 1 if value < 10_000 else 0) + "k"
