"""Visits as a file: a line per visit, a column per criterion."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext as _

from awareness.models import Visit, VisitAnswer, VisitCriterion
from lincassable.exporting import table_file

CHUNK = 500


def visits_file(visits: QuerySet[Visit], suffix: str) -> HttpResponse:
    """Return visits as a file, the first one first. Arguments: suffix, "csv" or "xlsx"."""
    criteria = list(VisitCriterion.objects.all())
    headers = [
        _("day"), _("state"), _("place"), _("postcode"), _("town"), _("zone"), _("visitor"), _("why"), _("urgency"), _("made"),
        _("score (%)"), _("remark"), _("why it is cancelled"),
    ]  # fmt: skip
    return table_file("visits", [*headers, *map(str, criteria)], _rows(visits, criteria), suffix=suffix)


def _rows(visits: QuerySet[Visit], criteria: list[VisitCriterion]) -> Iterator[list[Any]]:
    """Yield the lines, some hundred visits at a time: two queries each."""
    labels = dict(VisitAnswer._meta.get_field("answer").flatchoices)  # type: ignore[union-attr]  # it has choices
    ordered = visits.select_related("store__zone", "visitor").prefetch_related("answers").order_by("planned_on", "position", "pk")
    for visit in ordered.iterator(chunk_size=CHUNK):
        answers = {row.criterion_id: str(labels[row.answer]) for row in visit.answers.all()}
        store = visit.store
        facts = [visit.planned_on, visit.get_state_display(), store.name, store.postcode, store.city, str(store.zone or "")]
        facts += [str(visit.visitor or ""), visit.reason, visit.urgency, visit.done_at, visit.score, visit.remark, visit.cancel_reason]
        yield [*facts, *(answers.get(each.pk) for each in criteria)]
