"""Run several processes as one command, and stop them one way: all of them, gently.

Why not honcho: it ends whole process groups (Celery's children die in the middle of a task), kills after 5 s, and leaves
the others running when it is itself killed.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

PR_SET_PDEATHSIG = 1
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """A stop signal came before everything had started. Not an Exception: nothing on the way may swallow it."""


def _in_child() -> None:
    os.setsid()  # Ctrl-C in the terminal reaches only the runner
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)  # runner killed -9: its children end too


class Runner:
    """Starts named commands, watches them, stops them in order. One object per program: it takes over the stop signals."""

    def __init__(self, *, cwd: Path, grace: float = 20.0) -> None:
        """`grace`: seconds that a process has to finish what it does, after which it is killed."""
        self.cwd, self.grace = cwd, grace
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.stop_asked = False
        self.watching = False
        for number in STOP_SIGNALS:
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup keeps its meaning
                signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: object) -> None:
        first, self.stop_asked = not self.stop_asked, True
        if first and not self.watching:
            raise Stopped

    def step(self, *command: str) -> tuple[int, str]:
        """Run one command to its end; return its exit code and its output (what it says on standard error is shown)."""
        process = subprocess.Popen(command, cwd=self.cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, preexec_fn=_in_child)
        try:
            output, _ = process.communicate()
        except BaseException:
            process.terminate()
            process.wait()
            raise
        return process.returncode, output.decode(errors="replace")

    def watch(self, commands: dict[str, list[str]], when_started: Callable[[], None]) -> int:
        """Start `commands`, call `when_started` meanwhile, and return when a signal comes (0) or one of them ends (1).

        `when_started` must return soon after `stop_asked` is true. All processes are stopped on return.
        """
        self.watching = True
        if self.stop_asked:
            return 0
        try:
            for name, command in commands.items():
                self.processes[name] = subprocess.Popen(command, cwd=self.cwd, stdin=subprocess.DEVNULL, preexec_fn=_in_child)
            when_started()
            while not self.stop_asked:
                if ended := self.ended():
                    print(f"{ended} ended unexpectedly (code {self.processes[ended].returncode}): stopping.", file=sys.stderr, flush=True)
                    return 1
                time.sleep(0.2)
            print("\nStopping …", flush=True)
            return 0
        finally:
            self._stop_all()

    def ended(self) -> str | None:
        """Return the name of a process that is no longer running, or None."""
        return next((name for name, process in self.processes.items() if process.poll() is not None), None)

    def _stop_all(self) -> None:
        for process in self.processes.values():
            if process.poll() is None:
                process.terminate()  # the main process only, never the group
        deadline = time.monotonic() + self.grace
        for name, process in self.processes.items():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                print(f"{name} did not end within {self.grace:.0f} s: killed.", file=sys.stderr, flush=True)
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
