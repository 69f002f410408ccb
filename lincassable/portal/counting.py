"""The guided count in a storeroom: with the store's own card, or signed in on a phone (coordinators, sorting centres)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from crates.models import Declaration, Inventory
from crates.queries_counts import known_at
from crates.services.undo import last_act
from lincassable.accounts.actors import Actor
from lincassable.accounts.decorators import link_required, same_origin
from lincassable.accounts.links import LinkState
from lincassable.accounts.models import AccessLink
from lincassable.accounts.opening import refusal
from lincassable.portal.count_forms import SUMMARY, CountForm, texts
from lincassable.portal.phone import another_store, is_for_another, page, store_of, wants_json
from lincassable.portal.queries import stock_lines
from lincassable.portal.services import record_count
from stores.merging import history_ids
from stores.models import Store

FOUND_STORES = 20  # places shown to a signed-in person who looks for one


@dataclass(frozen=True)
class Door:
    """Which of the two ways in: who counts, where the form goes, and what the receipt's address is called."""

    store: Store
    by: Actor
    action: str
    home: str
    receipt: str
    held: bool = False
    is_card: bool = True


# -- with the store's card


def _card(request: HttpRequest) -> Door:
    link = request.link  # type: ignore[attr-defined]
    actor = request.actor  # type: ignore[attr-defined]
    return Door(store_of(request), actor, reverse("portal:count"), reverse("portal:home"), "portal:count_receipt", not link.is_current)


@link_required(AccessLink.STORE, allow_old=True)
@same_origin
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def count(request: HttpRequest) -> HttpResponse:
    """The count with the store's card. A form sent under a card that was replaced lately is held for a coordinator."""
    door = _card(request)
    if request.method == "POST":
        return another_store(request) if is_for_another(request, door.store) else _receive(request, door)
    return refusal(request, LinkState.OLD, status=403) if door.held else _begin(request, door)


@link_required(AccessLink.STORE, allow_old=True)
@never_cache
@require_safe
def receipt(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """What was counted. Another store's receipt does not exist here; a held count shows as a declaration."""
    store = store_of(request)
    if Declaration.objects.filter(key=key, store__in=history_ids(store)).exists():
        return redirect("portal:receipt", key)
    return _show_receipt(request, _card(request), key)


# -- signed in


def _person(request: HttpRequest) -> Actor:
    """Return the signed-in person who may count. Raises PermissionDenied."""
    if not request.user.has_perm("crates.add_inventory"):  # type: ignore[union-attr]
        raise PermissionDenied
    return Actor.of_user(request.user)  # type: ignore[arg-type]


def _place(request: HttpRequest, store_uuid: uuid.UUID) -> Door:
    by = _person(request)
    store = get_object_or_404(Store.objects.for_actor(by), uuid=store_uuid)
    action = reverse("portal:staff_count", args=[store.uuid])
    return Door(store, by, action, reverse("portal:staff_places"), "portal:staff_count_receipt", is_card=False)


@never_cache
@require_safe
def places(request: HttpRequest) -> HttpResponse:
    """Where a signed-in person starts: hubs and sorting centres, and a search for any other place."""
    stores = Store.objects.for_actor(_person(request)).active()
    sought = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    named = Q(name__unaccent__icontains=sought) | Q(city__unaccent__icontains=sought)
    found = stores.filter(named) if sought else stores.keeping_stock()
    return render(request, "portal/count_places.html", {"places": found.order_by("name", "pk")[:FOUND_STORES], "sought": sought})


@same_origin
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def staff_count(request: HttpRequest, store_uuid: uuid.UUID) -> HttpResponse:
    """The count of any place, by a signed-in person."""
    door = _place(request, store_uuid)
    return _receive(request, door) if request.method == "POST" else _begin(request, door)


@never_cache
@require_safe
def staff_receipt(request: HttpRequest, store_uuid: uuid.UUID, key: uuid.UUID) -> HttpResponse:
    """What was counted, with the way to undo it."""
    return _show_receipt(request, _place(request, store_uuid), key)


# -- the screens, the same for both


def _begin(request: HttpRequest, door: Door) -> HttpResponse:
    """Show the first screen."""
    containers = [line.container for line in stock_lines(door.store)]
    form = CountForm.blank(containers, known_at(door.store))
    return _screen(request, door, form, form.containers[0].code if containers else SUMMARY)


def _screen(request: HttpRequest, door: Door, form: CountForm, current: str, note: str = "", *, level: str = "info", status: int = 200):  # type: ignore[no-untyped-def]
    """Show one screen of the form; `note` tells about the answer just given."""
    context: dict[str, Any] = {
        "form": form,
        "door": door,
        "store": door.store,
        "steps": form.steps(current),
        "is_summary": current == SUMMARY,
        "said": [form.said(kind) for kind in form.containers] if current == SUMMARY and form.is_bound else [],
        "texts": texts(),
        "note": note,
        "note_level": level,
    }
    if wants_json(request):
        return JsonResponse({"html": render_to_string("portal/_count_form.html", context, request)}, status=422)
    show = page if door.is_card else render
    return show(request, "portal/count.html", context, status=status)


def _receive(request: HttpRequest, door: Door) -> HttpResponse:
    """Take one answer, or all of them: the next screen, or the receipt."""
    containers = [line.container for line in stock_lines(door.store)]
    form = CountForm.sent(request.POST, containers, known_at(door.store))
    form.is_valid()
    what, _colon, code = request.POST.get("go", "send").partition(":")
    show = partial(_screen, request, door, form)
    kind = next((kind for kind in form.containers if kind.code == code), None)
    if what == "send" or kind is None:
        return show(form.before(code)) if what == "back" else _finish(request, door, form)
    if what == "skip":
        form.skip(kind)
        form = CountForm.sent(form.data, containers, form.known)  # type: ignore[arg-type]
        form.is_valid()
        return _screen(request, door, form, form.after(code), form.said(kind))
    if what == "back":
        return show(form.before(code))
    return _answer(request, door, form, code)


def _answer(request: HttpRequest, door: Door, form: CountForm, code: str) -> HttpResponse:
    """Take the answer of one screen: the next one, or the same again."""
    step = next(step for step in form.steps(code) if step.is_current)
    if not form.check(step.container, required=True):
        return _screen(request, door, form, code, status=422)
    told = " ".join([form.said(step.container), step.last])
    if form.is_surprising(step.container):
        form.ask_again(step.container)
        return _screen(request, door, form, code, f"{told} {texts()['again']}", level="warning")
    return _screen(request, door, form, form.after(code), told)


def _finish(request: HttpRequest, door: Door, form: CountForm) -> HttpResponse:
    """Record the whole count. What waited on a phone is taken as it is; a browser's form is asked about once more."""
    for kind in form.containers:
        if not form.check(kind, required=False):
            return _screen(request, door, form, kind.code, status=422)
        if form.is_surprising(kind) and not wants_json(request):
            return _answer(request, door, form, kind.code)
    if not form.lines():
        return _screen(request, door, form, form.after(""), texts()["nothing"], level="danger", status=422)
    if form.errors:
        return _screen(request, door, form, SUMMARY, status=422)
    try:
        data = form.cleaned_data
        record_count(
            door.store,
            key=data["key"],
            lines=form.lines(),
            by=door.by,
            occurred_at=data["occurred_at"],
            note=data["note"],
            held=door.held,
        )
    except ValidationError as error:
        form.add_error(None, error)
        return _screen(request, door, form, SUMMARY, status=422)
    names = [] if door.is_card else [door.store.uuid]
    address = reverse(door.receipt, args=[*names, data["key"]])
    return JsonResponse({"redirect": address}) if wants_json(request) else redirect(address)


def _show_receipt(request: HttpRequest, door: Door, key: uuid.UUID) -> HttpResponse:
    """Show what was counted, what had been expected, and to whoever signed in the way to undo it."""
    inventory = Inventory.objects.filter(key=key, store=door.store).first()
    if inventory is None:
        raise Http404
    lines = inventory.lines.select_related("container_type").order_by("container_type__position", "pk")
    act = last_act(door.by)
    undo_key = act.key if act is not None and act.made_inventory_id == inventory.pk else None
    context = {"store": door.store, "door": door, "inventory": inventory, "lines": lines, "undo_key": undo_key}
    show = page if door.is_card else render
    return show(request, "portal/count_receipt.html", context)
