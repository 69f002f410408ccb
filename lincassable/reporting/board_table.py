"""The stock board as a table for files: one row per place and container."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from crates.models import ContainerType
from lincassable.reporting.stock_board import Board, BoardRow


def board_table(shown: Board) -> tuple[list[str], Iterator[list[Any]]]:
    """Return the headers and the rows of the board as a file."""
    return board_headers(), (line for row in shown.rows for line in place_rows(row))


def board_headers() -> list[str]:
    """Return the titles of the columns."""
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
    return [*headers, _("full (%)"), _("last declaration"), _("open request"), _("truck announced"), _("to look at"), _("urgency")]


def place_rows(row: BoardRow) -> Iterator[list[Any]]:
    """Yield the rows of one place: one per container, or a single one without."""
    place = [row.name, row.city, row.kind_name, row.zone]
    news = [row.declared_at, row.requested_at, _("yes") if row.is_announced else _("no")]
    told: dict[ContainerType | None, list[str]] = {}
    for alert in row.alerts:
        told.setdefault(alert.container, []).append(_("%(what)s: %(told)s") % {"what": alert.title, "told": alert.sentence})
    # What is about no container in particular is told once, with the first line of the place.
    rest = told.get(None, [])
    for bar in row.bars:
        figures = [bar.container.name, bar.full, bar.empty, bar.total, bar.buffer, bar.capacity, bar.percent]
        yield [*place, *figures, *news, "; ".join([*told.get(bar.container, []), *rest]), row.urgency]
        rest = []
    if not row.bars:
        yield [*place, *[None] * 7, *news, "; ".join(rest), row.urgency]
