"""What a store can order, what is on its way, what stands there. Forms wait on the phone where there is no network."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from awareness import services
from awareness.enums import OrderState, PlacementState
from awareness.models import Material, MaterialOrder, Placement
from awareness.models.materials import MOST_ORDERED
from awareness.services.materials import open_orders
from lincassable.accounts.decorators import link_required, same_origin
from lincassable.accounts.models import AccessLink
from lincassable.portal.phone import another_store, is_for_another, page, store_of, wants_json
from lincassable.uploads import serve
from lincassable.widgets import StepperInput
from stores.models import Store

AGAIN = _("Open the page again, then send the form.")


class OrderForm(forms.Form):
    """One material, and how many."""

    key = forms.UUIDField(error_messages={"invalid": AGAIN, "required": AGAIN})
    material = forms.ModelChoiceField(Material.objects.filter(is_active=True), to_field_name="uuid")
    quantity = forms.IntegerField(label=_("How many"), min_value=1, max_value=MOST_ORDERED, widget=StepperInput({"min": 1}))


class PlacedForm(forms.Form):
    """It stands: a photo shows it."""

    photo = forms.FileField(label=_("Photo (optional)"), required=False, widget=forms.ClearableFileInput({"accept": "image/*"}))


@link_required(AccessLink.STORE)
@same_origin
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def materials(request: HttpRequest) -> HttpResponse:
    """The catalogue with one button each; POST orders."""
    store = store_of(request)
    if request.method != "POST":
        return page(request, "materials/list.html", _context(request, store))
    if is_for_another(request, store):
        return another_store(request)
    form = OrderForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            services.order_material(store, data["material"], data["quantity"], key=data["key"], by=request.actor)  # type: ignore[attr-defined]
        except ValidationError as error:
            form.add_error(None, error.messages)  # type: ignore[arg-type]  # sentences
    if form.errors:
        context = {**_context(request, store), "form": form}
        if wants_json(request):
            return JsonResponse({"html": render_to_string("materials/_refused.html", context, request)}, status=422)
        return page(request, "materials/list.html", context, 422)
    return _done(request)


def _done(request: HttpRequest) -> HttpResponse:
    address = reverse("materials:list") + "?fait=1"
    return JsonResponse({"redirect": address}) if wants_json(request) else redirect(address)


def _context(request: HttpRequest, store: Store) -> dict[str, Any]:
    orders = open_orders(store)
    waiting = {order.material_id: order for order in orders if order.state == OrderState.ORDERED}
    rows = []
    for material in Material.objects.filter(is_active=True):
        known = waiting.get(material.pk)
        initial = {"key": uuid.uuid4(), "quantity": known.quantity if known else material.usual}
        rows.append((material, OrderForm(initial=initial, auto_id=f"id_{material.pk}_%s"), known))
    return {
        "store": store,
        "rows": rows,
        "orders": [order for order in orders if order.state != OrderState.ORDERED],
        "placements": list(Placement.objects.filter(store=store).exclude(state=PlacementState.GONE).select_related("material")),
        "form": None,
        "said": request.GET.get("fait") == "1",
    }


@link_required(AccessLink.STORE)
@same_origin
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def placed(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """An order that has come: it stands, with a photo if one likes."""
    store = store_of(request)
    order = get_object_or_404(MaterialOrder.objects.select_related("material", "store"), key=key, store=store)
    form = PlacedForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        if is_for_another(request, store):
            return another_store(request)
        form = PlacedForm(request.POST, request.FILES)
        if form.is_valid() and _place(request, order, form):
            return _done(request)
        if wants_json(request):
            context = {"form": form, "order": order, "store": store}
            return JsonResponse({"html": render_to_string("materials/_placed_form.html", context, request)}, status=422)
    return page(request, "materials/placed.html", {"store": store, "order": order, "form": form}, 422 if form.errors else 200)


def _place(request: HttpRequest, order: MaterialOrder, form: PlacedForm) -> bool:
    """Write it down; False when it cannot be, which is told in the form."""
    by = request.actor  # type: ignore[attr-defined]
    try:
        services.advance(order, OrderState.PLACED, by=by)
        if form.cleaned_data["photo"]:
            services.place(order.store, order.material, quantity=order.quantity, photo=form.cleaned_data["photo"], by=by)
    except ValidationError as error:
        form.add_error(None, error.messages)  # type: ignore[arg-type]  # sentences
        return False
    return True


@link_required(AccessLink.STORE)
@require_safe
def picture(request: HttpRequest, material_uuid: uuid.UUID) -> HttpResponseBase:
    """The picture of a material of the catalogue."""
    return serve(get_object_or_404(Material, uuid=material_uuid).picture, filename="material.webp", content_type="image/webp")
