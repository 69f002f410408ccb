"""Mails that come by themselves: which day and hour, to whom, once; the tables of the days are the tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from lincassable.messaging.models import Message
from lincassable.messaging.services import deliver, sweep
from lincassable.reminders import engine
from lincassable.reminders.models import ReminderRule, Told
from lincassable.reminders.registry import rule_of
from pickups import received, services, tasks
from pickups.enums import RequestSource, TourState
from pickups.models import CarrierContact, Tour
from pickups.tests.factories import PickupRequestFactory
from stores.models import Contact
from stores.tests.factories import ContactFactory, StoreFactory

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")
THURSDAY, MONDAY = date(2026, 6, 11), date(2026, 6, 15)


def at(text: str) -> time_machine.travel:
    """Stand at a local moment of 2026: `at("06-09 09:00")`."""
    return time_machine.travel(datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=PARIS), tick=False)


@pytest.fixture
def accepted(scene) -> Callable[..., object]:
    """Make a tour for a day, accepted in good time: `accepted(THURSDAY)`; its first store has one contact, in English."""

    def make(day: date, state: str = TourState.ACCEPTED, stores: int = 1):
        with time_machine.travel(datetime(2026, 2, 2, 10, tzinfo=PARIS), tick=False):
            made = scene(stores=stores)
            ContactFactory(store=made.stores[0], email="boutique@points.example", language="en")
            Tour.objects.filter(pk=made.tour.pk).update(date=day)
            if state != TourState.DRAFT:
                services.send_tour(made.tour, by=made.coordinator)
            if state == TourState.ACCEPTED:
                services.accept_tour(made.tour, by=made.carrier)
            made.tour.refresh_from_db()
        Message.objects.update(state=Message.SENT, sent_at=datetime(2026, 2, 2, 10, tzinfo=PARIS))
        return made

    return make


def written(kind: str) -> list[str]:
    """Return the addresses to which mails of a kind were written, by alphabet."""
    return list(Message.objects.filter(kind=kind).order_by("to_email", "pk").values_list("to_email", flat=True))


def run(moments: list[tuple[str, int]], kind: str) -> None:
    """Run the task twice at each moment; `moments` says how many mails of the kind there are after it."""
    for moment, expected in moments:
        with at(moment):
            engine.send_due()
            engine.send_due()
            assert len(written(kind)) == expected, moment


@pytest.mark.parametrize(
    ("day", "moments"),
    [
        (THURSDAY, [("06-08 15:00", 0), ("06-09 08:59", 0), ("06-09 09:00", 1), ("06-09 18:00", 1)]),
        (THURSDAY, [("06-09 09:00", 1), ("06-10 08:59", 1), ("06-10 09:00", 2), ("06-11 07:00", 2)]),
        (THURSDAY, [("06-10 09:00", 1), ("06-11 07:00", 1)]),  # nobody ran the task two days before
        (THURSDAY, [("06-09 09:00", 1), ("06-11 07:00", 2)]),  # nor the day before: on the morning itself
        (THURSDAY, [("06-11 08:00", 0), ("06-12 09:00", 0)]),  # the truck has left: too late
        (THURSDAY, [("06-09 21:00", 0), ("06-10 07:00", 0), ("06-10 09:00", 1)]),  # not at night, nor two on one morning
        # on days off nobody is written to: both reminders of a Monday fall on Friday, and one is enough
        (MONDAY, [("06-12 08:59", 0), ("06-12 09:00", 1), ("06-13 09:00", 1), ("06-14 09:00", 1), ("06-15 07:00", 1)]),
        (MONDAY, [("06-13 09:00", 0), ("06-14 09:00", 0), ("06-15 07:00", 1)]),  # nobody ran the task on Friday
        (date(2026, 6, 16), [("06-12 09:00", 1), ("06-14 09:00", 1), ("06-15 08:59", 1), ("06-15 09:00", 2)]),  # two days before a Tuesday
        (date(2026, 7, 15), [("07-13 09:00", 1), ("07-14 09:00", 1), ("07-15 07:00", 1)]),  # 14 July is a holiday
        (date(2026, 3, 31), [("03-27 09:00", 1), ("03-30 08:59", 1), ("03-30 09:00", 2)]),  # across the night that loses an hour
    ],
)
def test_stores_are_reminded_two_days_and_one_day_before(accepted, day, moments):
    accepted(day)
    run(moments, "pickup_reminder")
    assert set(written("pickup_reminder")) <= {"boutique@points.example"}


@pytest.mark.parametrize(
    ("day", "moments"),
    [
        (MONDAY, [("06-12 18:00", 0), ("06-13 09:00", 1), ("06-14 09:00", 2), ("06-15 07:00", 2)]),  # Saturday, Sunday
        (date(2026, 3, 30), [("03-28 08:59", 0), ("03-28 09:00", 1), ("03-29 08:59", 1), ("03-29 09:00", 2)]),  # the 29th has 23 hours
        (date(2026, 10, 26), [("10-24 09:00", 1), ("10-25 08:59", 1), ("10-25 09:00", 2)]),  # the 25th has 25 hours
    ],
)
def test_a_network_that_writes_on_days_off_says_so_in_the_settings(accepted, day, moments):
    ReminderRule.objects.create(code="pickup-soon", any_day=True)
    accepted(day)
    run(moments, "pickup_reminder")


def test_days_and_hour_are_settings(accepted):
    ReminderRule.objects.create(code="pickup-soon", steps="3", hour="14:30")
    accepted(THURSDAY)
    run([("06-08 14:29", 0), ("06-08 14:30", 1), ("06-10 15:00", 1)], "pickup_reminder")


def test_a_rule_that_is_switched_off_writes_nothing_and_what_waits_does_not_leave(accepted):
    accepted(THURSDAY)
    with at("06-09 09:00"):
        engine.send_due()
        ReminderRule.objects.filter(code="pickup-soon").update(is_on=False)
        assert deliver(Message.objects.get(kind="pickup_reminder").pk) is False
    run([("06-10 09:00", 1)], "pickup_reminder")


@pytest.mark.parametrize(
    ("day", "moments"),
    [
        (THURSDAY, [("06-10 15:59", 0), ("06-10 16:00", 1), ("06-10 19:00", 1), ("06-11 07:00", 1)]),
        (THURSDAY, [("06-11 07:00", 1)]),  # a missed afternoon is caught up in the morning
        (THURSDAY, [("06-10 21:00", 0), ("06-11 08:00", 0)]),  # neither at night nor once the truck has left
        (MONDAY, [("06-12 15:00", 0), ("06-12 16:00", 1), ("06-14 16:00", 1)]),  # the office is closed at the weekend: on Friday
        (date(2026, 7, 15), [("07-13 15:00", 0), ("07-13 16:00", 1), ("07-14 16:00", 1)]),  # 14 July is a holiday
        (date(2026, 3, 30), [("03-27 16:00", 1)]),  # across the night that loses an hour
    ],
)
def test_the_carrier_is_reminded_on_its_last_working_day_before_at_four(accepted, day, moments):
    made = accepted(day)
    run(moments, "tour_reminder")
    assert set(written("tour_reminder")) <= {made.tour.carrier.email}


def test_reminders_go_to_those_who_want_them(accepted):
    made = accepted(THURSDAY)
    for email, wants in (("oui@points.example", True), ("non@points.example", False)):
        ContactFactory(store=made.stores[0], email=email, wants_pickup_reminders=wants, wants_pickup_mails=False)
        CarrierContact.objects.create(carrier=made.tour.carrier, email=email.replace("points", "quai"), wants_reminders=wants)
    CarrierContact.objects.create(carrier=made.tour.carrier, email="parti@quai.example", is_active=False)
    CarrierContact.objects.create(carrier=made.tour.carrier, email=made.tour.carrier.email.upper())
    with at("06-10 16:00"):
        engine.send_due()
    assert written("pickup_reminder") == ["boutique@points.example", "oui@points.example"]
    assert written("tour_reminder") == sorted([made.tour.carrier.email, "oui@quai.example"])
    assert Message.objects.get(to_email="oui@quai.example").headers["List-Unsubscribe-Post"]


def test_a_place_that_comes_through_another_one_is_reminded_with_it(accepted):
    made = accepted(THURSDAY, TourState.DRAFT)
    child = StoreFactory(collected_through=made.stores[0], name="Petite boutique")
    ContactFactory(store=child, email="petite@points.example", language="en")
    with at("06-01 10:00"):
        services.request_pickup(child, by=made.coordinator)
        services.send_tour(made.tour, by=made.coordinator)
        services.accept_tour(made.tour, by=made.carrier)
    with at("06-10 09:00"):
        engine.send_due()
    assert written("pickup_reminder") == ["boutique@points.example", "petite@points.example"]
    assert "bring them there before" in Message.objects.get(kind="pickup_reminder", to_email="petite@points.example").text


def test_who_was_told_the_date_since_needs_no_reminder(accepted):
    made = accepted(THURSDAY, TourState.DRAFT)
    with at("06-09 14:00"):
        services.send_tour(made.tour, by=made.coordinator)
        services.accept_tour(made.tour, by=made.carrier)
    run([("06-09 15:00", 0), ("06-10 08:00", 0), ("06-10 09:00", 1)], "pickup_reminder")


def test_a_tour_that_moves_is_reminded_of_for_its_new_day(accepted):
    made = accepted(THURSDAY)
    run([("06-09 09:00", 1)], "pickup_reminder")
    with at("06-09 11:00"):
        services.revise_tour(made.tour, by=made.coordinator, fields={"date": date(2026, 6, 18)})
    run([("06-10 09:00", 1), ("06-11 07:00", 1), ("06-16 09:00", 2), ("06-17 09:00", 3)], "pickup_reminder")


@pytest.mark.parametrize("change", ["cancelled", "moved", "stop removed", "opted out", "contact left", "visited"])
def test_a_reminder_that_waits_is_asked_about_again_before_it_leaves(accepted, change):
    made = accepted(THURSDAY, stores=2)
    with at("06-10 09:00"):
        engine.send_due()
        mail = Message.objects.get(kind="pickup_reminder")
        stop = made.stops[0]
        if change == "cancelled":
            services.cancel_tour(made.tour, by=made.coordinator)
        elif change == "moved":
            services.revise_tour(made.tour, by=made.coordinator, fields={"date": date(2026, 6, 12)})
        elif change == "stop removed":
            services.remove_stop(stop, by=made.coordinator)
        elif change == "opted out":
            Contact.objects.update(wants_pickup_reminders=False)
        elif change == "contact left":
            Contact.objects.update(is_active=False)
        else:
            made.complete(stop)
        assert deliver(mail.pk) is False
    mail.refresh_from_db()
    assert mail.state == Message.CANCELLED


def test_a_reminder_that_could_not_leave_in_the_evening_does_so_the_next_morning(accepted, mailoutbox):
    accepted(THURSDAY)
    with at("06-10 19:00"):
        engine.send_due()
    with at("06-10 23:00"):
        sweep()
    assert mailoutbox == []
    with at("06-11 07:00"):
        engine.send_due()
        sweep()
    assert not Message.objects.filter(state=Message.WAITING).exists()
    assert len(mailoutbox) == 2


def test_a_two_day_reminder_that_waited_too_long_makes_room_for_the_next(accepted):
    accepted(THURSDAY)
    with at("06-09 10:00"):
        engine.send_due()
    with at("06-10 10:00"):
        engine.send_due()
        sweep()
    assert list(Message.objects.filter(kind="pickup_reminder").order_by("pk").values_list("state", flat=True)) == [
        Message.CANCELLED,
        Message.SENT,
    ]


@pytest.mark.parametrize("state", [TourState.DRAFT, TourState.AWAITING])
def test_a_tour_that_nobody_has_accepted_is_not_reminded_of(accepted, state):
    accepted(THURSDAY, state)
    with at("06-10 16:00"):
        engine.send_due()
    assert written("pickup_reminder") == written("tour_reminder") == []


@pytest.mark.parametrize(
    ("answer_days", "moments"),
    [
        (2, [("06-02 12:00", 0), ("06-03 09:59", 0), ("06-03 10:00", 1), ("06-04 12:00", 1), ("06-08 12:00", 1)]),
        (2, [("06-08 12:00", 1)]),  # days without a worker are caught up
        (4, [("06-05 09:00", 0), ("06-05 10:00", 1)]),
        (20, [("06-10 12:00", 0), ("06-11 09:00", 0), ("06-21 10:00", 0)]),  # the day of the tour has come first
    ],
)
def test_a_carrier_that_does_not_answer_is_told_of_once_to_coordinators_and_to_it(accepted, answer_days, moments):
    made = accepted(THURSDAY, TourState.DRAFT)
    made.tour.carrier.answer_days = answer_days
    made.tour.carrier.save()
    with at("06-01 10:00"):
        services.send_tour(made.tour, by=made.coordinator)
    run(moments, "tour_silent")
    expected = moments[-1][1]
    assert written("tour_silent") == [made.users["coordinator"].email] * expected
    assert written("tour_unanswered") == [made.tour.carrier.email] * expected


def test_an_answer_ends_the_matter_and_a_new_sending_begins_it_anew(accepted):
    made = accepted(THURSDAY, TourState.DRAFT)
    with at("06-01 10:00"):
        services.send_tour(made.tour, by=made.coordinator)
    with at("06-03 11:00"):
        engine.send_due()
        silent = Message.objects.get(kind="tour_silent")
        assert all("/rappels/choix/" in part and "/rappels/arreter/" in part for part in (silent.text, silent.html))
        services.decline_tour(made.tour, "camion en panne", by=made.carrier)
        assert deliver(silent.pk) is False
    with at("06-04 10:00"):
        services.reopen_tour(made.tour, by=made.coordinator)
        services.send_tour(made.tour, by=made.coordinator)
    run([("06-05 12:00", 1), ("06-06 12:00", 1), ("06-08 08:00", 2)], "tour_silent")  # answered until Saturday: told on Monday


def test_a_slip_that_does_not_come_is_asked_for_once_and_not_for_ever(accepted):
    made = accepted(THURSDAY)
    with at("06-11 09:00"):
        for stop in made.stops:
            made.complete(stop)
        services.finish_tour(made.tour, by=made.driver)
    run([("06-15 12:00", 0), ("06-16 07:00", 1), ("06-20 12:00", 1)], "tour_slip_wanted")
    assert written("tour_slip_missing") == [made.tour.carrier.email]
    Message.objects.all().delete()
    Told.objects.all().delete()
    run([("07-17 12:00", 0)], "tour_slip_missing")


def test_a_closed_tour_is_asked_for_no_slip(accepted):
    made = accepted(THURSDAY)
    with at("06-11 09:00"):
        for stop in made.stops:
            made.complete(stop)
        services.finish_tour(made.tour, by=made.driver)
    Tour.objects.filter(pk=made.tour.pk).update(state=TourState.CLOSED)
    run([("06-20 12:00", 0)], "tour_slip_missing")


def test_a_request_is_acknowledged_once_and_caught_up_for_a_day():
    told, forecast = PickupRequestFactory(), PickupRequestFactory(source=RequestSource.FORECAST)
    old = PickupRequestFactory(updated_at=timezone.now() - timedelta(days=2), requested_at=timezone.now() - timedelta(days=2))
    for request in (told, forecast, old):
        ContactFactory(store=request.store, email=f"contact{request.pk}@points.example")
    assert tasks.tell_received() == "1 mails"
    assert tasks.tell_received() == "0 mails"
    assert written("pickup_received") == [f"contact{told.pk}@points.example"]


def test_an_acknowledgement_of_a_request_that_was_closed_meanwhile_does_not_leave():
    request = PickupRequestFactory()
    ContactFactory(store=request.store, email="boutique@points.example")
    received.tell_received(request.pk)
    services.cancel_request(request, by=_system())
    assert deliver(Message.objects.get(kind="pickup_received").pk) is False


def _system():
    from lincassable.accounts.actors import Actor

    return Actor.system()


def test_the_number_of_queries_does_not_grow_with_the_stops(accepted, django_assert_max_num_queries):
    made = accepted(THURSDAY, TourState.DRAFT, stores=12)
    for store in made.stores:
        ContactFactory(store=store)
    with at("06-01 10:00"):
        services.send_tour(made.tour, by=made.coordinator)
        services.accept_tour(made.tour, by=made.carrier)
    setting = engine.setting_of(rule_of("pickup-soon"), None)
    with at("06-09 10:00"), django_assert_max_num_queries(12):
        assert len(list(engine.dues(setting, setting.ask(timezone.now())))) == 13
    with at("06-09 10:00"), django_assert_max_num_queries(70):
        assert engine.send_due().mails == 13
