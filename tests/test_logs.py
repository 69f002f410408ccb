"""Logs: readable or JSON, with ids and durations, and never a token."""

from __future__ import annotations

import json
import logging
import runpy
from pathlib import Path

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from gunicorn.config import Config
from gunicorn.util import load_class

from lincassable.accounts.kinds import KINDS
from lincassable.celery import app
from lincassable.logs import HumanFormatter, JsonFormatter, redact, work
from lincassable.messaging.models import TaskRun
from lincassable.middleware import RequestLogMiddleware

TOKEN = "1.Zk3J-x_9aQ0pLwT7vB2nYg"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (f"/p/{TOKEN}", "/p/•••"),
        (f"/p/{TOKEN}/", "/p/•••/"),
        (f"/chauffeur/{TOKEN}/arret/12/", "/chauffeur/•••/arret/12/"),
        (f"/transporteur/{TOKEN}?langue=fr", "/transporteur/•••?langue=fr"),
        (f"Not Found: https://example.org/p/{TOKEN}", "Not Found: https://example.org/p/•••"),
        (f"'/p/{TOKEN}' and \"/chauffeur/{TOKEN}\"", "'/p/•••' and \"/chauffeur/•••\""),
        (f"/compte/password/reset/key/3-{TOKEN}/", "/compte/password/reset/key/•••/"),
        ("/compte/password/reset/key/3-set-password/", "/compte/password/reset/key/•••/"),
        (f"/evenements/inscription/{TOKEN}/", "/evenements/inscription/•••/"),
        (f"/rappels/choix/contact-12.{TOKEN}/", "/rappels/choix/•••/"),
        (f"/rappels/arreter/contact-12:weekly.{TOKEN}/", "/rappels/arreter/•••/"),
        (f"/desabonnement/contact-12.{TOKEN}/", "/desabonnement/•••/"),
        ("/formation/5d1c2b8e-0000-4000-8000-3b1e7f4a9c21/", "/formation/•••/"),
        ("/equipe/bilan/", "/equipe/bilan/"),
        ("/evenements/bar-a-jus-3b1e7f4a9c21/", "/evenements/bar-a-jus-3b1e7f4a9c21/"),
        ("/p/declarer/", "/p/declarer/"),
        ("/p/", "/p/"),
        ("/admin/stores/store/12/change/", "/admin/stores/store/12/change/"),
    ],
)
def test_tokens_are_hidden_and_names_of_pages_are_not(said: str, kept: str) -> None:
    assert redact(said) == kept


@pytest.mark.parametrize("kind", KINDS)
def test_the_token_of_every_kind_of_access_link_is_hidden(kind: str) -> None:
    address = f"{KINDS[kind].prefix}{TOKEN}{KINDS[kind].suffix}"
    assert redact(address) == f"{KINDS[kind].prefix}•••"


def record(message: str, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("lincassable.test", logging.INFO, __file__, 1, message, None, None)
    made.__dict__.update(extra)
    return made


def test_a_line_of_production_is_one_json_object_with_the_request_it_belongs_to() -> None:
    mark = work.set({"request": "abc123"})
    try:
        line = JsonFormatter().format(record(f"opened /p/{TOKEN}", fields={"status": 200, "path": f"/p/{TOKEN}"}))
    finally:
        work.reset(mark)
    said = json.loads(line)
    assert (said["level"], said["logger"], said["request"], said["status"]) == ("INFO", "lincassable.test", "abc123", 200)
    assert said["time"].endswith("+00:00")
    assert TOKEN not in line


def test_an_exception_is_part_of_the_line_and_hides_tokens_too() -> None:
    try:
        raise ValueError(f"bad link /p/{TOKEN}")
    except ValueError as error:
        failed = record("failed", exc_info=(ValueError, error, error.__traceback__))
    for line in (JsonFormatter().format(failed), HumanFormatter().format(failed)):
        assert "ValueError" in line
        assert TOKEN not in line
    assert "\n" not in JsonFormatter().format(failed)


def test_each_request_is_logged_once_with_status_duration_and_id(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "lincassable.request")
    middleware = RequestLogMiddleware(lambda request: HttpResponse(status=201))
    response = middleware(RequestFactory().post(f"/p/{TOKEN}"))
    (line,) = caplog.records
    assert line.fields["method"] == "POST"
    assert line.fields["status"] == 201
    assert line.fields["path"] == "/p/•••"
    assert line.fields["milliseconds"] >= 0
    assert len(response["X-Request-ID"]) == 12
    assert TOKEN not in caplog.text
    assert work.get() is None


def test_the_author_of_a_request_is_logged_by_kind_and_id(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "lincassable.request")

    def view(request: HttpRequest) -> HttpResponse:
        from lincassable.accounts.actors import LINK, Actor

        request.actor = Actor(kind=LINK, id=7)
        return HttpResponse()

    RequestLogMiddleware(view)(RequestFactory().get("/p/"))
    assert (caplog.records[0].fields["actor_kind"], caplog.records[0].fields["actor_id"]) == ("link", 7)


def test_probes_are_not_logged_when_they_succeed(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "lincassable.request")
    Client().get("/healthz")
    assert caplog.records == []


@pytest.mark.django_db
def test_no_log_of_a_request_for_an_unknown_link_holds_its_token(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        client.get(f"/p/{TOKEN}")
    ours = [HumanFormatter().format(line) for line in caplog.records]
    assert ours
    assert TOKEN not in "\n".join(ours)


def test_only_the_admin_may_run_inline_scripts(client: Client, db: None) -> None:
    assert "unsafe" not in client.get("/compte/login/")["Content-Security-Policy"]
    assert "'unsafe-eval'" in client.get("/admin/")["Content-Security-Policy"]


def test_pages_allow_the_camera_to_us_and_the_microphone_to_nobody(client: Client) -> None:
    policy = client.get("/healthz")["Permissions-Policy"]
    assert "camera=(self)" in policy
    assert "microphone=()" in policy


@app.task(name="messaging.heartbeat.test_double")
def _double(fail: bool) -> str:
    if fail:
        raise ValueError("no paper left")
    return "12 sent"


@pytest.mark.django_db
@pytest.mark.parametrize(("fail", "outcome"), [(False, "12 sent"), (True, "ValueError: no paper left")])
def test_the_last_run_of_a_scheduled_task_is_a_row_with_its_outcome(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, fail: bool, outcome: str
) -> None:
    monkeypatch.setattr("lincassable.taskruns.SCHEDULED", {_double.name})
    caplog.set_level(logging.INFO, "lincassable.task")
    _double.apply(kwargs={"fail": fail})
    run = TaskRun.objects.get(name=_double.name)
    assert (run.succeeded, run.outcome) == (not fail, outcome)
    assert run.finished_at >= run.started_at
    (line,) = [line for line in caplog.records if line.name == "lincassable.task"]
    assert line.fields["task_name"] == _double.name
    assert line.fields["milliseconds"] >= 0
    assert line.levelname == ("ERROR" if fail else "INFO")


@pytest.mark.django_db
def test_a_task_outside_the_schedule_leaves_no_row() -> None:
    _double.apply(kwargs={"fail": False})
    assert not TaskRun.objects.exists()


@override_settings(LOG_JSON=True)
def test_production_writes_json() -> None:
    from lincassable.logs import configure

    handlers = logging.getLogger().handlers[:]
    try:
        configure({"level": "INFO"})
        assert isinstance(logging.getLogger().handlers[0].formatter, JsonFormatter)
    finally:
        logging.getLogger().handlers[:] = handlers


@override_settings(LOG_JSON=True)
def test_lines_of_the_web_server_itself_are_like_all_others(capsys: pytest.CaptureFixture[str]) -> None:
    config = runpy.run_path(str(Path(__file__).resolve().parent.parent / "gunicorn.conf.py"))
    logger = load_class(config["logger_class"])(Config())
    try:
        logger.critical("WORKER TIMEOUT (pid:%s) at /p/%s", 12, TOKEN)
    finally:
        logger.error_log.handlers.clear()
    said = json.loads(capsys.readouterr().err)
    assert (said["level"], said["message"]) == ("CRITICAL", "WORKER TIMEOUT (pid:12) at /p/•••")
