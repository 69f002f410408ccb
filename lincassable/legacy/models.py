"""What was imported from the present tool, row by row: how a newer export finds what it changes."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crates.models import Inventory
from lincassable.accounts.models import Authored
from lincassable.legacy.enums import QUIET, RowState, Table
from stores.models import Store


class LegacyImport(Authored):
    """One export that was imported, and the moment it is believed to tell of."""

    source = models.CharField(_("source"), max_length=40)
    content_hash = models.CharField(_("content"), max_length=64)
    at = models.DateTimeField(_("as of"))
    imported_at = models.DateTimeField(_("imported"), default=timezone.now, editable=False)
    last_imported_at = models.DateTimeField(_("last imported"), default=timezone.now, editable=False)
    # Table -> what happened -> number of rows, at the last import.
    outcome = models.JSONField(_("outcome"), default=dict, editable=False)
    runs = models.PositiveIntegerField(_("times imported"), default=0, editable=False)
    bad_rows = models.PositiveIntegerField(_("problems"), default=0, editable=False)
    warnings = models.PositiveIntegerField(_("warnings"), default=0, editable=False)
    # The first of them, as [file, line, reason, is it bad]: those that nobody can use come before the merely odd ones.
    problems = models.JSONField(_("problems told"), default=list, editable=False)

    class Meta:
        verbose_name = _("import from the present tool")
        verbose_name_plural = _("imports from the present tool")
        ordering = ["-last_imported_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["source", "content_hash"], name="legacy_import_once_per_content")]

    def __str__(self) -> str:
        return f"{self.source} · {timezone.localtime(self.at):%d/%m/%Y %H:%M}"

    @property
    def rows_written(self) -> int:
        """How many rows changed something here at the last import."""
        return sum(number for counts in self.outcome.values() for what, number in counts.items() if what not in QUIET)


class LegacyRow(models.Model):
    """What one row of the present tool is here.

    `digest` is of what the row means to us (its references resolved), so that a change elsewhere in the row, or in how
    the file is written, is no change. `detail` holds what a later import or the nightly job needs: the figures of a row
    whose day is yet to come, the fields of a place as they were imported.
    """

    source = models.CharField(_("source"), max_length=40)
    table_name = models.CharField(_("table"), max_length=24, choices=Table)
    row_id = models.BigIntegerField(_("id there"))
    digest = models.UUIDField(_("digest"))
    state = models.CharField(_("state"), max_length=8, choices=RowState, default=RowState.HERE)
    object_id = models.BigIntegerField(_("id here"), null=True, blank=True)
    # How often the row was written again: external ids of replaced counts stay theirs.
    version = models.PositiveIntegerField(_("version"), default=1)
    detail = models.JSONField(_("detail"), null=True, blank=True)

    class Meta:
        verbose_name = _("row of the present tool")
        verbose_name_plural = _("rows of the present tool")
        ordering = ["source", "table_name", "row_id"]
        constraints = [models.UniqueConstraint(fields=["source", "table_name", "row_id"], name="legacy_row_once")]
        indexes = [models.Index(fields=["table_name", "row_id"], condition=models.Q(state="pending"), name="legacy_row_pending")]

    def __str__(self) -> str:
        return f"{self.table_name} {self.row_id}"

    @property
    def here(self) -> int:
        """The id here; 0, which no row has, while there is none."""
        return self.object_id or 0


class AssumedCount(models.Model):
    """The `stock_*` columns of a place that nobody counted: an inventory stands for them while no real count does.

    `figures` maps a container's code to [total, full or null]; `at` is the moment they are believed for.
    """

    store = models.OneToOneField(Store, on_delete=models.PROTECT, verbose_name=_("collection point"), related_name="+")
    at = models.DateTimeField(_("as of"))
    figures = models.JSONField(_("figures"), default=dict)
    inventory = models.ForeignKey(Inventory, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("inventory"))
    version = models.PositiveIntegerField(_("version"), default=0)
    in_force = models.BooleanField(_("in force"), default=False)

    class Meta:
        verbose_name = _("assumed count")
        verbose_name_plural = _("assumed counts")
        ordering = ["store"]

    def __str__(self) -> str:
        return f"{self.store}"
