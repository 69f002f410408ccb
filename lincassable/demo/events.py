"""Animations and events of the demo network: held, to come, called off; who signed up, and how they went. All invented."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.conf import settings

from awareness.enums import EventKind, EventState, PartnerKind, SignUpRole, SignUpState
from awareness.models import Event, EventItem, EventLog, EventReport, Partner, SignUp
from lincassable.accounts import links
from lincassable.accounts.models import AccessLink, User
from lincassable.demo.rows import insert
from stores.enums import Kind, Status
from stores.models import Store

PARTNERS = [
    ("Ville de Marseille", PartnerKind.AUTHORITY),
    ("Métropole Aix-Marseille-Provence", PartnerKind.AUTHORITY),
    ("Ville d'Arles", PartnerKind.AUTHORITY),
    ("Les Jardins du Verre", PartnerKind.ASSOCIATION),
    ("Zéro Déchet Provence", PartnerKind.ASSOCIATION),
    ("Lycée des Calanques", PartnerKind.SCHOOL),
    ("Biocoopérative du Sud", PartnerKind.COMPANY),
]
# title, place, street, postcode, town, latitude, longitude
OUTSIDE = [
    ("Fête du réemploi", "Place Jean-Jaurès", "Place Jean-Jaurès", "13005", "Marseille", "43.294800", "5.387500"),
    ("Le verre fait son marché", "Marché d'Arles", "Boulevard des Lices", "13200", "Arles", "43.674900", "4.628100"),
    ("Rencontre du lycée", "Lycée des Calanques", "Avenue de Luminy", "13009", "Marseille", "43.233900", "5.438700"),
    (
        "Semaine de la réduction des déchets",
        "Hôtel de Ville",
        "Place de l'Hôtel-de-Ville",
        "13100",
        "Aix-en-Provence",
        "43.529800",
        "5.447500",
    ),
    ("Stand à la foire bio", "Parc Chanot", "Rond-point du Prado", "13008", "Marseille", "43.270100", "5.394100"),
]
IN_STORE = ["La consigne expliquée", "Dégustation en bouteilles consignées", "Rapportez, on vous raconte", "Une bouteille, vingt vies"]
TEXT = (
    "Que devient la bouteille que vous rapportez ? Venez voir les casiers, comparer les formes de bouteilles, et repartez avec la carte "
    "des points de collecte.\n\nGratuit, ouvert à toutes et tous."
)
ITEMS = [
    ("Banderole", 1),
    ("Flyers", 200),
    ("Casier de démonstration", 2),
    ("Bouteilles de chaque modèle", 8),
    ("Nappe et table pliante", 1),
]
NAMES = ["Lou", "Sacha", "Inès", "Malik", "Jeanne", "Yanis", "Rose", "Tom", "Nour", "Élise", "Hugo", "Maya"]
NOTES = [
    "Beaucoup de questions sur les étiquettes.",
    "Prévoir de l'ombre.",
    "Deux commerces intéressés.",
    "",
    "",
    "Peu de passage le matin.",
]


def tell_events(stores: list[Store], admin: User, today: dt.date, rng: random.Random) -> int:
    """Write partners and events: eighteen months of held ones with their reports, eight to come. Returns how many events."""
    shops = [store for store in stores if store.kind == Kind.SHOP and store.status == Status.ACTIVE]
    partners = [Partner(name=name, kind=kind) for name, kind in PARTNERS]
    insert(Partner, partners)
    held = [_event(rng.choice(shops), today - dt.timedelta(days=rng.randint(4, 540)), EventState.DONE, rng) for _ in range(28)]
    coming = [_event(rng.choice(shops), today + dt.timedelta(days=days), EventState.PUBLISHED, rng) for days in (2, 6, 9, 13, 20, 34)]
    off = _event(rng.choice(shops), today + dt.timedelta(days=11), EventState.CANCELLED, rng)
    off.cancel_reason = "Le magasin est en travaux."
    draft = _event(rng.choice(shops), today + dt.timedelta(days=45), EventState.DRAFT, rng)
    events = [*held, *coming, off, draft]
    insert(Event, events)
    insert(EventLog, [EventLog(event=event, to_state=event.state, at=event.created_at, note="publiée") for event in events])
    _who_with(events, partners, admin, rng)
    _what_came(held, rng)
    _who_comes(coming, rng)
    for event in coming:
        links.link_for(AccessLink.EVENT, event.pk)
    return len(events)


def at_hour(day: dt.date, hour: int) -> dt.datetime:
    """Return a local day and hour as a moment."""
    return dt.datetime.combine(day, dt.time(hour), ZoneInfo(settings.NETWORK_TIME_ZONE))


def _event(shop: Store, day: dt.date, state: str, rng: random.Random) -> Event:
    """Return an unsaved event: one in three outside, on a Saturday when it is far enough away."""
    if rng.random() < 0.7 and state != EventState.PUBLISHED:
        day += dt.timedelta(days=(5 - day.weekday()) % 7 - 7 if state == EventState.DONE else (5 - day.weekday()) % 7)
    hour = rng.choice([10, 14, 15, 17])
    event = Event(
        uuid=uuid.UUID(int=rng.getrandbits(128), version=4),
        state=state,
        starts_at=at_hour(day, hour),
        ends_at=at_hour(day, hour + rng.choice([2, 3])),
        description=TEXT,
        volunteer_places=rng.choice([None, 2, 3, 4]),
        created_at=at_hour(day - dt.timedelta(days=30), 9),
        changed_at=at_hour(day - dt.timedelta(days=30), 9),
    )
    if rng.random() < 0.35:
        event.kind, event.visitor_places = EventKind.PUBLIC, rng.choice([None, 12, 20])
        event.title, event.place_name, event.street, event.postcode, event.city, event.latitude, event.longitude = rng.choice(OUTSIDE)  # type: ignore[assignment]
    else:
        event.kind, event.store, event.title = EventKind.ANIMATION, shop, rng.choice(IN_STORE)
    return event


def _who_with(events: list[Event], partners: list[Partner], admin: User, rng: random.Random) -> None:
    """Write partners, team and checklist."""
    items = []
    for event in events:
        if event.kind == EventKind.PUBLIC:
            event.partners.set(rng.sample(partners, rng.randint(1, 2)))
        if event.state == EventState.PUBLISHED:
            event.team.add(admin)
            packed = event.starts_at.date() < dt.datetime.now(dt.UTC).date() + dt.timedelta(days=4)
            items += [
                EventItem(uuid=uuid.UUID(int=rng.getrandbits(128), version=4), event=event, name=name, quantity=many, position=place,
                          is_packed=packed and rng.random() < 0.5)
                for place, (name, many) in enumerate(rng.sample(ITEMS, rng.randint(3, 5)))
            ]  # fmt: skip
    insert(EventItem, items)


def _what_came(held: list[Event], rng: random.Random) -> None:
    """Write the reports, all but two, and how many had signed up."""
    reports = []
    for event in held:
        if event.visitor_places:
            event.visitors_counted = rng.randint(3, event.visitor_places)
        if event.volunteer_places:
            event.volunteers_counted = rng.randint(0, event.volunteer_places)
        people = rng.randint(12, 70) if event.kind == EventKind.ANIMATION else rng.randint(40, 240)
        reports.append(
            EventReport(
                event=event,
                people_met=people,
                bottles_explained=rng.randint(4, 10),
                mood=rng.choices([2, 3, 4, 5], [1, 3, 6, 4])[0],
                cost_eur=Decimal(rng.choice([0, 0, 12, 25, 40, 85, 140])),
                note=rng.choice(NOTES),
                reported_at=event.ends_at + dt.timedelta(hours=rng.randint(1, 40)),
            )
        )
    Event.objects.bulk_update(held, ["visitors_counted", "volunteers_counted"])
    insert(EventReport, sorted(reports, key=lambda report: report.event.ends_at)[:-2])


def _who_comes(coming: list[Event], rng: random.Random) -> None:
    """Write the sign-ups: the first event with volunteers is full, with a waiting list."""
    rows, full = [], False
    for event in coming:
        for role, places in ((SignUpRole.VOLUNTEER, event.volunteer_places), (SignUpRole.VISITOR, event.visitor_places)):
            if not places:
                continue
            many = places + 2 if not full else rng.randint(0, places - 1)
            full = True
            for number in range(many):
                at = event.created_at + dt.timedelta(days=2, hours=number)
                state = SignUpState.CONFIRMED if number < places else SignUpState.WAITING
                name = NAMES[len(rows) % len(NAMES)]
                rows.append(
                    SignUp(
                        uuid=uuid.UUID(int=rng.getrandbits(128), version=4), event=event, role=role, state=state, first_name=name,
                        email=f"personne{len(rows)}@courriel.example", signed_up_at=at,
                    )
                )  # fmt: skip
    insert(SignUp, rows)
