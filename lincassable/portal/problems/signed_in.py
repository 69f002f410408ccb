"""What carriers and the sorting centre handle, on their own pages, signed in."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from crates.sorting_views import person
from lincassable.accounts.actors import Actor
from lincassable.portal.problems import doors
from nonconformities.models import NonConformity


def _carrier(request: HttpRequest) -> doors.Door:
    """Return the door of a carrier's office: what was given to the carriers of the signed-in user."""
    by = Actor.of_user(request.user)  # type: ignore[arg-type]  # signed in, says the middleware
    mine = NonConformity.objects.filter(carrier__in=request.user.carriers.all())  # type: ignore[union-attr]
    rows = NonConformity.objects.filter(pk__in=mine.order_by().values("pk"))
    return doors.Door(by, rows, "carrier", reverse("problems:carrier"), _("Problems"), reverse("pickups:carrier_tours"))


@never_cache
@require_safe
def carrier(request: HttpRequest) -> HttpResponse:
    """What carriers handle: those of the signed-in user."""
    door = _carrier(request)
    carriers = list(request.user.carriers.order_by("name"))  # type: ignore[union-attr]
    return render(request, "problems/carrier.html", {"door": door, "carriers": carriers, **door.lists()})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def carrier_one(request: HttpRequest, problem_uuid: uuid.UUID) -> HttpResponse:
    """One of them."""
    return doors.one(request, _carrier(request), problem_uuid)


@require_safe
def carrier_photo(request: HttpRequest, problem_uuid: uuid.UUID, picture_uuid: uuid.UUID) -> HttpResponseBase:
    """A photo of one of them."""
    return doors.photo(_carrier(request), problem_uuid, picture_uuid)


def _sorting(request: HttpRequest) -> doors.Door:
    """Return the door of the sorting table. Raises PermissionDenied for who may not report there."""
    by, home = person(request, "nonconformities.add_nonconformity"), reverse("crates:sorting_start")
    return doors.Door(by, NonConformity.objects.for_actor(by), "sorting", home, _("Sorting"), home)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sorting_one(request: HttpRequest, problem_uuid: uuid.UUID) -> HttpResponse:
    """One that was reported at the table, or that the sorting centre handles."""
    return doors.one(request, _sorting(request), problem_uuid)


@require_safe
def sorting_photo(request: HttpRequest, problem_uuid: uuid.UUID, picture_uuid: uuid.UUID) -> HttpResponseBase:
    """A photo of one of them."""
    return doors.photo(_sorting(request), problem_uuid, picture_uuid)
