"""Non-conformities of the demo network: reported over a year, most of them settled, some open, a few late. All invented."""

from __future__ import annotations

import datetime as dt
import random
import uuid

from django.utils import timezone

from lincassable.accounts.models import User
from lincassable.demo.events import at_hour
from lincassable.demo.rows import insert
from nonconformities.enums import Source, State, Step
from nonconformities.models import NonConformity, NonConformityComment, NonConformityKind, NonConformityLog
from nonconformities.services.common import due_day
from references.models import Producer
from stores.enums import Kind, Status
from stores.models import Store

ROWS = 90
NOTES = {
    "foreign": "Des bouteilles d'un autre réseau dans les casiers.",
    "broken": "Trois bouteilles cassées au fond d'un casier.",
    "unrinsed": "Il reste du fond dans beaucoup de bouteilles.",
    "label": "L'étiquette reste collée après le lavage.",
    "wrong-crate": "Casiers de 33 dans la pile de 75.",
    "missing": "Il manque des casiers au retour de la tournée.",
    "damaged": "Poignées cassées.",
    "over-full": "Palox rempli au-dessus du bord.",
    "no-access": "Portail fermé, personne au téléphone.",
}
ANSWERS = [
    "Vu avec l'équipe, l'affiche du tri est remise.",
    "Casiers remplacés à la dernière collecte.",
    "Rappel fait au producteur.",
    "Réglé.",
]


def tell_nonconformities(stores: list[Store], handler: User, today: dt.date, rng: random.Random) -> int:
    """Write them with their log and some comments; return how many. One shop has three of a kind lately."""
    shops = [store for store in stores if store.kind == Kind.SHOP and store.status == Status.ACTIVE]
    kinds = {kind.code: kind for kind in NonConformityKind.objects.all()}
    producers = list(Producer.objects.filter(is_active=True).order_by("pk"))
    rows = [
        _row(rng.choice(shops), kinds[rng.choice(list(NOTES))], today - dt.timedelta(days=rng.randint(0, 360)), producers, rng)
        for _ in range(ROWS)
    ]
    rows += [_row(shops[0], kinds["unrinsed"], today - dt.timedelta(days=days), producers, rng) for days in (6, 25, 61)]
    for row in rows:
        _settle(row, handler, today, rng)
    insert(NonConformity, rows)
    insert(NonConformityLog, [line for row in rows for line in _log(row, handler)])
    insert(
        NonConformityComment,
        [
            NonConformityComment(key=_uuid(rng), nonconformity=row, text="Nous regardons cela à la prochaine collecte.", is_internal=False,
                                 written_at=row.recorded_at + dt.timedelta(hours=1), actor_kind="user", actor_id=handler.pk)
            for row in rows
            if row.state == State.STARTED
        ],
    )  # fmt: skip
    return len(rows)


def _uuid(rng: random.Random) -> uuid.UUID:
    return uuid.UUID(int=rng.getrandbits(128), version=4)


def _row(store: Store, kind: NonConformityKind, day: dt.date, producers: list[Producer], rng: random.Random) -> NonConformity:
    at = min(at_hour(day, 9) + dt.timedelta(minutes=rng.randint(0, 500)), timezone.now())
    return NonConformity(
        key=_uuid(rng), kind=kind, severity=kind.severity, store=store, source=Source.STORE, occurred_at=at, recorded_at=at, changed_at=at,
        producer=rng.choice(producers) if producers and kind.code in ("label", "foreign") else None,
        quantity=rng.randint(1, 24), note=NOTES[kind.code], due_on=due_day(kind, kind.severity, day), actor_kind="link",
    )  # fmt: skip


def _settle(row: NonConformity, handler: User, today: dt.date, rng: random.Random) -> None:
    """Say how far it is: the older, the more likely it is over."""
    age = (today - timezone.localtime(row.recorded_at).date()).days
    if age > 40 or rng.random() < 0.4:
        row.state = State.REJECTED if rng.random() < 0.1 else State.RESOLVED
        row.answer = "Pas une non-conformité du réseau." if row.state == State.REJECTED else rng.choice(ANSWERS)
        row.closed_at = min(row.recorded_at + dt.timedelta(days=rng.randint(1, 12)), timezone.now())
        row.changed_at = row.closed_at
    elif rng.random() < 0.6:
        row.state, row.assignee = State.STARTED, handler


def _log(row: NonConformity, handler: User) -> list[NonConformityLog]:
    lines = [NonConformityLog(nonconformity=row, step=Step.REPORTED, to_state=State.REPORTED, at=row.recorded_at, actor_kind="link")]
    if row.state != State.REPORTED:
        at = row.closed_at or min(row.recorded_at + dt.timedelta(hours=3), timezone.now())
        lines.append(
            NonConformityLog(nonconformity=row, step=Step.MOVED, to_state=row.state, at=at, actor_kind="user", actor_id=handler.pk)
        )
    return lines
