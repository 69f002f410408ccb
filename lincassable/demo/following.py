"""What coordinators keep about the places of the demo network: history, notes, tasks, a contract, and places on their way in."""

from __future__ import annotations

import datetime as dt
import random
from io import BytesIO

from django.utils import timezone

from lincassable.accounts.actors import USER, Actor
from lincassable.accounts.models import User
from lincassable.demo.network import Network
from stores import directory, services
from stores.enums import DepositPractice, Kind, Status
from stores.models import OnboardingCheck, OnboardingStep, StatusChange, Store, StoreNote, StoreTask, Tag

BY = Actor.system()
PAUSES = ["Travaux dans la réserve jusqu'à la fin du mois.", "Fermeture saisonnière.", "Changement de gérance : à rappeler."]
ENDS = ["A fermé définitivement.", "Plus assez de place pour les casiers."]
NOTES = [
    "Très motivés : ils parlent de la consigne à chaque client.",
    "Rappeler plutôt le matin, avant 10 h. La livraison arrive le mardi.",
    "Souhaite tester le casier 24×33 cl à la rentrée.",
    "A reçu deux affiches et un totem ; le totem est resté en réserve.",
    "Le rayon consigne a été déplacé près des caisses : bon effet sur les retours.",
]
TASKS = [
    ("Rappeler pour la convention", -6),
    ("Déposer une nouvelle carte QR", -2),
    ("Passer voir la mise en place de l'affichage", 3),
    ("Former la nouvelle équipe du samedi", 9),
    ("Vérifier les horaires d'été", 16),
]
TAGS = ["pilote", "forte affluence", "bord de mer", "référent local"]
# (name, town, status, days since, how many steps are done)
COMING = [
    ("La Réserve du Cours", "Aix-en-Provence", Status.SETTING_UP, 47, 3),
    ("Hôtel du Vieux Moulin", "Avignon", Status.SETTING_UP, 21, 2),
    ("Épicerie des Deux Rives", "Arles", Status.SETTING_UP, 12, 5),
    ("Le Comptoir d'Ici", "Toulon", Status.PROSPECT, 33, 0),
    ("Bistrot de la Halle", "Salon-de-Provence", Status.PROSPECT, 8, 1),
]
CONTRACT = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj
trailer<</Root 1 0 R>>
%%EOF
"""


def tell_following(network: Network, author: User, today: dt.date, rng: random.Random) -> int:
    """Write down what coordinators know of the places; return how many lines that made. Bulk: a second whatever the scale.

    Arguments: network, as built; author, the demo coordinator; today, the day on which the story ends.
    """
    now = timezone.now()
    stores = [store for store in network.stores if store.kind not in (Kind.HUB, Kind.SORTING, Kind.WASHING)]
    by = {"actor_kind": USER, "actor_id": author.pk}
    made = len(_history(stores, now, by, rng)) + len(_notes(stores, now, by, rng)) + _tasks(stores, today, author)
    _for_the_public(stores, rng)
    for number, coming in enumerate(COMING):
        _on_its_way(coming, author, now, -(number % 2))
    for store in stores[:3]:
        directory.keep_file(store, "Convention de partenariat", BytesIO(CONTRACT), by=Actor.of_user(author))
    return made + len(COMING)


def _history(stores: list[Store], now: dt.datetime, by: dict, rng: random.Random) -> list[StatusChange]:
    """Every place was a prospect once; some paused, some left."""
    rows = []
    for store in stores:
        start = now - dt.timedelta(days=rng.randint(560, 900))
        steps: list[tuple] = [
            ("", Status.PROSPECT, "", start),
            (Status.PROSPECT, Status.SETTING_UP, "", start + dt.timedelta(days=rng.randint(10, 60))),
        ]
        steps.append((Status.SETTING_UP, Status.ACTIVE, "", steps[-1][3] + dt.timedelta(days=rng.randint(5, 40))))
        if store.status in (Status.PAUSED, Status.ARCHIVED):
            why = rng.choice(PAUSES if store.status == Status.PAUSED else ENDS)
            steps.append((Status.ACTIVE, store.status, why, now - dt.timedelta(days=rng.randint(5, 90))))
        rows += [StatusChange(store=store, from_status=a, to_status=b, reason=why, at=at, **by) for a, b, why, at in steps]
    return StatusChange.objects.bulk_create(rows)


def _notes(stores: list[Store], now: dt.datetime, by: dict, rng: random.Random) -> list[StoreNote]:
    chosen = rng.sample(stores, len(stores) // 3)
    written = [now - dt.timedelta(days=rng.randint(2, 200), minutes=rng.randint(0, 600)) for _store in chosen]
    rows = [StoreNote(store=store, text=rng.choice(NOTES), written_at=at, **by) for store, at in zip(chosen, written, strict=True)]
    return StoreNote.objects.bulk_create(rows)


def _tasks(stores: list[Store], today: dt.date, author: User) -> int:
    """Some late, some to come, one in three for nobody yet."""
    active = [store for store in stores if store.status == Status.ACTIVE]
    for number, (title, days) in enumerate(TASKS):
        day = today + dt.timedelta(days=days)
        directory.add_task(active[number * 3 % len(active)], title, day, by=Actor.of_user(author), assignee=author if number % 3 else None)
    done = StoreTask(store=active[0], title="Livrer dix casiers de plus", due_on=today - dt.timedelta(days=20), assignee=author)
    done.done_at = timezone.now() - dt.timedelta(days=22)
    done.save()
    return len(TASKS) + 1


def _for_the_public(stores: list[Store], rng: random.Random) -> None:
    """What the public reads of each place; a word of the coordinators' own for some."""
    tags = [Tag.objects.get_or_create(name=name)[0] for name in TAGS]
    practices = [DepositPractice.CASH, DepositPractice.VOUCHER, DepositPractice.TILL, DepositPractice.TILL]
    for number, store in enumerate(stores):
        store.deposit_practice = rng.choice(practices)
        store.public_note = "Rapportez les bouteilles rincées, à l'accueil du magasin." if number % 4 == 0 else ""
    Store.objects.bulk_update(stores, ["deposit_practice", "public_note"])
    through = Store.tags.through
    through.objects.bulk_create([through(store_id=store.pk, tag_id=rng.choice(tags).pk) for store in stores[::6]])


def _on_its_way(coming: tuple, author: User, now: dt.datetime, shift: int) -> None:
    """A place that does not take part yet, and what has been done there."""
    name, city, status, days, done = coming
    store = services.create_store(by=Actor.of_user(author), name=name, city=city, status=Status.PROSPECT, is_public=False)
    since = now - dt.timedelta(days=days)
    StatusChange.objects.filter(store=store).update(at=since - dt.timedelta(days=20 if status != Status.PROSPECT else 0))
    if status != Status.PROSPECT:
        services.change_status(store, status, by=Actor.of_user(author), reason="Rencontre positive : on installe.")
        StatusChange.objects.filter(store=store, to_status=status).update(at=since)
    steps = list(OnboardingStep.objects.filter(is_active=True))[: max(done, 0)]
    for number, step in enumerate(steps):
        check = directory.tick(store, step, by=Actor.of_user(author))
        OnboardingCheck.objects.filter(pk=check.pk).update(done_at=since + dt.timedelta(days=min(number * 2 + 1 + shift, days)))
