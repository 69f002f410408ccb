"""`manage.py stock`: the stock of every place and container, to compare with the present tool's screen."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from lincassable.legacy.moments import iso_moment
from lincassable.legacy.queries import StockRow, stock_rows


class Command(BaseCommand):
    """Print the stock now, or as it stood at the end of a day."""

    help = "Print the stock of every place and container, now or on a past day."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--format", choices=["table", "json"], default="table", help="default: table")
        parser.add_argument("--at", type=iso_moment, metavar="ISO", help="a moment; everything of its local day counts (default: now)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the rows."""
        at = iso_moment(options["at"]) if isinstance(options["at"], str) else options["at"]
        rows = stock_rows(at)
        if options["format"] == "json":
            self.stdout.write(json.dumps(rows, ensure_ascii=False))
        else:
            self._table(rows)

    def _table(self, rows: list[StockRow]) -> None:
        names = [_("id"), _("collection point"), _("container"), _("total"), _("full")]
        width = max([len(row["name"]) for row in rows] + [len(names[1])])
        self.stdout.write(f"{names[0]:>8}  {names[1]:<{width}}  {names[2]:<10} {names[3]:>9} {names[4]:>9}")
        for row in rows:
            self.stdout.write(f"{row['store']:>8}  {row['name']:<{width}}  {row['container']:<10} {row['total']:>9} {row['full']:>9}")
