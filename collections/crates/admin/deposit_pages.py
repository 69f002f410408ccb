"""The statements of deposits, on paper or as files: one store's year, the network's year, all counts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _

from crates.models import DepositCount
from crates.queries_deposits import NetworkYear, Statement, Tally, network_year, return_rate, yearly_statement, years_with_counts
from lincassable.exporting import table_file
from stores.models import Store

FIRST_YEAR = 2000


def asked_year(request: HttpRequest) -> int:
    """Return the year that the address names (?year=2026), this one without. Raises Http404 for what is none."""
    text = request.GET.get("year", str(timezone.localdate().year))
    if not text.isascii() or not text.isdigit() or not FIRST_YEAR <= int(text[:6]) <= timezone.localdate().year:
        raise Http404
    return int(text)


def store_page(request: HttpRequest, store_id: int) -> HttpResponse:
    """Show, or return as a file (?format=csv), the statement of one store."""
    store = get_object_or_404(Store, pk=store_id)
    year = asked_year(request)
    statement = yearly_statement(store, year)
    if suffix := request.GET.get("format", ""):
        headers, rows = store_table(statement)
        return table_file(f"consignes-{store.pk}-{year}", headers, rows, suffix=suffix)
    return render(request, "crates/admin/statement.html", {"statement": statement, "years": years_with_counts()})


def network_page(request: HttpRequest) -> HttpResponse:
    """Show, or return as a file (?format=csv), the year of every store."""
    year = asked_year(request)
    network = network_year(year)
    if suffix := request.GET.get("format", ""):
        headers, rows = network_table(network)
        return table_file(f"consignes-{year}", headers, rows, suffix=suffix)
    return render(request, "crates/admin/network_year.html", {"network": network, "years": years_with_counts()})


def store_table(statement: Statement) -> tuple[list[str], list[list[Any]]]:
    """Return the headers and rows of a store's statement."""
    headers = [_("month")]
    for amount in statement.amounts:
        headers += [_("charged %(amount)s") % {"amount": amount}, _("refunded %(amount)s") % {"amount": amount}]
    headers += [*_sum_headers(), _("gap so far (bottles)"), _("gap so far (€)"), _("bottles collected"), _("declared")]
    rows = []
    for line in statement.lines:
        figures = [number for tally in line.tallies for number in ((tally.charged, tally.refunded) if tally.is_known else (None, None))]
        declared = line.total.is_known
        sums = _sums(line.total) if declared else [None] * 6
        rows.append([line.month, *figures, *sums, line.gap_so_far, line.gap_so_far_eur, line.collected, _("yes") if declared else _("no")])
    return headers, rows


def network_table(network: NetworkYear) -> tuple[list[str], list[list[Any]]]:
    """Return the headers and rows of the network's year."""
    headers = [_("place"), _("town"), _("zone"), _("months declared"), *_sum_headers()]
    rows = [[row.store.name, row.store.city, str(row.store.zone or ""), row.months, *_sums(row.tally)] for row in network.lines]
    return headers, rows


def _sum_headers() -> list[str]:
    return [_("charged"), _("refunded"), _("gap (bottles)"), _("charged (€)"), _("gap (€)"), _("return rate (%)")]


def _sums(tally: Tally) -> list[Any]:
    return [tally.charged, tally.refunded, tally.gap, tally.charged_eur, tally.gap_eur, tally.rate]


def counts_file(suffix: str) -> HttpResponse:
    """Return every count in force as a file."""
    headers = [_("place"), _("town"), _("external id"), _("month"), _("deposit (€)"), _("charged"), _("refunded"), _("gap (bottles)")]
    headers += [_("return rate (%)"), _("declared")]
    counts = (
        DepositCount.objects.filter(is_current=True).select_related("store", "amount").order_by("store__name", "store", "month", "amount")
    )
    return table_file("consignes", headers, _count_rows(counts), suffix=suffix)


def _count_rows(counts: QuerySet[DepositCount]) -> Iterator[list[Any]]:
    for row in counts.iterator(chunk_size=2000):
        rate = return_rate(row.charged, row.refunded)
        place = [row.store.name, row.store.city, row.store.source_id]
        yield [*place, row.month, row.amount.amount_eur, row.charged, row.refunded, row.gap, rate, row.declared_at]
