"""The stock board and a place's movements, in the admin's frame; each also as a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _

from crates.models import ContainerType
from lincassable.exporting import table_file
from lincassable.reporting.movements_page import Period, movements_page
from lincassable.reporting.movements_page import table as movements_table
from lincassable.reporting.stock_board import Board, board
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


def board_table(shown: Board) -> tuple[list[str], Iterator[list[Any]]]:
    """Return the headers and the rows of the board as a file: one row per place and container."""
    headers = [
        _("place"),
        _("town"),
        _("kind"),
        _("zone"),
        _("container"),
        _("full"),
        _("empty"),
        _("in all"),
        _("buffer stock"),
        _("capacity"),
    ]
    headers += [_("full (%)"), _("last declaration"), _("open request"), _("truck announced"), _("to look at"), _("urgency")]
    return headers, _board_rows(shown)


def _board_rows(shown: Board) -> Iterator[list[Any]]:
    for row in shown.rows:
        place = [row.name, row.city, row.kind_name, row.zone]
        news = [row.declared_at, row.requested_at, _("yes") if row.is_announced else _("no")]
        told: dict[ContainerType | None, list[str]] = {}
        for alert in row.alerts:
            told.setdefault(alert.container, []).append(f"{alert.title}: {alert.sentence}")
        # What is about no container in particular is told once, with the first line of the place.
        rest = told.get(None, [])
        for bar in row.bars:
            figures = [bar.container.name, bar.full, bar.empty, bar.total, bar.buffer, bar.capacity, bar.percent]
            yield [*place, *figures, *news, "; ".join([*told.get(bar.container, []), *rest]), row.urgency]
            rest = []
        if not row.bars:
            yield [*place, *[None] * 7, *news, "; ".join(rest), row.urgency]


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
