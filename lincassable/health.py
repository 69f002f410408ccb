"""Is the site up, and can it do its work? For load balancers and monitoring; public, and tells no secret."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from lincassable.accounts.decorators import public
from lincassable.celery import app
from lincassable.messaging.models import Message, TaskRun

logger = logging.getLogger("lincassable.health")
HEARTBEAT = "messaging.heartbeat"


class NotReady(Exception):
    """One thing does not work; the text is a plain reason."""


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        raise NotReady(f"{len(waiting)} migrations are not applied")
    return "ok"


def _broker() -> str:
    try:
        with app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, timeout=2)
    except Exception as error:
        raise NotReady("the broker does not answer") from error
    return "ok"


def _minutes_since(moment: datetime) -> float:
    return round((timezone.now() - moment) / timedelta(minutes=1), 1)


def _scheduler() -> str:
    last = TaskRun.objects.filter(name=HEARTBEAT, succeeded=True).values_list("finished_at", flat=True).first()
    if last is None:
        raise NotReady("the scheduler has not run yet")
    age = _minutes_since(last)
    if age > settings.SCHEDULER_ALERT_MINUTES:
        raise NotReady(f"the scheduler last ran {age} minutes ago")
    return f"last ran {age} minutes ago"


def _outbox() -> str:
    oldest = Message.objects.filter(state=Message.WAITING).order_by("created_at").values_list("created_at", flat=True).first()
    if oldest is None:
        return "nothing waits"
    age = _minutes_since(oldest)
    if age > settings.OUTBOX_ALERT_MINUTES:
        raise NotReady(f"a message has been waiting for {age} minutes")
    return f"the oldest message has been waiting for {age} minutes"


CHECKS: dict[str, Callable[[], str]] = {"broker": _broker, "database": _database}
# Not tried when the database is away: each one would wait for it again.
CHECKS_IN_DATABASE: dict[str, Callable[[], str]] = {"migrations": _migrations, "scheduler": _scheduler, "outbox": _outbox}
DATABASE_AWAY = "the database does not answer"


def _ask(check: Callable[[], str]) -> tuple[bool, str]:
    try:
        return True, check()
    except NotReady as reason:
        return False, str(reason)
    except DatabaseError:
        logger.exception("a readiness check failed")
        return False, DATABASE_AWAY


def readiness() -> tuple[bool, dict[str, str]]:
    """Return whether everything works, and a plain sentence for each check."""
    answers = {name: _ask(check) for name, check in CHECKS.items()}
    for name, check in CHECKS_IN_DATABASE.items():
        answers[name] = _ask(check) if answers["database"][0] else (False, DATABASE_AWAY)
    return all(fine for fine, _ in answers.values()), {name: said for name, (_, said) in answers.items()}


@public
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer that the process is up; asks nothing of the database or the broker."""
    return HttpResponse("ok\n", content_type="text/plain")


@public
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when everything works, 503 with the reasons otherwise."""
    ready, said = readiness()
    return JsonResponse({"ready": ready, "checks": said}, status=200 if ready else 503, json_dumps_params={"indent": 1})
