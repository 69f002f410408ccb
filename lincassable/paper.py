"""Writing on PDF pages: the fonts, and texts that fit their box. Lengths are millimetres, font sizes points."""

from __future__ import annotations

import logging
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import XPos, YPos

FONTS = Path(__file__).resolve().parent / "fonts"
FONT = "dejavu"
INK, SOFT = (0, 0, 0), (80, 80, 80)
SMALLEST = 4.5  # points; a text that still does not fit is cut
PT = 25.4 / 72  # millimetres in a point

# The library speaks of every table of the font that it leaves out.
logging.getLogger("fontTools").setLevel(logging.WARNING)


def line_height(size: float) -> float:
    """Return the height in millimetres of a line of letters of `size` points."""
    return size * PT * 1.22


class Lettering(FPDF):
    """A document in our fonts whose texts are placed by hand; nothing breaks a page by itself.

    Arguments: orientation and format, of the pages, as the library names them; title, of the document; language, of its texts.
    """

    def __init__(self, *, title: str, language: str, orientation: str = "portrait", format: str | tuple[float, float] = "A4") -> None:
        super().__init__(orientation=orientation, unit="mm", format=format)  # type: ignore[arg-type]  # its stubs list the literals
        self.add_font(FONT, fname=FONTS / "DejaVuSansCondensed.ttf")
        self.add_font(FONT, "B", fname=FONTS / "DejaVuSansCondensed-Bold.ttf")
        self.set_title(title)
        self.set_lang(language)
        self.c_margin = 0  # widths given here are those of the letters
        self.set_auto_page_break(False)
        self.set_line_width(0.2)

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
