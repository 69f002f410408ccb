"""The carrier's tours: what waits for its office, and one tour, by the link of a mail or by a signed-in user of the carrier."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
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
from pickups import queries, queries_office, services
from pickups.enums import ProofKind, TourState
from pickups.load import Load, along
from pickups.models import SlipUpload, StopPallet, StopProof, Tour
from pickups.office_forms import AnswerForm, SlipForm
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
    return _answer_or_show(request, tour_of_link(request))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def by_user(request: HttpRequest, tour_uuid: uuid.UUID) -> HttpResponse:
    """The same page for a signed-in user of the carrier. Somebody else's tour does not exist here."""
    return _answer_or_show(request, tour_of_user(request, tour_uuid))


@never_cache
@require_safe
def own_tours(request: HttpRequest) -> HttpResponse:
    """What waits for the office of the signed-in user: tours to accept, coming, to complete."""
    carriers = list(request.user.carriers.order_by("name"))  # type: ignore[union-attr]
    desk = queries_office.desk_of(request.user)  # type: ignore[arg-type]
    vehicles = queries_office.vehicles_of([carrier.pk for carrier in carriers]) if desk.to_accept else {}
    for tour in desk.to_accept:
        tour.form = AnswerForm(tour=tour, vehicles=vehicles.get(tour.carrier_id, []))
    return render(request, "pickups/carrier_tours.html", {"desk": desk, "carriers": carriers})


def tour_of_link(request: HttpRequest) -> Tour:
    """Return the tour whose link the browser holds. Raises Http404."""
    return get_object_or_404(Tour.objects.for_actor(actor_of(request)).select_related("carrier", "hub", "vehicle"))


def own_sent_tours(request: HttpRequest) -> QuerySet[Tour]:
    """Return the sent tours of the signed-in user's carriers."""
    return queries_office.tours_of(request.user)  # type: ignore[arg-type]


def tour_of_user(request: HttpRequest, tour_uuid: uuid.UUID) -> Tour:
    """Return a sent tour of the signed-in user's carriers. Raises Http404 for everything else."""
    return get_object_or_404(own_sent_tours(request), uuid=tour_uuid)


def _answer_or_show(request: HttpRequest, tour: Tour) -> HttpResponse:
    """Show the tour, or take the answer: then back to the page, which shows the state (a second click finds it done)."""
    form = _form(tour, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _answer(request, tour, form)
        except ValidationError as error:
            add_errors(form, error)
            tour.refresh_from_db()
        else:
            return redirect(request.path)
    return tour_page(request, tour, form=form, status=422 if form.errors else 200)


def _form(tour: Tour, data: Any = None) -> AnswerForm:
    """Return the form of an answer."""
    return AnswerForm(data, tour=tour, vehicles=queries_office.vehicles_of([tour.carrier_id]).get(tour.carrier_id, []))


def _answer(request: HttpRequest, tour: Tour, form: AnswerForm) -> None:
    """Accept or decline. Raises ValidationError."""
    if form.cleaned_data["answer"] == AnswerForm.ACCEPT:
        services.accept_with_vehicle(tour, form.chosen, by=actor_of(request))
    else:
        services.decline_tour(tour, form.cleaned_data["reason"], by=actor_of(request))


def tour_page(
    request: HttpRequest, tour: Tour, *, form: AnswerForm | None = None, slip_form: SlipForm | None = None, status: int = 200
) -> HttpResponse:
    """Return the page of a tour. Arguments: form, slip_form: what was sent and could not be taken."""
    by_link = hasattr(request, "link")
    driver = services.driver_link(tour)
    is_draft = tour.state == TourState.DRAFT  # taken back by the coordinator: everything may change
    sheet = None if is_draft else queries.sheet_of(tour)
    proofs = {} if is_draft else _proofs(tour, by_link=by_link)
    context: dict[str, Any] = {
        "tour": tour,
        "sheet": sheet,
        "form": form or _form(tour),
        "slip_form": slip_form or SlipForm(),
        "may_upload": services.can_upload(tour),
        "slips": [] if is_draft else _slips(tour, by_link=by_link),
        "slip_url": address(tour, "slip", by_link=by_link),
        "upload_url": address(tour, "slips", by_link=by_link),
        "driver_link": links.url(driver) if driver else "",
        "driver_qr": inline_svg(driver) if driver else "",
        "by_link": by_link,
    }
    if sheet:
        context["start_load"] = _show_loads(sheet.stops)
        for stop in sheet.stops:
            stop.shown_proofs = proofs.get(stop.pk, [])  # type: ignore[attr-defined]
    return render(request, "pickups/carrier_tour.html", context, status=status)


def _show_loads(stops: list[Any]) -> Load:
    """Put on each stop the `load` on board when leaving it: real where it was recorded. Returns the load on leaving the hub."""
    pallets: dict[int, list[StopPallet]] = {}
    for pallet in StopPallet.objects.filter(stop__in=stops).select_related("container_type"):
        pallets.setdefault(pallet.stop_id, []).append(pallet)
    for stop in stops:
        stop.all_pallets = pallets.get(stop.pk, [])
    start, *after = along(stops, actual=True)
    for stop, load in zip(stops, after, strict=True):
        stop.load = load
    return start


def address(tour: Tour, page: str, *more: object, by_link: bool) -> str:
    """Return the address of one of a tour's pages: "slip", "slips" or "slip_file", by link or for a user."""
    if by_link:
        return reverse(f"pickups:carrier_{page}", args=more)
    return reverse(f"pickups:carrier_user_{page}", args=[tour.uuid, *more])


def _slips(tour: Tour, *, by_link: bool) -> list[dict[str, Any]]:
    """Return the paper slips sent so far, who sent them, where they open."""
    found = list(SlipUpload.objects.filter(tour=tour).order_by("uploaded_at", "pk"))
    names = queries.authors(found) if found else {}
    return [
        {"slip": slip, "author": names[slip.actor_kind, slip.actor_id], "url": address(tour, "slip_file", slip.uuid, by_link=by_link)}
        for slip in found
    ]


def _proofs(tour: Tour, *, by_link: bool) -> dict[int, list[dict[str, Any]]]:
    """Return the photos and signatures of a tour, by stop id."""
    found: dict[int, list[dict[str, Any]]] = {}
    for proof in StopProof.objects.filter(stop__tour=tour).order_by("stop", "-kind", "pk"):
        shown = {
            "is_signature": proof.kind == ProofKind.SIGNATURE,
            "url": reverse("pickups:carrier_proof" if by_link else "pickups:carrier_user_proof", args=[proof.uuid]),
            "uuid": proof.uuid,
        }
        found.setdefault(proof.stop_id, []).append(shown)
    return found
