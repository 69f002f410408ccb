"""Scheduled work of non-conformities."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.db.models import F, Q
from django.utils import timezone

from crates.models import SortingBatch
from nonconformities.services import report_rejects

LOOKED_BACK = timedelta(days=3)  # a task that did not run for longer is caught up by hand


@shared_task(name="nonconformities.rejects")
def rejects(days: int | None = None) -> int:
    """Write the rejects of the latest batches down as non-conformities; return how many are new. Safe to run at any time.

    Arguments: days, how far to look back; three unless given.
    """
    since = timezone.now() - (timedelta(days=days) if days else LOOKED_BACK)
    recent = Q(recorded_at__gte=since, rejects__isnull=False) | Q(cancelled_at__gte=since)
    ids = SortingBatch.objects.filter(recent).order_by(F("pk").asc()).values_list("pk", flat=True).distinct()
    return sum(len(report_rejects(SortingBatch(pk=pk))) for pk in ids)
