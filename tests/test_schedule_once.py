"""Two schedulers and three workers at once on a real broker: every time of the schedule is run, and run once."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from lincassable.messaging.models import ScheduledRun, TaskRun
from lincassable.schedule import BEAT_SCHEDULE
from lincassable.slots import NOT_MINE, claim, finish, slot_of
from tests.worker import broker_at, live_through, redis_server, running_scheduler, running_worker

PARIS = ZoneInfo("Europe/Paris")
SUNDAY = datetime(2026, 11, 29, 22, 0, tzinfo=PARIS)
# Every hour until Monday noon, every ten minutes between eight and nine.
MOMENTS = [SUNDAY + timedelta(hours=hour) for hour in range(1, 11)]
MOMENTS += [SUNDAY + timedelta(hours=10, minutes=minute) for minute in range(10, 61, 10)]
MOMENTS += [SUNDAY + timedelta(hours=hour) for hour in range(12, 15)]


def expected() -> Counter[tuple[str, datetime]]:
    """The slots that fall due at MOMENTS, worked out from the table alone."""
    due: Counter[tuple[str, datetime]] = Counter()
    for before, moment in zip([SUNDAY, *MOMENTS], MOMENTS, strict=False):
        for name, entry in BEAT_SCHEDULE.items():
            slot, last = slot_of(entry["schedule"], moment), slot_of(entry["schedule"], before)
            if slot != last:
                due[name, slot] += 1
    return due


@pytest.fixture(params=["embedded", pytest.param("debian", marks=pytest.mark.redis_server)])
def broker(request, tmp_path):
    with ExitStack() as stack:
        if request.param == "debian":
            stack.enter_context(broker_at(stack.enter_context(redis_server(tmp_path))))
        yield


@pytest.mark.django_db(transaction=True)
def test_two_schedulers_and_three_workers_run_each_slot_once(broker, tmp_path):
    with ExitStack() as stack:
        workers = [
            stack.enter_context(running_worker(tmp_path, app="tests.simulated_time", pool="solo", ready=False)) for _number in range(3)
        ]
        schedulers = [stack.enter_context(running_scheduler(tmp_path, SUNDAY)) for _number in range(2)]
        for worker in workers:
            worker.wait_until_ready()
        sent = live_through(MOMENTS, schedulers)
    runs = Counter(ScheduledRun.objects.values_list("entry", "slot"))
    assert runs == expected()
    assert set(ScheduledRun.objects.values_list("succeeded", flat=True)) == {True}
    assert sent > 1.9 * len(runs)  # both schedulers did send
    said = "".join(worker.log.read_text() for worker in workers)
    assert said.count("messaging.heartbeat SUCCESS") == sum(entry == "scheduler-heartbeat" for entry, _slot in runs)
    assert all("SUCCESS" in worker.log.read_text() for worker in workers)  # and all three worked


@pytest.mark.parametrize(
    ("name", "now", "due"),
    [
        ("outbox-sweep", "2026-11-30T09:12:40+01:00", "2026-11-30T09:12:00+01:00"),
        ("weekly-report", "2026-11-30T06:59:59+01:00", "2026-11-23T07:00:00+01:00"),
        ("weekly-report", "2026-11-30T07:00:00+01:00", "2026-11-30T07:00:00+01:00"),
        ("ledger-check", "2026-11-30T01:00:00+01:00", "2026-11-29T02:30:00+01:00"),
        ("access-links-flush-last-use", "2026-10-25T02:07:00+02:00", "2026-10-25T02:05:00+02:00"),
        ("access-links-flush-last-use", "2026-10-25T02:07:00+01:00", "2026-10-25T02:05:00+01:00"),  # the same hour, a second time
        ("access-links-flush-last-use", "2026-03-29T03:02:00+02:00", "2026-03-29T03:00:00+02:00"),
    ],
)
def test_every_scheduler_calls_a_slot_by_the_same_time(name, now, due):
    assert slot_of(BEAT_SCHEDULE[name]["schedule"], datetime.fromisoformat(now)) == datetime.fromisoformat(due)


@pytest.mark.django_db
def test_a_slot_is_taken_once_but_a_killed_run_begins_again():
    assert claim("sweep", SUNDAY, task="messaging.sweep", task_id="a")
    assert not claim("sweep", SUNDAY, task="messaging.sweep", task_id="b")
    assert claim("sweep", SUNDAY, task="messaging.sweep", task_id="a")  # the same message, handed out again
    finish("sweep", SUNDAY, succeeded=True, outcome="12")
    assert not claim("sweep", SUNDAY, task="messaging.sweep", task_id="a")
    assert claim("sweep", SUNDAY + timedelta(minutes=1), task="messaging.sweep", task_id="b")
    run = ScheduledRun.objects.get(task_id="a")
    assert (run.succeeded, run.outcome, run.finished_at is not None) == (True, "12", True)


@pytest.mark.django_db
def test_a_slot_that_somebody_else_took_leaves_the_last_run_alone():
    from lincassable.messaging.tasks import heartbeat

    headers = {"lincassable_entry": "scheduler-heartbeat", "lincassable_slot": SUNDAY.isoformat()}
    heartbeat.apply(headers=headers)
    first = TaskRun.objects.get(name="messaging.heartbeat")
    assert heartbeat.apply(headers=headers).result == NOT_MINE
    again = TaskRun.objects.get(name="messaging.heartbeat")
    assert (again.started_at, again.finished_at) == (first.started_at, first.finished_at)
    assert ScheduledRun.objects.count() == 1


@pytest.mark.django_db
def test_a_run_that_fails_says_so_and_is_not_begun_again_for_its_slot(monkeypatch):
    from lincassable.messaging import delivery
    from lincassable.messaging.tasks import sweep

    def broken(**named: object) -> int:
        raise RuntimeError("no")

    monkeypatch.setattr(delivery, "sweep", broken)
    headers = {"lincassable_entry": "outbox-sweep", "lincassable_slot": SUNDAY.isoformat()}
    sweep.apply(headers=headers)
    run = ScheduledRun.objects.get()
    assert (run.succeeded, run.outcome) == (False, "RuntimeError: no")
    assert sweep.apply(headers=headers).result == NOT_MINE
