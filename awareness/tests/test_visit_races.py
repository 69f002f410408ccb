"""Many at once, in real threads: one visit per place, one report per checklist, no dead ends with a merge."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from awareness import services
from awareness.models import Visit, VisitCriterion, VisitLog
from awareness.services import Checklist, Seen, Wanted
from awareness.tests.factories_visits import VisitFactory
from lincassable.accounts.actors import Actor
from lincassable.accounts.tests.factories import UserFactory
from stores import merging
from stores.models import StoreTask
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db(transaction=True)
SYSTEM = Actor.system()


def at_once(deeds):
    """Run all deeds in threads that start together; return what each answered or raised."""
    gate, answers = threading.Barrier(len(deeds)), [None] * len(deeds)

    def run(number, deed):
        try:
            gate.wait(timeout=20)
            answers[number] = deed()
        except Exception as error:
            answers[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return answers


def checklist(answer="yes", **more):
    return Checklist({VisitCriterion.objects.first().pk: Seen(answer)}, tasks=["Poser une affiche"], **more)


def test_of_eight_who_plan_the_same_places_at_once_one_does_for_each():
    stores, day = [StoreFactory() for _number in range(3)], timezone.localdate() + timedelta(days=2)
    people = [UserFactory(role="coordinator") for _number in range(8)]

    def plan(number):
        order = stores if number % 2 else stores[::-1]
        return services.plan_visits([Wanted(store) for store in order], day=day, visitor=people[number], by=SYSTEM)

    answers = at_once([lambda number=number: plan(number) for number in range(8)])
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert sorted(Visit.objects.values_list("store", flat=True)) == sorted(store.pk for store in stores)
    assert sum(len(answer.visits) for answer in answers) == 3
    assert sum(len(answer.already) for answer in answers) == 21


def test_a_checklist_sent_eight_times_at_once_is_written_once():
    visit, key, told = VisitFactory(), uuid.uuid4(), checklist()
    answers = at_once([lambda: services.report_visit(visit, told, key=key, by=SYSTEM)] * 8)
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert sum(not answer.replayed for answer in answers) == 1
    assert (VisitLog.objects.count(), StoreTask.objects.count(), Visit.objects.get().answers.count()) == (1, 1, 1)


def test_of_two_checklists_of_one_visit_one_is_asked_about():
    visit, told = VisitFactory(), checklist()
    answers = at_once([lambda: services.report_visit(visit, told, key=uuid.uuid4(), by=SYSTEM)] * 4)
    refused = [answer for answer in answers if isinstance(answer, ValidationError)]
    assert ([answer.code for answer in refused], VisitLog.objects.count()) == (["reported"] * 3, 1)


def test_reporting_and_calling_off_at_once_end_in_one_state():
    for _round in range(3):
        visit, told = VisitFactory(), checklist()
        answers = at_once(
            [
                lambda visit=visit, told=told: services.report_visit(visit, told, key=uuid.uuid4(), by=SYSTEM),
                lambda visit=visit: services.cancel_visit(visit, "Pluie", by=SYSTEM),
            ]
        )
        assert not [answer for answer in answers if isinstance(answer, Exception) and not isinstance(answer, ValidationError)]
        visit.refresh_from_db()
        assert visit.state == "done"  # somebody was there, whichever came first


def test_merging_while_visits_are_planned_moved_and_reported_leaves_one_planned_visit_where_it_counts():
    loser, winner = StoreFactory(), StoreFactory()
    visit, day = VisitFactory(store=loser), timezone.localdate() + timedelta(days=4)
    told, ana = checklist(), UserFactory(role="coordinator")
    answers = at_once(
        [
            lambda: merging.merge(loser, winner, by=SYSTEM),
            lambda: services.move_visit(visit, day, visitor=ana, by=SYSTEM),
            lambda: services.report_visit(visit, told, key=uuid.uuid4(), by=SYSTEM),
            lambda: services.plan_visits([Wanted(winner)], day=day, visitor=ana, by=SYSTEM),
            lambda: services.plan_visits([Wanted(loser)], day=day, visitor=ana, by=SYSTEM),
        ]
    )
    assert not [answer for answer in answers if isinstance(answer, Exception) and not isinstance(answer, ValidationError)]
    assert not Visit.objects.planned().filter(store=loser).exists()
    assert Visit.objects.planned().filter(store=winner).count() <= 1
