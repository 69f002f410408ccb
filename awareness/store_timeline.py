"""What awareness brings to the timeline of a place."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from awareness.enums import EventState, TrainingState, VisitState
from awareness.models import Event, MaterialOrder, Training, Visit
from stores import timeline
from stores.timeline import Happening


def events(ids: Collection[int], limit: int) -> list[Happening]:
    """Return the animations and events held there, at the moment they begin; drafts are plans, no happenings."""
    rows = Event.objects.filter(store__in=ids).exclude(state=EventState.DRAFT).select_related("report").order_by("-starts_at", "-pk")
    return [
        Happening(
            row.starts_at,
            _("%(kind)s: %(title)s") % {"kind": row.get_kind_display().capitalize(), "title": row.title},
            " · ".join(filter(None, [row.get_state_display(), row.cancel_reason, _met(row)])),
            reverse("admin:awareness_event_change", args=[row.pk]),
            author=(row.actor_kind, row.actor_id),
        )
        for row in rows[:limit]
    ]


def _met(event: Event) -> str:
    report = getattr(event, "report", None)
    return ngettext("%(n)s person met", "%(n)s people met", report.people_met) % {"n": report.people_met} if report else ""


def trainings(ids: Collection[int], limit: int) -> list[Happening]:
    """Return the trainings that were held or called off, at the moment they begin."""
    rows = Training.objects.filter(store__in=ids).exclude(state=TrainingState.PLANNED).order_by("-starts_at", "-pk")[:limit]
    return [
        Happening(
            row.starts_at,
            _("Training: %(state)s") % {"state": row.get_state_display()},
            " · ".join(filter(None, [_people(row), row.support, row.cancel_reason])),
            reverse("admin:awareness_training_change", args=[row.pk]),
            author=(row.actor_kind, row.actor_id),
        )
        for row in rows
    ]


def _people(training: Training) -> str:
    number = training.people
    return "" if number is None else ngettext("%(n)s person", "%(n)s people", number) % {"n": number}


def materials(ids: Collection[int], limit: int) -> list[Happening]:
    """Return the orders of material, at their last change."""
    rows = MaterialOrder.objects.filter(store__in=ids).select_related("material").order_by("-changed_at", "-pk")[:limit]
    return [
        Happening(
            row.changed_at,
            _("Material: %(order)s") % {"order": row},
            " · ".join(filter(None, [row.get_state_display(), row.note, row.answer])),
            reverse("admin:awareness_materialorder_change", args=[row.pk]),
            author=(row.actor_kind, row.actor_id),
        )
        for row in rows
    ]


def visits(ids: Collection[int], limit: int) -> list[Happening]:
    """Return the visits that were made, with their score, at that moment; those called off at the time of that."""
    rows = Visit.objects.filter(store__in=ids).exclude(state=VisitState.PLANNED).annotate(at=Coalesce("done_at", "changed_at"))
    return [
        Happening(
            row.at,
            _("Visit: %(state)s") % {"state": row.get_state_display()},
            " · ".join(filter(None, [_score(row), row.remark, row.cancel_reason])),
            reverse("admin:awareness_visit_change", args=[row.pk]),
            author=("user", row.visitor_id) if row.visitor_id else (row.actor_kind, row.actor_id),
        )
        for row in rows.order_by("-at", "-pk")[:limit]
    ]


def _score(visit: Visit) -> str:
    return "" if visit.score is None else _("score %(score)s %%") % {"score": visit.score}


def register() -> None:
    """Add them; called once the apps are ready."""
    timeline.register("event", gettext_lazy("Animations and events"), "awareness.view_event", events)
    timeline.register("training", gettext_lazy("Trainings"), "awareness.view_training", trainings)
    timeline.register("visit", gettext_lazy("Visits"), "awareness.view_visit", visits)
    timeline.register("material", gettext_lazy("Materials"), "awareness.view_materialorder", materials)
