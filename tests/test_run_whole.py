"""`./run` from start to stop, as on somebody's machine: a copy of the project in a folder with a space in its name."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, Queue
from threading import Thread

import psutil
import pytest

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 240  # seconds for a first start on a busy machine
OURS = ("lincassable", "stores", "collections", "awareness", "templates", "static", "locale", "run", "manage.py", "gunicorn.conf.py")


@pytest.fixture(scope="module")
def project() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="lc-"))
    folder.chmod(0o755)
    copy = folder / "le projet"
    copy.mkdir()
    for name in OURS:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__", "tests"))
        else:
            shutil.copy2(source, copy / name)
    for source in ROOT.glob("requirements*.txt"):
        shutil.copy2(source, copy / source.name)
    (copy / ".venv").symlink_to(ROOT / ".venv")
    yield copy
    shutil.rmtree(folder)


class Site:
    """A started `./run`, read line by line."""

    def __init__(self, project: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        dropped = ("VAR_DIR", "SITE_URL", "LOCAL", "DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "CI")
        environment = {name: value for name, value in os.environ.items() if name not in dropped and not name.startswith("PYTEST")}
        self.project, self.lines, self.queue = project, [], Queue()
        self.phone = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(), urllib.request.ProxyHandler({}))
        self.process = subprocess.Popen(
            [str(project / "run"), "--port", str(self.port)],
            cwd="/",
            env={**environment, "DEMO_SCALE": "0.1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self.queue.put(line.rstrip("\n"))
        self.queue.put(None)

    def wait_for(self, beginning: str) -> str:
        """Return the next line that begins so; fails when the program ends or says nothing for too long."""
        while True:
            try:
                line = self.queue.get(timeout=PATIENCE)
            except Empty:
                line = None
            if line is None:
                raise AssertionError(f"no line “{beginning}” in:\n" + "\n".join(self.lines))
            self.lines.append(line)
            if line.startswith(beginning):
                return line

    def get(self, path: str) -> tuple[int, str]:
        """Return status and body of a page."""
        try:
            with self.phone.open(f"http://localhost:{self.port}{path}", timeout=30) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Ask for the end and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(60)

    def rest(self) -> list[str]:
        """Return all lines of a site that has ended."""
        while (line := self.queue.get(timeout=PATIENCE)) is not None:
            self.lines.append(line)
        return self.lines

    def relatives(self) -> list[psutil.Process]:
        """All processes of this site, servers included."""
        found = []
        for process in psutil.process_iter():
            try:
                mine = str(self.project) in " ".join(process.cmdline()) or Path(process.cwd()).is_relative_to(self.project)
            except (psutil.Error, OSError):
                continue
            if mine and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        return found


@pytest.fixture(scope="module")
def site(project: Path) -> Iterator[Site]:
    started = Site(project)
    yield started
    if started.process.poll() is None:
        started.stop(signal.SIGTERM)
    for process in started.relatives():
        process.kill()


def test_one_command_brings_a_running_site_with_an_account_and_a_link(site: Site) -> None:
    assert f"http://localhost:{site.port}" in site.wait_for("Lincassable runs at")
    assert re.fullmatch(rf"Admin: http://localhost:{site.port}\S* \S+@\S+ \S+", site.wait_for("Admin: "))
    link = re.fullmatch(rf"QR: http://localhost:{site.port}(/p/\S+)", site.wait_for("QR: "))
    assert link, site.lines
    status, page = site.get(link[1])
    assert status == 200
    assert "/p/declarer" in page


def test_everything_the_site_needs_answers(site: Site) -> None:
    assert site.get("/healthz") == (200, "ok\n")
    status, said = site.get("/readyz")
    assert json.loads(said)["checks"]["database"] == "ok"
    assert (status, json.loads(said)["ready"]) == (200, True), said


def test_static_files_have_hashed_names_and_are_served(site: Site) -> None:
    page = site.get("/compte/login/")[1]
    address = re.search(r'href="(/static/[^"]+\.[0-9a-f]{12}\.css)"', page)
    assert address, page[:500]
    assert site.get(address[1])[0] == 200


def test_a_second_run_is_told_where_the_first_one_is(site: Site) -> None:
    second = subprocess.run([str(site.project / "run"), "--port", "1"], capture_output=True, text=True, timeout=60)
    assert second.returncode == 1
    assert f"http://localhost:{site.port}" in second.stderr
    assert site.get("/healthz")[0] == 200


def test_ctrl_c_stops_everything_and_the_database_last(site: Site) -> None:
    assert site.stop(signal.SIGINT) == 0
    assert site.relatives() == []


def test_the_requests_are_in_the_log_and_the_token_is_not(site: Site) -> None:
    said = site.rest()
    (shown,) = [line for line in said if line.startswith("QR: ")]
    token = shown.split("/p/")[1].strip("/")
    assert any("GET /p/••• 302" in line for line in said), said
    assert [line for line in said if token in line] == [shown]


def test_a_killed_run_leaves_no_web_server_or_worker_and_the_next_start_takes_its_place(project: Path, site: Site) -> None:
    second = Site(project)
    second.wait_for("QR: ")
    assert "Collecting the static files" not in "\n".join(second.lines)
    children = psutil.Process(second.process.pid).children()
    second.process.kill()
    second.process.wait()
    _, alive = psutil.wait_procs(children, timeout=30)
    assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []
    third = Site(project)
    third.wait_for("QR: ")
    assert third.get("/healthz")[0] == 200
    assert third.stop(signal.SIGTERM) == 0
    assert third.relatives() == []


def test_a_preparation_that_fails_is_told_in_one_sentence_with_where_to_read_more(project: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(project), "LOCAL": "1", "VAR_DIR": str(tmp_path)}
    # A database that nobody serves: what a wrong DATABASE_URL gives.
    environment["DATABASE_URL"] = "postgres://nobody@127.0.0.1:9/nothing"
    environment["REDIS_URL"] = "redis://127.0.0.1:9/0"
    command = [sys.executable, "-m", "lincassable.embedded.prepare"]
    result = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, timeout=60)
    assert result.returncode == 1
    *progress, last = result.stderr.strip().splitlines()
    assert progress == ["Preparing the database …"]
    assert last.startswith("The database could not be prepared: ")
    assert last.endswith(f"(details in {tmp_path / 'prepare.log'}).")
    assert "Traceback" in (tmp_path / "prepare.log").read_text()
