"""What the pages of visits share: who is signed in, the frame that works offline, how the phone's queue is answered."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from awareness.models import Visit
from lincassable.accounts.actors import Actor
from lincassable.accounts.decorators import same_origin
from lincassable.pwa import PHONE_ASSETS

START_URL = "/visites/"
ASSETS = (*PHONE_ASSETS, "app/visits.css", "app/driver.js", "app/stop-photos.js")
View = Callable[..., HttpResponseBase]


def coordinator(view: View) -> View:
    """Open a page to who may write visits; everybody else is refused. Forms come from our own pages only."""

    @same_origin
    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.has_perm("awareness.change_visit"):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def actor(request: HttpRequest) -> Actor:
    """Return the signed-in user as an author."""
    return Actor.of_user(request.user)  # type: ignore[arg-type]  # signed in, says the permission


def visit_of(public: Any) -> Visit:
    """Return a visit by its public id, with its place and visitor. Raises Http404."""
    return get_object_or_404(Visit.objects.select_related("store", "visitor"), uuid=public)


def page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """Render a page with what its frame needs (templates/base_phone.html)."""
    frame = {"sw_url": reverse("visits:service_worker"), "sw_scope": START_URL, "manifest_url": reverse("visits:manifest")}
    return render(request, template, {**frame, **context}, status=status)
