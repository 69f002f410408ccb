"""The carrier's pages: a tour to accept or decline, by its link or by a signed-in user of the carrier."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from lincassable.accounts import links
from lincassable.accounts.cards import inline_svg
from lincassable.accounts.decorators import link_required, public, same_origin
from lincassable.accounts.models import AccessLink
from lincassable.accounts.opening import open_link
from pickups import queries, services
from pickups.enums import TourState
from pickups.forms import AnswerForm
from pickups.models import Tour
from pickups.views.common import actor_of, add_errors


@public
@require_safe
def open_tour(request: HttpRequest, token: str) -> HttpResponse:
    """Open the link of the mail: the browser gets the tour's cookie and goes to its page. Writes nothing."""
    return open_link(request, token, AccessLink.CARRIER_TOUR, reverse("pickups:carrier_tour"))


@link_required(AccessLink.CARRIER_TOUR)
@same_origin
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def by_link(request: HttpRequest) -> HttpResponse:
    """The tour behind the link. GET shows it, POST answers."""
    return _tour_page(request, _tours(request).get())


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def by_user(request: HttpRequest, tour_uuid: uuid.UUID) -> HttpResponse:
    """The same page for a signed-in user of the carrier. Somebody else's tour does not exist here."""
    return _tour_page(request, get_object_or_404(_tours(request).filter(carrier__users=request.user), uuid=tour_uuid))


@never_cache
@require_safe
def own_tours(request: HttpRequest) -> HttpResponse:
    """The tours of the signed-in user's carriers, once they were sent; the next ones first."""
    tours = _tours(request).filter(carrier__users=request.user).exclude(state=TourState.DRAFT)
    over = (TourState.DONE, TourState.CLOSED, TourState.CANCELLED, TourState.DECLINED)
    context = {
        "coming": list(queries.progress(tours.exclude(state__in=over)).order_by("date", "pk")),
        "past": list(queries.progress(tours.filter(state__in=over)).order_by("-date", "-pk")[:30]),
    }
    return render(request, "pickups/carrier_tours.html", context)


def _tours(request: HttpRequest) -> Any:
    """Return the tours that whoever asks may see."""
    return Tour.objects.for_actor(actor_of(request)).select_related("carrier", "hub", "vehicle").order_by("pk")


def _tour_page(request: HttpRequest, tour: Tour) -> HttpResponse:
    """Show the tour, or take the answer: then back to the page, which shows the state (a second click finds it done)."""
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _answer(request, tour, form)
        except ValidationError as error:
            add_errors(form, error)
            tour.refresh_from_db()
        else:
            return redirect(request.path)
    return render(request, "pickups/carrier_tour.html", _context(tour, form), status=422 if form.errors else 200)


def _answer(request: HttpRequest, tour: Tour, form: AnswerForm) -> None:
    """Accept or decline. Raises ValidationError."""
    if form.cleaned_data["answer"] == AnswerForm.ACCEPT:
        services.accept_tour(tour, by=actor_of(request))
    else:
        services.decline_tour(tour, form.cleaned_data["reason"], by=actor_of(request))


def _context(tour: Tour, form: AnswerForm) -> dict[str, Any]:
    """Return what the page shows. A tour back in preparation shows no stop: they may all change."""
    driver = services.driver_link(tour)
    return {
        "tour": tour,
        "sheet": queries.sheet_of(tour) if tour.state != TourState.DRAFT else None,
        "form": form,
        "driver_link": links.url(driver) if driver else "",
        "driver_qr": inline_svg(driver) if driver else "",
    }
