"""Day tables of the reminders of visits."""

from datetime import date

import pytest

from awareness import services
from awareness.models import Visit
from awareness.services import Wanted
from lincassable.accounts.actors import Actor
from lincassable.messaging.models import Message
from lincassable.reminders.tests.tables import assert_table, at, coordinator
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db
ANA = "ana@reseau.example"
COMING, REPORT = "visit-coming/1 " + ANA, "visit-unreported/{} " + ANA


@pytest.fixture
def visit():
    """Ana goes to the Halles on Monday 8 June 2026; planned on 2 June."""
    ana = coordinator(ANA)
    with at("2026-06-02 10:00"):
        wanted = [Wanted(StoreFactory(name="Halles"), "Never visited.")]
        (visit,) = services.plan_visits(wanted, day=date(2026, 6, 8), visitor=ana, by=Actor.of_user(ana)).visits
    return visit


@pytest.mark.parametrize(
    "table",
    [
        {
            "2026-06-04 18:00": [],
            "2026-06-05 08:59": [],
            "2026-06-05 09:00": [COMING],  # Sunday is no day to write: Friday is
            "2026-06-07 09:00": [],
            "2026-06-08 09:00": [],
        },
        {"2026-06-05 21:00": [], "2026-06-08 09:00": [COMING]},  # what was missed is told in the morning
    ],
)
def test_the_visitor_is_reminded_the_working_day_before(visit, table):
    assert_table(table, "visit-coming")
    mail = Message.objects.get(kind="reminder")
    assert all(word in mail.text for word in ("Halles", "Never visited.", f"/visites/fiche/{visit.uuid}/"))


def test_whoever_planned_it_since_needs_no_reminder(visit):
    with at("2026-06-07 20:00"):
        services.move_visit(visit, date(2026, 6, 9), visitor=visit.visitor, by=Actor.of_user(visit.visitor))
    assert_table({"2026-06-08 09:00": [COMING], "2026-06-09 09:00": []}, "visit-coming")
    with at("2026-06-09 10:00"):
        services.move_visit(visit, date(2026, 6, 10), visitor=visit.visitor, by=Actor.of_user(visit.visitor))
    assert_table({"2026-06-09 11:00": [], "2026-06-10 09:00": []}, "visit-coming")


def test_a_visit_called_off_is_not_reminded_of(visit):
    Visit.objects.update(state="cancelled", cancel_reason="Pluie")
    table = {"2026-06-05 09:00": [], "2026-06-08 09:00": [], "2026-06-09 09:00": []}
    assert_table(table, "visit-")


@pytest.mark.parametrize("has_visitor", [True, False])
def test_what_was_seen_is_asked_three_times(visit, has_visitor):
    if not has_visitor:
        Visit.objects.update(visitor=None)  # the coordinators are asked: Ana is the only one
    assert_table(
        {
            "2026-06-08 18:00": [],
            "2026-06-09 08:59": [],
            "2026-06-09 09:00": [REPORT.format(0)],
            "2026-06-10 09:00": [],
            "2026-06-14 09:00": [],
            "2026-06-15 09:00": [REPORT.format(1)],  # the 14th is a Sunday
            "2026-06-19 09:00": [REPORT.format(2)],
            "2026-06-24 09:00": [],
            "2026-07-24 09:00": [],
        },
        "visit-unreported",
    )
