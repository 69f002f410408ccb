"""Visits, for tests. What a service writes, tests make with the service; these are for the rest."""

import uuid
from datetime import timedelta

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from awareness.enums import Answer, VisitState, VisitStep
from awareness.models import Visit, VisitAnswer, VisitCriterion, VisitLog, VisitPhoto
from stores.tests.factories import StoreFactory


class VisitCriterionFactory(DjangoModelFactory):
    """One thing to look at, of weight 1."""

    name_fr = factory.Sequence(lambda n: f"Critère {n}")
    name_en = factory.Sequence(lambda n: f"Criterion {n}")

    class Meta:
        model = VisitCriterion


class VisitFactory(DjangoModelFactory):
    """A visit planned for tomorrow, of a store of its own, by nobody yet."""

    store = factory.SubFactory(StoreFactory)
    planned_on = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=1))

    class Meta:
        model = Visit


class DoneVisitFactory(VisitFactory):
    """A visit made an hour ago: 80 %."""

    state = VisitState.DONE
    planned_on = factory.LazyFunction(timezone.localdate)
    done_at = factory.LazyFunction(lambda: timezone.now() - timedelta(hours=1))
    key = factory.LazyFunction(uuid.uuid4)
    score = 80


class VisitAnswerFactory(DjangoModelFactory):
    """A yes."""

    visit = factory.SubFactory(DoneVisitFactory)
    criterion = factory.SubFactory(VisitCriterionFactory)
    answer = Answer.YES
    weight = 1

    class Meta:
        model = VisitAnswer


class VisitPhotoFactory(DjangoModelFactory):
    """The first photo of a visit, without its file."""

    visit = factory.SubFactory(DoneVisitFactory)
    position = 1

    class Meta:
        model = VisitPhoto


class VisitLogFactory(DjangoModelFactory):
    """A line of the log."""

    visit = factory.SubFactory(VisitFactory)
    step = VisitStep.PLANNED

    class Meta:
        model = VisitLog
