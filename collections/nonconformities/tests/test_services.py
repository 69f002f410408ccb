"""Reporting and handling: who may, each step, once, also when many act at once."""

import contextlib
import threading
import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from lincassable.accounts.actors import Actor
from lincassable.accounts.models import AccessLink
from lincassable.accounts.tests.factories import UserFactory
from lincassable.messaging.models import Message
from lincassable.uploads import clean_image
from nonconformities import services
from nonconformities.enums import Severity, Source, State, Step
from nonconformities.models import NonConformity, NonConformityComment, NonConformityLog
from nonconformities.services import Findings, Report
from nonconformities.services.photos import Photo
from nonconformities.tests.factories import KindFactory, NonConformityFactory
from pickups.tests.factories import StopFactory
from references.tests.factories import ReferenceFactory
from stores.enums import Status
from stores.tests.factories import ContactFactory, StoreFactory
from tests.pictures import picture, upload

SYSTEM = Actor.system()


def card(store):
    return Actor("link", 1, AccessLink.STORE, store.pk)


def driver(tour):
    return Actor("link", 2, AccessLink.TOUR, tour.pk)


def person(role):
    return Actor.of_user(UserFactory(role=role))


def photos(count=1):
    return [Photo(uuid.uuid4(), clean_image(upload(picture()))) for _ in range(count)]


def report(store, *, by=None, key=None, source=Source.STORE, kept=(), **said):
    return services.report(
        Report(said.pop("kind", None) or KindFactory(), store=store, **said),
        key=key or uuid.uuid4(),
        source=source,
        by=by or card(store),
        photos=kept,
    )


# -- reporting


@pytest.mark.django_db
def test_a_place_reports_once_with_photos_and_is_told_that_it_arrived():
    contact, coordinator = ContactFactory(), UserFactory(role="coordinator")
    store, key, kept = contact.store, uuid.uuid4(), photos(2)
    kind = KindFactory(severity=Severity.MAJOR)
    said = {"kind": kind, "quantity": 12, "note": " Le fond a cédé. ", "first_name": "Ana"}
    first = report(store, key=key, kept=kept, **said)
    again = report(store, key=key, kept=kept, **said)
    assert (again.pk, again.replayed, first.replayed) == (first.pk, True, False)
    row = NonConformity.objects.get()
    assert (row.state, row.severity, row.quantity, row.note, row.photos.count()) == (State.REPORTED, "major", 12, "Le fond a cédé.", 2)
    assert row.due_on == timezone.localdate() + timedelta(days=10)
    assert [line.step for line in row.log.all()] == [Step.REPORTED]
    assert all(default_storage.exists(photo.image.name) for photo in row.photos.all())
    mails = set(Message.objects.values_list("kind", "to_email"))
    assert mails == {("nonconformity_step", contact.email), ("nonconformity_new", coordinator.email)}


@pytest.mark.django_db
def test_what_is_minor_waits_in_the_list_without_a_mail_to_the_office():
    UserFactory(role="coordinator")
    report(StoreFactory())
    assert not Message.objects.filter(kind="nonconformity_new").exists()


@pytest.mark.django_db
def test_one_thing_tells_of_another():
    stop, reference = StopFactory(), ReferenceFactory()
    row = services.report(
        Report(KindFactory(), stop=stop, reference=reference), key=uuid.uuid4(), source=Source.DRIVER, by=driver(stop.tour)
    )
    assert (row.store, row.producer) == (stop.store, reference.producer)


@pytest.mark.django_db
@pytest.mark.parametrize("claimed", [timedelta(hours=2), timedelta(days=-400)])
def test_a_phones_clock_is_believed_within_its_limits(claimed):
    now = timezone.now()
    assert abs(report(StoreFactory(), occurred_at=now + claimed).occurred_at - now) < timedelta(minutes=5)
    yesterday = now - timedelta(days=1)
    assert report(StoreFactory(), occurred_at=yesterday).occurred_at == yesterday


@pytest.mark.django_db
def test_who_may_report():
    store, stop = StoreFactory(), StopFactory()
    allowed = [
        (card(store), {"store": store}, Source.STORE),
        (driver(stop.tour), {"stop": stop}, Source.DRIVER),
        (person("sorting"), {"store": store}, Source.SORTING),
        (person("coordinator"), {"store": store}, Source.OFFICE),
        (SYSTEM, {"store": store}, Source.OFFICE),
    ]
    refused = [
        (card(StoreFactory()), {"store": store}, Source.STORE),
        (card(store), {"stop": stop}, Source.DRIVER),
        (driver(StopFactory().tour), {"stop": stop}, Source.DRIVER),
        (driver(stop.tour), {"store": stop.store}, Source.DRIVER),
        (person("carrier"), {"store": store}, Source.OFFICE),
        (Actor("link", 3, AccessLink.CARRIER_TOUR, stop.tour_id), {"stop": stop}, Source.DRIVER),
    ]
    for by, about, source in allowed:
        services.report(Report(KindFactory(), **about), key=uuid.uuid4(), source=source, by=by)
    for by, about, source in refused:
        with pytest.raises(PermissionDenied):
            services.report(Report(KindFactory(), **about), key=uuid.uuid4(), source=source, by=by)
    assert NonConformity.objects.count() == len(allowed)


@pytest.mark.django_db
def test_what_cannot_be_reported_is_told():
    store, key = StoreFactory(), uuid.uuid4()
    report(store, key=key)
    for wrong in ({"quantity": 0}, {"quantity": 100_001}, {"note": "x" * 1001}):
        with pytest.raises(ValidationError):
            report(store, **wrong)
    for other in (StoreFactory(), StoreFactory(status=Status.ARCHIVED)):
        with pytest.raises(ValidationError):
            report(other, key=key)
    with pytest.raises(ValidationError):
        services.report(Report(KindFactory()), key=uuid.uuid4(), source=Source.OFFICE, by=SYSTEM)
    with pytest.raises(ValidationError):
        report(store, kept=photos(6))
    assert NonConformity.objects.count() == 1


@pytest.mark.django_db
def test_photos_that_a_broken_connection_held_back_join_the_report():
    store, key = StoreFactory(), uuid.uuid4()
    report(store, key=key)
    row = report(store, key=key, kept=photos(2))
    services.add_photos(row, photos(3), by=card(store))
    with pytest.raises(ValidationError):
        services.add_photos(row, photos(1), by=SYSTEM)
    with pytest.raises(PermissionDenied):
        services.add_photos(row, photos(1), by=card(StoreFactory()))
    assert list(row.photos.values_list("position", flat=True)) == [1, 2, 3, 4, 5]


@pytest.mark.django_db(transaction=True)
def test_the_same_report_sent_by_many_at_once_is_one():
    store, kind, key, gate, found = StoreFactory(), KindFactory(), uuid.uuid4(), threading.Barrier(4), []

    def send():
        try:
            gate.wait(timeout=20)
            found.append(report(store, kind=kind, key=key).pk)
        finally:
            connection.close()

    run(send)
    assert len(found) == 4
    assert set(found) == {NonConformity.objects.get().pk}
    assert NonConformityLog.objects.count() == 1


def run(send, count=4):
    threads = [threading.Thread(target=send) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)


# -- handling


STEPS = {
    "acknowledge": lambda row, by: services.acknowledge(row, by=by),
    "start": lambda row, by: services.start(row, by=by),
    "resolve": lambda row, by: services.resolve(row, answer="Fait.", by=by),
    "reject": lambda row, by: services.reject(row, answer="Ce n’en est pas une.", by=by),
    "duplicate": lambda row, by: services.mark_duplicate(row, NonConformityFactory(), by=by),
    "reopen": lambda row, by: services.reopen(row, note="Encore.", by=by),
}
POSSIBLE = {
    State.REPORTED: {"acknowledge": State.ACKNOWLEDGED, "start": State.STARTED},
    State.ACKNOWLEDGED: {"acknowledge": State.ACKNOWLEDGED, "start": State.STARTED},
    State.STARTED: {"start": State.STARTED, "reopen": State.STARTED},
    State.RESOLVED: {"reopen": State.STARTED, "resolve": State.RESOLVED},
    State.REJECTED: {"reopen": State.STARTED, "reject": State.REJECTED},
    State.DUPLICATE: {"reopen": State.STARTED},
}
ENDS = {"resolve": State.RESOLVED, "reject": State.REJECTED, "duplicate": State.DUPLICATE}


def in_state(state):
    over = {"closed_at": timezone.now(), "answer": "Fait."} if state in ENDS.values() else {}
    other = {"duplicate_of": NonConformityFactory()} if state == State.DUPLICATE else {}
    return NonConformityFactory(state=state, **over, **other)


@pytest.mark.django_db
@pytest.mark.parametrize("state", State.values)
@pytest.mark.parametrize("step", STEPS)
def test_each_step_from_each_state(state, step):
    row, expected = in_state(state), POSSIBLE[state] | (ENDS if state not in ENDS.values() else {})
    if step in expected:
        assert STEPS[step](row, SYSTEM).state == expected[step]
    else:
        with pytest.raises(ValidationError):
            STEPS[step](row, SYSTEM)
        row.refresh_from_db()
        assert row.state == state


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["store", "driver", "sorting", "carrier", "coordinator", "administrator"])
def test_only_the_office_handles(role):
    row = NonConformityFactory(stop=StopFactory())
    by = {"store": lambda: card(row.store), "driver": lambda: driver(row.stop.tour)}.get(role, lambda: person(role))()
    user = UserFactory(role="coordinator")
    deeds = [
        *STEPS.values(),
        lambda row, by: services.assign(row, user, by=by),
        lambda row, by: services.change(row, {"quantity": 2}, by=by),
        lambda row, by: services.post_to_stock(row, by=by),
    ]
    for deed in deeds:
        if role in ("coordinator", "administrator"):
            with contextlib.suppress(ValidationError):
                deed(row, by)
        else:
            with pytest.raises(PermissionDenied):
                deed(row, by)


@pytest.mark.django_db
def test_the_place_and_the_reporter_are_told_of_each_step_and_nothing_is_told_twice():
    contact, reporter, coordinator = ContactFactory(), UserFactory(role="sorting"), person("coordinator")
    row = report(contact.store, by=Actor.of_user(reporter), source=Source.SORTING)
    Message.objects.all().delete()
    for _again in range(2):
        services.acknowledge(row, by=coordinator)
    assert set(Message.objects.values_list("to_email", flat=True)) == {contact.email, reporter.email}
    services.start(row, by=coordinator)
    findings = Findings("Casiers usés", "Remplacés", 45)
    row = services.resolve(row, answer="Nous remplaçons les casiers.", by=coordinator, findings=findings)
    assert Message.objects.filter(to_email=contact.email, text__contains="Nous remplaçons les casiers.").count() == 1
    assert (row.root_cause, row.corrective_action, row.cost_eur, row.assignee_id) == ("Casiers usés", "Remplacés", 45, coordinator.id)
    assert Message.objects.count() == 6
    assert [line.to_state for line in row.log.all()] == ["reported", "acknowledged", "started", "resolved"]


@pytest.mark.django_db
def test_closing_wants_an_answer_and_opening_again_a_reason_and_a_new_day():
    row = NonConformityFactory(due_on=timezone.localdate() - timedelta(days=9))
    assert row.is_late
    with pytest.raises(ValidationError):
        services.resolve(row, answer="  ", by=SYSTEM)
    row = services.reject(row, answer="Pas chez nous.", by=SYSTEM)
    with pytest.raises(ValidationError):
        services.reopen(row, note=" ", by=SYSTEM)
    row = services.reopen(row, note="Si, finalement.", by=SYSTEM)
    assert (row.state, row.answer, row.closed_at, row.due_on) == (State.STARTED, "", None, timezone.localdate() + timedelta(days=30))


@pytest.mark.django_db
def test_what_is_reported_twice_leads_to_the_one_that_goes_on():
    first, second, third = NonConformityFactory.create_batch(3)
    services.mark_duplicate(second, first, by=SYSTEM)
    third = services.mark_duplicate(third, second, by=SYSTEM)
    assert third.duplicate_of == first
    for row, other in ((first, first), (first, third)):
        with pytest.raises(ValidationError):
            services.mark_duplicate(row, other, by=SYSTEM)
    last = NonConformityFactory()
    services.mark_duplicate(first, last, by=SYSTEM)
    assert set(last.duplicates.all()) == {first, second, third}


@pytest.mark.django_db
def test_who_handles_it_is_told_unless_they_took_it_themselves():
    row, mine, other = NonConformityFactory(), UserFactory(role="coordinator"), UserFactory(role="coordinator")
    services.assign(row, mine, by=Actor.of_user(mine))
    for _again in range(2):
        services.assign(row, other, by=Actor.of_user(mine))
    assert [(mail.kind, mail.to_email) for mail in Message.objects.all()] == [("nonconformity_assigned", other.email)]
    for wrong in (UserFactory(role="sorting"), UserFactory(role="coordinator", is_active=False)):
        with pytest.raises(ValidationError):
            services.assign(row, wrong, by=SYSTEM)


@pytest.mark.django_db
def test_another_severity_or_kind_brings_another_day_unless_one_is_given():
    row, today = NonConformityFactory(), timezone.localdate()
    assert services.change(row, {"severity": Severity.CRITICAL}, by=SYSTEM).due_on == today + timedelta(days=3)
    chosen = today + timedelta(days=77)
    assert services.change(row, {"severity": Severity.MINOR, "due_on": chosen}, by=SYSTEM).due_on == chosen
    kind = KindFactory(severity=Severity.MAJOR, delay_days=60)
    assert services.change(row, {"kind": kind, "severity": Severity.MAJOR}, by=SYSTEM).due_on == today + timedelta(days=60)
    assert services.change(row, {"kind": kind}, by=SYSTEM).log.filter(step=Step.CHANGED).count() == 3
    with pytest.raises(KeyError):
        services.change(row, {"state": State.RESOLVED}, by=SYSTEM)


# -- comments


@pytest.mark.django_db
def test_comments_are_shared_or_internal_and_the_other_side_is_told_once():
    contact, coordinator = ContactFactory(), UserFactory(role="coordinator")
    row, key = NonConformityFactory(store=contact.store), uuid.uuid4()
    for _again in range(2):
        services.comment(row, "Encore ce matin", key=key, by=card(contact.store), first_name="Ana")
    services.comment(row, "À voir avec Paul", key=uuid.uuid4(), by=Actor.of_user(coordinator))
    services.comment(row, "Nous passons lundi", key=uuid.uuid4(), by=Actor.of_user(coordinator), is_internal=False)
    assert list(row.comments.values_list("is_internal", flat=True)) == [False, True, False]
    mails = set(Message.objects.values_list("kind", "to_email"))
    assert mails == {("nonconformity_comment", coordinator.email), ("nonconformity_comment", contact.email)}
    for by in (card(StoreFactory()), person("sorting"), person("carrier")):
        with pytest.raises(PermissionDenied):
            services.comment(row, "x", key=uuid.uuid4(), by=by)
    for text, used in (("  ", uuid.uuid4()), ("x" * 1001, uuid.uuid4())):
        with pytest.raises(ValidationError):
            services.comment(row, text, key=used, by=SYSTEM)
    with pytest.raises(ValidationError):
        services.comment(NonConformityFactory(), "x", key=key, by=SYSTEM)
    assert NonConformityComment.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_steps_taken_at_once_by_two_people_are_one_step_and_one_refusal():
    row, gate, found = NonConformityFactory(), threading.Barrier(2), []

    def act(deed):
        try:
            gate.wait(timeout=20)
            found.append(deed(row, SYSTEM).state)
        except ValidationError:
            found.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=act, args=[STEPS[name]]) for name in ("resolve", "reject")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    row.refresh_from_db()
    assert sorted(found) == sorted(["refused", row.state])
    assert row.log.count() == 1
