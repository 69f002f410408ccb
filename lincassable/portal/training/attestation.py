"""The attestation of a training: one A4 page, dated. Lengths are millimetres, font sizes points."""

from __future__ import annotations

from django.conf import settings
from django.contrib.staticfiles import finders
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from awareness.models import Participation
from lincassable.paper import SOFT, Lettering

MARGIN, WIDTH = 25.0, 297.0 - 2 * 25.0
GREEN = (33, 103, 65)


def attestation_pdf(part: Participation, *, language: str) -> bytes:
    """Return the attestation of somebody who has passed. Arguments: part, with its training and store; language, one of the site's."""
    with translation.override(language):
        paper = Lettering(title=_("Attestation of training"), language=language, orientation="landscape", format="A4")
        paper.set_margin(0)
        paper.add_page()
        _draw(paper, part)
        return bytes(paper.output())


def _draw(paper: Lettering, part: Participation) -> None:
    training = part.training
    paper.set_draw_color(*GREEN)
    paper.set_line_width(1)
    paper.rect(12, 12, 297 - 24, 210 - 24)
    paper.image(finders.find("app/logo.svg"), MARGIN, 24, w=16)
    paper.write_at(MARGIN + 21, 24, WIDTH - 21, settings.SITE_NAME, size=20, bold=True, height=16)
    paper.write_at(MARGIN, 54, WIDTH, _("Attestation of training"), size=32, bold=True, height=16)
    y = paper.paragraph(MARGIN, 80, WIDTH, _("We attest that"), size=14, colour=SOFT)
    paper.write_at(MARGIN, y + 3, WIDTH, paper.fitting(part.name, WIDTH, 26, bold=True), size=26, bold=True, height=12)
    day = date_format(timezone.localtime(training.starts_at), "j F Y")
    words = {"day": day, "minutes": training.duration_min, "place": training.store.name}
    text = _("took part in the training on returnable glass bottles held on %(day)s at %(place)s (%(minutes)s minutes),") % words
    y = paper.paragraph(MARGIN, y + 22, WIDTH, text, size=14)
    score = _("and answered %(score)s of %(questions)s questions right.") % {"score": part.score, "questions": part.questions}
    y = paper.paragraph(MARGIN, y + 2, WIDTH, score, size=14)
    about = _("What the deposit is, which bottles come back, how crates are filled and declared, what to tell customers.")
    paper.paragraph(MARGIN, y + 8, WIDTH, about, size=12, colour=SOFT)
    made = _("%(organisation)s, %(day)s") % {
        "organisation": settings.ORGANISATION_NAME,
        "day": date_format(timezone.localtime(part.answered_at), "j F Y"),
    }
    paper.write_at(MARGIN, 178, WIDTH, made, size=12, align="R", height=8)
