"""What the portal adds to a collection point's admin pages: stock, last declaration, pickup, history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from crates.queries import last_declared_at, stock_of_all
from lincassable.portal.queries import history, store_home
from pickups.enums import OPEN_REQUEST_STATES
from pickups.models import PickupRequest, RequestPart
from stores.admin_registry import register_store_column, register_store_panel
from stores.models import Store


def now_panel(store: Store) -> SafeString:
    """Return what the store's own phone shows: stock, last declaration, pickup."""
    return render_to_string("portal/admin_now.html", {"home": store_home(store)})


def history_panel(store: Store) -> SafeString:
    """Return the last declarations and visits."""
    return render_to_string("portal/admin_history.html", {"events": history(store)})


def stock_column(store_ids: Sequence[int]) -> Mapping[int, str]:
    """Return the full ones and the total of each container, in short: “75 cl 14/40”."""
    return {
        store_id: " · ".join(f"{line.container_type.short} {line.full}/{line.total}" for line in lines if line.total or line.full)
        for store_id, lines in stock_of_all(store_ids).items()
    }


def last_declared_column(store_ids: Sequence[int]) -> Mapping[int, str]:
    """Return the date of each store's last declaration."""
    return {store_id: date_format(timezone.localtime(moment), "j M Y") for store_id, moment in last_declared_at(store_ids).items()}


def request_column(store_ids: Sequence[int]) -> Mapping[int, str]:
    """Return the state of each store's open request, or of the one it has joined, and since when it waits."""
    requests = PickupRequest.objects.open().filter(store_id__in=store_ids)
    parts = RequestPart.objects.live().filter(store_id__in=store_ids, request__state__in=OPEN_REQUEST_STATES).select_related("request")
    asked = [(part.store_id, part.request, part.asked_at) for part in parts] + [(row.store_id, row, row.requested_at) for row in requests]
    return {place: f"{row.get_state_display()} · {date_format(timezone.localtime(at), 'j M')}" for place, row, at in asked}


def register() -> None:
    """Add the panels and columns; called once the apps are ready."""
    register_store_panel(now_panel, title=_("now"))
    register_store_panel(history_panel, title=_("lately"))
    register_store_column("portal_stock", _("full / all"), stock_column)
    register_store_column("portal_last_declared", _("last declaration"), last_declared_column)
    register_store_column("portal_request", _("open request"), request_column)
