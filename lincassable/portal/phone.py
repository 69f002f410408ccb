"""What the pages of a store's phone share: which store it is, the frame, and how the phone's queue is answered."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from stores.merging import is_same_place
from stores.models import Store

START_URL = "/p/"


def store_of(request: HttpRequest, *, through: bool = True) -> Store:
    """Return the store whose card this phone holds; with the place it is collected `through` in the same query, unless
    that is of no use. Raises Http404 when it is gone.
    """
    stores = Store.objects.for_actor(request.actor)  # type: ignore[attr-defined]
    return get_object_or_404(stores.select_related("collected_through") if through else stores)


def page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """Render a phone page with what its frame needs (templates/base_phone.html)."""
    return render(request, template, {**frame(), **context}, status=status)


def frame() -> dict[str, Any]:
    """Return what the frame of every phone page needs (templates/base_phone.html)."""
    return {"sw_url": reverse("portal:service_worker"), "sw_scope": START_URL, "manifest_url": reverse("portal:manifest")}


def wants_json(request: HttpRequest) -> bool:
    """Whether the phone's queue sent this (static/app/outbox_store.js), not the browser itself."""
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def is_for_another(request: HttpRequest, store: Store) -> bool:
    """Whether a form was queued under one store's card and sent under another's: it must not be counted here.

    One that was filled in before two places were found to be one, or before that was undone, is for this place all the same.
    """
    scope = request.POST.get("scope", "")
    if not scope or scope == str(store.uuid):
        return False
    try:
        other = Store.objects.filter(uuid=uuid.UUID(scope)).values_list("pk", flat=True).first()
    except ValueError:
        return True
    return other is None or not is_same_place(other, store)


def another_store(request: HttpRequest) -> HttpResponse:
    """Answer a form that was filled in for another place: the phone keeps it until that place's card is back."""
    message = _("This form was filled in for another place. Scan the QR code of that place again, and it will be sent.")
    if wants_json(request):
        return JsonResponse({"message": message}, status=409)
    return page(request, "portal/refused.html", {"message": message}, status=409)
