"""The second half of `./test`, inside `.venv`: pytest in parallel, then the test servers stop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from lincassable.embedded import messages
from lincassable.embedded.bootstrap import ROOT, VAR
from lincassable.embedded.stop import stop_test_servers


def pytest_command(arguments: list[str]) -> list[str]:
    """Return pytest's command line: one process per core, unless the arguments say otherwise."""
    alone = any(word in ("--pdb", "--collect-only", "--co") or word.startswith(("-n", "--numprocesses")) for word in arguments)
    workers = [] if alone else ["-n", str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)]
    return [sys.executable, "-m", "pytest", *workers, *arguments]


def main(arguments: list[str]) -> int:
    """Run the tests and return pytest's exit code."""
    if not os.environ.get("CI"):  # there, a stale catalogue must be seen, not repaired
        messages.compile_stale()
    local = VAR / "local.env"
    if not local.exists():
        local.write_text("LOCAL=1\n")
    code = run_pytest(arguments)
    stop_test_servers()
    return code


def run_pytest(arguments: list[str]) -> int:
    """Run pytest once and return its exit code."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a child inherits what is ignored: pytest must hear Ctrl-C
    process = subprocess.Popen(pytest_command(arguments), cwd=ROOT)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C reaches pytest itself, which then ends
    signal.signal(signal.SIGTERM, lambda number, frame: process.send_signal(signal.SIGINT))
    return process.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
