"""Day tables of the reminders of events, trainings and materials: what goes to whom, day by day."""

from __future__ import annotations

from datetime import date, datetime

import pytest
import time_machine
from django.utils import timezone

from awareness.enums import EventState, OrderState, TrainingState
from awareness.models import Event, Material, MaterialMove, MaterialOrder, Training
from awareness.tests.factories import EventReportFactory, MaterialFactory, MaterialOrderFactory, PublicEventFactory, TrainingFactory
from lincassable.reminders.tests.tables import PARIS, assert_table, coordinator
from stores.tests.factories import ContactFactory, StoreFactory

pytestmark = pytest.mark.django_db
ANA, SHOP = "ana@reseau.example", "boutique@points.example"


def moment(text: str) -> datetime:
    """A local moment."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=PARIS)


@pytest.fixture
def ana():
    """A coordinator."""
    return coordinator(ANA)


@pytest.fixture
def shop():
    """A shop with one contact."""
    return ContactFactory(store=StoreFactory(), email=SHOP, language="en").store


@pytest.fixture
def event(ana):
    """An event on Sunday 14 June, from two to five, with Ana in its team."""
    with time_machine.travel(moment("2026-05-02 10:00"), tick=False):
        event = PublicEventFactory(starts_at=moment("2026-06-14 14:00"), ends_at=moment("2026-06-14 17:00"))
    event.team.add(ana)
    return event


TEAM, REPORT = "event-team/2 " + ANA, "event-report/{} " + ANA


@pytest.mark.parametrize(
    "table",
    [
        {
            "2026-06-11 18:00": [],
            "2026-06-12 08:59": [],
            "2026-06-12 09:00": [TEAM],
            "2026-06-13 09:00": [],
            "2026-06-14 09:00": [],
            "2026-06-15 09:00": [],
        },
        {"2026-06-12 21:00": [], "2026-06-13 09:00": [TEAM]},  # not at night; a Saturday, as events have their own days
        {"2026-06-14 13:59": [TEAM], "2026-06-14 15:00": []},
        {"2026-06-14 14:00": []},  # it has begun
    ],
)
def test_the_team_of_an_event_is_reminded_two_days_before(event, table):
    assert_table(table, "event-team")


def test_an_event_that_is_called_off_needs_no_team(event):
    Event.objects.filter(pk=event.pk).update(state=EventState.CANCELLED)
    assert_table({"2026-06-12 09:00": [], "2026-06-14 09:00": []}, "event-team")


@pytest.mark.parametrize(
    "table",
    [
        {
            "2026-06-14 18:00": [],
            "2026-06-15 08:59": [],
            "2026-06-15 09:00": [REPORT.format(0)],
            "2026-06-16 09:00": [],
            "2026-06-21 09:00": [],  # a Sunday
            "2026-06-22 09:00": [REPORT.format(1)],
            "2026-06-29 09:00": [REPORT.format(2)],
            "2026-07-06 09:00": [],  # three times are enough
            "2026-07-31 09:00": [],
        },
        {"2026-06-20 09:00": [], "2026-06-22 07:00": [], "2026-06-22 09:00": [REPORT.format(1)]},  # nothing ran for a week
    ],
)
def test_the_report_of_an_event_is_asked_for_three_times(event, table):
    assert_table(table, "event-report")


def test_a_report_ends_the_matter(event):
    assert_table({"2026-06-15 09:00": [REPORT.format(0)]}, "event-report")
    EventReportFactory(event=event)
    assert_table({"2026-06-22 09:00": [], "2026-06-29 09:00": []}, "event-report")


TRAINING, RECORD = "training-coming/2 ", "training-unrecorded/{} " + ANA


@pytest.fixture
def training(ana, shop):
    """A training of an hour at the shop, on Monday 15 June at ten, by Ana, planned long ago."""
    with time_machine.travel(moment("2026-05-02 10:00"), tick=False):
        return TrainingFactory(store=shop, starts_at=moment("2026-06-15 10:00"), trainer=ana)


@pytest.mark.parametrize(
    "table",
    [
        {
            "2026-06-11 09:00": [],
            "2026-06-12 08:59": [],
            "2026-06-12 09:00": [TRAINING + ANA, TRAINING + SHOP],  # two days before is a Saturday: on Friday
            "2026-06-13 09:00": [],
            "2026-06-15 07:00": [],
        },
        {"2026-06-13 09:00": [], "2026-06-15 09:00": [TRAINING + ANA, TRAINING + SHOP]},  # nothing ran on Friday
        {"2026-06-15 10:00": []},  # it has begun
    ],
)
def test_the_place_and_the_trainer_are_reminded_of_a_training(training, table):
    assert_table(table, "training-coming")


def test_a_training_that_was_told_of_since_needs_no_reminder_of_the_place(training):
    Training.objects.filter(pk=training.pk).update(changed_at=moment("2026-06-12 09:30"))
    assert_table({"2026-06-12 10:00": [TRAINING + ANA]}, "training-coming")


@pytest.mark.parametrize(
    "table",
    [
        {
            "2026-06-15 19:00": [],
            "2026-06-16 09:00": [RECORD.format(0)],
            "2026-06-22 09:00": [],
            "2026-06-23 09:00": [RECORD.format(1)],
            "2026-06-30 09:00": [RECORD.format(2)],
            "2026-07-07 09:00": [],
        },
        {"2026-07-06 09:00": [RECORD.format(2)], "2026-07-07 09:00": []},
        {"2026-07-07 09:00": []},  # too late to catch up
    ],
)
def test_who_was_trained_is_asked_three_times(training, table):
    assert_table(table, "training-unrecorded")


def test_a_training_that_is_recorded_is_not_asked_about(training):
    Training.objects.filter(pk=training.pk).update(state=TrainingState.DONE, people=3)
    assert_table({"2026-06-16 09:00": []}, "training-unrecorded")


PLACED, LOW = "material-unplaced/{} " + SHOP, "material-low/{} " + ANA


@pytest.mark.parametrize(
    "table",
    [
        {
            "2026-06-12 09:00": [],
            "2026-06-15 08:59": [],
            "2026-06-15 09:00": [PLACED.format(0)],  # ten days after the 4th is a Sunday
            "2026-06-28 09:00": [],
            "2026-06-29 09:00": [PLACED.format(1)],
            "2026-07-13 09:00": [],  # twice is enough
        },
        {"2026-06-20 09:00": [], "2026-06-22 09:00": []},  # too late: the next one comes
    ],
)
def test_a_place_is_asked_twice_whether_its_poster_stands(shop, table):
    order = MaterialOrderFactory(store=shop, state=OrderState.SENT)
    MaterialOrder.objects.filter(pk=order.pk).update(changed_at=moment("2026-06-04 16:00"))
    assert_table(table, "material-unplaced")


def test_a_poster_that_stands_is_not_asked_about(shop):
    order = MaterialOrderFactory(store=shop, state=OrderState.PLACED)
    MaterialOrder.objects.filter(pk=order.pk).update(changed_at=moment("2026-06-04 16:00"))
    assert_table({"2026-06-15 09:00": []}, "material-unplaced")


def move(material: Material, quantity: int, when: str) -> None:
    """Posters come to the office, or leave it."""
    MaterialMove.objects.create(material=material, quantity=quantity, at=moment(when), reason="printed", actor_kind="system")


@pytest.fixture
def poster(ana):
    """A poster of which ten are wanted at least: it ran low on Wednesday 3 June."""
    Material.objects.update(minimum=0)
    poster = MaterialFactory(minimum=10)
    for quantity, when in ((50, "2026-05-04 10:00"), (-38, "2026-05-20 10:00"), (-5, "2026-06-03 15:00")):
        move(poster, quantity, when)
    return poster


def test_coordinators_hear_three_times_of_what_runs_low(poster):
    table = {
        "2026-06-03 16:00": [LOW.format(0)],
        "2026-06-04 09:00": [],
        "2026-06-17 09:00": [LOW.format(1)],
        "2026-07-01 09:00": [LOW.format(2)],
        "2026-07-15 09:00": [],
        "2026-08-15 09:00": [],
    }
    assert_table(table, "material-low")


def test_what_leaves_while_it_is_low_does_not_begin_it_anew(poster):
    assert_table({"2026-06-03 16:00": [LOW.format(0)]}, "material-low")
    move(poster, -1, "2026-06-05 10:00")
    move(poster, 2, "2026-06-08 10:00")  # still too few
    assert_table({"2026-06-05 11:00": [], "2026-06-08 11:00": [], "2026-06-17 09:00": [LOW.format(1)]}, "material-low")


def test_new_posters_end_the_matter_until_they_run_low_again(poster):
    assert_table({"2026-06-03 16:00": [LOW.format(0)]}, "material-low")
    move(poster, 100, "2026-06-09 10:00")
    assert_table({"2026-06-17 09:00": []}, "material-low")
    move(poster, -100, "2026-08-03 10:00")
    assert_table({"2026-08-04 09:00": [LOW.format(0)]}, "material-low")


def test_dates_of_this_file_are_the_days_that_they_are_called():
    assert [date(2026, 6, day).strftime("%a") for day in (3, 12, 14, 15)] == ["Wed", "Fri", "Sun", "Mon"]
    assert timezone.is_aware(moment("2026-06-14 14:00"))
