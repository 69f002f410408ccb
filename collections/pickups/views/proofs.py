"""Photos and signatures of stops, one by one: to the tour's driver, its carrier, and coordinators. Nobody else finds them."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from lincassable.accounts.decorators import link_required
from lincassable.accounts.models import AccessLink
from lincassable.uploads import serve
from pickups.models import StopProof, Tour
from pickups.views.common import actor_of


def send(request: HttpRequest, proof_uuid: uuid.UUID) -> HttpResponseBase:
    """Return the picture when whoever asks may see its tour. Http404 otherwise: it does not exist for others."""
    tours = Tour.objects.for_actor(actor_of(request))
    proof = get_object_or_404(StopProof.objects.filter(stop__tour__in=tours), uuid=proof_uuid)
    return serve(proof.image, filename=f"{proof.kind}-{proof.uuid.hex[:8]}.webp", content_type="image/webp")


@link_required(AccessLink.TOUR)
@require_safe
def to_driver(request: HttpRequest, proof_uuid: uuid.UUID) -> HttpResponseBase:
    """To the phones that hold the tour's link."""
    return send(request, proof_uuid)


@link_required(AccessLink.CARRIER_TOUR)
@require_safe
def to_carrier(request: HttpRequest, proof_uuid: uuid.UUID) -> HttpResponseBase:
    """To whoever holds the carrier's link of the tour."""
    return send(request, proof_uuid)


@require_safe
def to_user(request: HttpRequest, proof_uuid: uuid.UUID) -> HttpResponseBase:
    """To signed-in people: coordinators, and users of the tour's carrier."""
    return send(request, proof_uuid)
