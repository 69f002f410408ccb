"""Visits: planned, moved, put in order, called off, reported once; who is told; what is kept."""

import uuid
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from awareness import services, visit_calendar
from awareness.enums import Answer, VisitState, VisitStep
from awareness.models import Visit, VisitCriterion, VisitPhoto
from awareness.services import Checklist, Seen, Wanted
from awareness.tests.factories_visits import DoneVisitFactory, VisitAnswerFactory, VisitCriterionFactory, VisitFactory
from awareness.visit_queries import agenda, day_of, good_day, history_of, near, shortest
from awareness.visit_score import score_of
from lincassable.accounts.actors import Actor
from lincassable.accounts.tests.factories import UserFactory
from lincassable.messaging.models import Message
from nonconformities.services.photos import Photo
from stores.enums import Status
from stores.models import StoreTask
from stores.tests.factories import ClosureFactory, StoreFactory

pytestmark = pytest.mark.django_db
SYSTEM, PARIS = Actor.system(), ZoneInfo("Europe/Paris")
LINK = Actor("link", 1, "store", 1)


def tomorrow(days=1):
    return timezone.localdate() + timedelta(days=days)


@pytest.fixture
def ana():
    return UserFactory(role="coordinator", name="Ana", language="en")


@pytest.fixture
def by(ana):
    return Actor.of_user(ana)


@pytest.fixture
def criteria():
    VisitCriterion.objects.all().delete()
    return [VisitCriterionFactory(weight=weight) for weight in (3, 2, 1)]


def seen(criteria, *answers, **values):
    return Checklist({each.pk: Seen(answer) for each, answer in zip(criteria, answers, strict=True)}, **values)


# -- the score, by hand


@pytest.mark.parametrize(
    ("answers", "score"),
    [
        ([("yes", 3), ("yes", 2), ("yes", 1)], 100),
        ([("no", 3), ("no", 1)], 0),
        ([("yes", 3), ("partly", 2), ("no", 1)], 67),  # (3 + 1 + 0) / 6 = 66.7
        ([("yes", 3), ("partly", 2), ("na", 9)], 80),  # (3 + 1) / 5, the rest left out
        ([("partly", 1), ("yes", 1), ("no", 2)], 38),  # 1.5 / 4 = 37.5, a half rounded up
        ([("na", 3), ("na", 1)], None),
        ([], None),
    ],
)
def test_the_score_by_hand(answers, score):
    assert score_of(answers) == score


# -- planning


def test_a_day_is_planned_in_the_order_given_after_what_is_there(ana, by):
    first, *stores = (StoreFactory() for _number in range(4))
    services.plan_visits([Wanted(first)], day=tomorrow(), visitor=ana, by=by)
    result = services.plan_visits([Wanted(store, "Jamais visité.", 55) for store in stores], day=tomorrow(), visitor=ana, by=by)
    assert [visit.store for visit in day_of(ana, tomorrow())] == [first, *stores]
    assert {(visit.reason, visit.urgency, visit.actor_id) for visit in result.visits} == {("Jamais visité.", 55, ana.pk)}
    assert agenda(ana) == [Visit.objects.get(store=first), *result.visits]
    assert not Message.objects.exists()  # nobody is told of their own doing


def test_planning_twice_plans_once_and_what_is_planned_otherwise_stays(ana, by):
    store, other = StoreFactory(), VisitFactory(visitor=UserFactory(role="coordinator"))
    wanted = [Wanted(store), Wanted(other.store), Wanted(store)]
    for _again in range(2):
        result = services.plan_visits(wanted, day=tomorrow(), visitor=ana, by=by)
        assert {visit.store for visit in result.visits} == {store}
        assert result.already == [other]
    assert Visit.objects.count() == 2
    other.refresh_from_db()
    assert other.visitor_id != ana.pk


@pytest.mark.parametrize("wrong", ["past", "archived", "nothing"])
def test_what_cannot_be_planned_is_told(wrong, ana, by):
    store = StoreFactory(status=Status.ARCHIVED if wrong == "archived" else Status.ACTIVE)
    day = tomorrow(-1 if wrong == "past" else 1)
    with pytest.raises(ValidationError):
        services.plan_visits([] if wrong == "nothing" else [Wanted(store)], day=day, visitor=ana, by=by)
    assert not Visit.objects.exists()


def test_a_card_plans_moves_and_reports_nothing(criteria):
    visit = VisitFactory()
    for deed in (
        lambda: services.plan_visits([Wanted(visit.store)], day=tomorrow(), visitor=None, by=LINK),
        lambda: services.save_visit(visit, by=LINK),
        lambda: services.move_visit(visit, tomorrow(2), visitor=None, by=LINK),
        lambda: services.order_visits([], day=tomorrow(), visitor=None, by=LINK),
        lambda: services.cancel_visit(visit, "Non", by=LINK),
        lambda: services.report_visit(visit, seen(criteria, "yes", "yes", "yes"), key=uuid.uuid4(), by=LINK),
    ):
        with pytest.raises(PermissionDenied):
            deed()


def test_whoever_goes_is_told_when_somebody_else_plans_moves_takes_or_cancels_it(ana, by):
    bob = UserFactory(role="coordinator", name="Bob", language="en")
    store = StoreFactory(name="Halles")
    (visit,) = services.plan_visits([Wanted(store, "Never visited.")], day=tomorrow(), visitor=bob, by=by).visits
    planned = Message.objects.get()
    assert (planned.kind, planned.to_email, "Never visited." in planned.text) == ("visit_planned", bob.email, True)
    assert f"/visites/fiche/{visit.uuid}/" in planned.text
    services.move_visit(visit, tomorrow(5), visitor=bob, by=by)
    services.move_visit(visit, tomorrow(5), visitor=ana, by=by)  # Ana takes it: Bob need not go, Ana knows
    assert list(Message.objects.order_by("pk").values_list("kind", "to_email")) == [
        ("visit_planned", bob.email), ("visit_planned", bob.email), ("visit_cancelled", bob.email),
    ]  # fmt: skip
    services.cancel_visit(visit, "Closed", by=Actor.of_user(bob))
    last = Message.objects.order_by("pk").last()
    assert (last.kind, last.to_email, "Closed" in last.text) == ("visit_cancelled", ana.email, True)


def test_the_mails_carry_the_calendar_and_its_version_grows(ana, by):
    bob = UserFactory(role="coordinator", language="en")
    (visit,) = services.plan_visits([Wanted(StoreFactory())], day=date(2030, 6, 4), visitor=bob, by=by).visits
    services.move_visit(visit, date(2030, 6, 5), visitor=bob, by=by)
    files = [message.attachments[0]["text"] for message in Message.objects.order_by("pk")]
    assert ["SEQUENCE:0" in files[0], "SEQUENCE:1" in files[1]] == [True, True]
    assert "DTSTART;VALUE=DATE:20300605" in files[1]
    assert all(f"UID:{visit.uuid}@visit.lincassable" in text and "METHOD:REQUEST" in text for text in files)


# -- moving and calling off


def test_moving_forgets_the_agreed_hour_and_twice_changes_nothing(ana, by):
    visit = VisitFactory(visitor=ana, hour="09:30")
    for _again in range(2):
        moved = services.move_visit(visit, tomorrow(4), visitor=ana, by=by)
    assert (moved.planned_on, moved.hour, moved.sequence) == (tomorrow(4), None, 1)
    assert [line.step for line in moved.log.all()] == [VisitStep.MOVED]


def test_a_day_that_is_over_is_no_day_to_move_to_but_late_words_may_be_written(ana, by):
    visit = VisitFactory(visitor=ana, planned_on=tomorrow(-3))
    with pytest.raises(ValidationError):
        services.move_visit(visit, tomorrow(-1), visitor=ana, by=by)
    visit.notes = "Apporter une affiche"
    visit.refresh_from_db(fields=["planned_on"])
    assert services.save_visit(visit, by=by).sequence == 0


def test_what_was_made_or_called_off_is_not_moved(by, ana):
    for visit in (DoneVisitFactory(), VisitFactory(state="cancelled", cancel_reason="Pluie")):
        with pytest.raises(ValidationError):
            services.move_visit(visit, tomorrow(3), visitor=ana, by=by)


def test_a_second_visit_of_a_place_is_refused_with_a_sentence(by):
    visit = VisitFactory()
    with pytest.raises(ValidationError, match=r"planned|planifiée"):
        services.save_visit(Visit(store=visit.store, planned_on=tomorrow(9)), by=by)


def test_calling_off_wants_a_reason_and_happens_once(by, ana):
    visit = VisitFactory()
    with pytest.raises(ValidationError):
        services.cancel_visit(visit, "  ", by=by)
    for _again in range(2):
        done = services.cancel_visit(visit, "Fermé", by=by)
    assert (done.state, done.cancel_reason, done.sequence, done.log.count()) == (VisitState.CANCELLED, "Fermé", 1, 1)
    with pytest.raises(ValidationError):
        services.cancel_visit(DoneVisitFactory(), "Trop tard", by=by)
    services.plan_visits([Wanted(visit.store)], day=tomorrow(), visitor=ana, by=by)  # another one may be planned


def test_a_day_is_put_in_order_and_strangers_are_not_in_it(ana, by):
    one, two, three = (VisitFactory(visitor=ana, position=number) for number in (1, 2, 3))
    stranger = VisitFactory(position=7)
    for _again in range(2):
        services.order_visits([three.uuid, stranger.uuid, one.uuid], day=one.planned_on, visitor=ana, by=by)
    assert day_of(ana, one.planned_on) == [three, one, two]
    stranger.refresh_from_db()
    assert stranger.position == 7


# -- what was seen


def test_a_checklist_makes_the_visit_done_scored_and_its_tasks_are_written(criteria, ana, by):
    visit, key = VisitFactory(visitor=ana), uuid.uuid4()
    told = Checklist(
        {criteria[0].pk: Seen(Answer.YES), criteria[1].pk: Seen(Answer.PARTLY, "à moitié"), criteria[2].pk: Seen(Answer.NO)},
        remark=" Bon accueil ", tasks=["Poser une affiche", "Poser une affiche", " "],
    )  # fmt: skip
    done = services.report_visit(visit, told, key=key, by=by)
    assert (done.state, done.score, done.remark, done.key) == (VisitState.DONE, 67, "Bon accueil", key)
    assert list(done.answers.values_list("answer", "weight", "remark")) == [("yes", 3, ""), ("partly", 2, "à moitié"), ("no", 1, "")]
    task = StoreTask.objects.get()
    assert (task.store, task.title, task.assignee, list(task.visits.all())) == (visit.store, "Poser une affiche", ana, [done])
    assert task.due_on == tomorrow(14)
    again = services.report_visit(visit, told, key=key, by=by)
    assert (again.replayed, again.log.count(), StoreTask.objects.count()) == (True, 1, 1)


def test_another_report_replaces_only_what_it_saw_and_old_keys_stay_known(criteria, by):
    visit, first, second = VisitFactory(), uuid.uuid4(), uuid.uuid4()
    services.report_visit(visit, seen(criteria, "yes", "yes", "yes"), key=first, by=by)
    VisitCriterion.objects.filter(pk=criteria[0].pk).update(weight=10)  # the catalogue changes: what was answered keeps its weight
    with pytest.raises(ValidationError) as refused:
        services.report_visit(visit, seen(criteria, "no", "no", "no"), key=second, by=by)
    assert refused.value.code == "reported"
    corrected = services.report_visit(visit, seen(criteria, "no", "yes", "yes", corrects=first), key=second, by=by)
    assert (corrected.score, [line.step for line in corrected.log.all()]) == (50, [VisitStep.DONE, VisitStep.CORRECTED])
    assert services.report_visit(visit, seen(criteria, "yes", "yes", "yes"), key=first, by=by).replayed
    assert Visit.objects.get().score == 50
    with pytest.raises(ValidationError):
        services.report_visit(VisitFactory(), seen(criteria, "yes", "yes", "yes"), key=first, by=by)  # the key of another visit


def test_somebody_was_there_although_it_was_called_off(criteria, by, ana):
    visit = services.cancel_visit(VisitFactory(), "Pluie", by=by)
    done = services.report_visit(visit, seen(criteria, "na", "na", "na"), key=uuid.uuid4(), by=by)
    assert (done.state, done.cancel_reason, done.score, done.visitor) == (VisitState.DONE, "", None, ana)


@pytest.mark.parametrize(("days", "hour"), [(-2, 12), (0, None), (1, "refused")])
def test_a_visit_may_be_told_a_day_later_but_not_before(criteria, by, days, hour):
    visit, day = VisitFactory(), tomorrow(days)
    if hour == "refused":
        with pytest.raises(ValidationError):
            services.report_visit(visit, seen(criteria, "yes", "no", "na", made_on=day), key=uuid.uuid4(), by=by)
        return
    done = services.report_visit(visit, seen(criteria, "yes", "no", "na", made_on=day), key=uuid.uuid4(), by=by)
    assert done.day == day
    assert hour is None or timezone.localtime(done.done_at).hour == hour


def test_a_phones_clock_is_believed_within_its_limits(criteria, by):
    now = timezone.now()
    for claimed, believed in [(now - timedelta(hours=5), True), (now + timedelta(hours=5), False), (now - timedelta(days=400), False)]:
        done = services.report_visit(VisitFactory(), seen(criteria, "yes", "no", "na"), key=uuid.uuid4(), occurred_at=claimed, by=by)
        assert (done.done_at == claimed) is believed


def test_what_no_checklist_is_is_refused_whole(criteria, by):
    visit = VisitFactory()
    for answers in ({}, {criteria[0].pk: Seen("maybe")}, {10**6: Seen("yes")}, {criteria[0].pk: Seen("yes", "x" * 251)}):
        with pytest.raises(ValidationError):
            services.report_visit(visit, Checklist(answers), key=uuid.uuid4(), by=by)
    assert Visit.objects.get().state == VisitState.PLANNED


def photo(number=0):
    return Photo(uuid.uuid5(uuid.NAMESPACE_DNS, f"photo {number}"), ContentFile(b"RIFF", name="photo.webp"))


def test_photos_are_kept_once_five_at_most_and_go_with_their_file(criteria, by, django_capture_on_commit_callbacks):
    visit = VisitFactory()
    told = seen(criteria, "yes", "yes", "yes", photos=[photo(1), photo(2), photo(1)])
    done = services.report_visit(visit, told, key=uuid.uuid4(), by=by)
    assert list(done.photos.values_list("position", flat=True)) == [1, 2]
    more = [photo(number) for number in range(3, 8)]
    with pytest.raises(ValidationError):
        services.report_visit(visit, seen(criteria, "no", "no", "no", corrects=done.key, photos=more), key=uuid.uuid4(), by=by)
    assert Visit.objects.get().score == 100
    row = VisitPhoto.objects.first()
    name = row.image.name
    assert default_storage.exists(name)
    with django_capture_on_commit_callbacks(execute=True):
        services.delete_visit_photo(row, by=by)
        services.delete_visit_photo(row, by=by)
    assert (default_storage.exists(name), VisitPhoto.objects.count()) == (False, 1)


# -- days, order and distance


def at(lat, lon=5.0, **values):
    return StoreFactory(latitude=lat, longitude=lon, **values)


def test_the_short_order_begins_at_the_first_place_and_goes_along_the_line():
    places = [at(43.0), at(43.4), at(43.1), at(43.3), at(43.2)]
    nowhere = StoreFactory(latitude=None, longitude=None)
    assert [float(place.latitude) for place in shortest([nowhere, *places])[:-1]] == [43.0, 43.1, 43.2, 43.3, 43.4]
    assert shortest([nowhere, *places])[-1] == nowhere
    assert shortest([places[1], places[0]]) == [places[1], places[0]]
    assert shortest([places[0], places[1]], start=(44.0, 5.0)) == [places[1], places[0]]
    assert (shortest([]), shortest([nowhere])) == ([], [nowhere])


def test_a_crossed_way_is_uncrossed():
    # The nearest one next would go 0, 1, -3, then all the way back to 7; the reversed stretch is shorter.
    places = [at(43.0, 5.0), at(43.01, 5.0), at(42.97, 5.0), at(43.07, 5.0)]
    order = shortest(places)
    assert order[0] == places[0]
    assert order == [places[0], places[2], places[1], places[3]]


def test_near_places_worth_a_visit_come_with_their_distance_the_planned_and_the_far_do_not():
    anchor, close, far = at(43.0), at(43.1), at(44.5)
    planned = VisitFactory(store=at(43.05)).store
    rows = near(anchor)
    assert [row.worth.store for row in rows] == [anchor, close]
    assert 11_000 < rows[1].distance_m < 11_300
    assert far not in [row.worth.store for row in rows]
    assert planned not in [row.worth.store for row in rows]
    assert near(planned)[0].worth.store == planned
    assert near(StoreFactory(latitude=None, longitude=None))[0].distance_m is None


@time_machine.travel(datetime(2026, 7, 10, 10, tzinfo=PARIS), tick=False)  # a Friday; 14 July is a Tuesday
def test_a_good_day_is_worked_open_and_near_what_is_planned(ana):
    store = at(43.0, opening_hours="Tu-Fr 09:00-19:00")
    assert good_day(store, ana) == date(2026, 7, 15)  # Monday closed, Tuesday a holiday
    ClosureFactory(store=store, first_day=date(2026, 7, 15), last_day=date(2026, 7, 15))
    assert good_day(store, ana) == date(2026, 7, 16)
    VisitFactory(store=at(43.05), visitor=ana, planned_on=date(2026, 7, 17))
    VisitFactory(store=at(44.9), visitor=ana, planned_on=date(2026, 7, 16))
    assert good_day(store, ana) == date(2026, 7, 17)
    assert good_day(store, None) == date(2026, 7, 16)


def test_the_history_of_a_merged_place_is_read_where_it_went():
    winner = StoreFactory()
    loser = StoreFactory(merged_into=winner, status=Status.ARCHIVED)
    old = DoneVisitFactory(store=loser, done_at=timezone.now() - timedelta(days=90), score=40)
    new = DoneVisitFactory(store=winner)
    assert history_of(winner) == [old, new]


# -- calendars


def test_a_coordinators_calendar_shows_visits_and_their_state(ana):
    own = VisitFactory(visitor=ana, hour="09:30")
    VisitFactory(state="cancelled", cancel_reason="Pluie")
    VisitFactory(planned_on=tomorrow(-400))
    entries = list(visit_calendar.network(ana, tomorrow(-90), tomorrow(-30)))
    assert [str(entry["status"]) for entry in entries] == ["CONFIRMED", "CANCELLED"]
    assert [str(entry["transp"]) for entry in entries] == ["OPAQUE", "TRANSPARENT"]
    assert f"/visites/fiche/{own.uuid}/" in entries[0]["url"]
    assert list(visit_calendar.network(UserFactory(role="carrier"), tomorrow(-90), tomorrow(-30))) == []


def test_answers_go_with_nothing_but_their_visit():
    answer = VisitAnswerFactory()
    assert answer.visit.answers.get() == answer
