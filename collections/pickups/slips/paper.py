"""A4 landscape paper: fonts, texts that fit their box, boxes to write in. Lengths are millimetres, font sizes points."""

from __future__ import annotations

import logging
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import XPos, YPos

FONTS = Path(__file__).resolve().parent / "fonts"
FONT = "dejavu"
MARGIN, BOTTOM = 9.0, 12.0
GREY, LIGHT, INK, SOFT = (120, 120, 120), (236, 236, 236), (0, 0, 0), (80, 80, 80)
SMALLEST = 4.5  # points; a text that still does not fit is cut
PT = 25.4 / 72  # millimetres in a point

# The library speaks of every table of the font that it leaves out.
logging.getLogger("fontTools").setLevel(logging.WARNING)


class Paper(FPDF):
    """Pages with a running head and a foot; the caller decides when a page is full.

    Arguments: title, of the document; head, of the second page and the next ones; foot, left of the page number; language, of the texts.
    """

    def __init__(self, *, title: str, head: str, foot: str, language: str) -> None:
        super().__init__(orientation="landscape", unit="mm", format="A4")
        self.head, self.foot = head, foot
        self.add_font(FONT, fname=FONTS / "DejaVuSansCondensed.ttf")
        self.add_font(FONT, "B", fname=FONTS / "DejaVuSansCondensed-Bold.ttf")
        self.set_title(title)
        self.set_lang(language)
        self.set_margins(MARGIN, MARGIN, MARGIN)
        self.c_margin = 0  # widths given here are those of the letters
        self.set_auto_page_break(False)
        self.set_line_width(0.2)

    @property
    def width(self) -> float:
        """Between the margins."""
        return self.w - 2 * MARGIN

    @property
    def room(self) -> float:
        """What is left of the page, below the pen."""
        return self.h - BOTTOM - self.get_y()

    def header(self) -> None:
        """Name the document on top of every page but the first."""
        if self.page_no() > 1:
            self.write_at(MARGIN, MARGIN, self.width, self.head, size=9, bold=True)
            self.set_xy(MARGIN, MARGIN + 6)

    def footer(self) -> None:
        """Say when it was made, and which page of how many this is."""
        y = self.h - 9
        self.write_at(MARGIN, y, self.width - 30, self.foot, size=6.5, colour=SOFT)
        self.set_font(FONT, size=8)
        self.set_xy(self.w - MARGIN - 30, y)
        # The library writes the number of pages in place of {nb} at the end.
        self.cell(30, 4, f"{self.page_no()} / {{nb}}", align="R", new_x=XPos.LMARGIN, new_y=YPos.TOP)

    def type_in(self, size: float, *, bold: bool = False, colour: tuple[int, int, int] = INK) -> None:
        """Choose the letters to come."""
        self.set_font(FONT, "B" if bold else "", size)
        self.set_text_color(*colour)

    def lines_of(self, text: str, width: float, size: float, *, bold: bool = False) -> list[str]:
        """Return `text` broken into lines of at most `width`."""
        self.type_in(size, bold=bold)
        return self.multi_cell(width, 4, text, dry_run=True, output="LINES", align="L", padding=0)  # type: ignore[return-value]

    def height_of(self, text: str, width: float, size: float, *, bold: bool = False) -> float:
        """Return how high `text` is when broken at `width`."""
        return len(self.lines_of(text, width, size, bold=bold)) * line_height(size) if text else 0.0

    def paragraph(
        self, x: float, y: float, width: float, text: str, *, size: float, bold: bool = False, colour: tuple[int, int, int] = INK
    ) -> float:
        """Write `text` broken at `width`; return where the next line would start."""
        if not text:
            return y
        self.type_in(size, bold=bold, colour=colour)
        self.set_xy(x, y)
        self.multi_cell(width, line_height(size), text, align="L", padding=0, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        return self.get_y()

    def fitting(self, text: str, width: float, size: float, *, bold: bool = False) -> str:
        """Choose the largest size up to `size` at which `text` fits on one line; return it, cut when even the smallest is too large."""
        self.type_in(size, bold=bold, colour=INK)
        while size > SMALLEST and self.get_string_width(text) > width:
            size -= 0.25
            self.set_font_size(size)
        while len(text) > 1 and self.get_string_width(text) > width:
            text = text.rstrip("…")[:-1] + "…"
        return text

    def write_at(
        self,
        x: float,
        y: float,
        width: float,
        text: str,
        *,
        size: float,
        bold: bool = False,
        align: str = "L",
        height: float = 0,
        colour: tuple[int, int, int] = INK,
        strike: bool = False,
    ) -> None:
        """Write `text` on one line inside `width`, smaller if need be.

        Arguments: height, of the box in which it stands in the middle (its own height when 0); strike, with a line through it.
        """
        text = self.fitting(text, width, size, bold=bold)
        self.set_text_color(*colour)
        high = height or line_height(size)
        self.set_xy(x, y)
        self.cell(width, high, text, align=align)
        if strike and text:
            long = self.get_string_width(text)
            start = x + {"L": 0.0, "C": (width - long) / 2, "R": width - long}[align]
            self.line(start - 0.4, y + high / 2, start + long + 0.4, y + high / 2)

    def upright(self, x: float, y: float, width: float, height: float, text: str, *, size: float, bold: bool = False) -> None:
        """Write `text` from bottom to top, in the middle of a box."""
        text = self.fitting(text, height - 1.5, size, bold=bold)
        with self.rotation(90, x, y + height):
            # Turned about the lower left corner: across becomes up.
            self.set_xy(x + 0.75, y + height)
            self.cell(height - 1.5, width, text, align="L")

    def box(
        self, x: float, y: float, width: float, height: float, *, fill: tuple[int, int, int] | None = None, strong: bool = False
    ) -> None:
        """Draw a rectangle."""
        self.set_line_width(0.35 if strong else 0.2)
        if fill:
            self.set_fill_color(*fill)
        self.rect(x, y, width, height, style="DF" if fill else "D")
        self.set_line_width(0.2)


def line_height(size: float) -> float:
    """Return the height in millimetres of a line of letters of `size` points."""
    return size * PT * 1.22
