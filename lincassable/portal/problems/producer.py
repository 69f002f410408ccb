"""A producer's own page, by its secret link: what goes wrong with its bottles, by kind, product and month, and each with its photos."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from lincassable.accounts.decorators import link_required, public, same_origin
from lincassable.accounts.models import AccessLink
from lincassable.accounts.opening import open_link as open_access_link
from lincassable.portal.problems import doors
from nonconformities.models import NonConformity
from nonconformities.producers import figures_of
from references.models import Producer

PERIOD = timedelta(days=365)


@public
@require_safe
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """Open the link of a mail: the browser keeps it, the address bar does not. `?nc=` leads to one non-conformity."""
    try:
        address = reverse("problems:producer_one", args=[uuid.UUID(request.GET.get("nc", ""))])
    except ValueError:
        address = reverse("problems:producer")
    return open_access_link(request, token, AccessLink.PRODUCER, address)


def _door(request: HttpRequest) -> tuple[Producer, doors.Door]:
    """Return the producer of the link, and what it opens. Raises Http404 when it is gone."""
    by = request.actor  # type: ignore[attr-defined]
    producer = get_object_or_404(Producer, pk=by.object_id)
    home = reverse("problems:producer")
    return producer, doors.Door(by, NonConformity.objects.for_actor(by), "producer", home, producer.name, home, is_producer=True)


@link_required(AccessLink.PRODUCER)
@never_cache
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The figures of the last twelve months, what is open and what is over."""
    producer, door = _door(request)
    until = timezone.now()
    context = {"producer": producer, "door": door, "figures": figures_of(producer, until - PERIOD, until), **door.lists()}
    return render(request, "problems/producer.html", context)


@link_required(AccessLink.PRODUCER)
@same_origin
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, problem_uuid: uuid.UUID) -> HttpResponse:
    """One: details, photos, “we have seen it”, messages."""
    return doors.one(request, _door(request)[1], problem_uuid)


@link_required(AccessLink.PRODUCER)
@require_safe
def photo(request: HttpRequest, problem_uuid: uuid.UUID, picture_uuid: uuid.UUID) -> HttpResponseBase:
    """A photo of one."""
    return doors.photo(_door(request)[1], problem_uuid, picture_uuid)
