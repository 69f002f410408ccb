"""The list of products on a store's phone: what is on the shelf, looked through in a minute; and adding one."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from lincassable.accounts.decorators import link_required, same_origin
from lincassable.accounts.links import LinkState
from lincassable.accounts.models import AccessLink
from lincassable.accounts.opening import refusal
from lincassable.portal.cookies import remember_first_name, remembered_first_name
from lincassable.portal.forms import LenientMomentField
from lincassable.portal.phone import another_store, is_for_another, page, store_of, wants_json
from references.enums import ShelfState
from references.models import HeldList, Reference, ShelfCheck, ShelfItem
from references.queries import found, on_market, shelf_of
from references.services import MOST_ITEMS, ShelfLine, add_to_shelf, hold_shelf, set_shelf
from stores.merging import history_ids
from stores.models import Store

_PREFIX = "state_"


class ShelfForm(forms.Form):
    """What the form holds besides one choice per product."""

    key = forms.UUIDField(widget=forms.HiddenInput, error_messages={"invalid": gettext_lazy("Open the page again, then send the form.")})
    occurred_at = LenientMomentField(widget=forms.HiddenInput, required=False)
    first_name = forms.CharField(
        label=gettext_lazy("Your first name (optional)"),
        max_length=60,
        required=False,
        widget=forms.TextInput({"autocomplete": "given-name", "class": "form-control"}),
    )


@dataclass(frozen=True)
class Row:
    """One product of the list, and which choice is made."""

    reference: Reference
    state: str

    @property
    def name(self) -> str:
        """Its field in the form."""
        return f"{_PREFIX}{self.reference.uuid}"


def states_sent(data: QueryDict) -> dict[uuid.UUID, str]:
    """Return the choices of a sent form by public id of the product; what is no product is left out."""
    states = {}
    for name, state in data.items():
        if name.startswith(_PREFIX) and len(states) < MOST_ITEMS:
            try:
                states[uuid.UUID(name.removeprefix(_PREFIX))] = str(state)
            except ValueError:
                continue
    return states


def last_look(store: Store) -> ShelfCheck | None:
    """Return the last time that somebody looked at the whole shelf of `store`, or None."""
    return ShelfCheck.objects.filter(store=store).order_by("-checked_at", "-pk").first()


def _rows(store: Store, sent: dict[uuid.UUID, str] | None = None) -> list[Row]:
    """Return the list of a place, with what was just chosen where something was."""
    return [Row(item.reference, (sent or {}).get(item.reference.uuid, item.state)) for item in shelf_of(store)]


def _context(store: Store, form: ShelfForm, rows: Sequence[Row]) -> dict[str, Any]:
    return {"store": store, "form": form, "rows": rows, "states": ShelfState.choices}


@link_required(AccessLink.STORE, allow_old=True)
@same_origin
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def references(request: HttpRequest) -> HttpResponse:
    """The list, prefilled with what is known; sent whole. One sent under a card that was replaced lately is held for a coordinator."""
    store = store_of(request)
    if request.method == "POST":
        return another_store(request) if is_for_another(request, store) else _receive(request, store)
    if not request.link.is_current:  # type: ignore[attr-defined]
        return refusal(request, LinkState.OLD, status=403)
    form = ShelfForm(initial={"key": uuid.uuid4(), "first_name": remembered_first_name(request)})
    context = {**_context(store, form, _rows(store)), "last": last_look(store)}
    return page(request, "portal/references.html", context)


def _receive(request: HttpRequest, store: Store) -> HttpResponse:
    """Take a sent list: a receipt, or the form again with what is wrong."""
    form, sent = ShelfForm(request.POST), states_sent(request.POST)
    if not form.is_valid():
        return _answer_wrong(request, store, form, sent)
    data = form.cleaned_data
    lines = [ShelfLine(one, sent[one.uuid]) for one in Reference.objects.filter(uuid__in=sent).select_related("producer").order_by("pk")]
    is_held = not request.link.is_current and not ShelfCheck.objects.filter(key=data["key"]).exists()  # type: ignore[attr-defined]
    try:
        check = (hold_shelf if is_held else set_shelf)(
            store,
            lines,
            key=data["key"],
            by=request.actor,  # type: ignore[attr-defined]
            first_name=data["first_name"],
            checked_at=data["occurred_at"],
        )
    except ValidationError as error:
        form.add_error(None, error)
        return _answer_wrong(request, store, form, sent)
    address = reverse("portal:references_receipt", args=[check.key])
    response = JsonResponse({"redirect": address}) if wants_json(request) else redirect(address)
    remember_first_name(response, data["first_name"])
    return response


def _answer_wrong(request: HttpRequest, store: Store, form: ShelfForm, sent: dict[uuid.UUID, str]) -> HttpResponse:
    context = _context(store, form, _rows(store, sent))
    if wants_json(request):
        return JsonResponse({"html": render_to_string("portal/_references_form.html", context, request)}, status=422)
    return page(request, "portal/references.html", {**context, "last": last_look(store)}, status=422)


@link_required(AccessLink.STORE, allow_old=True)
@never_cache
@require_safe
def receipt(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """What was noted. Another store's receipt does not exist here."""
    store = store_of(request)
    check = ShelfCheck.objects.filter(key=key, store__in=history_ids(store)).first()
    if check is None:
        held = HeldList.objects.filter(key=key, store__in=history_ids(store)).first()
        if held is None:
            raise Http404
        return page(request, "portal/references_held.html", {"store": store, "held": held})
    there = ShelfItem.objects.filter(store=store, state=ShelfState.AVAILABLE).count()
    return page(request, "portal/references_receipt.html", {"store": store, "check": check, "there": there})


@link_required(AccessLink.STORE)
@same_origin
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Look for a product and put it on the list: at once, so that it can be done before the list is looked through."""
    store = store_of(request)
    sought = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    if request.method == "POST":
        if is_for_another(request, store):
            return another_store(request)
        chosen = _chosen(request)
        for reference in chosen:
            add_to_shelf(store, reference, by=request.actor)  # type: ignore[attr-defined]
        if chosen:
            address = reverse("portal:references")
            return JsonResponse({"redirect": address}) if wants_json(request) else redirect(address)
    products = list(found(store, sought)) if sought else []
    nothing = _("Tick the products that you sell, then add them.") if request.method == "POST" else ""
    context = {"store": store, "sought": sought, "products": products, "nothing": nothing}
    return page(request, "portal/references_add.html", context, status=422 if nothing else 200)


def _chosen(request: HttpRequest) -> list[Reference]:
    """Return the ticked products that can be bought; what cannot be read is left out."""
    ids = []
    for text in request.POST.getlist("reference")[:100]:
        try:
            ids.append(uuid.UUID(text))
        except ValueError:
            continue
    return list(on_market().filter(uuid__in=ids).select_related("producer").order_by("pk"))
