"""The public front door and the pages of a store's phone. No session, no account: the card's cookie names the store."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from crates.enums import Unit
from crates.models import Declaration
from crates.services import DeclaredLine
from lincassable import pwa
from lincassable.accounts.decorators import link_required, public, same_origin
from lincassable.accounts.links import LinkState
from lincassable.accounts.models import AccessLink
from lincassable.accounts.opening import open_link, refusal
from lincassable.portal.cookies import remember_first_name, remembered_first_name
from lincassable.portal.deposits import months_to_declare
from lincassable.portal.form_page import declaration_page
from lincassable.portal.forms import MOST_PALOXES, DeclarationForm, fill_names, fills_sent
from lincassable.portal.phone import START_URL, another_store, is_for_another, page, store_of, wants_json
from lincassable.portal.queries import Held, history, receipt_of, stock_lines, store_home
from lincassable.portal.services import declare_and_request
from stores.merging import history_ids
from stores.models import Store


@public
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """The public front door: what this is, and which way in for whom."""
    return render(request, "portal/start.html")


@public
@require_safe
def open_card(request: HttpRequest, token: str) -> HttpResponse:
    """Open a store's card: the phone gets the store's cookie and goes to its home. Writes nothing."""
    return open_link(request, token, AccessLink.STORE, START_URL)


@link_required(AccessLink.STORE)
@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What is here, where the pickup stands, and the big button."""
    store = store_of(request)
    context = {
        "home": store_home(store),
        "deposit_months": months_to_declare(store),
        "network_phone": settings.ORGANISATION_PHONE,
        "network_email": settings.ORGANISATION_EMAIL,
    }
    return page(request, "portal/home.html", context)


@link_required(AccessLink.STORE, allow_old=True)
@same_origin
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def declare(request: HttpRequest) -> HttpResponse:
    """The declaration screen. A form sent under a card that was replaced lately is held for a coordinator."""
    if request.method == "POST":
        return _receive(request)
    if not request.link.is_current:  # type: ignore[attr-defined]
        return refusal(request, LinkState.OLD, status=403)
    store = store_of(request, through=False)
    stock = stock_lines(store, used_only=True)
    containers = [(line.container, _palox_count(line)) for line in stock]
    initial = {"key": uuid.uuid4(), "first_name": remembered_first_name(request), **_known_figures(stock)}
    return declaration_page(request, store.name, store.uuid, containers, initial)


def _palox_count(line: Held) -> int:
    return min(MOST_PALOXES, max(1, line.total))


def _known_figures(stock: list[Held]) -> dict[str, int]:
    """Return what the steppers start from: what the ledger believes is full, after the last answer and the visits since."""
    return {f"full_{line.container.code}": line.full for line in stock if line.container.declared_as == Unit.COUNT}


def _receive(request: HttpRequest) -> HttpResponse:
    """Take a sent form: a receipt, or the form again with what is wrong. Eight queries."""
    store = store_of(request, through=False)
    if is_for_another(request, store):
        return another_store(request)
    stock = stock_lines(store, used_only=True)
    # A palox that was not answered is not in the form, and one that was may have left since the page was kept.
    paloxes = {line.container.pk: max(_palox_count(line), fills_sent(request.POST, line.container)) for line in stock}
    form = DeclarationForm(request.POST, containers=[line.container for line in stock], paloxes=paloxes)
    if not form.is_valid():
        return _answer_wrong(request, store, form)
    try:
        declaration = _declare(request, store, form)
    except ValidationError as error:
        form.add_error(None, error)
        return _answer_wrong(request, store, form)
    address = reverse("portal:receipt", args=[declaration.key])
    response = JsonResponse({"redirect": address}) if wants_json(request) else redirect(address)
    remember_first_name(response, form.cleaned_data["first_name"])
    return response


def _declare(request: HttpRequest, store: Store, form: DeclarationForm) -> Declaration:
    data = form.cleaned_data
    return declare_and_request(
        store,
        key=data["key"],
        lines=_lines(form),
        by=request.actor,  # type: ignore[attr-defined]
        occurred_at=data["occurred_at"],
        wants_pickup=data["wants_pickup"],
        first_name=data["first_name"],
        note=data["note"],
        held=not request.link.is_current,  # type: ignore[attr-defined]
    )


def _lines(form: DeclarationForm) -> list[DeclaredLine]:
    """Return what the form says, one line per container."""
    data, lines = form.cleaned_data, []
    for kind in form.containers:
        names = fill_names(kind, form.paloxes.get(kind.pk, 0))
        fills = [data[name] for name in names if data.get(name) is not None]
        lines.append(DeclaredLine(kind, data.get(f"full_{kind.code}"), data.get(f"total_{kind.code}"), fills))
    return lines


def _answer_wrong(request: HttpRequest, store: Store, form: DeclarationForm) -> HttpResponse:
    context = {"form": form, "store": store}
    if wants_json(request):
        return JsonResponse({"html": render_to_string("portal/_declaration_form.html", context, request)}, status=422)
    return page(request, "portal/declare.html", context, status=422)


@link_required(AccessLink.STORE, allow_old=True)
@never_cache
@require_safe
def receipt(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """What was declared, and what happens next. Another store's receipt does not exist here."""
    store = store_of(request)
    declaration = Declaration.objects.filter(key=key, store__in=history_ids(store)).first()
    if declaration is None:
        raise Http404
    return page(request, "portal/receipt.html", {"store": store, "receipt": receipt_of(declaration, store)})


@link_required(AccessLink.STORE)
@never_cache
@require_safe
def past(request: HttpRequest) -> HttpResponse:
    """The last declarations and visits of the store."""
    store = store_of(request)
    return page(request, "portal/history.html", {"store": store, "events": history(store)})


@public
@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """The worker that keeps the store's pages for the dead spots; the forms are kept from the first visit on."""
    return pwa.service_worker(
        request,
        start_url=START_URL,
        assets=(*pwa.PHONE_ASSETS, "app/stop-photos.js", "app/problems.css"),
        pages=[reverse("portal:declare"), reverse("portal:count"), reverse("portal:references"), reverse("problems:report")],
    )


@public
@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """What lets a phone put the store's page on its home screen."""
    return pwa.manifest(request, start_url=START_URL, name=settings.SITE_NAME, short_name=settings.SITE_NAME)
