"""The deposit pages of a store's phone: months still to declare, a month declared again, the receipt."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from crates.models import DepositCount
from crates.queries_deposits import (
    ASKED_MONTHS,
    amounts,
    asked_stores,
    counts_in_force,
    former_counts,
    last_complete_month,
    missing_months,
    months_back,
)
from crates.services.deposits import record_deposits
from lincassable.accounts.decorators import link_required, same_origin
from lincassable.accounts.links import LinkState
from lincassable.accounts.models import AccessLink
from lincassable.accounts.opening import refusal
from lincassable.portal.deposit_forms import DepositForm, read_month, read_months
from lincassable.portal.phone import another_store, is_for_another, page, store_of, wants_json
from stores.merging import history_ids
from stores.models import Store


def months_to_declare(store: Store) -> list[dt.date] | None:
    """Return the months that `store` still has to declare, oldest first; None when it is not asked for deposits."""
    return missing_months([store.pk])[store.pk] if asked_stores().filter(pk=store.pk).exists() else None


@link_required(AccessLink.STORE, allow_old=True)
@same_origin
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def deposits(request: HttpRequest) -> HttpResponse:
    """The form. `?mois=2026-10` opens one month, declared or not. Sent under a card that was replaced lately, it is held."""
    if request.method == "POST":
        return _receive(request)
    if not request.link.is_current:  # type: ignore[attr-defined]
        return refusal(request, LinkState.OLD, status=403)
    store = store_of(request)
    missing = missing_months([store.pk])[store.pk]
    chosen = _chosen(request)
    months = [chosen] if chosen else missing
    form = _form(store, months, initial={"key": uuid.uuid4()}) if months else None
    return page(request, "portal/deposits.html", {**_context(store, form), "missing": missing, "chosen": chosen})


def _chosen(request: HttpRequest) -> dt.date | None:
    """Return the month that the address names. Raises Http404 for one that is not over, or too old."""
    text = request.GET.get("mois")
    if text is None:
        return None
    month = read_month(text)
    if month not in months_back(last_complete_month(), ASKED_MONTHS):
        raise Http404
    return month


def _form(store: Store, months: Sequence[dt.date], data: Any = None, **kwargs: Any) -> DepositForm:
    known = counts_in_force(store, months)
    former = former_counts(store, max(months)) if months else []
    return DepositForm(data, months=months, amounts=amounts(), known=known, former=former, **kwargs)


def _context(store: Store, form: DepositForm | None) -> dict[str, Any]:
    """Return what the page shows besides the form: the months that can be opened again, the newest first."""
    window = months_back(last_complete_month(), ASKED_MONTHS)
    counts = DepositCount.objects.filter(store__in=history_ids(store), month__in=window, is_current=True)
    declared = set(counts.values_list("month", flat=True).distinct())
    others = [month for month in reversed(window) if month in declared and (form is None or month not in form.months)]
    return {"store": store, "form": form, "others": others}


def _receive(request: HttpRequest) -> HttpResponse:
    """Take a sent form: a receipt, or the form again with what is wrong."""
    store = store_of(request)
    if is_for_another(request, store):
        return another_store(request)
    # A page kept on the phone may ask for other months than today's: what was sent says which.
    form = _form(store, read_months(request.POST.get("months", "")), request.POST)
    if not form.is_valid():
        return _answer_wrong(request, store, form)
    try:
        rows = record_deposits(
            store,
            form.lines(),
            key=form.cleaned_data["key"],
            by=request.actor,  # type: ignore[attr-defined]
            declared_at=form.cleaned_data["occurred_at"],
            held=not request.link.is_current,  # type: ignore[attr-defined]
        )
    except ValidationError as error:
        form.add_error(None, error)
        return _answer_wrong(request, store, form)
    address = reverse("portal:deposit_receipt", args=[rows[0].key])
    return JsonResponse({"redirect": address}) if wants_json(request) else redirect(address)


def _answer_wrong(request: HttpRequest, store: Store, form: DepositForm) -> HttpResponse:
    if wants_json(request):
        html = render_to_string("portal/_deposit_form.html", {"store": store, "form": form}, request)
        return JsonResponse({"html": html}, status=422)
    return page(request, "portal/deposits.html", {**_context(store, form), "missing": form.months, "chosen": None}, status=422)


@link_required(AccessLink.STORE, allow_old=True)
@never_cache
@require_safe
def receipt(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """What was declared, and what still lacks. Another store's receipt does not exist here."""
    store = store_of(request)
    found = DepositCount.objects.filter(key=key, store__in=history_ids(store)).select_related("amount")
    rows = list(found.order_by("month", "-amount__amount_eur"))
    if not rows:
        raise Http404
    context = {
        "store": store,
        "key": key,
        "rows": rows,
        "declared_at": rows[0].declared_at,
        "is_held": any(row.is_held for row in rows),
        "is_replaced": any(not row.is_current and not row.is_held for row in rows),
        "missing": missing_months([store.pk])[store.pk],
    }
    return page(request, "portal/deposit_receipt.html", context)
