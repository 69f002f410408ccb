"""What the database refuses by itself, and the catalogue that it starts with."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.utils import timezone

from crates.models import RejectReason
from nonconformities.enums import Severity, State
from nonconformities.models import NonConformityKind, RejectCause
from nonconformities.tests.factories import CommentFactory, KindFactory, NonConformityFactory, PhotoFactory, ProducerContactFactory
from references.tests.factories import ProducerFactory


def its_own_duplicate():
    row = NonConformityFactory()
    row.duplicate_of, row.state, row.closed_at = row, State.DUPLICATE, timezone.now()
    row.save()


TRIED = {
    "kind_delay_within_a_year": lambda: KindFactory(delay_days=366),
    "nonconformity_quantity": lambda: NonConformityFactory(quantity=0),
    "nonconformity_not_in_the_future": lambda: NonConformityFactory(occurred_at=timezone.now() + timedelta(hours=1)),
    "nonconformity_about_something": lambda: NonConformityFactory(store=None),
    "nonconformity_duplicate_of_another": lambda: NonConformityFactory(state=State.DUPLICATE, closed_at=timezone.now()),
    "nonconformity_not_its_own_duplicate": its_own_duplicate,
    "nonconformity_closed_when_over": lambda: NonConformityFactory(state=State.RESOLVED, answer="Fait."),
    "nonconformity_closed_with_an_answer": lambda: NonConformityFactory(state=State.REJECTED, closed_at=timezone.now()),
    "nonconformity_cost_not_negative": lambda: NonConformityFactory(cost_eur=-1),
    "photo_number_once": lambda: [PhotoFactory(nonconformity=row) for row in [NonConformityFactory()] * 2],
    "at_most_five_photos": lambda: PhotoFactory(position=6),
    "comment_says_something": lambda: CommentFactory(text=""),
    "comment_by_link_is_shared": lambda: CommentFactory(actor_kind="link"),
    "producer_contact_unique_email": lambda: [ProducerContactFactory(producer=one, email="a@b.example") for one in [ProducerFactory()] * 2],
    "producer_contact_has_an_email": lambda: ProducerContactFactory(email=""),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", TRIED)
def test_the_database_refuses_by_name(name):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        TRIED[name]()


def test_every_constraint_of_the_app_is_tried_above():
    models = apps.get_app_config("nonconformities").get_models()
    assert {constraint.name for model in models for constraint in model._meta.constraints} == set(TRIED)


@pytest.mark.django_db
def test_the_catalogue_starts_with_what_goes_wrong_and_knows_the_sorting_tables_reasons():
    codes = set(NonConformityKind.objects.values_list("code", flat=True))
    assert {"foreign", "broken", "unrinsed", "label", "wrong-crate", "missing", "over-full", "no-access", "other"} <= codes
    reasons = RejectReason.objects.filter(code__in=["foreign", "broken", "unrinsed", "label", "other"])
    assert RejectCause.objects.filter(reason__in=reasons).count() == reasons.count() == 5


@pytest.mark.django_db
def test_a_delay_follows_the_severity_unless_the_kind_has_its_own():
    kind = KindFactory(severity=Severity.MAJOR, delay_days=60)
    assert [kind.days_for(severity) for severity in Severity.values] == [30, 60, 3]
    assert KindFactory(severity=Severity.MAJOR).days_for(Severity.MAJOR) == 10


@pytest.mark.django_db
def test_the_office_handles_and_the_sorting_table_only_reports():
    held = {
        group.name: set(group.permissions.filter(content_type__app_label="nonconformities").values_list("codename", flat=True))
        for group in Group.objects.all()
    }
    assert held["sorting"] == {"add_nonconformity"}
    assert held["carrier"] == set()
    assert "change_nonconformity" in held["coordinator"] & held["administrator"]
