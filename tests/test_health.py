"""/healthz and /readyz: what a load balancer and a monitor see."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.utils import timezone

from lincassable.messaging.models import Message, TaskRun
from tests.worker import broker_at


@pytest.fixture
def beating(db: None) -> TaskRun:
    """A scheduler that has just run."""
    now = timezone.now()
    return TaskRun.objects.create(name="messaging.heartbeat", started_at=now, finished_at=now, succeeded=True)


def waiting_since(minutes: int) -> None:
    Message.objects.create(
        dedupe_key=f"m{minutes}",
        kind="test",
        to_email="someone@example.org",
        subject="s",
        text="t",
        created_at=timezone.now() - timedelta(minutes=minutes),
    )


@pytest.fixture
def broken_database(monkeypatch: pytest.MonkeyPatch, db: None) -> Iterator[None]:
    """The address of the database leads nowhere, as when its server is down."""
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "HOST", "/nonexistent")
    yield
    connection.close()


def test_a_site_that_works_is_ready(client: Client, beating: TaskRun) -> None:
    response = client.get("/readyz")
    assert response.status_code == 200, response.content
    assert response.json()["ready"] is True
    assert set(response.json()["checks"]) == {"database", "migrations", "broker", "scheduler", "outbox"}


def test_healthz_asks_nothing_of_the_database(client: Client) -> None:
    """No `db` fixture: a query would fail here."""
    assert client.get("/healthz").content == b"ok\n"


@override_settings(SECURE_SSL_REDIRECT=True)
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_pages_answer_over_plain_http_and_are_not_cached(client: Client, beating: TaskRun, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]


def test_a_scheduler_that_never_ran_is_not_ready(client: Client, db: None) -> None:
    response = client.get("/readyz")
    assert response.status_code == 503
    assert "not run yet" in response.json()["checks"]["scheduler"]


def test_a_silent_scheduler_is_not_ready(client: Client, beating: TaskRun) -> None:
    TaskRun.objects.update(finished_at=timezone.now() - timedelta(minutes=6))
    response = client.get("/readyz")
    assert response.status_code == 503
    assert "6.0 minutes ago" in response.json()["checks"]["scheduler"]


def test_an_old_unsent_message_is_not_ready_and_a_young_one_is(client: Client, beating: TaskRun) -> None:
    waiting_since(5)
    assert client.get("/readyz").status_code == 200
    waiting_since(45)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert "45.0 minutes" in response.json()["checks"]["outbox"]


@pytest.mark.django_db(transaction=True)
def test_an_unapplied_migration_is_not_ready(client: Client, beating: TaskRun) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions' RETURNING app, name, applied")
        rows = cursor.fetchall()
    try:
        response = client.get("/readyz")
        assert response.status_code == 503
        assert "not applied" in response.json()["checks"]["migrations"]
    finally:
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, %s)", rows)


def test_a_broker_that_is_down_is_not_ready(client: Client, beating: TaskRun) -> None:
    with broker_at("redis+socket:///nonexistent/socket"):
        response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"]["broker"] == "the broker does not answer"


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_down_answers_503_and_reveals_nothing(client: Client, broken_database: None) -> None:
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"]["database"] == "the database does not answer"
    assert "nonexistent" not in response.content.decode()
    assert client.get("/healthz").status_code == 200
