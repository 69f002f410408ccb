"""A coordinator's visits: what is planned, the five worth making this week, the plan of a day, moving and calling off."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from awareness import services, visit_mails
from awareness.enums import VisitState
from awareness.models import Visit
from awareness.services import Wanted
from awareness.visit_queries import Near, agenda, day_of, good_day, near, shortest
from awareness.visit_urgency import Worth, worth_lately, worth_making
from lincassable import pwa
from lincassable.accounts.decorators import public
from lincassable.portal.visits.common import ASSETS, START_URL, actor, coordinator, page, visit_of
from lincassable.portal.visits.forms import ReasonForm, WhenForm
from pickups.routes import route_of
from pickups.views.common import add_errors
from stores.models import Store

START_PLACES = 12  # offered as the start of a day
FOUND = 20  # of a search
MOST_AT_ONCE = 30  # visits planned by one form
NOBODY = UUID(int=0)  # of no row


@require_safe
@coordinator
def home(request: HttpRequest) -> HttpResponse:
    """What I still have to do, day by day, and the five visits most worth making."""
    days = [(day, list(rows)) for day, rows in groupby(agenda(request.user), key=lambda visit: visit.planned_on)]  # type: ignore[arg-type]
    planned = Visit.objects.planned().filter(uuid=_uuid(request.GET.get("planifie")) or NOBODY).select_related("store", "visitor")
    context = {
        "days": [(day, rows, _km(rows)) for day, rows in days],
        "worth": worth_lately(),
        "planned": planned.first(),
    }
    return page(request, "visits/home.html", context)


def _km(visits: list[Visit]) -> int | None:
    """Return about how far it is from a day's first place to its last, in kilometres; None when there is no way to speak of."""
    return round(route_of([visit.store for visit in visits], "van").distance_m / 1000) or None


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


@require_POST
@coordinator
def plan_one(request: HttpRequest) -> HttpResponse:
    """Plan a visit of one place for me, on a good day; a place that has one keeps it."""
    store = get_object_or_404(Store, uuid=_uuid(request.POST.get("store")))
    worth = next(iter(worth_making(1, among=[store.pk], any_time=True)), Worth(store))
    wanted, user = Wanted(store, worth.reason, worth.urgency), request.user
    try:
        day = good_day(store, user)  # type: ignore[arg-type]
        result = services.plan_visits([wanted], day=day, visitor=user, by=actor(request))  # type: ignore[arg-type]
    except ValidationError as error:
        return page(request, "portal/refused.html", {"message": " ".join(error.messages)}, status=422)
    visit = [*result.visits, *result.already][0]
    return redirect(f"{reverse('visits:home')}?planifie={visit.uuid}#fait")


@require_http_methods(["GET", "HEAD", "POST"])
@coordinator
def plan(request: HttpRequest) -> HttpResponse:
    """Plan a day: a place to begin with, then those near it. `?autour=` names the place, `?q=` looks for one."""
    anchor = Store.objects.active().select_related("zone").filter(uuid=_uuid(request.GET.get("autour")) or NOBODY).first()
    if anchor is None:
        text = request.GET.get("q", "").replace("\x00", "").strip()[:80]
        start = {"q": text, "found": _found(text), "worth": [] if text else worth_making(START_PLACES)}
        return page(request, "visits/plan_start.html", start)
    rows = near(anchor)
    form = WhenForm(request.POST or None, initial={"planned_on": good_day(anchor, request.user), "visitor": request.user.pk})  # type: ignore[arg-type]
    chosen = set(request.POST.getlist("place")) if request.method == "POST" else {str(anchor.uuid)}
    if request.method == "POST" and form.is_valid():
        wanted = _wanted(rows, chosen)
        data = form.cleaned_data
        try:
            result = services.plan_visits(wanted, day=data["planned_on"], visitor=data["visitor"], by=actor(request))
        except ValidationError as error:
            add_errors(form, error)
        else:
            return page(request, "visits/planned.html", {"result": result, "day": data["planned_on"], "visitor": data["visitor"]})
    context = {"anchor": anchor, "rows": rows, "form": form, "chosen": chosen}
    return page(request, "visits/plan.html", context, status=422 if form.errors else 200)


def _found(text: str) -> list[Store]:
    """Return the active places whose name or town holds what was typed, by name."""
    if not text:
        return []
    named = Q(name__unaccent__icontains=text) | Q(city__unaccent__icontains=text) | Q(postcode__startswith=text)
    return list(Store.objects.active().filter(named).order_by("name", "pk")[:FOUND])


def _wanted(rows: list[Near], chosen: set[str]) -> list[Wanted]:
    """Return the chosen places in a short order, beginning with the one the day is planned around when it is among them.

    One that is not listed any more (somebody has planned it meanwhile) is there all the same: the service says that it is planned.
    """
    worth = {row.worth.store.pk: row.worth for row in rows if str(row.worth.store.uuid) in chosen}
    listed = {str(each.store.uuid) for each in worth.values()}
    others = Store.objects.active().filter(uuid__in=[public for text in chosen - listed if (public := _uuid(text))]).order_by("pk")
    worth |= {store.pk: Worth(store) for store in others[:MOST_AT_ONCE]}
    order = shortest([each.store for each in worth.values()])
    return [Wanted(store, worth[store.pk].reason, worth[store.pk].urgency or None) for store in order]


@require_http_methods(["GET", "HEAD", "POST"])
@coordinator
def change(request: HttpRequest, visit_uuid: UUID) -> HttpResponse:
    """Move a planned visit to another day or person, or call it off."""
    visit = visit_of(visit_uuid)
    if visit.state != VisitState.PLANNED:
        return redirect("visits:checklist", visit.uuid)
    is_off = "cancel" in request.POST
    sent: Any = request.POST or None
    when = WhenForm(None if is_off else sent, initial={"planned_on": visit.planned_on, "visitor": visit.visitor_id})
    reason = ReasonForm(sent if is_off else None)
    form = reason if is_off else when
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            if is_off:
                services.cancel_visit(visit, data["reason"], by=actor(request))
            else:
                services.move_visit(visit, data["planned_on"], visitor=data["visitor"], by=actor(request))
        except ValidationError as error:
            add_errors(form, error)
        else:
            return redirect("visits:home")
    context = {"visit": visit, "form": when, "reason_form": reason, "open_reason": is_off}
    return page(request, "visits/change.html", context, status=422 if form.errors else 200)


@require_POST
@coordinator
def order(request: HttpRequest, day: date) -> HttpResponse:
    """Put my visits of a day in order: one of them earlier or later, or all in a short way."""
    visits = day_of(request.user, day)  # type: ignore[arg-type]
    by_store = {visit.store_id: visit.uuid for visit in visits}
    uuids = [visit.uuid for visit in visits]
    moved = _uuid(request.POST.get("visit"))
    if request.POST.get("how") == "short":
        uuids = [by_store[store.pk] for store in shortest([visit.store for visit in visits])]
    elif moved in uuids:
        at = uuids.index(moved)
        to = max(0, min(len(uuids) - 1, at + (-1 if request.POST.get("how") == "earlier" else 1)))
        uuids.insert(to, uuids.pop(at))
    services.order_visits(uuids, day=day, visitor=request.user, by=actor(request))  # type: ignore[arg-type]
    return redirect(f"{reverse('visits:home')}#jour-{day:%Y-%m-%d}")


@require_safe
@coordinator
def calendar(request: HttpRequest) -> HttpResponse:
    """My planned visits as a file for a calendar."""
    content = visit_mails.file_of(agenda(request.user))  # type: ignore[arg-type]
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="visites.ics"'
    return response


@public
@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """The worker that keeps these pages for the dead spots."""
    return pwa.service_worker(request, start_url=START_URL, assets=ASSETS)


@public
@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """What lets a coordinator put the visits on the phone's home screen."""
    return pwa.manifest(request, start_url=START_URL, name=_("Visits"), short_name=_("Visits"))
