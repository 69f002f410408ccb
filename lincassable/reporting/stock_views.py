"""The stock board and a place's movements, in the admin's frame; each also as a file."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _

from lincassable.exporting import table_file
from lincassable.reporting.board_table import board_table
from lincassable.reporting.movements_page import Period, movements_page
from lincassable.reporting.movements_page import table as movements_table
from lincassable.reporting.stock_board import board
from lincassable.reporting.stock_forms import BoardForm, MovementsForm
from stores.admin_saving import author
from stores.models import Store

PERMISSION = "crates.view_balance"


def stock_board(request: HttpRequest) -> HttpResponse:
    """Show the board, or return it as a file (?format=csv)."""
    _allowed(request)
    form = BoardForm(request.GET)
    form.is_valid()
    if suffix := request.GET.get("format", ""):
        headers, rows = board_table(board(form.asked(None)))
        return table_file(f"stock-{_day(form)}", headers, rows, suffix=suffix)
    asked = form.asked(page_number(request))
    context = {"form": form, "board": board(asked), "asked": asked, "title": _("Stock board")}
    return _page(request, "reporting/stock_board.html", context)


def movements(request: HttpRequest, store_uuid: UUID) -> HttpResponse:
    """Show what moved at a place, or return it as a file (?format=csv)."""
    _allowed(request)
    store = get_object_or_404(Store.objects.for_actor(author(request)), uuid=store_uuid)
    form = MovementsForm(request.GET)
    form.is_valid()
    given = getattr(form, "cleaned_data", {})
    period = Period(store, *form.period(), given.get("cause") or "", given.get("container"))
    if suffix := request.GET.get("format", ""):
        headers, rows = movements_table(period)
        return table_file(f"mouvements-{store.pk}-{timezone.localdate(period.until)}", headers, rows, suffix=suffix)
    shown = movements_page(period, page_number(request))
    return _page(request, "reporting/movements.html", {"form": form, "shown": shown, "store": store, "title": store.name})


def page_number(request: HttpRequest) -> int:
    """Return the page that the address names (?page=2); the first one for what is no number."""
    text = request.GET.get("page", "")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 7 else 1


def _day(form: forms.Form) -> str:
    moment = getattr(form, "cleaned_data", {}).get("at") or timezone.now()
    return f"{timezone.localtime(moment):%Y-%m-%d}"


def _allowed(request: HttpRequest) -> None:
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    query = request.GET.copy()
    query.pop("page", None)
    query.pop("format", None)
    return render(request, template, {**admin.site.each_context(request), **context, "query": query.urlencode()})
