"""Scheduled work of non-conformities."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from crates.models import SortingBatch
from lincassable.messaging.services import enqueue_many
from nonconformities import emails
from nonconformities.producers import figures_of, month_before, to_summarise
from nonconformities.services import report_rejects

LOOKED_BACK = timedelta(days=3)  # a task that did not run for longer is caught up by hand


@shared_task(name="nonconformities.rejects")
def rejects(days: int | None = None) -> int:
    """Write the rejects of the latest batches down as non-conformities; return how many are new. Safe to run at any time.

    Arguments: days, how far to look back; three unless given; to catch up with older batches, and then nobody is told.
    """
    since = timezone.now() - (timedelta(days=days) if days else LOOKED_BACK)
    recent = Q(recorded_at__gte=since, rejects__isnull=False) | Q(cancelled_at__gte=since)
    ids = SortingBatch.objects.filter(recent).order_by(F("pk").asc()).values_list("pk", flat=True).distinct()
    return sum(len(report_rejects(SortingBatch(pk=pk), quietly=days is not None)) for pk in ids)


@shared_task(name="nonconformities.monthly")
def monthly() -> int:
    """Write last month's summary to the producers with whose bottles something was seen; return how many mails. Safe to run at any time.

    It goes out on the first days of a month; whoever has it does not get it again.
    """
    since, until = month_before(timezone.now())
    written = 0
    for producer in to_summarise(since, until):
        with transaction.atomic():
            mails = list(emails.monthly(producer, figures_of(producer, since, until), f"{since:%Y-%m}"))
            enqueue_many(mails)
        written += len(mails)
    return written
