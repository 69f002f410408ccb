"""A year and a half of visits: a few a week, better scores after the second one, what is planned now, tasks that follow."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Sequence

from django.utils import timezone

from awareness.enums import Answer, VisitState, VisitStep
from awareness.models import Visit, VisitAnswer, VisitCriterion, VisitLog
from awareness.training_queries import TRAINED_KINDS
from awareness.visit_score import score_of
from lincassable.accounts.actors import Actor
from lincassable.accounts.models import User
from stores import directory
from stores.enums import Status
from stores.models import Store

REASONS = [
    "Pas de déclaration depuis longtemps.",
    "Équipe jamais formée.",
    "Bouteilles non rincées à répétition.",
    "Peu de bouteilles rapportées.",
    "Jamais visité.",
]
REMARKS = [
    "",
    "",
    "Accueil chaleureux, la responsable veut une affiche de plus.",
    "Le rayon a changé de place.",
    "Nouvelle équipe en caisse.",
]
DETAILS = {
    "no": ["rien n'est en place", "à poser", "cachés derrière des cartons"],
    "partly": ["à moitié", "une partie du rayon", "à rafraîchir"],
}


def tell_visits(stores: Sequence[Store], admin: User, today: dt.date, rng: random.Random) -> int:
    """Write the visits of about half of the places with a sales team, and four to come. Returns how many."""
    places = [store for store in stores if store.kind in TRAINED_KINDS and store.status == Status.ACTIVE]
    criteria = list(VisitCriterion.objects.filter(is_active=True))
    visits, answers = [], []
    for store in rng.sample(places, len(places) // 2):
        quality = rng.uniform(0.35, 0.8)
        day = today - dt.timedelta(days=rng.randrange(90, 500))
        for _number in range(rng.choice([1, 1, 2, 3])):
            if day >= today - dt.timedelta(days=3):
                break
            visit, seen = _made(store, admin, day, criteria, quality, rng)
            visits.append(visit)
            answers += seen
            day += dt.timedelta(days=rng.randrange(60, 200))
            quality = min(0.95, quality + rng.uniform(0.0, 0.25))  # what was missing has been put up
    Visit.objects.bulk_create(visits)
    VisitAnswer.objects.bulk_create(answers)
    who = {"actor_kind": "user", "actor_id": admin.pk}
    steps = [
        VisitLog(visit=visit, step=VisitStep.DONE, at=visit.done_at or timezone.now(), note=_percent(visit), key=visit.key, **who)
        for visit in visits
    ]
    VisitLog.objects.bulk_create(steps)
    _tasks(visits, answers, admin)
    return len(visits) + _to_come(places, admin, today, rng)


def _percent(visit: Visit) -> str:
    return "" if visit.score is None else f"{visit.score} %"


def _made(
    store: Store, admin: User, day: dt.date, criteria: list[VisitCriterion], quality: float, rng: random.Random
) -> tuple[Visit, list[VisitAnswer]]:
    """Return a visit that was made, and its answers."""
    while day.weekday() >= 5:
        day += dt.timedelta(days=1)
    at = timezone.make_aware(dt.datetime.combine(day, dt.time(rng.randrange(9, 18), rng.randrange(60))))
    visit = Visit(
        uuid=uuid.UUID(int=rng.getrandbits(128), version=4),
        key=uuid.UUID(int=rng.getrandbits(128), version=4),
        store=store,
        state=VisitState.DONE,
        planned_on=day,
        visitor=admin,
        reason=rng.choice(REASONS),
        done_at=at,
        created_at=at - dt.timedelta(days=5),
        changed_at=at,
        remark=rng.choice(REMARKS),
        actor_kind="user",
        actor_id=admin.pk,
    )
    answers = []
    for criterion in criteria:
        draw = rng.random()
        answer = Answer.YES if draw < quality else Answer.PARTLY if draw < quality + 0.15 else Answer.NO
        if rng.random() < 0.05:
            answer = Answer.NOT_APPLICABLE
        remark = rng.choice(DETAILS[answer]) if answer in DETAILS and rng.random() < 0.4 else ""
        answers.append(VisitAnswer(visit=visit, criterion=criterion, answer=answer, weight=criterion.weight, remark=remark))
    visit.score = score_of((row.answer, row.weight) for row in answers)
    return visit, answers


def _tasks(visits: list[Visit], answers: list[VisitAnswer], admin: User) -> None:
    """Write a task for what was missing on the six latest visits; half of them are done."""
    latest = sorted(visits, key=lambda visit: visit.planned_on)[-6:]
    for number, visit in enumerate(latest):
        missing = next((row.criterion for row in answers if row.visit is visit and row.answer == Answer.NO and row.criterion.task_fr), None)
        if missing is None:
            continue
        due = visit.planned_on + dt.timedelta(days=14)
        task = directory.add_task(visit.store, missing.task_fr, due, by=_author(admin), assignee=admin)
        visit.tasks.add(task)
        if number % 2 == 0:
            directory.finish_task(task, by=_author(admin))


def _author(admin: User) -> Actor:
    return Actor.of_user(admin)


def _to_come(places: list[Store], admin: User, today: dt.date, rng: random.Random) -> int:
    """Write four planned visits: one whose day is over, three on one day to come."""
    day = today + dt.timedelta(days=2)
    while day.weekday() >= 5:
        day += dt.timedelta(days=1)
    chosen = rng.sample(places, 4)
    days = [today - dt.timedelta(days=2), day, day, day]
    who = {"actor_kind": "user", "actor_id": admin.pk}
    rows = [
        Visit(store=store, planned_on=when, visitor=admin, position=number, reason=REASONS[number], urgency=60 - 10 * number, **who)
        for number, (store, when) in enumerate(zip(chosen, days, strict=True))
    ]
    for row in rows:
        row.uuid = uuid.UUID(int=rng.getrandbits(128), version=4)
    Visit.objects.bulk_create(rows)
    VisitLog.objects.bulk_create(VisitLog(visit=row, step=VisitStep.PLANNED, **who) for row in rows)
    return len(rows)
