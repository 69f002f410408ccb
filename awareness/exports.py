"""Events as a file, for funders: what was held, with whom, who came, what it cost. Nothing personal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from awareness import queries
from awareness.models import Event
from lincassable.exporting import table_file


def events_file(events: QuerySet[Event], suffix: str) -> HttpResponse:
    """Return events as a file, the first one first. Arguments: suffix, "csv" or "xlsx"."""
    headers = [
        _("day"), _("begins"), _("ends"), _("kind"), _("title"), _("state"), _("place"), _("postcode"), _("town"), _("partners"),
        _("visitors"), _("volunteers"), _("people met"), _("bottles explained"), _("how it went"), _("cost (€)"), _("photos"),
        _("what to remember"),
    ]  # fmt: skip
    return table_file("events", headers, _rows(events), suffix=suffix)


def _rows(events: QuerySet[Event]) -> Iterator[list[Any]]:
    found = (
        queries.with_figures(queries.with_places(events)).select_related("report").prefetch_related("photos").order_by("starts_at", "pk")
    )
    for event in found:
        start, end = timezone.localtime(event.starts_at), timezone.localtime(event.ends_at)
        report = getattr(event, "report", None)
        yield [
            start.date(),
            f"{start:%H:%M}",
            f"{end:%H:%M}",
            event.get_kind_display(),
            event.title,
            event.get_state_display(),
            event.where,
            event.store.postcode if event.store else event.postcode,
            event.town,
            ", ".join(partner.name for partner in event.partners.all()),
            event.visitors,
            event.volunteers,
            report.people_met if report else None,
            report.bottles_explained if report else None,
            report.get_mood_display() if report else None,
            report.cost_eur if report else None,
            len(event.photos.all()),
            report.note if report else None,
        ]
