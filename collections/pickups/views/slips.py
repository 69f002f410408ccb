"""Slips for those who carry: the PDF of a tour, the signed papers and proofs that were sent, for its carrier and its driver."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lincassable import uploads
from lincassable.accounts.decorators import link_required, same_origin
from lincassable.accounts.models import AccessLink
from pickups import services
from pickups.enums import TourState
from pickups.models import SlipUpload, Tour
from pickups.office_forms import SlipForm
from pickups.slips import slip_pdf
from pickups.views.carrier import tour_of_link, tour_of_user, tour_page
from pickups.views.common import actor_of, add_errors
from pickups.views.driver_frame import page

TYPES = {"pdf": "application/pdf", "webp": "image/webp"}
# A browser shows the PDF with a plug-in of its own; nothing else may load or run in it.
_PDF_POLICY = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"


def pdf_response(tour: Tour) -> HttpResponse:
    """Return `tour`'s slip for whoever may see the tour: decided by the caller."""
    response = HttpResponse(slip_pdf(tour), content_type=TYPES["pdf"])
    name = _("slip") + f"-{tour.reference}-{tour.date:%Y-%m-%d}.pdf"
    response["Content-Disposition"] = f'inline; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = _PDF_POLICY
    return response


def slip_response(slip: SlipUpload) -> FileResponse:
    """Return a paper slip for whoever may see it: decided by the caller."""
    name = f"{slip.tour.reference}-{slip.uploaded_at:%Y%m%d}.{slip.extension}"
    return uploads.serve(slip.file, filename=name, content_type=TYPES.get(slip.extension, "application/octet-stream"))


def _sent(tour: Tour) -> Tour:
    """Return the tour unless a coordinator took it back to prepare it again. Raises Http404."""
    if tour.state == TourState.DRAFT:
        raise Http404
    return tour


def _file(tour: Tour, slip_uuid: uuid.UUID) -> FileResponse:
    """Return a paper slip of this tour. Another tour's does not exist here: Http404."""
    return slip_response(get_object_or_404(SlipUpload.objects.select_related("tour"), tour=_sent(tour), uuid=slip_uuid))


def take_slip(request: HttpRequest, tour: Tour) -> SlipForm:
    """Keep the file that was sent. Returns the form: with errors, nothing was kept."""
    form = SlipForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            services.upload_slip(tour, form.cleaned_data["file"], by=actor_of(request))
        except ValidationError as error:
            add_errors(form, ValidationError({"file": error.messages}))
    return form


def _upload(request: HttpRequest, tour: Tour, back: str) -> HttpResponse:
    """Keep a paper slip, and go back to the tour; or show the tour with what is wrong."""
    form = take_slip(request, _sent(tour))
    if form.errors:
        return tour_page(request, tour, slip_form=form, status=422)
    messages.success(request, _("The slip has arrived. Thank you!"))
    return redirect(back)


# -- by the link of the mail


@link_required(AccessLink.CARRIER_TOUR)
@never_cache
@require_safe
def link_slip(request: HttpRequest) -> HttpResponse:
    """The slip as a PDF."""
    return pdf_response(_sent(tour_of_link(request)))


@link_required(AccessLink.CARRIER_TOUR)
@same_origin
@never_cache
@require_POST
def link_upload(request: HttpRequest) -> HttpResponse:
    """Take a signed paper slip."""
    return _upload(request, tour_of_link(request), reverse("pickups:carrier_tour"))


@link_required(AccessLink.CARRIER_TOUR)
@never_cache
@require_safe
def link_file(request: HttpRequest, slip_uuid: uuid.UUID) -> FileResponse:
    """Show a signed paper slip."""
    return _file(tour_of_link(request), slip_uuid)


# -- by a signed-in user of the carrier


@never_cache
@require_safe
def user_slip(request: HttpRequest, tour_uuid: uuid.UUID) -> HttpResponse:
    """The slip as a PDF."""
    return pdf_response(tour_of_user(request, tour_uuid))


@never_cache
@require_POST
def user_upload(request: HttpRequest, tour_uuid: uuid.UUID) -> HttpResponse:
    """Take a signed paper slip."""
    return _upload(request, tour_of_user(request, tour_uuid), reverse("pickups:carrier_user_tour", args=[tour_uuid]))


@never_cache
@require_safe
def user_file(request: HttpRequest, tour_uuid: uuid.UUID, slip_uuid: uuid.UUID) -> FileResponse:
    """Show a signed paper slip."""
    return _file(tour_of_user(request, tour_uuid), slip_uuid)


# -- by the driver's link


@link_required(AccessLink.TOUR)
@never_cache
@require_safe
def driver_slip(request: HttpRequest) -> HttpResponse:
    """The slip as a PDF, for a driver's tour."""
    return pdf_response(_sent(tour_of_link(request)))


@link_required(AccessLink.TOUR)
@same_origin
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def driver_upload(request: HttpRequest) -> HttpResponse:
    """Take a photo of the signed paper from the driver, who needs the network for that."""
    tour = _sent(tour_of_link(request))
    form = SlipForm()
    if request.method == "POST":
        form = take_slip(request, tour)
        if not form.errors:
            return redirect(reverse("pickups:driver_upload") + "?envoye=1")
    context: dict[str, Any] = {
        "tour": tour,
        "form": form,
        "count": tour.slip_uploads.count(),
        "sent": "envoye" in request.GET,
        "may_upload": services.can_upload(tour),
    }
    return page(request, "pickups/driver_slip.html", context, 422 if form.errors else 200)
