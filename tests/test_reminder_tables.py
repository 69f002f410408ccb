"""Each reminder rule has a table of days: a rule that is added without one is noticed here."""

from __future__ import annotations

import inspect
from importlib import import_module

import pytest

from lincassable.reminders.registry import rules

PICKUPS, PLACES, AWARENESS = "pickups.tests.test_reminders", "pickups.tests.test_reminders_places", "awareness.tests.test_reminder_days"
OFFICE, LATE = "lincassable.reporting.tests.test_reminders", "nonconformities.tests.test_reminder_days"
# By rule, the test that runs it through a table of days.
TABLES = {
    "pickup-soon": (PICKUPS, "test_stores_are_reminded_two_days_and_one_day_before"),
    "tour-soon": (PICKUPS, "test_the_carrier_is_reminded_on_its_last_working_day_before_at_four"),
    "tour-unanswered": (PICKUPS, "test_a_carrier_that_does_not_answer_is_told_of_once_to_coordinators_and_to_it"),
    "carrier-silent": (PICKUPS, "test_a_carrier_that_does_not_answer_is_told_of_once_to_coordinators_and_to_it"),
    "slip-missing": (PICKUPS, "test_a_slip_that_does_not_come_is_asked_for_once_and_not_for_ever"),
    "slip-wanted": (PICKUPS, "test_a_slip_that_does_not_come_is_asked_for_once_and_not_for_ever"),
    "request-unanswered": (PLACES, "test_a_request_that_nobody_plans_is_told_to_the_coordinators"),
    "declaration-overdue": (PLACES, "test_a_place_that_must_be_filling_up_is_asked_to_declare"),
    "bottles-waiting": (OFFICE, "test_bottles_that_wait_for_five_months_are_told_to_the_coordinators_once_a_month"),
    "deposit-counts": (
        "lincassable.reporting.tests.test_deposits",
        "test_a_store_is_asked_on_the_1st_and_reminded_on_the_8th_and_15th_until_the_21st",
    ),
    "palox-unseen": ("crates.tests.test_reminders", "test_paloxes_that_nobody_has_seen_are_asked_about_three_times"),
    "inventory-due": ("crates.tests.test_reminders", "test_a_place_is_asked_to_count_six_months_after_the_last_time"),
    "references-stale": ("references.tests.test_reminders", "test_places_are_asked_to_look_at_their_list_sixty_days_after_the_last_time"),
    "event-team": (AWARENESS, "test_the_team_of_an_event_is_reminded_two_days_before"),
    "event-report": (AWARENESS, "test_the_report_of_an_event_is_asked_for_three_times"),
    "training-coming": (AWARENESS, "test_the_place_and_the_trainer_are_reminded_of_a_training"),
    "training-unrecorded": (AWARENESS, "test_who_was_trained_is_asked_three_times"),
    "material-unplaced": (AWARENESS, "test_a_place_is_asked_twice_whether_its_poster_stands"),
    "material-low": (AWARENESS, "test_coordinators_hear_three_times_of_what_runs_low"),
    "visit-coming": ("awareness.tests.test_visit_reminders", "test_the_visitor_is_reminded_the_working_day_before"),
    "visit-unreported": ("awareness.tests.test_visit_reminders", "test_what_was_seen_is_asked_three_times"),
    "nonconformity-late": (LATE, "test_who_handles_it_is_reminded_four_times"),
    "nonconformity-escalated": (LATE, "test_what_stays_late_is_told_to_the_others"),
    "nonconformity-recurrent": (
        "nonconformities.tests.test_partners",
        "test_what_comes_three_times_in_90_days_is_told_to_the_office_once",
    ),
}


def test_every_rule_has_its_table_of_days():
    assert {rule.code for rule in rules()} == set(TABLES)


@pytest.mark.parametrize("code", TABLES)
def test_the_table_of_a_rule_is_there(code):
    module, name = TABLES[code]
    test = getattr(import_module(module), name)
    source, marks = inspect.getsource(test), [mark.name for mark in getattr(test, "pytestmark", [])]
    assert "parametrize" in marks or "run([" in source or "assert_table(" in source
