"""What the forecast shows on a collection point's admin pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from pickups.forecast import forecasts, when_full
from stores.admin_registry import register_store_column, register_store_panel
from stores.models import Store


def forecast_panel(store: Store) -> SafeString | str:
    """Return when the place will be full, and from what that is worked out; nothing for a place that no truck collects from."""
    found = when_full(store)
    return "" if found is None else render_to_string("pickups/admin/forecast_panel.html", {"forecast": found})


def full_on_column(store_ids: Sequence[int]) -> Mapping[int, str]:
    """Return the day on which each place will be full; places without a date are absent."""
    found = forecasts(list(store_ids))
    return {pk: date_format(forecast.full_on, "SHORT_DATE_FORMAT") for pk, forecast in found.items() if forecast.full_on}


def register() -> None:
    """Add the panel and the column; called once the apps are ready."""
    register_store_panel(forecast_panel, title=_("forecast"))
    register_store_column("forecast_full_on", _("full on"), full_on_column)
