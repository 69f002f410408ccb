"""Rejects counted at the sorting table become non-conformities by themselves: one per batch, kind and producer."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from crates.models import BottleMovement, SortingBatch, SortingReject
from lincassable.accounts.actors import Actor
from nonconformities.enums import Source, State, Step
from nonconformities.models import NonConformity, NonConformityKind, RejectCause
from nonconformities.services.common import write_log
from nonconformities.services.handling import reject
from nonconformities.services.reporting import Report, report
from references.models import Producer, Reference

OTHER = "other"  # the kind of reasons that nobody has given one


@transaction.atomic
def report_rejects(batch: SortingBatch, *, quietly: bool = False) -> list[NonConformity]:
    """Write the rejects of a batch down as non-conformities, by kind and producer; again changes nothing.

    Arguments: quietly, tell nobody: batches of long ago.

    The producer is the one whose products alone come in the rejected bottle model; where several share it, a person says which.
    What is within NONCONFORMITY_REJECTS_PER_1000 bottles of the batch is counted and closed at once; more is for somebody to look at.
    Those of a batch that was cancelled are set aside. Returns the new rows.
    """
    batch = SortingBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if batch.cancelled_at is not None:
        _set_aside(batch)
        return []
    known = set(NonConformity.objects.filter(batch=batch, source=Source.COUNT).values_list("key", flat=True))
    sums = _sums(batch)
    most = _bottles(batch) * settings.NONCONFORMITY_REJECTS_PER_1000 / 1000
    made = []
    for (kind, producer), quantity in sums.items():
        key = uuid.uuid5(batch.key, f"{kind.code}:{producer.pk if producer else ''}")
        if key not in known:
            made.append(_write(batch, kind, producer, quantity, key=key, is_usual=quantity <= most, quietly=quietly))
    return made


def _write(
    batch: SortingBatch,
    kind: NonConformityKind,
    producer: Producer | None,
    quantity: int,
    *,
    key: uuid.UUID,
    is_usual: bool,
    quietly: bool,
) -> NonConformity:
    """Write one; what is usual is over at once and tells nobody."""
    by = Actor.system()
    said = Report(kind, batch=batch, producer=producer, quantity=quantity, occurred_at=batch.sorted_at)
    row = report(said, key=key, source=Source.COUNT, by=by, quietly=quietly or is_usual)
    if is_usual:
        with translation.override(settings.LANGUAGE_CODE):
            row.answer = _("Counted at sorting, within what is usual.")
        row.state, row.closed_at = State.RESOLVED, timezone.now()
        row.save(update_fields=["answer", "state", "closed_at"])
        write_log(row, Step.MOVED, by=by)
    return row


def _sums(batch: SortingBatch) -> dict[tuple[NonConformityKind, Producer | None], int]:
    """Return how many bottles were rejected, by kind and producer."""
    causes = {cause.reason_id: cause.kind for cause in RejectCause.objects.select_related("kind")}
    other = NonConformityKind.objects.filter(code=OTHER).first()
    rejects = list(SortingReject.objects.filter(batch=batch).order_by("pk"))
    producers = _producers({reject.bottle_model_id for reject in rejects if reject.bottle_model_id})
    sums: dict[tuple[NonConformityKind, Producer | None], int] = defaultdict(int)
    for row in rejects:
        kind = causes.get(row.reason_id) or other
        if kind is not None and row.quantity:
            sums[kind, producers.get(row.bottle_model_id or 0)] += row.quantity
    return sums


def _producers(models: set[int]) -> Mapping[int, Producer]:
    """Return the producer of each bottle model that only one uses."""
    users: dict[int, dict[int, Producer]] = defaultdict(dict)
    for product in Reference.objects.filter(bottle_model__in=models, producer__is_active=True).select_related("producer"):
        users[product.bottle_model_id or 0][product.producer_id] = product.producer
    return {model: next(iter(found.values())) for model, found in users.items() if len(found) == 1}


def _bottles(batch: SortingBatch) -> int:
    """Return how many bottles a batch had in all."""
    accepted = BottleMovement.objects.filter(batch=batch, kind="sorted", reverses=None).aggregate(total=Sum("quantity"))["total"] or 0
    rejected = SortingReject.objects.filter(batch=batch).aggregate(total=Sum("quantity"))["total"] or 0
    return accepted + rejected


def _set_aside(batch: SortingBatch) -> None:
    """Set aside what came from a batch that was cancelled, and take what was usual out of the counts."""
    with translation.override(settings.LANGUAGE_CODE):
        answer = _("The batch was cancelled.")
    for row in NonConformity.objects.filter(batch=batch, source=Source.COUNT).exclude(state=State.REJECTED).order_by("pk"):
        if row.is_open:
            reject(row, answer=answer, by=Actor.system())
            continue
        row.state, row.answer, row.duplicate_of, row.changed_at = State.REJECTED, answer, None, timezone.now()
        row.save(update_fields=["state", "answer", "duplicate_of", "changed_at"])
        write_log(row, Step.MOVED, by=Actor.system())
