"""What coordinators keep about places, for tests."""

from datetime import date

import factory
from factory.django import DjangoModelFactory

from stores.models import DistinctPlaces, OnboardingStep, StatusChange, StoreMerge, StoreNote, StoreTask, Tag
from stores.tests.factories import StoreFactory


class TagFactory(DjangoModelFactory):
    """A word."""

    name = factory.Sequence(lambda n: f"mot {n}")

    class Meta:
        model = Tag


class StatusChangeFactory(DjangoModelFactory):
    """A place that paused."""

    store = factory.SubFactory(StoreFactory)
    from_status = "active"
    to_status = "paused"
    reason = "travaux"

    class Meta:
        model = StatusChange


class StoreNoteFactory(DjangoModelFactory):
    """Something worth remembering."""

    store = factory.SubFactory(StoreFactory)
    text = "Sonner à la porte de derrière."

    class Meta:
        model = StoreNote


class StoreTaskFactory(DjangoModelFactory):
    """Something to do, for nobody yet."""

    store = factory.SubFactory(StoreFactory)
    title = "Porter des affiches"
    due_on = date(2026, 8, 3)

    class Meta:
        model = StoreTask


class OnboardingStepFactory(DjangoModelFactory):
    """A step of the network's own."""

    code = factory.Sequence(lambda n: f"step-{n}")
    name_fr = "visite faite"
    name_en = "visited"
    position = 100

    class Meta:
        model = OnboardingStep


class StoreMergeFactory(DjangoModelFactory):
    """A shop that became part of another one. The loser's own row is not touched: `stores.merging.merge` does that."""

    loser = factory.SubFactory(StoreFactory)
    winner = factory.SubFactory(StoreFactory)
    status_before = "active"

    class Meta:
        model = StoreMerge


class DistinctPlacesFactory(DjangoModelFactory):
    """Two shops that look alike and are two."""

    first = factory.SubFactory(StoreFactory)
    second = factory.SubFactory(StoreFactory)

    class Meta:
        model = DistinctPlaces
