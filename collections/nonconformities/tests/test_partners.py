"""Who handles what: carriers, the sorting centre, producers. What they are told, what they may, and what comes again and again."""

import uuid
from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from crates.tests.factories import BottleMovementFactory
from lincassable.accounts import links, privacy
from lincassable.accounts.actors import Actor
from lincassable.accounts.models import AccessLink
from lincassable.accounts.privacy import Identity
from lincassable.accounts.tests.factories import UserFactory
from lincassable.messaging.models import Message
from lincassable.reminders.registry import Ask, Due, rule_of
from lincassable.reminders.tests.tables import PARIS, assert_table, coordinator
from nonconformities import producers, queries, rules, services, tasks
from nonconformities.enums import Handler, Severity, Source, State
from nonconformities.models import NonConformity, ProducerContact
from nonconformities.services import Report
from nonconformities.tests.factories import CommentFactory, KindFactory, NonConformityFactory, ProducerContactFactory
from pickups.enums import TourState
from pickups.tests.factories import CarrierFactory, StopFactory, TourFactory
from references.tests.factories import ProducerFactory, ReferenceFactory
from stores.tests.factories import ContactFactory, StoreFactory, ZoneFactory

pytestmark = pytest.mark.django_db


def link_of(producer):
    return Actor.of_link(links.link_for(AccessLink.PRODUCER, producer.pk))


def report(**said):
    store = said.get("store") or StoreFactory()
    by = Actor("link", 1, AccessLink.STORE, store.pk)
    return services.report(Report(**{**said, "store": store}), key=uuid.uuid4(), source=Source.STORE, by=by)


def told(template):
    return set(Message.objects.filter(kind=template).values_list("to_email", flat=True))


@pytest.fixture
def office():
    """A coordinator's address."""
    return UserFactory(role="coordinator").email


# -- which carrier


def test_the_carrier_is_the_tours_else_that_of_the_latest_visit_else_the_only_one_of_the_zone():
    kind, zone = KindFactory(handled_by=Handler.CARRIER), ZoneFactory()
    store, mine, other = StoreFactory(zone=zone), CarrierFactory(), CarrierFactory()
    assert report(kind=kind, store=store).carrier is None
    mine.zones.add(zone)
    assert report(kind=kind, store=store).carrier == mine
    other.zones.add(zone)
    assert report(kind=kind, store=store).carrier is None
    today = timezone.localdate()
    for carrier, days, state in ((mine, 30, TourState.DONE), (other, 3, TourState.CLOSED), (mine, 1, TourState.CANCELLED)):
        StopFactory(store=store, tour=TourFactory(carrier=carrier, state=state, date=today - timedelta(days=days)))
    assert report(kind=kind, store=store).carrier == other
    stop = StopFactory(store=store, tour=TourFactory(carrier=mine, state=TourState.ACCEPTED, date=today - timedelta(days=9)))
    driver = Actor("link", 2, AccessLink.TOUR, stop.tour_id)
    row = services.report(Report(kind, stop=stop), key=uuid.uuid4(), source=Source.DRIVER, by=driver)
    assert row.carrier == mine
    assert report(kind=KindFactory(), store=store).carrier is None


# -- who is told


def test_a_carrier_is_told_and_the_office_only_when_it_is_critical_or_nobody_else_is(office):
    carrier, zone = CarrierFactory(email="quai@carrier.example"), ZoneFactory()
    carrier.zones.add(zone)
    store = StoreFactory(zone=zone)
    for severity, mails in ((Severity.MINOR, set()), (Severity.MAJOR, set()), (Severity.CRITICAL, {office})):
        Message.objects.all().delete()
        row = report(kind=KindFactory(handled_by=Handler.CARRIER, severity=severity), store=store)
        assert told("nonconformity_new") == {"quai@carrier.example"} | mails
        assert f"/transporteur/problemes/{row.key}/" in Message.objects.get(to_email="quai@carrier.example").text
    Message.objects.all().delete()
    report(kind=KindFactory(handled_by=Handler.CARRIER, severity=Severity.MAJOR))
    assert told("nonconformity_new") == {office}


def test_the_sorting_centre_is_told_of_what_it_handles(office):
    table = UserFactory(role="sorting")
    row = report(kind=KindFactory(handled_by=Handler.SORTING, severity=Severity.MAJOR))
    assert told("nonconformity_new") == {table.email}
    assert f"/tri/problemes/{row.key}/" in Message.objects.get(to_email=table.email).text


def test_a_producer_is_told_of_its_bottles_without_the_name_of_the_place_and_stops_it_by_itself(office, client):
    each, monthly = ProducerContactFactory(), ProducerContactFactory(wants_each=False)
    ProducerContactFactory(producer=each.producer, is_active=False)
    store = StoreFactory(name="Épicerie Secrète")
    report(kind=KindFactory(handled_by=Handler.PRODUCER, severity=Severity.MAJOR), store=store, producer=each.producer, note="Colle dure")
    report(kind=KindFactory(), producer=monthly.producer)
    assert (told("nonconformity_producer"), told("nonconformity_new")) == ({each.email}, set())
    mail = Message.objects.get(kind="nonconformity_producer")
    assert "Colle dure" in mail.text
    assert "/producteur/" in mail.text
    assert "Secrète" not in mail.text + mail.html + mail.subject
    stop = mail.headers["List-Unsubscribe"].strip("<>")
    assert client.post("/" + stop.split("/", 3)[3]).status_code == 200
    each.refresh_from_db()
    assert (each.wants_each, each.wants_monthly) == (False, True)


def test_without_a_contact_of_its_own_a_producers_place_is_told():
    producer = ProducerFactory(store=StoreFactory())
    contact = ContactFactory(store=producer.store)
    report(kind=KindFactory(), producer=producer)
    assert told("nonconformity_producer") == {contact.email}


def test_who_turns_out_to_be_concerned_is_told_once():
    by, contact = Actor.of_user(UserFactory(role="coordinator")), ProducerContactFactory()
    row = report(kind=KindFactory())
    for producer in (contact.producer, None, contact.producer):
        row = services.change(row, {"producer": producer}, by=by)
    assert Message.objects.filter(kind="nonconformity_producer").count() == 1


# -- what they may


def test_a_producer_sees_its_own_says_that_it_has_seen_it_and_writes():
    contact, place = ProducerContactFactory(), ContactFactory()
    kind = KindFactory(handled_by=Handler.PRODUCER)
    row = NonConformityFactory(kind=kind, producer=contact.producer, store=place.store)
    NonConformityFactory(producer=contact.producer, state=State.REJECTED, answer="Non.", closed_at=timezone.now())
    by, stranger = link_of(contact.producer), link_of(ProducerFactory())
    assert list(NonConformity.objects.for_actor(by)) == [row]
    for _again in range(2):
        row = services.seen_by_partner(row, by=by)
    assert (row.state, row.producer_seen_at is not None, row.log.count()) == (State.ACKNOWLEDGED, True, 2)
    assert told("nonconformity_step") == {place.email}
    key, user = uuid.uuid4(), UserFactory(role="coordinator")
    for _again in range(2):
        said = services.comment(row, "Nouvelle colle dès lundi", key=key, by=by)
    assert (said.is_internal, said.with_partner) == (True, True)
    assert told("nonconformity_comment") == {user.email}
    services.comment(row, "Merci", key=uuid.uuid4(), by=Actor.of_user(user), with_partner=True)
    assert told("nonconformity_comment") == {user.email, contact.email}
    for act in (lambda: services.seen_by_partner(row, by=stranger), lambda: services.comment(row, "x", key=uuid.uuid4(), by=stranger)):
        with pytest.raises(PermissionDenied):
            act()
    with pytest.raises(PermissionDenied):
        services.resolve(row, answer="Fait.", by=by)


def test_what_a_producer_only_has_to_know_stays_as_it_is():
    row = NonConformityFactory(producer=ProducerFactory())
    assert services.seen_by_partner(row, by=link_of(row.producer)).state == State.REPORTED


def test_a_carriers_user_and_the_sorting_table_act_on_what_is_theirs_alone():
    user, table, other = UserFactory(role="carrier"), UserFactory(role="sorting"), UserFactory(role="carrier")
    carrier = CarrierFactory()
    carrier.users.add(user)
    rows = {
        user: NonConformityFactory(kind=KindFactory(handled_by=Handler.CARRIER), carrier=carrier),
        table: NonConformityFactory(kind=KindFactory(handled_by=Handler.SORTING)),
    }
    for person, row in rows.items():
        assert list(NonConformity.objects.for_actor(Actor.of_user(person))) == [row]
        assert services.seen_by_partner(row, by=Actor.of_user(person)).state == State.ACKNOWLEDGED
        assert services.comment(row, "Vu", key=uuid.uuid4(), by=Actor.of_user(person)).with_partner
        with pytest.raises(PermissionDenied):
            services.comment(row, "x", key=uuid.uuid4(), by=Actor.of_user(other))
        with pytest.raises(PermissionDenied):
            services.seen_by_partner(row, by=Actor.of_user(UserFactory(role="coordinator")))


# -- figures, and the monthly summary


def test_a_producers_figures_are_those_of_the_hand():
    producer, now = ProducerFactory(store=StoreFactory()), timezone.now()
    product, kind, other = ReferenceFactory(producer=producer, name="Blonde", volume_cl=75), KindFactory(), KindFactory()
    for quantity, days, what, about in ((10, 5, kind, product), (20, 8, kind, None), (5, 9, other, product), (7, 400, kind, product)):
        at = now - timedelta(days=days)
        NonConformityFactory(producer=producer, kind=what, reference=about, quantity=quantity, occurred_at=at, recorded_at=at)
    NonConformityFactory(producer=ProducerFactory())
    BottleMovementFactory(
        kind="delivered", to_stage="", from_stage="washed", to_store=producer.store, from_store=StoreFactory(), quantity=6000
    )
    found = producers.figures_of(producer, now - timedelta(days=30), now + timedelta(minutes=1))
    assert (found.total.reports, found.total.pieces, found.total.bottles, found.total.rate, found.open) == (3, 35, 6000, 0.5, 4)
    assert [(line.reports, line.pieces) for line in found.by_kind] == [(2, 30), (1, 5)]
    assert {(line.label, line.reports, line.pieces) for line in found.by_reference if line.label.startswith("Blonde")} == {
        ("Blonde · 75 cl", 2, 15)
    }
    assert sum(line.reports for line in found.by_month) == 3
    assert sum(line.bottles for line in found.by_month) == 6000


@pytest.mark.parametrize(
    ("now", "since", "until"),
    [
        (datetime(2026, 11, 3, 9, tzinfo=PARIS), datetime(2026, 10, 1, tzinfo=PARIS), datetime(2026, 11, 1, tzinfo=PARIS)),
        (datetime(2026, 1, 1, 0, 30, tzinfo=PARIS), datetime(2025, 12, 1, tzinfo=PARIS), datetime(2026, 1, 1, tzinfo=PARIS)),
    ],
)
def test_the_month_before_is_local_and_crosses_the_year(now, since, until):
    assert producers.month_before(now) == (since, until)


def test_the_summary_of_a_month_goes_once_to_who_wants_it_and_not_for_nothing():
    wants, other = ProducerContactFactory(), ProducerContactFactory(wants_monthly=False)
    since, until = producers.month_before(timezone.now())
    for contact, at in ((wants, since), (other, since), (ProducerContactFactory(), until), (ProducerContactFactory(), None)):
        if at:
            NonConformityFactory(producer=contact.producer, occurred_at=at, recorded_at=at, quantity=12)
    assert tasks.monthly() == 1
    tasks.monthly()
    (mail,) = Message.objects.filter(kind="nonconformity_monthly")
    assert mail.to_email == wants.email
    assert "12" in mail.text
    assert "List-Unsubscribe" in mail.headers


# -- again and again


def often(times, *, store, kind, start, every=1):
    rows = []
    for number in range(times):
        at = start + timedelta(days=number * every)
        rows.append(NonConformityFactory(store=store, kind=kind, occurred_at=at, recorded_at=at))
    return rows


def test_what_comes_three_times_in_90_days_is_told_to_the_office_once():
    coordinator("ana@reseau.example")
    store, kind = StoreFactory(), KindFactory()
    often(4, store=store, kind=kind, start=datetime(2026, 6, 1, 10, tzinfo=PARIS), every=7)
    often(2, store=StoreFactory(), kind=kind, start=datetime(2026, 6, 1, 10, tzinfo=PARIS))
    table = {
        "2026-06-14 20:00": [],  # twice until now
        "2026-06-15 10:01": ["nonconformity-recurrent/0 ana@reseau.example"],
        "2026-06-16 09:00": [],
        "2026-06-22 11:00": [],  # the fourth time
        "2026-06-25 09:00": [],
    }
    assert_table(table, "nonconformity-recurrent")


def test_one_place_can_be_asked_alone_and_the_words_name_it():
    now, store, kind = timezone.now(), StoreFactory(), KindFactory()
    rows = often(3, store=store, kind=kind, start=now - timedelta(days=9))
    often(3, store=StoreFactory(), kind=kind, start=now - timedelta(days=9))
    assert [one.store for one in queries.recurrent(now, places=[store.pk])] == [store]
    assert len(queries.recurrent(now)) == 2
    rule, person = rule_of(rules.RECURRENT), coordinator()
    found = [
        one
        for one in rules.recurrent(Ask(now, timezone.localdate(), rule.plan, {}))
        if one.person.id == person.pk and one.subject_id == rows[2].pk
    ]
    words = rules.recurrent_words(Due(rules.RECURRENT, found[0], 0, timezone.localdate()))
    assert store.name in words.subject


def test_who_handles_it_is_reminded_with_an_address_that_opens_for_them():
    carrier, table = CarrierFactory(), UserFactory(role="sorting")
    day = timezone.localdate() - timedelta(days=1)
    mine = NonConformityFactory(kind=KindFactory(handled_by=Handler.CARRIER), carrier=carrier, due_on=day)
    theirs = NonConformityFactory(kind=KindFactory(handled_by=Handler.SORTING), due_on=day)
    rule = rule_of(rules.LATE)
    found = {(one.subject_id, one.person.email): one for one in rules.late(Ask(timezone.now(), timezone.localdate(), rule.plan, {}))}
    for row, email, address in ((mine, carrier.email, "/transporteur/problemes/"), (theirs, table.email, "/tri/problemes/")):
        words = rules.late_words(Due(rules.LATE, found[row.pk, email], 0, day))
        assert words.url.endswith(f"{address}{row.key}/")


# -- personal data


def test_a_producers_contact_gets_and_loses_what_is_held_about_them():
    contact = ProducerContactFactory(name="Nora Martin")
    person = Identity(email=contact.email.upper())
    assert [row["contact"] for row in privacy.export(person)["producer_contact"]] == ["Nora Martin"]
    assert privacy.erase(person)["producer_contact"] == 1
    assert not ProducerContact.objects.filter(pk=contact.pk).exists()


def test_a_comment_for_the_producer_is_not_for_the_place():
    said = CommentFactory(with_partner=True)
    assert list(said.nonconformity.comments.filter(is_internal=False)) == []
