"""Asking a worker to come, without ever making a person wait for the broker.

The outbox is the queue of record: when the broker is silent the row is still there, and the next sweep takes it. So one
short try is enough, unlike Celery's own publishing, which insists for seconds.
"""

from __future__ import annotations

import logging
import time
from functools import lru_cache

from celery import Task, current_app
from kombu import pools

from lincassable.messaging.enums import BROKER_PAUSE_SECONDS

logger = logging.getLogger("lincassable.messaging")
# Seconds. Connecting and each answer are limited apart; a broker that is frozen costs both at most.
_IMPATIENT = {
    "socket_connect_timeout": 1,
    "socket_timeout": 1,
    "connect_retries_timeout": 0.5,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
}
_silent_until = 0.0


@lru_cache(maxsize=4)
def _producers(url: str) -> pools.ProducerPool:
    """Return connections to the broker at `url` that give up soon."""
    options = {**current_app.conf.broker_transport_options, **_IMPATIENT}
    return pools.producers[current_app.connection_for_write(url, transport_options=options)]


def ask(task: Task, *arguments: object) -> bool:
    """Ask for `task` to be run with `arguments`, and return whether the broker took it.

    Never raises, and lasts at most about two seconds. After a failure the broker is left alone for
    `BROKER_PAUSE_SECONDS`, so that a tour with thirty mails waits for it once.
    """
    global _silent_until
    if current_app.conf.task_always_eager:
        task.apply(arguments)
        return True
    if time.monotonic() < _silent_until:
        return False
    try:
        with _producers(current_app.conf.broker_write_url).acquire(block=True, timeout=1) as producer:
            task.apply_async(arguments, producer=producer, retry=False)
    except Exception as error:  # the fact is committed: nothing the broker says may reach the person
        _silent_until = time.monotonic() + BROKER_PAUSE_SECONDS
        logger.warning("the broker does not answer (%s): the next sweep will deliver", error)
        return False
    return True
