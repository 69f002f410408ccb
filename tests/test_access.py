"""Every address, with every role, and with somebody else's object: refused where it must be (tests/access_table.py)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
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
from tests.access_table import ADMINISTRATOR, CARRIER, CARRIER_LINK, COORDINATOR, DRIVER, EVERYONE, ROLES, SORTING, STAFF, STORE, WHO

pytestmark = pytest.mark.django_db
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
FROM_HERE = {"Sec-Fetch-Site": "same-origin"}
LEAVING = ("/compte/logout/", "/admin/logout/")
OBJECT = re.compile("<uuid:(key|problem_uuid|stop_uuid|slip_uuid|proof_uuid|tour_uuid)>")
# What belongs to nobody among those who may open it: whoever counts arrivals counts every truck that comes in;
# the answers to a quiz have no account behind them, and open to whoever has their address, which nobody can guess.
SHARED = (
    "tri/arrivees/<uuid:tour_uuid>/",
    "formation/<uuid:training_uuid>/<uuid:key>/",
    "formation/<uuid:training_uuid>/<uuid:key>/attestation.pdf",
)
LOGIN = ("/compte/login/", "/admin/login/", "/compte/2fa/")


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


@pytest.fixture
def mine():
    """What the store's card, the driver's and the carrier's links of the test are about."""
    return a_place("mine")


@pytest.fixture
def other():
    """Somebody else's."""
    return a_place("other")


def as_role(role: str, mine: SimpleNamespace) -> Client:
    """A browser that has what the role has."""
    browser = Client(headers=FROM_HERE, raise_request_exception=False)
    opened = {
        STORE: (AccessLink.STORE, mine.store),
        DRIVER: (AccessLink.TOUR, mine.tour),
        CARRIER_LINK: (AccessLink.CARRIER_TOUR, mine.tour),
    }
    if role in opened:
        kind, row = opened[role]
        address = links.url(links.link_for(kind, row.pk)).removeprefix("http://localhost:8000")
        assert browser.get(address).status_code == 302
    elif role in (SORTING, COORDINATOR, ADMINISTRATOR):
        browser.force_login(UserFactory(role=role))
    elif role == CARRIER:
        browser.force_login(mine.office)
    return browser


def public_place(store: Store) -> str:
    """The last part of the address of a place's public page."""
    return next(found.slug for found in places() if found.pk == store.pk)


def rows_of(place: SimpleNamespace) -> dict[str, object]:
    """A row of each table of the admin."""
    crontab, product = CrontabSchedule.objects.create(minute="1"), ReferenceFactory()
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
        "pickups/tourlog": TourLogFactory(),
        "pickups/carrier": place.carrier,
        "pickups/pickuprequest": PickupRequestFactory(),
        "pickups/tour": TourFactory(),
        "pickups/stop": place.stop,
        "pickups/slipupload": place.slip,
        "nonconformities/nonconformity": NonConformityFactory(store=place.store, carrier=place.carrier),
        "nonconformities/producerpage": product.producer,
        "nonconformities/nonconformitykind": NonConformityKind.objects.first(),
        "awareness/event": EventFactory(),
        "awareness/partner": PartnerFactory(),
        "awareness/training": TrainingFactory(store=place.store),
        "awareness/visit": VisitFactory(),
        "awareness/visitcriterion": VisitCriterionFactory(),
        "awareness/quizquestion": QuizQuestion.objects.first(),
        "awareness/material": MaterialFactory(picture=ContentFile(b"RIFF", name="picture.webp")),
        "awareness/materialorder": MaterialOrderFactory(store=place.store),
        "awareness/placement": PlacementFactory(store=place.store, photo=ContentFile(b"RIFF", name="photo.webp")),
        "references/producer": product.producer,
        "references/reference": product,
        "references/shelfitem": ShelfItemFactory(store=place.store, reference=product),
        "references/shelfcheck": ShelfCheckFactory(store=place.store),
        "references/heldlist": HeldListFactory(),
        "references/washinglimit": WashingLimitFactory(),
        "reminders/reminderrule": ReminderRule.objects.create(code="references-stale"),
    }


def addresses(place: SimpleNamespace) -> dict[str, str]:
    """Each route with its parameters filled in with what belongs to `place`."""
    photo, answered = EventPhotoFactory(event__state="published"), ParticipationFactory(name="Lou", score=1, questions=1)
    seen = VisitPhotoFactory(visit=DoneVisitFactory(store=place.store), image=ContentFile(b"RIFF", name="photo.webp"))
    rows, held = rows_of(place), DeclarationFactory(store=place.store, state=Declaration.HELD)
    common = {
        "key": place.key,
        "stop_uuid": place.stop.uuid,
        "store_uuid": place.store.uuid,
        "store_id": place.store.pk,
        "loser": place.store.pk,
        "winner": place.store.pk,
        "one": place.store.pk,
        "two": place.store.pk,
        "row_id": 1,
        "number": "INC-00001",
        "centre": place.store.uuid,
        "batch": place.key,
        "trip": "envoi",
        "tour_uuid": place.tour.uuid,
        "tour_pk": place.tour.pk,
        "slip_uuid": place.slip.uuid,
        "proof_uuid": place.proof.uuid,
        "file_uuid": uuid.uuid4(),
        "part": "general",
        "place": public_place(place.store),
        "figure": "accepted",
        "code": "references-stale",
        "slug": photo.event.slug,
        "event_uuid": photo.event.uuid,
        "photo_uuid": photo.uuid,
        "visit_uuid": seen.visit.uuid,
        "seen_uuid": seen.uuid,
        "day": timezone.localdate(),
        "training_uuid": answered.training.uuid,
        "problem_uuid": rows["nonconformities/nonconformity"].key,
        "picture_uuid": ProblemPhotoFactory(nonconformity=rows["nonconformities/nonconformity"]).uuid,
        "step": "comment",
        "material_uuid": rows["awareness/material"].uuid,
        "signed": unsubscribing.sign("contact", 0),
        "token": uuid.uuid4(),
        "uuid": place.stop.uuid,
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
        "content_type_id": ContentType.objects.get_for_model(place.store).pk,
        "app_label": "stores",
    }
    tokens = {"p/": (AccessLink.STORE, place.store), "chauffeur/": (AccessLink.TOUR, place.tour)}
    tokens["equipe/"] = (AccessLink.EVENT, photo.event)
    tokens["producteur/"] = (AccessLink.PRODUCER, rows["references/producer"])
    filled = {}
    for route in ROUTES:
        table = next((name for name in rows if route.startswith(f"admin/{name}/")), "stores/store")
        pk = (held if route.endswith(("/accept/", "/refuse/")) and table == "crates/declaration" else rows[table]).pk
        values = common | dict.fromkeys(("object_id", "pk", "id"), pk)
        for prefix, (kind, row) in (tokens | {"transporteur/": (AccessLink.CARRIER_TOUR, place.tour)}).items():
            if route.startswith(prefix):
                values["token"] = links.token(links.link_for(kind, row.pk))
        address = re.sub(r"\(\?P<url>.*\)", "nowhere/", route)
        address = re.sub(r"\(\?P<(\w+)>[^)]*\)", "x", address).replace("^", "").replace("$", "")
        filled[route] = "/" + PARAMETER.sub(lambda found, values=values: str(values[found[1]]), address)
    filled["admin/awareness/visit/photo/<int:pk>/remove/"] = f"/admin/awareness/visit/photo/{seen.pk}/remove/"
    filled["admin/effets/<slug:measure>/<int:pk>/"] = f"/admin/effets/training/{answered.training.pk}/"
    filled["p/affiches/<uuid:key>/en-place/"] = f"/p/affiches/{rows['awareness/materialorder'].key}/en-place/"
    for route in ("", "attestation.pdf"):
        filled[f"formation/<uuid:training_uuid>/<uuid:key>/{route}"] = f"/formation/{answered.training.uuid}/{answered.key}/{route}"
    filled["evenements/inscription/<str:signed>/"] = f"/evenements/inscription/{signups.sign(SignUpFactory())}/"
    filled["admin/autocomplete/"] += "?app_label=stores&model_name=store&field_name=zone"
    return filled


def refused(response) -> bool:
    """Whether nothing was shown and nothing done: sent to sign in, forbidden, not there, or not that way."""
    if response.status_code in (301, 302):
        return response["Location"].startswith(LOGIN)
    return response.status_code in (403, 404, 405, 410)


def writes(queries: CaptureQueriesContext) -> list[str]:
    """The statements that changed something, sessions apart."""
    kinds = ("INSERT", "UPDATE", "DELETE", "WITH")
    return [query["sql"] for query in queries if query["sql"].lstrip().startswith(kinds) and "django_session" not in query["sql"]]


def test_every_address_has_its_line():
    assert sorted(set(ROUTES) - set(WHO)) == [], "say in tests/access_table.py who may open them"
    assert sorted(set(WHO) - set(ROUTES)) == [], "these lines are about addresses that are gone"


def is_let_in(route: str, response) -> bool:
    """Whether the role passed the guards: the page came, or said that this object or this method is not for now."""
    if WHO[route] == EVERYONE:
        return response.status_code < 500 or route == "readyz"
    sent_away = response.headers.get("Location", "").startswith(LOGIN)
    return not sent_away and response.status_code not in (401, 403) and response.status_code < 500


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_what_it_may_and_nothing_else(role, mine):
    browser, wrong = as_role(role, mine), []
    for route, address in addresses(mine).items():
        if address in LEAVING:
            continue
        # Opening a card would give the browser another role's cookie.
        response = (Client() if "<slug:token>" in route else browser).get(address)
        as_expected = is_let_in(route, response) if role in WHO.get(route, ()) else refused(response)
        if not as_expected:
            wrong.append(f"{route}: {response.status_code} {response.headers.get('Location', '')}")
    assert wrong == []


@pytest.mark.parametrize("role", ROLES)
def test_a_form_of_somebody_elses_page_is_refused_and_writes_nothing(role, mine):
    browser, wrong = as_role(role, mine), []
    for route, address in addresses(mine).items():
        if role in WHO.get(route, ()):
            continue
        with CaptureQueriesContext(connection) as queries:
            response = browser.post(address, {"answer": "accept", "confirm": "on", "full_75": "3", "key": uuid.uuid4()})
        if not refused(response) or writes(queries):
            wrong.append(f"{route}: {response.status_code} {writes(queries)}")
    assert wrong == []


@pytest.mark.parametrize("role", [role for role in ROLES if role not in STAFF])
def test_somebody_elses_object_does_not_exist(role, mine, other):
    browser, wrong = as_role(role, mine), []
    theirs = {route: address for route, address in addresses(other).items() if OBJECT.search(route)}
    assert len(theirs) >= 6
    for route, address in theirs.items():
        if route in SHARED and role in WHO[route]:
            continue
        for response in (browser.get(address), browser.post(address, {"answer": "accept", "key": uuid.uuid4()})):
            if not refused(response):
                wrong.append(f"{route}: {response.status_code}")
    assert wrong == []


@pytest.mark.parametrize(("role", "start"), [(STORE, "/p/"), (DRIVER, "/chauffeur/"), (CARRIER_LINK, "/transporteur/tournee/")])
def test_a_link_that_was_revoked_opens_nothing_any_more(role, start, mine):
    browser = as_role(role, mine)
    assert browser.get(start).status_code == 200
    for link in AccessLink.objects.all():
        links.revoke(link, by=Actor.system())
    assert browser.get(start).status_code == 403
