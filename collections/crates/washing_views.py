"""Bottles after the sorting table, on its tablet: sent to washing, back from it, delivered. Works without JavaScript."""

from __future__ import annotations

import uuid

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from crates.models import BottleModel
from crates.queries_bottles import bottle_stock
from crates.services.bottles import ORIGIN, moved_by
from crates.services.undo import last_act
from crates.sorting_views import centre_of, person
from crates.washing_forms import BOTTLES, REVIEW, STEPS, TRIPS, Trip, WashingForm
from stores.models import Store


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_trip(request: HttpRequest, centre: uuid.UUID, trip: str) -> HttpResponse:
    """Bottles on their way, typed on one screen and checked on a second one."""
    by = person(request, "crates.add_bottlemovement")
    place = centre_of(by, centre)
    if trip not in TRIPS:
        raise Http404
    models = list(BottleModel.objects.filter(is_active=True).order_by("position", "code"))
    form = WashingForm(request.POST if request.method == "POST" else None, trip=TRIPS[trip], centre=place, models=models, by=by)
    if request.method != "POST":
        return _screen(request, form, BOTTLES)
    form.is_valid()
    here = REVIEW if request.POST.get("step") == REVIEW else BOTTLES
    if request.POST.get("go") == "back":
        return _screen(request, form, BOTTLES, told=False)
    wrong = next((step for step in STEPS[: STEPS.index(here) + 1] if not form.is_right(step)), None)
    if wrong or form.has_error("key"):
        return _screen(request, form, wrong or here, status=422)
    if here == BOTTLES and form.lines:
        return _screen(request, form, REVIEW, told=False)
    try:
        form.save()
    except ValidationError as error:
        form.add_error(None, error)
        return _screen(request, form, here, status=422)
    return redirect("crates:washing_receipt", place.uuid, form.cleaned_data["key"])


def _screen(request: HttpRequest, form: WashingForm, step: str, *, told: bool = True, status: int = 200) -> HttpResponse:
    """Show one screen of the form; `told` when what is wrong is to be said."""
    figures, others = form.figures(_known(form.trip, form.centre))
    context = {
        "store": form.centre,
        "form": form,
        "trip": form.trip,
        "step": step,
        "told": told,
        "figures": figures,
        "others": others,
        "checked": form if step == REVIEW else None,
    }
    return render(request, "crates/sorting/washing.html", context, status=status)


def _known(trip: Trip, centre: Store) -> dict[int, int]:
    """Return how many bottles of each model can be meant: here when they leave from here, else wherever they are."""
    known: dict[int, int] = {}
    for line in bottle_stock(store=centre if trip.giver is None else None):
        if line.stage == trip.stage:
            known[line.bottle_model.pk] = known.get(line.bottle_model.pk, 0) + line.quantity
    return known


@never_cache
@require_safe
def trip_receipt(request: HttpRequest, centre: uuid.UUID, key: uuid.UUID) -> HttpResponse:
    """What was recorded in one go, and to whoever recorded it the way to undo it."""
    by = person(request, "crates.view_bottlemovement")
    place, rows = centre_of(by, centre), moved_by(key)
    if not rows:
        raise Http404
    act = last_act(by)
    mine = act is not None and act.origin_kind == ORIGIN and rows[0].pk in act.before.get("movements", [])
    context = {
        "store": place,
        "rows": [(row, hasattr(row, "reversed_by")) for row in rows],
        "first": rows[0],
        "is_undone": all(hasattr(row, "reversed_by") for row in rows),
        "undo_key": act.key if act is not None and mine else None,
        "may_cancel": request.user.is_staff and request.user.has_perm("crates.change_bottlemovement"),  # type: ignore[union-attr]
    }
    return render(request, "crates/sorting/washing_receipt.html", context)
