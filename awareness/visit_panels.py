"""What visits add to a collection point's admin pages: the scores so far, and the last one in the list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from awareness.models import Visit
from awareness.visit_chart import chart_of
from awareness.visit_queries import history_of, last_scores
from stores.admin_registry import register_store_column, register_store_panel
from stores.models import Store


def visits_panel(store: Store) -> SafeString:
    """Return the planned visit, the scores of those that were made, and the way to plan one."""
    planned = Visit.objects.planned().filter(store=store).select_related("visitor").first()
    context = {"store": store, "planned": planned, "chart": chart_of(history_of(store))}
    return render_to_string("awareness/admin/visits_panel.html", context)


def score_column(store_ids: Sequence[int]) -> Mapping[int, str]:
    """Return the score of each place's last visit."""
    return {pk: f"{score} %" for pk, score in last_scores(store_ids).items()}


def register() -> None:
    """Add the panel and the column; called once the apps are ready."""
    register_store_panel(visits_panel, title=_("visits"))
    register_store_column("visit_score", _("score of the last visit"), score_column)
