"""A row behind every address, and every address filled in with rows of one place."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.urls import URLResolver, get_resolver
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from awareness import links as signups
from awareness.models import QuizQuestion
from awareness.tests.factories import (
    EventFactory,
    EventPhotoFactory,
    MaterialFactory,
    MaterialOrderFactory,
    ParticipationFactory,
    PartnerFactory,
    PlacementFactory,
    SignUpFactory,
    TrainingFactory,
)
from awareness.tests.factories_visits import DoneVisitFactory, VisitCriterionFactory, VisitFactory, VisitPhotoFactory
from crates.models import Balance, Declaration
from crates.services import record_purchase
from crates.tests.factories import (
    BottleModelFactory,
    BottleMovementFactory,
    DeclarationFactory,
    DepositAmountFactory,
    DepositCountFactory,
    DiscrepancyDecisionFactory,
    InventoryFactory,
    PaloxFactory,
    RejectReasonFactory,
    SortingBatchFactory,
)
from lincassable.accounts import links
from lincassable.accounts.actors import Actor
from lincassable.accounts.models import AccessLink
from lincassable.accounts.tests.factories import UserFactory
from lincassable.legacy.models import AssumedCount, LegacyImport
from lincassable.mailings.tests.factories import MailingFactory, MailingTemplateFactory
from lincassable.messaging import unsubscribing
from lincassable.messaging.tests.factories import (
    ChatRoomFactory,
    MessageEventFactory,
    MessageFactory,
    RefusedAddressFactory,
    ScheduledRunFactory,
    SendingPauseFactory,
    TaskRunFactory,
)
from lincassable.portal.public.places import places
from lincassable.portal.tests.factories import answers, container, phone_of, send
from lincassable.reminders.models import ReminderRule
from nonconformities.models import NonConformityKind
from nonconformities.tests.factories import NonConformityFactory
from nonconformities.tests.factories import PhotoFactory as ProblemPhotoFactory
from pickups.enums import TourState
from pickups.tests.factories import CarrierFactory, PickupRequestFactory, StopFactory, TourFactory, TourLogFactory
from pickups.tests.factories_proofs import SlipUploadFactory, StopProofFactory
from references.tests.factories import HeldListFactory, ReferenceFactory, ShelfCheckFactory, ShelfItemFactory, WashingLimitFactory
from stores.models import Store
from stores.tests.factories import ContactFactory, StoreFactory, ZoneFactory
from stores.tests.factories_directory import DistinctPlacesFactory, StoreMergeFactory

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


def walk(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    """All patterns of the site, as they are written."""
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from walk(pattern, route)
        else:
            yield re.sub(r"^admin/\^\(\?P<app_label>.*\)/\$$", "admin/<app_label>/", route)


ROUTES = sorted(set(walk(get_resolver())))


def a_place(who: str) -> SimpleNamespace:
    """A store with a declaration, on an accepted tour of its own carrier."""
    store, carrier = StoreFactory(name=f"Place {who}"), CarrierFactory()
    office = UserFactory(role="carrier")
    carrier.users.add(office)
    tour = TourFactory(carrier=carrier, state=TourState.ACCEPTED, date=timezone.localdate())
    stop = StopFactory(tour=tour, store=store)
    slip, proof = SlipUploadFactory(tour=tour), StopProofFactory(stop=stop)
    said = answers()
    send(phone_of(store), said)
    return SimpleNamespace(store=store, carrier=carrier, office=office, tour=tour, stop=stop, slip=slip, proof=proof, key=said["key"])


def public_place(store: Store) -> str:
    """The last part of the address of a place's public page."""
    return next(found.slug for found in places() if found.pk == store.pk)


def _messages() -> dict[str, object]:
    """What leaves, and when."""
    return {
        "mailings/mailing": MailingFactory(),
        "mailings/mailingtemplate": MailingTemplateFactory(),
        "messaging/message": MessageFactory(),
        "messaging/taskrun": TaskRunFactory(),
        "messaging/scheduledrun": ScheduledRunFactory(),
        "messaging/messageevent": MessageEventFactory(),
        "messaging/refusedaddress": RefusedAddressFactory(),
        "messaging/sendingpause": SendingPauseFactory(),
        "messaging/chatroom": ChatRoomFactory(),
        "reminders/reminderrule": ReminderRule.objects.create(code="references-stale"),
    }


def _people(place: SimpleNamespace) -> dict[str, object]:
    """Accounts, places and the people there."""
    crontab = CrontabSchedule.objects.create(minute="1")
    return {
        "accounts/accesslink": links.link_for(AccessLink.STORE, place.store.pk),
        "accounts/user": UserFactory(),
        "auth/group": Group.objects.first(),
        "django_celery_beat/crontabschedule": crontab,
        "django_celery_beat/periodictask": PeriodicTask.objects.create(name=str(uuid.uuid4()), task="x", crontab=crontab),
        "stores/store": place.store,
        "stores/zone": ZoneFactory(),
        "stores/contact": ContactFactory(store=place.store),
        "stores/storemerge": StoreMergeFactory(),
        "stores/distinctplaces": DistinctPlacesFactory(),
    }


def _crates(place: SimpleNamespace) -> dict[str, object]:
    """What the ledger and the imports hold."""
    return {
        "crates/containertype": container(),
        "crates/balance": Balance.objects.filter(store=place.store).first(),
        "crates/declaration": Declaration.objects.get(store=place.store),
        "crates/movement": record_purchase(place.store, container(), 3, key=uuid.uuid4(), occurred_at=timezone.now(), by=Actor.system()),
        "crates/inventory": InventoryFactory(store=place.store),
        "crates/discrepancydecision": DiscrepancyDecisionFactory(),
        "crates/sortingbatch": SortingBatchFactory(),
        "crates/bottlemovement": BottleMovementFactory(),
        "crates/bottlemodel": BottleModelFactory(),
        "crates/rejectreason": RejectReasonFactory(),
        "crates/depositamount": DepositAmountFactory(),
        "crates/depositcount": DepositCountFactory(store=place.store, is_current=False, is_held=True),
        "crates/palox": PaloxFactory(),
        "legacy/legacyimport": LegacyImport.objects.create(source=str(uuid.uuid4())[:40], content_hash="0", at=timezone.now()),
        "legacy/assumedcount": AssumedCount.objects.create(store=StoreFactory(), at=timezone.now(), figures={"75": [12, None]}),
    }


def _tours(place: SimpleNamespace) -> dict[str, object]:
    """What carriers do."""
    return {
        "pickups/tourlog": TourLogFactory(),
        "pickups/carrier": place.carrier,
        "pickups/pickuprequest": PickupRequestFactory(),
        "pickups/tour": TourFactory(),
        "pickups/stop": place.stop,
        "pickups/slipupload": place.slip,
    }


def _awareness(place: SimpleNamespace) -> dict[str, object]:
    """Events, trainings, materials, visits."""
    return {
        "awareness/event": EventFactory(),
        "awareness/partner": PartnerFactory(),
        "awareness/training": TrainingFactory(store=place.store),
        "awareness/visit": VisitFactory(),
        "awareness/visitcriterion": VisitCriterionFactory(),
        "awareness/quizquestion": QuizQuestion.objects.first(),
        "awareness/material": MaterialFactory(picture=ContentFile(b"RIFF", name="picture.webp")),
        "awareness/materialorder": MaterialOrderFactory(store=place.store),
        "awareness/placement": PlacementFactory(store=place.store, photo=ContentFile(b"RIFF", name="photo.webp")),
    }


def _products(place: SimpleNamespace) -> dict[str, object]:
    """Products, and what goes wrong with them."""
    product = ReferenceFactory()
    return {
        "nonconformities/nonconformity": NonConformityFactory(store=place.store, carrier=place.carrier),
        "nonconformities/producerpage": product.producer,
        "nonconformities/nonconformitykind": NonConformityKind.objects.first(),
        "references/producer": product.producer,
        "references/reference": product,
        "references/shelfitem": ShelfItemFactory(store=place.store, reference=product),
        "references/shelfcheck": ShelfCheckFactory(store=place.store),
        "references/heldlist": HeldListFactory(),
        "references/washinglimit": WashingLimitFactory(),
    }


def rows_of(place: SimpleNamespace) -> dict[str, object]:
    """A row of each table of the admin."""
    return {**_messages(), **_people(place), **_crates(place), **_tours(place), **_awareness(place), **_products(place)}


# Parameters that name no row.
WORDS = {
    "row_id": 1,
    "number": "INC-00001",
    "trip": "envoi",
    "part": "general",
    "figure": "accepted",
    "code": "references-stale",
    "step": "comment",
    "signed": unsubscribing.sign("contact", 0),
    "to": TourState.CANCELLED,
    "operation": "cancel",
    "reason": "content",
    "provider": "brevo",
    "verb": "pause",
    "person": "contact",
    "label": "2026-W01",
    "button": "pleins",
    "kind": "test",
    "measure": "training",
    "language": "fr",
    "version": 1,
    "suffix": "svg",
    "name": "x.eml",
    "app_label": "stores",
}


def parameters(place: SimpleNamespace, rows: dict[str, Any]) -> dict[str, object]:
    """What stands for each parameter of a route, but for what `addresses` fills in by itself."""
    photo, answered, seen = rows["photo"], rows["answered"], rows["seen"]
    return WORDS | {
        "key": place.key,
        "stop_uuid": place.stop.uuid,
        "store_uuid": place.store.uuid,
        "store_id": place.store.pk,
        "loser": place.store.pk,
        "winner": place.store.pk,
        "one": place.store.pk,
        "two": place.store.pk,
        "centre": place.store.uuid,
        "batch": place.key,
        "tour_uuid": place.tour.uuid,
        "tour_pk": place.tour.pk,
        "slip_uuid": place.slip.uuid,
        "proof_uuid": place.proof.uuid,
        "place": public_place(place.store),
        "slug": photo.event.slug,
        "event_uuid": photo.event.uuid,
        "photo_uuid": photo.uuid,
        "visit_uuid": seen.visit.uuid,
        "seen_uuid": seen.uuid,
        "training_uuid": answered.training.uuid,
        "problem_uuid": rows["nonconformities/nonconformity"].key,
        "picture_uuid": ProblemPhotoFactory(nonconformity=rows["nonconformities/nonconformity"]).uuid,
        "material_uuid": rows["awareness/material"].uuid,
        "uuid": place.stop.uuid,
        "content_type_id": ContentType.objects.get_for_model(place.store).pk,
        "file_uuid": uuid.uuid4(),
        "day": timezone.localdate(),
        "token": uuid.uuid4(),
    }


def _more_rows(place: SimpleNamespace) -> dict[str, Any]:
    """Rows that no table of the admin shows by themselves."""
    return {
        "photo": EventPhotoFactory(event__state="published"),
        "answered": ParticipationFactory(name="Lou", score=1, questions=1),
        "seen": VisitPhotoFactory(visit=DoneVisitFactory(store=place.store), image=ContentFile(b"RIFF", name="photo.webp")),
        "held": DeclarationFactory(store=place.store, state=Declaration.HELD),
    }


def addresses(place: SimpleNamespace) -> dict[str, str]:
    """Each route with its parameters filled in with what belongs to `place`."""
    rows: dict[str, Any] = rows_of(place) | _more_rows(place)
    common = parameters(place, rows)
    tokens = {
        "p/": (AccessLink.STORE, place.store),
        "chauffeur/": (AccessLink.TOUR, place.tour),
        "transporteur/": (AccessLink.CARRIER_TOUR, place.tour),
        "equipe/": (AccessLink.EVENT, rows["photo"].event),
        "producteur/": (AccessLink.PRODUCER, rows["references/producer"]),
    }
    filled = {}
    for route in ROUTES:
        table = next((name for name in rows if route.startswith(f"admin/{name}/")), "stores/store")
        pk = rows["held" if route.endswith(("/accept/", "/refuse/")) and table == "crates/declaration" else table].pk
        values = common | dict.fromkeys(("object_id", "pk", "id"), pk)
        for prefix, (kind, row) in tokens.items():
            if route.startswith(prefix):
                values["token"] = links.token(links.link_for(kind, row.pk))
        address = re.sub(r"\(\?P<url>.*\)", "nowhere/", route)
        address = re.sub(r"\(\?P<(\w+)>[^)]*\)", "x", address).replace("^", "").replace("$", "")
        filled[route] = "/" + PARAMETER.sub(lambda found, values=values: str(values[found[1]]), address)
    return (
        filled
        | _of_two_rows(rows)
        | {"admin/autocomplete/": filled["admin/autocomplete/"] + "?app_label=stores&model_name=store&field_name=zone"}
    )


def _of_two_rows(rows: dict[str, Any]) -> dict[str, str]:
    """Routes whose parameters mean another row than elsewhere."""
    answered = rows["answered"]
    quiz = f"/formation/{answered.training.uuid}/{answered.key}/"
    return {
        "admin/awareness/visit/photo/<int:pk>/remove/": f"/admin/awareness/visit/photo/{rows['seen'].pk}/remove/",
        "admin/effets/<slug:measure>/<int:pk>/": f"/admin/effets/training/{answered.training.pk}/",
        "p/affiches/<uuid:key>/en-place/": f"/p/affiches/{rows['awareness/materialorder'].key}/en-place/",
        "formation/<uuid:training_uuid>/<uuid:key>/": quiz,
        "formation/<uuid:training_uuid>/<uuid:key>/attestation.pdf": quiz + "attestation.pdf",
        "evenements/inscription/<str:signed>/": f"/evenements/inscription/{signups.sign(SignUpFactory())}/",
    }
