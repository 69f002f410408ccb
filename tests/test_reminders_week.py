"""A week of reminders with two schedulers and three workers on a real Redis: exactly one of each mail, at most one a day per address."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings as django_settings

from lincassable.accounts.actors import LINK, Actor
from lincassable.accounts.models import AccessLink
from lincassable.accounts.tests.factories import UserFactory
from lincassable.messaging.models import Message, ScheduledRun
from lincassable.reminders.models import ReminderRule, Told
from nonconformities.tests.factories import NonConformityFactory
from pickups import services
from pickups.lines import StopPlan
from pickups.tests.factories import CarrierFactory, PickupRequestFactory, planned
from references.tests.factories import ShelfCheckFactory
from stores.enums import Kind
from stores.models import Contact
from stores.tests.factories import ContactFactory, StoreFactory
from tests.worker import broker_at, live_through, redis_server, running_scheduler, running_worker

PARIS = ZoneInfo("Europe/Paris")
SUNDAY = datetime(2026, 11, 29, 21, 30, tzinfo=PARIS)
# The week that begins on Monday 30 November: the 1st of December is a Tuesday. Each night, and the hours at which something falls due.
MOMENTS = [
    datetime.combine(SUNDAY.date() + timedelta(days=day), datetime.min.time(), PARIS) + timedelta(hours=hour)
    for day in range(1, 8)
    for hour in (7, 9, 10, 16, 17, 22)
]
BOTH, ONE, OFFICE, CARRIER = "boutique@points.example", "epicerie@points.example", "coordination@reseau.example", "quai@carrier.example"
EXPECTED = [
    ("2026-11-30", "request-unanswered/0", OFFICE),
    ("2026-12-01", "deposit-counts/0", BOTH),
    ("2026-12-01", "pickup-soon/2", BOTH),
    ("2026-12-02", "pickup-soon/1", BOTH),
    ("2026-12-02", "tour-soon/0", CARRIER),
    ("2026-12-03", "references-stale/0", ONE),
    ("2026-12-04", "nonconformity-late/0", OFFICE),
]
MAILS = {
    (OFFICE, "reminder"): 2,
    (BOTH, "reminder_digest"): 1,
    (BOTH, "pickup_reminder"): 1,
    (CARRIER, "tour_reminder"): 1,
    (ONE, "reminder"): 1,
    (BOTH, "weekly_store"): 1,
    (ONE, "weekly_store"): 1,
    (OFFICE, "weekly_network"): 1,
}


def moment(text: str) -> datetime:
    """A local moment."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=PARIS)


@pytest.fixture
def network():
    """Two shops, a coordinator, an old request, a tour on Thursday, and a non-conformity that should be over by then."""
    with time_machine.travel(moment("2026-11-20 10:00"), tick=True):
        user = UserFactory(role="coordinator", email=OFFICE, language="en")
        by, hub = Actor.of_user(user), StoreFactory(kind=Kind.HUB)
        both, one = (ContactFactory(store=StoreFactory(), email=email, language="en").store for email in (BOTH, ONE))
        Contact.objects.filter(email=BOTH).update(wants_deposit_mails=True)
        stops = [StopPlan(both, [planned()])]
        carrier = CarrierFactory(email=CARRIER, language="en")
        tour = services.create_tour(date=date(2026, 12, 3), hub=hub, carrier=carrier, by=by, stops=stops)
        services.send_tour(tour, by=by)
        services.accept_tour(tour, by=Actor(LINK, 901, AccessLink.CARRIER_TOUR, tour.pk))
        # Sixty days before Thursday noon; the other shop has just looked.
        ShelfCheckFactory(store=one, checked_at=moment("2026-10-04 12:00"))
        ShelfCheckFactory(store=both, checked_at=moment("2026-11-19 12:00"))
        PickupRequestFactory(store=StoreFactory(), requested_at=moment("2026-11-25 10:00"), updated_at=moment("2026-11-25 10:00"))
        NonConformityFactory(due_on=date(2026, 12, 3))
    Message.objects.update(state=Message.SENT, sent_at=moment("2026-11-20 11:00"))


@pytest.mark.redis_server
@pytest.mark.django_db(transaction=True)
def test_in_a_week_each_mail_is_sent_once_whatever_the_number_of_schedulers_and_workers(network, tmp_path, settings):
    settings.MAIL_FOLDER = tmp_path / "mails"
    before = set(Message.objects.values_list("pk", flat=True))
    with ExitStack() as stack:
        stack.enter_context(broker_at(stack.enter_context(redis_server(tmp_path))))
        workers = [
            stack.enter_context(running_worker(tmp_path, app="tests.simulated_time", pool="solo", ready=False)) for _number in range(3)
        ]
        schedulers = [stack.enter_context(running_scheduler(tmp_path, SUNDAY)) for _number in range(2)]
        for worker in workers:
            worker.wait_until_ready()
        live_through(MOMENTS, schedulers)
    written = Message.objects.exclude(pk__in=before)
    assert not written.exclude(state=Message.SENT).exists()
    told = [
        (f"{row.told_at.astimezone(PARIS):%Y-%m-%d}", f"{row.rule}/{row.step}", row.message.to_email)
        for row in Told.objects.select_related("message")
    ]
    assert sorted(told) == sorted(EXPECTED)
    assert Counter(written.values_list("to_email", "kind")) == MAILS
    # What the server got: one file per message, no message twice.
    received = Counter(message_from_bytes(path.read_bytes())["Message-ID"] for path in Path(django_settings.MAIL_FOLDER).glob("*.eml"))
    assert len(received) == sum(MAILS.values())
    assert set(received.values()) == {1}
    reminders = [(mail.to_email, mail.sent_at.astimezone(PARIS).date()) for mail in written if mail.dedupe_key.startswith("reminder:")]
    assert len(reminders) == len(set(reminders))  # at most one a day to each address
    assert all(7 <= mail.sent_at.astimezone(PARIS).hour < 20 for mail in written)
    assert all(mail.sent_at.astimezone(PARIS).weekday() < 5 for mail in written)
    assert ScheduledRun.objects.filter(entry="reminders", succeeded=True).count() == len(MOMENTS)
    assert set(ReminderRule.objects.values_list("last_succeeded", flat=True)) == {True}
    assert SUNDAY.astimezone(UTC) < min(mail.sent_at for mail in written)
