"""The life of a tour: every move by every party, told once to the people it concerns."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from lincassable.accounts.actors import LINK, Actor
from lincassable.accounts.models import AccessLink
from lincassable.accounts.tests.factories import UserFactory
from lincassable.messaging.models import Message
from pickups import services
from pickups.enums import TRANSITIONS, Party, RequestState, StopState, TourState
from pickups.lines import StopPlan
from pickups.models import Tour, TourLog
from pickups.tests.factories import CarrierFactory, VehicleFactory, planned, tomorrow
from stores.enums import Kind
from stores.tests.factories import ContactFactory, StoreFactory

pytestmark = pytest.mark.django_db
STATES = list(TourState.values)
PARTIES = [*Party.values, "stranger"]


def mails(template: str = "") -> list[tuple[str, str]]:
    """Return (template, address) of what the outbox holds, in order."""
    messages = Message.objects.filter(kind=template) if template else Message.objects.all()
    return list(messages.order_by("pk").values_list("kind", "to_email"))


def actor(made, party: str) -> Actor:
    """Return who plays this party in the scene."""
    stranger = Actor(LINK, 903, AccessLink.TOUR, made.tour.pk + 1000)
    return {"coordinator": made.coordinator, "carrier": made.carrier, "driver": made.driver}.get(party, stranger)


@pytest.mark.parametrize("start", STATES)
def test_every_move_is_made_by_those_the_table_allows_and_refused_to_the_others(scene, start):
    made = scene(start)
    for target in STATES:
        for party in PARTIES:
            _try(made, start, target, party)


def _try(made, start: str, target: str, party: str) -> None:
    """Try one move by one party and undo it; check that it is made, refused, or already done."""
    from django.db import transaction

    by = actor(made, party)
    lines = TourLog.objects.filter(tour=made.tour).count()
    # A tour is ended when its stops are made; a truck that left is not a driver's page.
    with transaction.atomic():
        if target == TourState.DONE and start == TourState.UNDER_WAY:
            for stop in made.stops:
                made.complete(stop)
        try:
            moved = services.transition(made.tour, target, by=by, note="raison")
            outcome = moved.state
        except (ValidationError, PermissionDenied) as error:
            outcome = type(error)
        allowed = TRANSITIONS.get((start, target), frozenset())
        if start == target:
            assert outcome == start, (start, target, party)
            assert TourLog.objects.filter(tour=made.tour).count() == lines
        elif party in allowed:
            assert outcome == target, (start, target, party)
            log = TourLog.objects.filter(tour=made.tour).order_by("-pk")[0]
            assert (log.from_state, log.to_state, log.actor_kind, log.actor_id) == (start, target, by.kind, by.id)
        else:
            assert outcome in (ValidationError, PermissionDenied), (start, target, party, outcome)
            assert Tour.objects.get(pk=made.tour.pk).state == start
        transaction.set_rollback(True)


def test_screens_show_the_buttons_that_the_table_allows(scene):
    made = scene(TourState.AWAITING)
    assert services.next_states(made.tour, services.parties_of(made.tour, made.carrier)) == [TourState.ACCEPTED, TourState.DECLINED]
    assert services.next_states(made.tour, services.parties_of(made.tour, made.driver)) == []
    assert TourState.CANCELLED in services.next_states(made.tour, services.parties_of(made.tour, made.coordinator))


def test_the_office_of_the_carrier_accepts_like_its_link_and_another_carrier_does_not(scene):
    made = scene(TourState.AWAITING)
    other = UserFactory(role="carrier")
    CarrierFactory().users.add(other)
    with pytest.raises(PermissionDenied):
        services.accept_tour(made.tour, by=Actor.of_user(other))
    assert services.accept_tour(made.tour, by=Actor.of_user(made.users["carrier"])).state == TourState.ACCEPTED


def test_sending_twice_sends_one_mail_with_the_carriers_link(scene):
    made = scene()
    services.send_tour(made.tour, by=made.coordinator)
    services.send_tour(made.tour, by=made.coordinator)
    assert mails() == [("tour_awaiting", made.tour.carrier.email)]
    message = Message.objects.get()
    assert message.language == "en"
    assert "/transporteur/" in message.text
    assert made.stores[0].name in message.text
    assert message.html.count(made.stores[1].name) == 1


@pytest.mark.parametrize("problem", ["no_stop", "no_address", "past"])
def test_a_tour_that_is_not_ready_says_what_is_missing_and_sends_nothing(scene, problem):
    made = scene(stores=0 if problem == "no_stop" else 1)
    if problem == "no_address":
        made.tour.carrier.email = ""
        made.tour.carrier.save()
    if problem == "past":
        Tour.objects.filter(pk=made.tour.pk).update(date=timezone.localdate() - timedelta(days=1))
    with pytest.raises(ValidationError) as refused:
        services.send_tour(made.tour, by=made.coordinator)
    assert len(refused.value.messages) == 1
    assert mails() == []


def test_todays_tour_may_be_sent(scene):
    made = scene()
    services.revise_tour(made.tour, by=made.coordinator, fields={"date": timezone.localdate()})
    assert services.send_tour(made.tour, by=made.coordinator).state == TourState.AWAITING


def test_accepting_tells_each_contact_that_wants_pickup_mails_once_in_their_language(scene):
    made = scene()
    ContactFactory(store=made.stores[0], email="a@boutique.example", language="en")
    ContactFactory(store=made.stores[0], email="b@boutique.example", language="fr")
    ContactFactory(store=made.stores[0], email="no@boutique.example", wants_pickup_mails=False)
    ContactFactory(store=made.stores[0], email="gone@boutique.example", is_active=False)
    ContactFactory(store=made.stores[0], email="", name="Sans adresse")
    ContactFactory(email="elsewhere@boutique.example")
    services.send_tour(made.tour, by=made.coordinator)
    for _ in range(2):
        services.accept_tour(made.tour, by=made.carrier)
    told = mails("tour_confirmed_store")
    assert sorted(address for _, address in told) == ["a@boutique.example", "b@boutique.example"]
    english = Message.objects.get(to_email="a@boutique.example")
    assert "Your pickup" in english.subject
    assert tomorrow().strftime("%A") in english.text
    assert "10 full" in english.text
    assert "/chauffeur/" not in english.text


def test_accepting_makes_the_drivers_link_and_not_before(scene):
    made = scene(TourState.AWAITING)
    assert services.driver_link(made.tour) is None
    services.accept_tour(made.tour, by=made.carrier)
    made.tour.refresh_from_db()
    link = services.driver_link(made.tour)
    assert link is not None
    assert timezone.localtime(link.expires_at).date() == made.tour.date + timedelta(days=31)


def test_declining_needs_a_reason_and_tells_the_coordinators(scene):
    made = scene(TourState.AWAITING)
    request = services.request_pickup(made.stores[0], by=Actor.system())
    with pytest.raises(ValidationError):
        services.decline_tour(made.tour, " ", by=made.carrier)
    UserFactory(role="sorting")
    UserFactory(role="carrier")
    services.decline_tour(made.tour, "plus de camion", by=made.carrier)
    services.decline_tour(made.tour, "deux fois", by=made.carrier)
    assert mails("tour_declined") == [("tour_declined", made.users["coordinator"].email)]
    assert "plus de camion" in Message.objects.get(kind="tour_declined").text
    request.refresh_from_db()
    assert request.state == RequestState.RECEIVED


def test_a_declined_tour_is_changed_and_sent_again_with_a_new_mail(scene):
    made = scene(TourState.DECLINED)
    services.reopen_tour(made.tour, by=made.coordinator)
    services.revise_tour(made.tour, by=made.coordinator, fields={"carrier": CarrierFactory(email="autre@transport.example")})
    services.send_tour(made.tour, by=made.coordinator)
    assert [address for _, address in mails("tour_awaiting")] == [made.tour.carrier.email, "autre@transport.example"]


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (TourState.DRAFT, []),
        (TourState.AWAITING, ["tour_cancelled"]),
        (TourState.ACCEPTED, ["tour_cancelled", "tour_cancelled_store", "tour_cancelled_store"]),
        (TourState.DECLINED, []),
    ],
)
def test_cancelling_tells_those_who_knew(scene, state, told):
    made = scene(TourState.DRAFT)
    for store in made.stores:
        ContactFactory(store=store)
    if state != TourState.DRAFT:
        services.send_tour(made.tour, by=made.coordinator)
    if state == TourState.ACCEPTED:
        services.accept_tour(made.tour, by=made.carrier)
    if state == TourState.DECLINED:
        services.decline_tour(made.tour, "non", by=made.carrier)
    Message.objects.all().delete()
    for _ in range(2):
        services.cancel_tour(made.tour, by=made.coordinator, note="grève")
    assert [kind for kind, _ in mails()] == told
    assert all("grève" in text for text in Message.objects.values_list("text", flat=True))


def test_a_tour_with_stops_to_do_does_not_end(scene):
    made = scene(TourState.UNDER_WAY)
    with pytest.raises(ValidationError) as refused:
        services.finish_tour(made.tour, by=made.driver)
    assert refused.value.code == "stops_left"
    for stop in made.stops:
        made.complete(stop, outcome=StopState.MISSED, reason="fermé")
    assert services.finish_tour(made.tour, by=made.driver).state == TourState.DONE


# -- composing


def test_a_draft_changes_freely_and_tells_nobody(scene):
    made = scene()
    store = StoreFactory()
    services.add_stop(made.tour, store, by=made.coordinator, lines=[planned("33", 4, 4)])
    services.revise_tour(made.tour, by=made.coordinator, fields={"date": tomorrow() + timedelta(days=3), "note": "quai 2"})
    services.remove_stop(made.stops[0], by=made.coordinator)
    assert [stop.store for stop in made.stops] == [made.stores[1], store]
    assert mails() == []
    assert not TourLog.objects.exists()


def test_moving_an_accepted_tour_tells_the_carrier_and_each_store_once(scene):
    made = scene()
    for store in made.stores:
        ContactFactory(store=store, language="en")
    services.send_tour(made.tour, by=made.coordinator)
    services.accept_tour(made.tour, by=made.carrier)
    Message.objects.all().delete()
    later = tomorrow() + timedelta(days=2)
    for _ in range(2):
        services.revise_tour(made.tour, by=made.coordinator, fields={"date": later})
    assert [kind for kind, _ in mails()] == ["tour_changed", "tour_changed_store", "tour_changed_store"]
    assert later.strftime("%A") in Message.objects.filter(kind="tour_changed_store")[0].text
    assert timezone.localtime(services.links_of(made.tour)[AccessLink.TOUR].expires_at).date() == later + timedelta(days=31)
    log = TourLog.objects.filter(tour=made.tour).order_by("-pk")[0]
    assert log.from_state == log.to_state == TourState.ACCEPTED
    # A second move is another event: told again.
    services.revise_tour(made.tour, by=made.coordinator, fields={"date": tomorrow()})
    assert len(mails("tour_changed")) == 2


def test_a_tour_that_awaits_its_carrier_changes_for_the_carrier_only(scene):
    made = scene(TourState.AWAITING)
    ContactFactory(store=made.stores[0])
    services.revise_tour(made.tour, by=made.coordinator, fields={"date": tomorrow() + timedelta(days=2)})
    assert [kind for kind, _ in mails()] == ["tour_awaiting", "tour_changed"]


def test_changing_stops_of_an_accepted_tour_tells_the_stores_concerned_only(scene):
    made = scene(stores=3)
    contacts = {store.pk: ContactFactory(store=store).email for store in made.stores}
    services.send_tour(made.tour, by=made.coordinator)
    services.accept_tour(made.tour, by=made.carrier)
    newcomer = StoreFactory()
    contacts[newcomer.pk] = ContactFactory(store=newcomer).email
    request = services.request_pickup(newcomer, by=Actor.system())
    Message.objects.all().delete()
    first, second, third = made.stops
    services.revise_tour(
        made.tour,
        by=made.coordinator,
        stops=[
            StopPlan(newcomer, [planned()]),
            StopPlan(first.store, [planned("75", 20, 20)], stop=first),
            StopPlan(second.store, [planned()], stop=second, note="sonner deux fois"),
        ],
        removed=[third],
    )
    assert set(mails()) == {
        ("tour_changed", made.tour.carrier.email),
        ("tour_confirmed_store", contacts[newcomer.pk]),
        ("tour_changed_store", contacts[first.store_id]),
        ("tour_cancelled_store", contacts[third.store_id]),
    }
    assert len(mails()) == 4
    request.refresh_from_db()
    assert request.state == RequestState.PLANNED


@pytest.mark.parametrize("problem", ["twice", "hub", "child", "archived"])
def test_a_place_where_no_truck_can_stop_is_refused_with_a_sentence(scene, problem):
    made = scene()
    store = {
        "twice": lambda: made.stores[0],
        "hub": lambda: made.tour.hub,
        "child": lambda: StoreFactory(collected_through=made.stores[0]),
        "archived": lambda: StoreFactory(status="archived"),
    }[problem]()
    with pytest.raises(ValidationError) as refused:
        services.add_stop(made.tour, store, by=made.coordinator)
    assert store.name in refused.value.messages[0]


def test_a_sent_tour_keeps_its_carrier_and_at_least_one_stop(scene):
    made = scene(TourState.AWAITING, stores=1)
    with pytest.raises(ValidationError) as refused:
        services.revise_tour(made.tour, by=made.coordinator, fields={"carrier": CarrierFactory()})
    assert "carrier" in refused.value.message_dict
    with pytest.raises(ValidationError):
        services.remove_stop(made.stops[0], by=made.coordinator)
    assert made.tour.stops.count() == 1


def test_a_vehicle_of_another_carrier_and_a_hub_that_keeps_no_stock_are_refused(coordinator):
    for wrong in ({"vehicle": VehicleFactory()}, {"hub": StoreFactory(kind=Kind.SHOP)}):
        values = {"hub": StoreFactory(kind=Kind.HUB), "carrier": CarrierFactory(), **wrong}
        with pytest.raises(ValidationError) as refused:
            services.create_tour(date=tomorrow(), by=coordinator, **values)
        assert set(refused.value.message_dict) == set(wrong)


def test_a_visited_stop_is_neither_changed_nor_removed(scene):
    made = scene(TourState.ACCEPTED)
    stop = made.complete(made.stops[0])
    with pytest.raises(ValidationError):
        services.remove_stop(stop, by=made.coordinator)
    with pytest.raises(ValidationError):
        services.revise_tour(made.tour, by=made.coordinator, stops=[StopPlan(stop.store, [planned("75", 1, 1)], stop=stop)])


@pytest.mark.parametrize("party", ["carrier", "driver", "stranger"])
def test_only_coordinators_compose(scene, party):
    made = scene(TourState.ACCEPTED)
    with pytest.raises(PermissionDenied):
        services.add_stop(made.tour, StoreFactory(), by=actor(made, party))
    with pytest.raises(PermissionDenied):
        services.create_tour(date=tomorrow(), hub=made.tour.hub, carrier=made.tour.carrier, by=actor(made, party))
