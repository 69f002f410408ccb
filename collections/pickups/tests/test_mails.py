"""Who gets which mail at each step of a tour and of a request: exactly the people concerned, none twice."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.test import Client

from lincassable.accounts.actors import Actor
from lincassable.messaging import unsubscribing
from lincassable.messaging.delivery import mail_of
from lincassable.messaging.models import Message
from pickups import services
from pickups.enums import StopState, TourState
from pickups.lines import StopPlan
from pickups.models import CarrierContact
from pickups.tests.factories import planned
from stores.models import Contact
from stores.tests.factories import ContactFactory, StoreFactory

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system()


def told(kind: str) -> list[str]:
    """The addresses to which mails of a kind were written."""
    return sorted(Message.objects.filter(kind=kind).values_list("to_email", flat=True))


@pytest.fixture
def office(scene):
    """A draft of two stores with one contact each, and a carrier with people who want different things."""
    made = scene()
    for number, store in enumerate(made.stores, start=1):
        ContactFactory(store=store, email=f"boutique{number}@points.example", language="en")
    for email, wants in (("quai@carrier.example", True), ("compta@carrier.example", False)):
        CarrierContact.objects.create(carrier=made.tour.carrier, email=email, wants_tours=wants, language="fr")
    return made


def test_each_step_of_a_tour_tells_exactly_the_people_it_concerns(office):
    carrier = sorted([office.tour.carrier.email, "quai@carrier.example"])
    services.send_tour(office.tour, by=office.coordinator)
    assert told("tour_awaiting") == carrier
    services.accept_tour(office.tour, by=office.carrier)
    assert told("tour_confirmed_store") == ["boutique1@points.example", "boutique2@points.example"]
    first, second = office.stops
    services.revise_tour(office.tour, by=office.coordinator, stops=[StopPlan(first.store, [planned(full=3)], stop=first)])
    assert (told("tour_changed"), told("tour_changed_store")) == (carrier, ["boutique1@points.example"])
    services.remove_stop(second, by=office.coordinator)
    assert told("tour_cancelled_store") == ["boutique2@points.example"]
    services.cancel_tour(office.tour, by=office.coordinator, note="grève")
    assert told("tour_cancelled") == carrier
    assert told("tour_cancelled_store") == ["boutique1@points.example", "boutique2@points.example"]
    assert not Message.objects.filter(to_email="compta@carrier.example").exists()
    stoppable = [mail for mail in Message.objects.all() if mail.headers.get("List-Unsubscribe")]
    assert len(stoppable) > 5
    for mail in stoppable:  # who may stop it sees both links, in both parts
        stop = mail.headers["List-Unsubscribe"].strip("<>")
        for part in (mail.text, mail.html):
            assert stop in part, mail.kind
            assert "/rappels/choix/" in part, mail.kind


@pytest.mark.parametrize(
    ("outcome", "kind"), [(StopState.DONE, "pickup_done"), (StopState.PARTIAL, "pickup_partly"), (StopState.MISSED, "pickup_missed")]
)
def test_the_store_is_told_how_the_visit_went_once(office, outcome, kind):
    services.send_tour(office.tour, by=office.coordinator)
    services.accept_tour(office.tour, by=office.carrier)
    key = uuid.uuid4()
    for _each in range(2):
        office.complete(office.stops[0], full=7, key=key, outcome=outcome, reason="" if outcome == StopState.DONE else "rideau baissé")
    assert told(kind) == ["boutique1@points.example"]
    mail = Message.objects.get(kind=kind)
    assert ("rideau baissé" in mail.text) == (outcome != StopState.DONE)
    assert ("7 full taken" in mail.text) == (outcome != StopState.MISSED)
    assert ("Still there: 3 × 75 cl" in mail.text) == (outcome == StopState.PARTIAL)


def test_the_date_before_a_move_is_in_the_mail_and_in_the_log(office):
    services.send_tour(office.tour, by=office.coordinator)
    services.accept_tour(office.tour, by=office.carrier)
    before = office.tour.date
    services.revise_tour(office.tour, by=office.coordinator, fields={"date": before + timedelta(days=1)})
    mail = Message.objects.get(kind="tour_changed_store", to_email="boutique1@points.example")
    assert f"It was planned on {before:%A} {before.day} {before:%B %Y}" in mail.text
    assert list(office.tour.log.exclude(date_before=None).values_list("date_before", flat=True)) == [before]


def test_one_person_at_a_place_and_at_the_place_it_goes_through_is_told_once(office):
    parent = office.stores[0]
    child = StoreFactory(collected_through=parent)
    ContactFactory(store=child, email="BOUTIQUE1@points.example")
    ContactFactory(store=child, email="petite@points.example")
    services.request_pickup(child, by=SYSTEM)
    services.send_tour(office.tour, by=office.coordinator)
    services.accept_tour(office.tour, by=office.carrier)
    assert told("tour_confirmed_store") == ["boutique1@points.example", "boutique2@points.example", "petite@points.example"]


def test_invitations_come_with_the_date_for_those_who_want_them_and_are_withdrawn(office):
    Contact.objects.filter(email="boutique2@points.example").update(wants_invitations=False)
    services.send_tour(office.tour, by=office.coordinator)
    services.accept_tour(office.tour, by=office.carrier)
    services.cancel_tour(office.tour, by=office.coordinator)
    parts = {
        (message.kind, message.to_email): [part.get_content_type() for part in mail_of(message).message().walk()]
        for message in Message.objects.filter(kind__endswith="_store").order_by("pk")
    }
    for kind in ("tour_confirmed_store", "tour_cancelled_store"):
        assert "text/calendar" in parts[kind, "boutique1@points.example"]
        assert "text/calendar" not in parts[kind, "boutique2@points.example"]


def test_mails_of_pickups_are_stopped_by_one_click_of_the_mail_program(office):
    services.send_tour(office.tour, by=office.coordinator)
    services.accept_tour(office.tour, by=office.carrier)
    mail = mail_of(Message.objects.get(kind="tour_confirmed_store", to_email="boutique1@points.example")).message()
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = mail["List-Unsubscribe"].strip("<>").partition("/desabonnement/")[2]
    answer = Client().post(f"/desabonnement/{address}", {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    contact = Contact.objects.get(email="boutique1@points.example")
    assert (contact.wants_pickup_mails, contact.wants_pickup_reminders) == (False, True)


@pytest.mark.parametrize(
    ("kind", "switch"),
    [
        (unsubscribing.PICKUP, "wants_pickup_mails"),
        (unsubscribing.REMINDER, "wants_pickup_reminders"),
        (unsubscribing.CARRIER_TOURS, "wants_tours"),
        (unsubscribing.CARRIER_REMINDERS, "wants_reminders"),
    ],
)
def test_each_kind_of_mail_has_a_switch_of_its_own(office, kind, switch):
    carriers = kind.startswith("carrier")
    person = CarrierContact.objects.get(email="quai@carrier.example") if carriers else Contact.objects.get(email="boutique1@points.example")
    address = f"/desabonnement/{unsubscribing.sign(kind, person.pk)}/"
    switches = [field.name for field in type(person)._meta.fields if field.name.startswith("wants_")]
    before = {name: getattr(person, name) for name in switches}
    assert Client().get(address).status_code == 200
    person.refresh_from_db()
    assert {name: getattr(person, name) for name in switches} == before
    assert Client().post(address).status_code == 200
    person.refresh_from_db()
    assert {name: getattr(person, name) for name in switches} == {**before, switch: False}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_mail_has_a_subject_a_text_and_a_page_that_say_the_same_place(office, language):
    Contact.objects.update(language=language)
    store = office.stores[0]
    services.request_pickup(store, by=SYSTEM)
    services.send_tour(office.tour, by=office.coordinator)
    services.accept_tour(office.tour, by=office.carrier)
    office.complete(office.stops[0], outcome=StopState.PARTIAL, reason="plein")
    for mail in Message.objects.filter(to_email="boutique1@points.example").order_by("pk"):
        assert mail.language == language
        assert store.name in mail.subject
        assert store.name in mail.text
        assert store.name in mail.html


def test_a_tour_that_was_never_sent_tells_nobody(office):
    services.revise_tour(office.tour, by=office.coordinator, fields={"date": office.tour.date + timedelta(days=1)})
    services.cancel_tour(office.tour, by=office.coordinator)
    office.tour.refresh_from_db()
    assert office.tour.state == TourState.CANCELLED
    assert Message.objects.count() == 0
