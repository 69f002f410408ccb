"""A4 landscape paper: running head, foot, boxes to write in. Lengths are millimetres, font sizes points."""

from __future__ import annotations

from fpdf.enums import XPos, YPos

from lincassable.paper import FONT, INK, PT, SOFT, Lettering, line_height

__all__ = ["GREY", "INK", "LIGHT", "MARGIN", "PT", "SOFT", "Paper", "line_height"]
MARGIN, BOTTOM = 9.0, 12.0
GREY, LIGHT = (120, 120, 120), (236, 236, 236)


class Paper(Lettering):
    """Pages with a running head and a foot; the caller decides when a page is full.

    Arguments: title, of the document; head, of the second page and the next ones; foot, left of the page number; language, of the texts.
    """

    def __init__(self, *, title: str, head: str, foot: str, language: str) -> None:
        super().__init__(orientation="landscape", title=title, language=language)
        self.head, self.foot = head, foot
        self.set_margins(MARGIN, MARGIN, MARGIN)

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
