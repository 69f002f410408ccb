"""Cards as PDF: one A6 page each, or four on an A4 sheet with marks to cut along. Lengths are millimetres, font sizes points."""

from __future__ import annotations

from collections.abc import Collection

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _

from lincassable.accounts.cards import code_of, private
from lincassable.accounts.kinds import describe
from lincassable.accounts.models import AccessLink
from lincassable.paper import SOFT, Lettering, line_height

A6, A4 = "a6", "a4"
SHEETS = (A6, A4)
WIDTH, HEIGHT = 105.0, 148.5  # a quarter of an A4; A6 is half a millimetre lower
MARGIN, CODE = 9.0, 64.0
BAND = 4.0  # the coloured head; ours, as on the screen
GREEN = (33, 103, 65)
MARK = 7.0  # how long a cutting mark is
QUIET = 4  # modules of white around a code, as its standard asks
NAME_LINES = 3


def cards_pdf(chosen: Collection[AccessLink], *, sheet: str, language: str) -> bytes:
    """Return one card per link as a PDF, by name.

    Arguments: chosen, links that work; sheet, "a6" (one a page) or "a4" (four a page); language, of the texts, one of the site's.
    Raises ValueError for another sheet or language.
    """
    if sheet not in SHEETS or language not in dict(settings.LANGUAGES):
        raise ValueError(f"no such sheet or language: {sheet}, {language}")
    names = describe(chosen)
    ordered = sorted(chosen, key=lambda link: str(names[link.pk]))
    with translation.override(language):
        return _drawn(ordered, names, sheet, language)


def pdf_file(chosen: Collection[AccessLink], *, sheet: str, language: str) -> HttpResponse:
    """Return the cards of links that work as a file to print. Arguments and errors: see `cards_pdf`."""
    response = HttpResponse(cards_pdf(chosen, sheet=sheet, language=language), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="cards-{sheet}.pdf"'
    return private(response)


def _drawn(chosen: list[AccessLink], names: dict[int, str], sheet: str, language: str) -> bytes:
    one_each = sheet == A6
    paper = Lettering(title=_("Cards to print"), language=language, format=(WIDTH, 148.0) if one_each else "A4")
    paper.set_margin(0)
    for number, link in enumerate(chosen):
        place = 0 if one_each else number % 4
        if place == 0:
            paper.add_page()
            if not one_each:
                _cutting_marks(paper)
        _card(paper, place % 2 * WIDTH, place // 2 * HEIGHT, link, str(names[link.pk]))
    return bytes(paper.output())


def _cutting_marks(paper: Lettering) -> None:
    """Draw where to cut: a cross in the middle, a line at the middle of each edge."""
    paper.set_draw_color(*SOFT)
    for at in (0.0, HEIGHT - MARK / 2, 2 * HEIGHT - MARK):
        paper.line(WIDTH, at, WIDTH, at + MARK)
    for at in (0.0, WIDTH - MARK / 2, 2 * WIDTH - MARK):
        paper.line(at, HEIGHT, at + MARK, HEIGHT)


def _card(paper: Lettering, x: float, y: float, link: AccessLink, name: str) -> None:
    """Draw one card with its upper left corner at (x, y)."""
    inner = WIDTH - 2 * MARGIN
    paper.set_fill_color(*GREEN)
    paper.rect(x + MARGIN, y + MARGIN - BAND / 2, inner, BAND / 2, style="F")
    paper.image(finders.find("app/logo.svg"), x + MARGIN, y + MARGIN + 2, w=8)
    paper.write_at(x + MARGIN + 10, y + MARGIN + 2, inner - 10, settings.SITE_NAME, size=13, bold=True, height=8)
    _name(paper, x + MARGIN, y + MARGIN + 12, inner, name)
    _code(paper, x + (WIDTH - CODE) / 2, y + 37, link)
    _steps(paper, x + MARGIN, y + 37 + CODE + 1, inner)
    _foot(paper, x + MARGIN, y + 147 - MARGIN, inner, link)


def _name(paper: Lettering, x: float, y: float, width: float, name: str) -> None:
    """Write the name as large as it stands on three lines, in the middle of its box."""
    size, box = 17.0, 17.0
    while size > 8 and (
        len(paper.lines_of(name, width, size, bold=True)) > NAME_LINES or paper.height_of(name, width, size, bold=True) > box
    ):
        size -= 0.5
    lines = paper.lines_of(name, width, size, bold=True)[:NAME_LINES]
    at = y + max(0.0, box - len(lines) * line_height(size)) / 2
    for line in lines:
        paper.write_at(x, at, width, line.strip(), size=size, bold=True, align="C")
        at += line_height(size)


def _code(paper: Lettering, x: float, y: float, link: AccessLink) -> None:
    """Draw the QR code as black rectangles, a row's neighbours as one: sharp at any size, and no seams between modules."""
    rows = [list(row) for row in code_of(link).matrix]
    module = CODE / (len(rows) + 2 * QUIET)
    paper.set_fill_color(0, 0, 0)
    for down, row in enumerate(rows):
        start = 0
        while start < len(row):
            end = start
            while end < len(row) and row[end]:
                end += 1
            if end > start:
                # A hair higher than the row: viewers show the line between two rows otherwise.
                left, top = x + (QUIET + start) * module, y + (QUIET + down) * module
                paper.rect(left, top, (end - start) * module, module + 0.01, style="F")
            start = max(end, start + 1)


def _steps(paper: Lettering, x: float, y: float, width: float) -> None:
    """Write what to do, all lines as large as the longest allows."""
    steps = (_("Scan this code with your phone."), _("Say how many crates are full."), _("Ask for a pickup if need be. No password."))
    lines, size = [f"{number}. {step}" for number, step in enumerate(steps, start=1)], 11.0
    while size > 7 and any(len(paper.lines_of(line, width, size)) > 1 for line in lines):
        size -= 0.25
    for row, line in enumerate(lines):
        paper.write_at(x, y + row * 6, width, line, size=size)


def _foot(paper: Lettering, x: float, bottom: float, width: float, link: AccessLink) -> None:
    """Write where the card belongs, whom to ask, and which card this is."""
    which = _("card %(number)s, version %(version)s") % {"number": link.pk, "version": link.version}
    told = " · ".join(part for part in (settings.ORGANISATION_EMAIL, which) if part)
    paper.write_at(x, bottom - 4, width, told, size=8, align="C", colour=SOFT)
    paper.write_at(x, bottom - 8.5, width, _("Keep this card near the crates, out of customers' sight."), size=9, align="C")
