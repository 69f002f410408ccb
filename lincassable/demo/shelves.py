"""Twenty-five invented producers, their products in returnable bottles, and what shops have on their shelf."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from decimal import Decimal

from crates.models import BottleModel, DepositAmount
from lincassable.demo.history import History
from lincassable.demo.rows import insert
from references.enums import Drink, ShelfState
from references.models import Producer, Reference, ShelfCheck, ShelfItem, WashingLimit
from stores.enums import Kind, Status
from stores.models import Store

# All invented. Kind of drink -> producers with their town.
PRODUCERS = {
    Drink.BEER: [
        ("Brasserie du Môle", "Marseille"),
        ("Brasserie des Calanques", "Cassis"),
        ("Houblon des Alpilles", "Eygalières"),
        ("La Mousse Rousse", "Arles"),
        ("Brasserie de la Durance", "Pertuis"),
        ("Bières du Garlaban", "Aubagne"),
        ("L'Atelier du Malt", "Toulon"),
    ],
    Drink.WINE: [
        ("Domaine des Trois Restanques", "Bandol"),
        ("Mas de la Cigale bleue", "Gordes"),
        ("Clos du Ventadou", "Bédoin"),
        ("Cave des Oliviers", "Lambesc"),
        ("Domaine du Vent d'Est", "Rognes"),
        ("Château Pierrefroide", "Le Castellet"),
        ("Vignes de Sainte-Anne", "Vacqueyras"),
    ],
    Drink.SPARKLING: [("Bulles du Luberon", "Apt")],
    Drink.CIDER: [("Cidrerie des Hautes Vallées", "Gap"), ("La Pomme dorée", "Laragne")],
    Drink.JUICE: [
        ("Vergers de Basse-Durance", "Cavaillon"),
        ("Le Pressoir du Buëch", "Laragne"),
        ("Jus d'Aquí", "Carpentras"),
        ("Les Fruits de Lure", "Manosque"),
    ],
    Drink.SOFT: [("Limonaderie de la Sainte-Baume", "Saint-Zacharie"), ("Kombucha des Quais", "Marseille")],
    Drink.WATER: [("Source du Pas de l'Ours", "Barcelonnette")],
    Drink.MILK: [("Ferme des Adrets", "Saint-Bonnet")],
}
NAMES = {
    Drink.BEER: ["Blonde", "Blanche", "Ambrée", "Brune", "IPA"],
    Drink.WINE: ["Rouge", "Rosé", "Blanc", "Cuvée du pays"],
    Drink.SPARKLING: ["Brut", "Demi-sec", "Rosé"],
    Drink.CIDER: ["Cidre brut", "Cidre doux", "Poiré"],
    Drink.JUICE: ["Pomme", "Pomme-poire", "Abricot", "Raisin"],
    Drink.SOFT: ["Limonade", "Citron-verveine", "Gingembre"],
    Drink.WATER: ["Eau plate", "Eau pétillante"],
    Drink.MILK: ["Lait entier", "Lait demi-écrémé"],
}
BOTTLES = {
    Drink.BEER: ["beer-33", "beer-75-1", "beer-75-2"],
    Drink.WINE: ["bordeaux-brown", "burgundy-63-dead-leaf", "bordeaux-white"],
    Drink.SPARKLING: ["sparkling-75"],
    Drink.CIDER: ["sparkling-75", "beer-33"],
    Drink.JUICE: ["juice-100"],
    Drink.SOFT: ["beer-33", "beer-75-1"],
    Drink.WATER: ["water-75"],
    Drink.MILK: ["milk-100"],
}
HEIGHTS_MM = {33: (215, 61), 75: (296, 76), 100: (280, 88)}  # usual sizes, where the model does not say
SHARE_LISTED, SHARE_LOOKED = 0.8, 0.75  # of the shops: with a list, and looked through lately


def tell_shelves(history: History, rng: random.Random) -> int:
    """Write producers, products, limits of the washing centre and shelves; return how many lines the shelves have."""
    references = _catalogue(rng)
    WashingLimit.objects.create(centre=history.network.washing)
    items, checks = [], []
    for store in history.network.stores:
        if store.kind != Kind.SHOP or store.status != Status.ACTIVE or rng.random() > SHARE_LISTED:
            continue
        days = rng.randint(1, 50) if rng.random() < SHARE_LOOKED else rng.randint(65, 200)
        looked = history.at(history.today - dt.timedelta(days=days), rng.uniform(9, 18))
        chosen = rng.sample(references, rng.randint(8, 24))
        items += [_item(store, reference, looked, rng) for reference in sorted(chosen, key=lambda one: one.pk)]
        key = uuid.UUID(int=rng.getrandbits(128), version=4)
        first_name = rng.choice(["", "", "Lou", "Sacha", "Inès"])
        checks.append(ShelfCheck(key=key, store=store, checked_at=looked, first_name=first_name, changes=rng.randint(0, 4)))
    insert(ShelfItem, items)
    insert(ShelfCheck, checks)
    return len(items)


def _item(store: Store, reference: Reference, looked: dt.datetime, rng: random.Random) -> ShelfItem:
    state = rng.choices([ShelfState.AVAILABLE, ShelfState.OUT, ShelfState.STOPPED], [86, 9, 5])[0]
    return ShelfItem(store=store, reference=reference, state=state, since=looked - dt.timedelta(days=rng.randint(0, 120)), said_at=looked)


def _catalogue(rng: random.Random) -> list[Reference]:
    """Write the producers with two to four products each; return the products."""
    models = {model.code: model for model in BottleModel.objects.all()}
    deposits = {amount.amount_eur: amount for amount in DepositAmount.objects.all()}
    producers: list[Producer] = []
    references: list[Reference] = []
    for drink, named in PRODUCERS.items():
        for name, town in named:
            producer = Producer(name=name, city=town, uuid=_uuid(rng))
            producers.append(producer)
            kinds = rng.sample(NAMES[drink], min(len(NAMES[drink]), rng.randint(3, 4)))
            for kind in kinds:
                model = models[rng.choice(BOTTLES[drink])]
                height, diameter = HEIGHTS_MM[model.volume_cl]
                references.append(
                    Reference(
                        uuid=_uuid(rng),
                        producer=producer,
                        name=kind,
                        drink=drink,
                        bottle_model=model,
                        volume_cl=model.volume_cl,
                        deposit=deposits.get(Decimal("0.20") if model.volume_cl < 50 else Decimal("0.50")),
                        label_washable=rng.choice([True, True, True, None, False]),
                        # One in twelve stands too high, one in eight nobody has measured.
                        height_mm=rng.choice([height] * 9 + [325] + [None] * 2),
                        diameter_mm=model.diameter_mm or diameter,
                    )
                )
    insert(Producer, producers)
    for reference in references:
        reference.producer_id = reference.producer.pk
    insert(Reference, references)
    return references


def _uuid(rng: random.Random) -> uuid.UUID:
    return uuid.UUID(int=rng.getrandbits(128), version=4)
