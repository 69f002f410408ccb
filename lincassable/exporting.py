"""Tables as files: CSV for any spreadsheet program, XLSX with numbers and dates that stay numbers and dates."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import Http404, HttpResponse
from django.utils import timezone

from lincassable import spreadsheet
from lincassable.formulas import harmless

CSV, XLSX = "csv", "xlsx"
TYPES = {CSV: "text/csv; charset=utf-8", XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


def table_file(name: str, headers: Sequence[Any], rows: Iterable[Sequence[Any]], *, suffix: str) -> HttpResponse:
    """Return a table as a file to download.

    Arguments:
        name: of the file, without its suffix. headers: of the columns. rows: texts, numbers, dates, moments (shown in local
        time), None for an empty cell. suffix: "csv" or "xlsx"; anything else is Http404.
    """
    if suffix not in TYPES:
        raise Http404
    response = HttpResponse(table_bytes(headers, rows, suffix=suffix), content_type=TYPES[suffix])
    response["Content-Disposition"] = f'attachment; filename="{name}.{suffix}"'
    response["Cache-Control"] = "no-store"
    return response


def table_bytes(headers: Sequence[Any], rows: Iterable[Sequence[Any]], *, suffix: str) -> bytes:
    """Return the content of such a file; rows are written as they come. The arguments are those of `table_file`, suffix "csv" or "xlsx"."""
    titles = [str(header) for header in headers]
    return _csv(titles, rows) if suffix == CSV else _xlsx(titles, rows)


def _csv(titles: list[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Semicolons and a mark of UTF-8: what French spreadsheet programs open by a double click."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(titles)
    writer.writerows([_for_csv(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _for_csv(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
    if isinstance(value, dt.date):
        return value.isoformat()
    return _harmless(value)


def _harmless(value: Any) -> Any:
    """Return lazy texts as texts, with an apostrophe before one that would be run as a formula."""
    if value is None or isinstance(value, bool | int | float) or hasattr(value, "as_tuple"):
        return value
    return harmless(str(value))


def _xlsx(titles: list[str], rows: Iterable[Sequence[Any]]) -> bytes:
    return spreadsheet.write(titles, ([_for_xlsx(value) for value in row] for row in rows))


def _for_xlsx(value: Any) -> Any:
    """Spreadsheets know no time zones: moments are written in local time."""
    if isinstance(value, dt.datetime):
        return timezone.localtime(value).replace(tzinfo=None, microsecond=0)
    return value if isinstance(value, dt.date) else _harmless(value)
