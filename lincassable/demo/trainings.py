"""Trainings of the demo network: held over two years, planned, wished for; what was answered to the quiz. All invented."""

from __future__ import annotations

import datetime as dt
import random
import uuid

from awareness.enums import TrainingState, WishReason
from awareness.models import Participation, Training, TrainingWish
from awareness.training_queries import TRAINED_KINDS
from lincassable.accounts.models import User
from lincassable.demo.events import at_hour
from lincassable.demo.rows import insert
from stores.enums import Status
from stores.models import Store

SUPPORTS = ["Un casier et huit bouteilles", "Diaporama", "Casier, affiche du tri", "Bouteilles, carte des points"]
COMMENTS = ["", "", "", "Très clair", "Un peu long", "On voudrait une affiche", "Pratique, avec le casier"]
QUESTIONS = 6


def tell_trainings(stores: list[Store], trainer: User, today: dt.date, rng: random.Random) -> int:
    """Write trainings, what was answered, and wishes. Returns how many trainings."""
    places = [store for store in stores if store.kind in TRAINED_KINDS and store.status == Status.ACTIVE]
    trainings = []
    for store in places:
        if rng.random() < 0.6:
            trainings.append(_held(store, today - dt.timedelta(days=rng.randint(12, 620)), trainer, rng))
    chosen = rng.sample(places, min(len(places), 8))
    for store, days in zip(chosen[:5], (2, 5, 8, 12, 19), strict=False):
        trainings.append(_training(store, today + dt.timedelta(days=days), trainer, rng))
    insert(Training, trainings)
    insert(Participation, [part for training in trainings if training.people for part in _parts(training, rng)])
    reasons = [WishReason.NEW_TEAM, WishReason.QUESTIONS, WishReason.NEW_TEAM]
    wishes = [
        TrainingWish(
            key=_uuid(rng), store=store, reason=reason, note="", wished_at=at_hour(today - dt.timedelta(days=rng.randint(1, 15)), 11)
        )
        for store, reason in zip(chosen[5:], reasons, strict=False)
    ]
    insert(TrainingWish, wishes)
    return len(trainings)


def _uuid(rng: random.Random) -> uuid.UUID:
    return uuid.UUID(int=rng.getrandbits(128), version=4)


def _training(store: Store, day: dt.date, trainer: User, rng: random.Random) -> Training:
    day -= dt.timedelta(days=max(0, day.weekday() - 4))  # no weekends
    planned = at_hour(day - dt.timedelta(days=20), 9)
    return Training(
        uuid=_uuid(rng),
        store=store,
        starts_at=at_hour(day, rng.choice([9, 10, 14])),
        duration_min=rng.choice([30, 45, 60]),
        trainer=trainer,
        created_at=planned,
        changed_at=planned,
    )


def _held(store: Store, day: dt.date, trainer: User, rng: random.Random) -> Training:
    training = _training(store, day, trainer, rng)
    training.state, training.people, training.support = TrainingState.DONE, rng.randint(1, 8), rng.choice(SUPPORTS)
    return training


def _parts(training: Training, rng: random.Random) -> list[Participation]:
    answered = rng.randint(0, training.people or 0)
    return [
        Participation(
            key=_uuid(rng), training=training, questions=QUESTIONS, score=rng.choices([3, 4, 5, 6], [1, 2, 4, 5])[0],
            rating=rng.choice([None, 3, 4, 4, 5, 5]), comment=rng.choice(COMMENTS), answered_at=training.ends_at,
        )
        for _number in range(answered)
    ]  # fmt: skip
