"""A hand-built week for tests, and the app's own table."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from zoneinfo import ZoneInfo

import factory
from factory.django import DjangoModelFactory

from crates.models import ContainerType, StoreContainer
from crates.services import CountedLine, DeclaredLine, PickedLine, declare, post_pickup, record_inventory
from lincassable.accounts.actors import Actor
from lincassable.reporting.models import ReuseFactor
from stores.models import Store

PARIS = ZoneInfo("Europe/Paris")
SYSTEM = Actor.system()


def at(text: str) -> datetime:
    """A moment of Paris: `at("2026-11-16 07:00")`."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


def container(code: str = "75") -> ContainerType:
    """A container of the seeded catalogue."""
    return ContainerType.objects.get(code=code)


def use(store: Store, code: str = "75", capacity: int | None = 40) -> None:
    """Say that `store` uses this container."""
    StoreContainer.objects.create(store=store, container_type=container(code), capacity=capacity)


def count(store: Store, when: datetime, total: int, full: int = 0, code: str = "75") -> None:
    """Count a store."""
    lines = [CountedLine(container(code), total, full)]
    record_inventory(store, key=uuid.uuid4(), counted_at=when, lines=lines, by=SYSTEM)


def say(store: Store, when: datetime, full: int, code: str = "75") -> None:
    """Declare full ones."""
    declare(store, key=uuid.uuid4(), lines=[DeclaredLine(container(code), full)], by=SYSTEM, occurred_at=when, received_at=when)


def collect(store: Store, hub: Store, when: datetime, taken: int, left: int, code: str = "75") -> None:
    """A truck takes full ones away and leaves empty ones."""
    lines = [PickedLine(container(code), taken, left)]
    post_pickup(store, hub, lines=lines, key=uuid.uuid4(), occurred_at=when, by=SYSTEM, origin=("stop", store.pk))


class ReuseFactorFactory(DjangoModelFactory):
    """A study, a year later than the one before it."""

    class Meta:
        model = ReuseFactor

    low_g_per_kg = 600
    high_g_per_kg = 650
    source = "A study"
    as_of = factory.Sequence(lambda number: date(1990 + number % 30, 1, 1 + number // 30))
