"""Celery's side of the outbox. Ids only; every task may run twice, late, or at the same time as another."""

from __future__ import annotations

import time

from celery import shared_task

from lincassable.messaging import delivery
from lincassable.messaging.enums import SWEEP_SECONDS


@shared_task(name="messaging.deliver")
def deliver(message_id: int) -> bool:
    """Deliver one message now, if it is still waiting. Idempotent: a sent message is left alone."""
    return delivery.deliver(message_id)


@shared_task(name="messaging.sweep")
def sweep() -> int:
    """Deliver what is due, for up to `SWEEP_SECONDS`, and return how many messages left. Idempotent."""
    stop, sent = time.monotonic() + SWEEP_SECONDS, 0
    while time.monotonic() < stop and (batch := delivery.sweep(until=stop)):
        sent += batch
    return sent


@shared_task(name="messaging.heartbeat")
def heartbeat() -> None:
    """Prove that scheduler, broker and a worker work together: its run is recorded (TaskRun). Idempotent."""
