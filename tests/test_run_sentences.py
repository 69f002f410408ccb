"""What `./run` says when it cannot start: one plain sentence each, from any folder, with standard input closed."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NOWHERE = "http://127.0.0.1:9/simple"  # nothing listens on the discard port


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what `./run` needs before anything is installed, in a folder with spaces and an accent."""
    folder = tmp_path / "mes projets" / "l'été"
    (folder / "lincassable" / "embedded").mkdir(parents=True)
    for name in ("run", "test", "lincassable/embedded/find_python.sh", "lincassable/embedded/bootstrap.py"):
        shutil.copy2(ROOT / name, folder / name)
    (folder / "requirements-embedded.txt").write_text("")
    (folder / "requirements.txt").write_text("six==1.17.0\n")
    (folder / "requirements-dev.txt").write_text("-r requirements.txt\n")
    return folder


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def start(project: Path, *options: str, path: Path | None = None, script: str = "run", **environment: str) -> subprocess.CompletedProcess:
    """Start `./run` from another folder, with standard input closed; `path` goes first in PATH."""
    kept = {name: value for name, value in os.environ.items() if name not in ("VAR_DIR", "PYTHONPATH")}
    search = f"{path}:{kept['PATH']}" if path else kept["PATH"]
    command = ["/bin/sh", "-c", 'exec "$@" <&-', "sh", str(project / script), *options]
    return subprocess.run(command, cwd="/", env={**kept, "PATH": search, **environment}, capture_output=True, text=True, timeout=120)


def assert_one_sentence(result: subprocess.CompletedProcess, *words: str) -> None:
    assert result.returncode != 0
    said = result.stderr.strip()
    assert len(said.splitlines()) == 1, result.stderr
    for word in words:
        assert word in said


def fake_python(folder: Path, text: str) -> Path:
    """Put programs called python3, python3.11 … with the shell script `text` into `folder`."""
    folder.mkdir()
    for name in ("python3", "python3.11", "python3.12", "python3.13"):
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    return folder


def test_a_taken_port_is_told_with_another_one_to_try_and_nothing_is_installed(project: Path, taken_port: int) -> None:
    result = start(project, "--port", str(taken_port))
    assert_one_sentence(result, f"Port {taken_port} is taken", f"--port {taken_port + 1}")
    assert not (project / ".venv").exists()


@pytest.mark.parametrize("options", [["--prot", "8001"], ["--port"], ["--port", "many"], ["8001"]])
def test_an_unknown_option_is_told_with_the_known_ones(project: Path, options: list[str]) -> None:
    assert_one_sentence(start(project, *options), "--port N")


@pytest.mark.parametrize("port", ["0", "70000"])
def test_a_number_that_is_no_port_is_refused(project: Path, port: str) -> None:
    assert_one_sentence(start(project, "--port", port), f"{port} is no port")


@pytest.mark.parametrize("script", ["run", "test"])
def test_a_python_that_is_too_old_is_told_with_the_version_found(project: Path, tmp_path: Path, script: str) -> None:
    old = fake_python(tmp_path / "bin", 'if [ "$1" = --version ]; then echo "Python 3.9.2"; else exit 1; fi')
    assert_one_sentence(start(project, path=old, script=script), "3.11 or newer", "Python 3.9.2", "apt-get install")


def test_a_machine_without_python_is_told_to_install_one(project: Path, tmp_path: Path) -> None:
    assert_one_sentence(start(project, path=fake_python(tmp_path / "bin", "exit 127")), "no Python 3", "apt-get install python3")


def test_a_recent_python_under_another_name_is_found(project: Path, tmp_path: Path, taken_port: int) -> None:
    folder = fake_python(tmp_path / "bin", "exit 1")
    (folder / "python3.12").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    assert_one_sentence(start(project, "--port", str(taken_port), path=folder), "is taken")


def test_a_missing_venv_module_is_told_with_the_apt_line(project: Path, tmp_path: Path) -> None:
    """Debian's python3 without python3-venv has the module venv, but not ensurepip."""
    bootstrap = str(project / "lincassable" / "embedded" / "bootstrap.py")
    hide = "import sys, runpy; sys.modules['ensurepip'] = None; sys.argv = sys.argv[1:]; runpy.run_path({!r}, run_name='__main__')"
    (tmp_path / "hide.py").write_text(hide.format(bootstrap))
    script = f'if [ "$1" = -c ]; then exec {sys.executable} "$@"; fi\nshift 2\nexec {sys.executable} "{tmp_path}/hide.py" x "$@"'
    assert_one_sentence(start(project, "--port", "18764", path=fake_python(tmp_path / "bin", script)), "apt-get install python3-venv")


def test_no_network_is_told_and_a_later_start_goes_on_from_there(project: Path) -> None:
    offline = {"PIP_INDEX_URL": NOWHERE, "PIP_RETRIES": "0", "PIP_NO_CACHE_DIR": "1", "PIP_CONFIG_FILE": os.devnull}
    result = start(project, "--port", "18764", **offline)
    assert_one_sentence(result, "could not be downloaded", "network")
    assert "Creating the environment" in result.stdout
    again = start(project, "--port", "18764", **offline)
    assert_one_sentence(again, "could not be downloaded")
    assert "Creating the environment" not in again.stdout


def test_a_second_run_from_the_same_folder_says_where_the_first_one_is(project: Path) -> None:
    (project / "var").mkdir()
    with open(project / "var" / "run.lock", "w") as lock:
        lock.write("http://localhost:8123")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert_one_sentence(start(project, "--port", "18764"), "already runs", "http://localhost:8123")


def test_help_tells_the_options(project: Path) -> None:
    result = start(project, "--help")
    assert result.returncode == 0
    assert "--port N" in result.stdout
