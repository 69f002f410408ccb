"""Non-conformities of the demo network: reported over a year from everywhere, most of them settled, some open, a few late. All invented."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from decimal import Decimal

from django.db.models import Q
from django.utils import timezone

from crates.enums import BottleAct
from crates.models import BottleMovement, ContainerType, SortingBatch
from lincassable.accounts import links
from lincassable.accounts.actors import Actor
from lincassable.accounts.models import AccessLink, User
from lincassable.demo.events import at_hour
from lincassable.demo.proofs import drawn_photo
from lincassable.demo.rows import insert
from nonconformities.enums import Source, State, Step
from nonconformities.models import NonConformity, NonConformityComment, NonConformityKind, NonConformityLog, ProducerContact
from nonconformities.services import post_to_stock, report_rejects
from nonconformities.services.carriers import carrier_for
from nonconformities.services.common import due_day
from nonconformities.services.photos import Photo, keep_photos
from pickups.enums import StopState
from pickups.models import Stop
from references.enums import Drink
from references.models import Producer, Reference
from stores.enums import Kind, Status
from stores.models import Store

ROWS = 90
WITH_PHOTOS = 14
SORTED_DAYS = 60  # whose rejects are written down
NOTES = {
    "foreign": ("Des bouteilles d'un autre réseau dans les casiers.", "Bouteilles vertes sans logo, une dizaine."),
    "broken": ("Trois bouteilles cassées au fond d'un casier.", "Casier tombé du diable, verre partout."),
    "unrinsed": ("Il reste du fond dans beaucoup de bouteilles.", "Odeur de jus fermenté, moucherons."),
    "label": ("L'étiquette reste collée après le lavage.", "Colle au dos, l'étiquette part en morceaux."),
    "wrong-crate": ("Casiers de 33 dans la pile de 75.", "Deux casiers d'une autre brasserie."),
    "missing": ("Il manque des casiers au retour de la tournée.", "Quatre casiers vides annoncés, deux laissés."),
    "damaged": ("Poignées cassées.", "Fond de casier fendu, à ne plus empiler."),
    "over-full": ("Palox rempli au-dessus du bord.", "Palox impossible à gerber, bouteilles qui dépassent."),
    "no-access": ("Portail fermé, personne au téléphone.", "Rue barrée pour travaux jusqu'à vendredi."),
}
BY_DRIVERS, AT_THE_TABLE = ("no-access", "over-full", "wrong-crate"), ("label", "foreign", "unrinsed", "broken")
ANSWERS = {
    "foreign": "Bouteilles mises à part, l'affiche du tri est remise.",
    "broken": "Casier nettoyé et repris à la dernière collecte.",
    "unrinsed": "Vu avec l'équipe : rincer avant de ranger.",
    "label": "Essai avec une autre colle chez le producteur.",
    "wrong-crate": "Casiers repris à la dernière collecte.",
    "missing": "Casiers retrouvés au point de massification.",
    "damaged": "Casiers remplacés à la dernière collecte.",
    "over-full": "Repère de remplissage collé sur le palox.",
    "no-access": "Réglé avec le transporteur, le code du portail est noté.",
}
FOUND = {  # root cause, corrective action
    "unrinsed": ("Équipe renouvelée pendant l'été.", "Formation de l'équipe prévue."),
    "foreign": ("Affiche du tri décollée.", "Affiche remplacée."),
    "label": ("Nouvelle colle chez l'imprimeur.", "Essai de colle hydrosoluble."),
    "damaged": ("Casiers de la première série, usés.", "Casiers sortis du parc."),
    "no-access": ("Code du portail changé.", "Code noté sur la fiche du point."),
}
DRINKS = {"Brasserie": (Drink.BEER, "Blonde"), "Cidre": (Drink.CIDER, "Brut")}
PEOPLE = ("Nora Martin", "Hugo Blanc", "Inès Faure", "Paul Girard")


def tell_nonconformities(stores: list[Store], handler: User, today: dt.date, rng: random.Random) -> int:
    """Write them with their log, photos and comments; return how many. One shop has three of a kind lately, producers have their page."""
    shops = [store for store in stores if store.kind == Kind.SHOP and store.status == Status.ACTIVE]
    kinds = {kind.code: kind for kind in NonConformityKind.objects.all()}
    _producers(rng)
    products = list(Reference.objects.select_related("producer").order_by("producer__store_id", "pk")[:5])
    rows = [
        _row(rng.choice(shops), kinds[rng.choice(list(NOTES))], today - dt.timedelta(days=rng.randint(0, 360)), products, rng)
        for _ in range(ROWS)
    ]
    rows += [_row(shops[0], kinds["unrinsed"], today - dt.timedelta(days=days), products, rng) for days in (6, 25, 61)]
    for row in rows:
        _settle(row, handler, today, rng)
    # One producer has two that nobody has looked at yet.
    rows += [_row(rng.choice(shops), kinds["label"], today - dt.timedelta(days=days), products[:1], rng) for days in (2, 9)]
    insert(NonConformity, rows)
    insert(NonConformityLog, [line for row in rows for line in _log(row, handler)])
    insert(NonConformityComment, [said for row in rows for said in _comments(row, handler, rng)])
    for row in sorted(rows, key=lambda row: row.recorded_at)[-WITH_PHOTOS:]:
        keep_photos(row, [Photo(_uuid(rng), drawn_photo(rng)) for _ in range(rng.choice((1, 1, 2)))], by=Actor.system())
    _breakage(shops[0], kinds["damaged"], today, handler, rng)
    return len(rows) + 1 + _rejects(today)


def _uuid(rng: random.Random) -> uuid.UUID:
    return uuid.UUID(int=rng.getrandbits(128), version=4)


def _producers(rng: random.Random) -> None:
    """Make producers of the places that get washed bottles, each with a product, somebody to talk to and a page."""
    given = BottleMovement.objects.filter(kind=BottleAct.DELIVERED).order_by("to_store_id", "bottle_model_id")
    models = {move.to_store: move.bottle_model for move in given.select_related("to_store", "bottle_model")}
    for number, (place, model) in enumerate(models.items()):
        if place is None or Producer.objects.filter(Q(store=place) | Q(name=place.name)).exists():
            continue
        producer = Producer.objects.create(uuid=_uuid(rng), name=place.name, store=place, city=place.city)
        drink, name = next((found for word, found in DRINKS.items() if word in place.name), (Drink.JUICE, "Pomme"))
        Reference.objects.create(uuid=_uuid(rng), producer=producer, name=name, drink=drink, bottle_model=model, volume_cl=model.volume_cl)
        links.link_for(AccessLink.PRODUCER, producer.pk)
        person = PEOPLE[number % len(PEOPLE)]
        ProducerContact.objects.create(producer=producer, name=person, email=f"qualite.{producer.pk}@producteurs.example")


def _row(store: Store, kind: NonConformityKind, day: dt.date, products: list[Reference], rng: random.Random) -> NonConformity:
    at = min(at_hour(day, 9) + dt.timedelta(minutes=rng.randint(0, 500)), timezone.now())
    product = rng.choice(products) if products and kind.code == "label" else None
    stop = Stop.objects.filter(store=store, state=StopState.DONE).order_by("-pk").first() if kind.code in BY_DRIVERS else None
    source = Source.DRIVER if stop else Source.SORTING if kind.code in AT_THE_TABLE and rng.random() < 0.4 else Source.STORE
    return NonConformity(
        key=_uuid(rng), kind=kind, severity=kind.severity, store=store, source=source, occurred_at=at, recorded_at=at, changed_at=at,
        reference=product, producer=product.producer if product else None, carrier=carrier_for(kind, store, None),
        stop=stop, quantity=1 if kind.code in ("no-access", "over-full") else rng.randint(2, 24), note=rng.choice(NOTES[kind.code]),
        first_name=rng.choice(("", "", "Ana", "Malik", "Jeanne")), due_on=due_day(kind, kind.severity, day),
        actor_kind="user" if source == Source.SORTING else "link",
    )  # fmt: skip


def _settle(row: NonConformity, handler: User, today: dt.date, rng: random.Random) -> None:
    """Say how far it is: the older, the more likely it is over."""
    age = (today - timezone.localtime(row.recorded_at).date()).days
    if age > 40 or rng.random() < 0.4:
        row.state = State.REJECTED if rng.random() < 0.1 else State.RESOLVED
        row.answer = "Pas une non-conformité du réseau." if row.state == State.REJECTED else ANSWERS[row.kind.code]
        row.closed_at = min(row.recorded_at + dt.timedelta(days=rng.randint(1, 12)), timezone.now())
        row.changed_at = row.closed_at
        if row.state == State.RESOLVED and row.kind.code in FOUND:
            row.root_cause, row.corrective_action = FOUND[row.kind.code]
            row.cost_eur = rng.choice((None, None, Decimal("12.50"), Decimal("48.00")))
        row.producer_seen_at = row.closed_at if row.producer else None
    elif rng.random() < 0.6:
        row.state, row.assignee = State.STARTED, handler


def _log(row: NonConformity, handler: User) -> list[NonConformityLog]:
    lines = [
        NonConformityLog(nonconformity=row, step=Step.REPORTED, to_state=State.REPORTED, at=row.recorded_at, actor_kind=row.actor_kind)
    ]
    if row.state != State.REPORTED:
        at = row.closed_at or min(row.recorded_at + dt.timedelta(hours=3), timezone.now())
        lines.append(
            NonConformityLog(nonconformity=row, step=Step.MOVED, to_state=row.state, at=at, actor_kind="user", actor_id=handler.pk)
        )
    return lines


def _comments(row: NonConformity, handler: User, rng: random.Random) -> list[NonConformityComment]:
    """Return what was written about one that is in progress."""
    if row.state != State.STARTED:
        return []
    at, ours = row.recorded_at + dt.timedelta(hours=1), {"actor_kind": "user", "actor_id": handler.pk}
    said = [("Nous regardons cela à la prochaine collecte.", {"is_internal": False, **ours})]
    if row.producer:
        said.append(("Pouvez-vous nous dire quelle colle est employée ?", {"with_partner": True, **ours}))
    elif rng.random() < 0.5:
        said.append(("Merci, nous avons mis les casiers de côté.", {"is_internal": False, "actor_kind": "link", "first_name": "Jeanne"}))
    else:
        said.append(("Deuxième fois ce trimestre : à évoquer en visite.", ours))
    return [
        NonConformityComment(
            key=_uuid(rng), nonconformity=row, text=text, written_at=min(at + dt.timedelta(hours=n), timezone.now()), **more
        )
        for n, (text, more) in enumerate(said)
    ]


def _breakage(store: Store, kind: NonConformityKind, today: dt.date, handler: User, rng: random.Random) -> None:
    """Tell of two crates that broke and left the stock."""
    row = _row(store, kind, today - dt.timedelta(days=2), [], rng)
    row.container_type, row.quantity, row.source, row.stop = ContainerType.objects.get(code="75"), 2, Source.STORE, None
    row.note = "Deux casiers fendus, mis au rebut."
    insert(NonConformity, [row])
    insert(NonConformityLog, _log(row, handler))
    post_to_stock(row, by=Actor.of_user(handler))


def _rejects(today: dt.date) -> int:
    """Write down the rejects of the latest batches; nobody is told."""
    since = at_hour(today - dt.timedelta(days=SORTED_DAYS), 0)
    batches = SortingBatch.objects.filter(sorted_at__gte=since, cancelled_at=None, rejects__isnull=False)
    return sum(len(report_rejects(batch, quietly=True)) for batch in batches.distinct().order_by("pk"))
