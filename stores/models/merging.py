"""Two rows for one place: which went into which, and which pairs a coordinator has found to be two places after all."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lincassable.accounts.models import ACTOR_KINDS, Authored
from stores.enums import Status
from stores.models.places import Store


class StoreMergeQuerySet(models.QuerySet["StoreMerge"]):
    """Questions about merges. Querysets never write."""

    def standing(self) -> Self:
        """Those that were not undone."""
        return self.filter(undone_at__isnull=True)


class StoreMerge(Authored):
    """One place was found to be another one: the loser's page leads to the winner's, its history is read there.

    `carried` says which rows went over, and what else was changed, so that undoing brings back exactly that: ids and states only.
    """

    loser = models.ForeignKey(Store, on_delete=models.PROTECT, verbose_name=_("place that went"), related_name="merges")
    winner = models.ForeignKey(Store, on_delete=models.PROTECT, verbose_name=_("place that stayed"), related_name="merges_won")
    at = models.DateTimeField(_("when"), default=timezone.now)
    status_before = models.CharField(_("status before"), max_length=12, choices=Status)
    carried = models.JSONField(_("carried over"), default=dict, editable=False)
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True, editable=False)
    undone_by_kind = models.CharField(_("undone by (kind)"), max_length=8, choices=ACTOR_KINDS, blank=True, editable=False)
    undone_by_id = models.BigIntegerField(_("undone by (id)"), null=True, blank=True, editable=False)

    objects = StoreMergeQuerySet.as_manager()

    class Meta:
        verbose_name = _("merge of two places")
        verbose_name_plural = _("merges of places")
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["loser"],
                condition=Q(undone_at__isnull=True),
                name="store_merged_once",
                violation_error_message=_("This place was already merged into another one."),
            ),
            models.CheckConstraint(
                condition=~Q(loser=F("winner")),
                name="store_not_merged_into_itself",
                violation_error_message=_("A place cannot be merged into itself."),
            ),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by_kind="") | (Q(undone_at__isnull=False) & ~Q(undone_by_kind="")),
                name="merge_undone_is_whole",
                violation_error_message=_("A merge that was undone says when and by whom."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.loser} → {self.winner}"


class DistinctPlaces(Authored):
    """Two places that look alike and are not the same: they are not proposed again. The lower id comes first."""

    first = models.ForeignKey(Store, on_delete=models.CASCADE, verbose_name=_("place"), related_name="+")
    second = models.ForeignKey(Store, on_delete=models.CASCADE, verbose_name=_("other place"), related_name="+")
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name = _("two different places")
        verbose_name_plural = _("pairs of different places")
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["first", "second"], name="distinct_places_once", violation_error_message=_("This is already noted.")
            ),
            models.CheckConstraint(
                condition=Q(first__lt=F("second")),
                name="distinct_places_in_order",
                violation_error_message=_("Of two places, the one with the lower id comes first."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first} ≠ {self.second}"
