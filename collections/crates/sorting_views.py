"""The sorting table on a tablet: signed-in people of the sorting centre, and coordinators. Works without JavaScript."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from crates.enums import BottleStage
from crates.models import BottleModel, ContainerType, RejectReason, SortingBatch
from crates.queries_bottles import bottle_stock, by_model, losses, recent_moves, yields_of
from crates.services.sorting import ORIGIN, record_sorting
from crates.services.undo import last_act
from crates.sorting_forms import INTAKE, REVIEW, STEPS, TITLES, Catalogue, SortingForm
from crates.washing_forms import TRIPS
from lincassable.accounts.actors import Actor
from lincassable.exporting import table_file
from stores.enums import Kind
from stores.models import Store

RECENT = 30  # batches on a centre's page
RECENT_MOVES = 10  # ways to washing and back on it
LOSSES_DAYS = 365


def person(request: HttpRequest, permission: str) -> Actor:
    """Return the signed-in person when they may. Raises PermissionDenied."""
    if not request.user.has_perm(permission):  # type: ignore[union-attr]
        raise PermissionDenied
    return Actor.of_user(request.user)  # type: ignore[arg-type]


def centre_of(by: Actor, public_id: uuid.UUID) -> Store:
    """Return the sorting centre of an address. Raises Http404 for any other place."""
    return get_object_or_404(Store.objects.for_actor(by).filter(kind=Kind.SORTING), uuid=public_id)


@never_cache
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Choose the centre; the only one is chosen by itself."""
    by = person(request, "crates.view_sortingbatch")
    centres = list(Store.objects.for_actor(by).active().filter(kind=Kind.SORTING).order_by("name", "pk"))
    if len(centres) == 1:
        return redirect("crates:sorting_centre", centres[0].uuid)
    return render(request, "crates/sorting/start.html", {"centres": centres})


@never_cache
@require_safe
def centre(request: HttpRequest, centre: uuid.UUID) -> HttpResponse:
    """The recent batches of a centre, and the way to a new one."""
    place = centre_of(person(request, "crates.view_sortingbatch"), centre)
    batches = list(place.sorting_batches.order_by("-sorted_at", "-pk")[:RECENT])
    yields = yields_of(batches)
    rows = [(batch, yields[batch.pk]) for batch in batches]
    may_add = request.user.has_perm("crates.add_sortingbatch")  # type: ignore[union-attr]
    may_move = request.user.has_perm("crates.add_bottlemovement")  # type: ignore[union-attr]
    context = {"store": place, "rows": rows, "may_add": may_add, "trips": list(TRIPS.values()) if may_move else []}
    return render(request, "crates/sorting/centre.html", {**context, "moves": recent_moves(RECENT_MOVES)})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_batch(request: HttpRequest, centre: uuid.UUID) -> HttpResponse:
    """A batch, typed over four screens."""
    by = person(request, "crates.add_sortingbatch")
    place = centre_of(by, centre)
    if request.method != "POST":
        return _screen(request, place, SortingForm.blank(_catalogue()), INTAKE)
    form = SortingForm.sent(request.POST, _catalogue())
    form.is_valid()
    here = request.POST.get("step", "")
    here = here if here in STEPS else INTAKE
    go = request.POST.get("go", "next")
    if go == "back":
        return _screen(request, place, form, STEPS[max(0, STEPS.index(here) - 1)], told=False)
    wrong = next((step for step in STEPS[: STEPS.index(here) + 1] if not form.is_right(step)), None)
    if wrong or form.has_error("key"):
        return _screen(request, place, form, wrong or here, status=422)
    if here != REVIEW:
        return _screen(request, place, form, STEPS[STEPS.index(here) + 1], told=False)
    return _send(request, place, form, by)


def _send(request: HttpRequest, place: Store, form: SortingForm, by: Actor) -> HttpResponse:
    """Record the batch and show its receipt; a refusal is told on the last screen, with everything as typed."""
    try:
        batch = record_sorting(
            place,
            key=form.cleaned_data["key"],
            sorted_at=form.moment,
            intakes=form.intakes,
            accepted=form.accepted,
            rejects=form.rejects,
            by=by,
            note=form.cleaned_data["note"],
        )
    except ValidationError as error:
        form.add_error(None, error)
        return _screen(request, place, form, REVIEW, status=422)
    return redirect("crates:sorting_receipt", batch.centre.uuid, batch.key)


def _screen(request: HttpRequest, place: Store, form: SortingForm, step: str, *, told: bool = True, status: int = 200) -> HttpResponse:
    """Show one screen of the form; `told` when what is wrong is to be said."""
    context: dict[str, Any] = {
        "store": place,
        "form": form,
        "step": step,
        "title": TITLES[step],
        "number": STEPS.index(step) + 1,
        "count": len(STEPS),
        "told": told,
        "yielded": form.yielded if step == REVIEW and form.is_bound else None,
    }
    return render(request, "crates/sorting/new.html", context, status=status)


def _catalogue() -> Catalogue:
    """Return what can be typed today."""
    return Catalogue(
        kinds=list(ContainerType.objects.filter(is_active=True, bottles__gt=0).order_by("position", "code")),
        models=list(BottleModel.objects.filter(is_active=True).order_by("position", "code")),
        reasons=list(RejectReason.objects.filter(is_active=True).order_by("position", "code")),
    )


@never_cache
@require_safe
def receipt(request: HttpRequest, centre: uuid.UUID, batch: uuid.UUID) -> HttpResponse:
    """One batch: what was emptied, counted and rejected, and to whoever recorded it the way to undo it."""
    by = person(request, "crates.view_sortingbatch")
    place = centre_of(by, centre)
    found = get_object_or_404(SortingBatch, key=batch, centre=place)
    act = last_act(by)
    mine = act is not None and (act.origin_kind, act.origin_id) == (ORIGIN, found.pk)
    context = {
        "store": place,
        "batch": found,
        "yielded": yields_of([found])[found.pk],
        "intakes": found.intakes.select_related("container_type").prefetch_related("paloxes").order_by("pk"),
        "accepted": found.bottle_movements.filter(reverses=None).select_related("bottle_model").order_by("bottle_model__position", "pk"),
        "rejects": found.rejects.select_related("bottle_model", "reason").order_by("reason__position", "pk"),
        "undo_key": act.key if act is not None and mine else None,
        "may_cancel": request.user.is_staff and request.user.has_perm("crates.change_sortingbatch"),  # type: ignore[union-attr]
        "may_add": request.user.has_perm("crates.add_sortingbatch"),  # type: ignore[union-attr]
    }
    return render(request, "crates/sorting/receipt.html", context)


@never_cache
@require_safe
def bottles(request: HttpRequest) -> HttpResponse:
    """How many bottles of each model are sorted, at washing, washed; on any day, or as a file (?format=csv)."""
    person(request, "crates.view_bottlemovement")
    day = _asked_day(request)
    lines = bottle_stock(_end_of(day) if day else None)
    if suffix := request.GET.get("format", ""):
        headers = [_("place"), _("town"), _("bottle model"), _("stage"), _("bottles")]
        rows = [[line.store.name, line.store.city, str(line.bottle_model), BottleStage(line.stage).label, line.quantity] for line in lines]
        return table_file("bouteilles", headers, rows, suffix=suffix)
    until = _end_of(day) if day else timezone.now()
    context = {
        "day": day,
        "stages": BottleStage,
        "models": [(model, list(stages.values())) for model, stages in by_model(lines)],
        "totals": [sum(line.quantity for line in lines if line.stage == stage) for stage in BottleStage.values],
        "places": [(line, BottleStage(line.stage).label) for line in lines],
        "losses": losses(until - dt.timedelta(days=LOSSES_DAYS), until),
    }
    return render(request, "crates/sorting/bottles.html", context)


def _asked_day(request: HttpRequest) -> dt.date | None:
    """Return the day that the address names (?day=2026-09-30), None without or for one that cannot be."""
    try:
        day = parse_date(request.GET.get("day", "")[:10])
    except ValueError:
        return None
    return day if day and dt.date(2000, 1, 1) <= day < timezone.localdate() else None


def _end_of(day: dt.date) -> dt.datetime:
    """Return the last moment of a local day."""
    midnight = timezone.make_aware(dt.datetime.combine(day + dt.timedelta(days=1), dt.time.min))
    return midnight - dt.timedelta(microseconds=1)
