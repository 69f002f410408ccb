"""Rejects of the sorting table become non-conformities by themselves, per kind and producer."""

import pytest
from django.utils import timezone

from crates.models import RejectReason, SortingBatch
from crates.tests.factories import BottleModelFactory, BottleMovementFactory, RejectReasonFactory, SortingBatchFactory, SortingRejectFactory
from lincassable.accounts.tests.factories import UserFactory
from lincassable.messaging.models import Message
from nonconformities import services
from nonconformities.enums import State
from nonconformities.models import NonConformity
from references.tests.factories import ReferenceFactory

pytestmark = pytest.mark.django_db


def reject(batch, reason, quantity, model=None):
    return SortingRejectFactory(
        batch=batch, reason=RejectReason.objects.get(code=reason), quantity=quantity, bottle_model=model or BottleModelFactory()
    )


def accept(batch, quantity):
    BottleMovementFactory(batch=batch, quantity=quantity)


def test_rejects_are_added_up_by_kind_and_producer_once():
    batch, product, shared, unknown = (
        SortingBatchFactory(),
        ReferenceFactory(bottle_model=BottleModelFactory()),
        BottleModelFactory(code="shared"),
        BottleModelFactory(code="unknown"),
    )
    for one in (ReferenceFactory(bottle_model=shared), ReferenceFactory(bottle_model=shared)):
        assert one.producer_id
    reject(batch, "label", 40, product.bottle_model)
    reject(batch, "broken", 3, product.bottle_model)
    reject(batch, "label", 5, shared)
    reject(batch, "label", 2, unknown)
    SortingRejectFactory(batch=batch, reason=RejectReasonFactory(code="odd"), quantity=7, bottle_model=None)
    accept(batch, 500)
    for _again in range(2):
        services.report_rejects(batch)
    found = {(row.kind.code, row.producer, row.quantity, row.state) for row in NonConformity.objects.all()}
    assert found == {
        ("label", product.producer, 40, State.REPORTED),
        ("broken", product.producer, 3, State.RESOLVED),
        ("label", None, 7, State.RESOLVED),
        ("other", None, 7, State.RESOLVED),
    }
    assert all(row.occurred_at == batch.sorted_at for row in NonConformity.objects.all())


def test_only_what_is_not_usual_is_told():
    UserFactory(role="coordinator")
    usual, much = SortingBatchFactory(), SortingBatchFactory()
    for batch, quantity in ((usual, 3), (much, 4)):
        reject(batch, "label", quantity)
        accept(batch, 100 - quantity)
        services.report_rejects(batch)
    assert Message.objects.count() == 1


def test_what_a_cancelled_batch_had_brought_is_set_aside():
    batch = SortingBatchFactory()
    reject(batch, "label", 50)
    reject(batch, "broken", 1)
    accept(batch, 949)
    services.report_rejects(batch)
    assert NonConformity.objects.standing().count() == 2
    SortingBatch.objects.filter(pk=batch.pk).update(cancelled_at=timezone.now(), cancelled_reason="Erreur")
    for _again in range(2):
        assert services.report_rejects(batch) == []
    assert not NonConformity.objects.standing().exists()
