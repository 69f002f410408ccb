"""Each constraint of visits, broken by name."""

import datetime as dt
import uuid

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction
from django.utils import timezone

from awareness.models import Visit, VisitAnswer, VisitCriterion, VisitPhoto
from awareness.tests.factories_visits import (
    DoneVisitFactory,
    VisitAnswerFactory,
    VisitCriterionFactory,
    VisitFactory,
    VisitLogFactory,
    VisitPhotoFactory,
)

pytestmark = pytest.mark.django_db
TRIED = {
    "one_planned_visit_per_store": lambda: VisitFactory(store=VisitFactory().store),
    "visit_done_when_reported": lambda: DoneVisitFactory(done_at=None),
    "visit_cancelled_with_a_reason": lambda: VisitFactory(state="cancelled"),
    "visit_score_is_a_percentage": lambda: DoneVisitFactory(score=101),
    "visit_lasts_some_minutes": lambda: VisitFactory(duration_min=4),
    "visit_criterion_counts": lambda: VisitCriterionFactory(weight=0),
    "visit_criterion_answered_once": lambda: VisitAnswerFactory(**_same(VisitAnswerFactory(), "visit", "criterion")),
    "visit_answer_counts": lambda: VisitAnswerFactory(weight=11),
    "visit_photo_number_once": lambda: VisitPhotoFactory(**_same(VisitPhotoFactory(), "visit", "position")),
    "at_most_five_visit_photos": lambda: VisitPhotoFactory(position=6),
}


def _same(row, *names):
    return {name: getattr(row, name) for name in names}


def test_every_constraint_is_tried_here():
    models = (Visit, VisitCriterion, VisitAnswer, VisitPhoto)
    assert {one.name for model in models for one in model._meta.constraints} == set(TRIED)


@pytest.mark.parametrize("name", TRIED)
def test_the_database_refuses(name):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        TRIED[name]()


@pytest.mark.parametrize(
    ("state", "values"),
    [
        ("planned", {"score": 50}),
        ("planned", {"key": uuid.uuid4()}),
        ("planned", {"done_at": timezone.now()}),
        ("done", {"key": uuid.uuid4()}),
        ("done", {"done_at": timezone.now()}),
        ("cancelled", {"cancel_reason": "Pluie", "score": 10}),
    ],
)
def test_only_what_was_reported_is_done(state, values):
    with pytest.raises(IntegrityError, match="visit_done_when_reported"), transaction.atomic():
        VisitFactory(state=state, **values)


def test_a_place_may_have_many_visits_but_one_planned():
    row = DoneVisitFactory()
    VisitFactory(store=row.store, state="cancelled", cancel_reason="Fermé")
    VisitFactory(store=row.store)
    DoneVisitFactory(store=row.store)
    assert row.store.visits.count() == 4


def test_a_visit_says_when():
    day = dt.date(2026, 7, 6)
    assert VisitFactory(planned_on=day).starts_at is None
    visit = VisitFactory(planned_on=day, hour=dt.time(9, 30))
    assert visit.starts_at.astimezone(dt.UTC).isoformat() == "2026-07-06T07:30:00+00:00"
    assert visit.ends_at - visit.starts_at == dt.timedelta(minutes=30)
    late = DoneVisitFactory(planned_on=day, done_at=dt.datetime(2026, 7, 6, 22, 30, tzinfo=dt.UTC))
    assert (late.day, VisitFactory(planned_on=day).is_late, late.is_late) == (dt.date(2026, 7, 7), True, False)


def test_each_row_is_named():
    visit = VisitFactory()
    assert visit.store.name in str(visit)
    assert all(str(row) for row in (VisitLogFactory(), VisitAnswerFactory(), VisitPhotoFactory(), VisitCriterionFactory()))


def test_the_catalogue_starts_with_criteria_in_two_languages():
    rows = apps.get_model("awareness", "VisitCriterion").objects.filter(task_fr__gt="")
    assert rows.count() >= 6
    assert all(row.name_fr and row.name_en and row.help_en and row.task_en for row in rows)
