"""The position of a place on its admin page: found from the address when a service is set, picked on the map, or typed."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, JsonResponse
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET
from unfold.decorators import display

from stores.geocoding import geocoder
from stores.models import Store

SURE = 0.6  # below, the address base itself calls an answer doubtful
# What the map opens on for a place without a position: metropolitan France.
MIDDLE = ("46.6", "2.5")


class FindsPosition:
    """Mixin of StoreAdmin: a map to pick on, and a button that asks the address service. Nothing is saved before the page is."""

    def get_urls(self) -> list:
        """Add what the button asks."""
        site: Any = self.admin_site  # type: ignore[attr-defined]
        ours = [path("position/", site.admin_view(require_GET(self.position_view)), name="stores_store_position")]
        return ours + super().get_urls()  # type: ignore[misc]

    def position_view(self, request: HttpRequest) -> JsonResponse:
        """Return where the address `q` is, or a sentence."""
        if not self.has_change_permission(request):  # type: ignore[attr-defined]
            raise PermissionDenied
        service, address = geocoder(), request.GET.get("q", "").replace("\x00", "").strip()
        if service is None or not address:
            return JsonResponse({"message": _("Pick the place on the map, or type its position.")}, status=422)
        try:
            found = service.find(address)
        except ValidationError as error:
            return JsonResponse({"message": " ".join(error.messages)}, status=503)
        if found is None:
            return JsonResponse({"message": _("Nobody knows this address: pick the place on the map.")}, status=404)
        words = (
            _("Found: %(address)s. Save to keep it.") if found.score >= SURE else _("Perhaps: %(address)s. Check on the map, then save.")
        )
        message = words % {"address": found.label}
        return JsonResponse({"latitude": f"{found.latitude:.6f}", "longitude": f"{found.longitude:.6f}", "message": message})

    @display(description=gettext_lazy("map"))
    def map_preview(self, store: Store) -> SafeString:
        """The place on a small map: a click moves it."""
        known = store.latitude is not None
        lat, lon = (store.latitude, store.longitude) if known else MIDDLE
        context = {"lat": lat, "lon": lon, "label": str(store), "known": known}
        context |= {"tile_url": settings.TILE_URL, "tile_attribution": settings.TILE_ATTRIBUTION}
        context["find_url"] = reverse("admin:stores_store_position") if geocoder() else ""
        return render_to_string("stores/admin/position.html", context)
