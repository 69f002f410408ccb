"""`python -m lincassable.embedded.stop`: stop the embedded servers that `manage.py` or the tests have left running."""

from __future__ import annotations

from lincassable.embedded.bootstrap import VAR, check_not_running
from lincassable.embedded.postgres import EmbeddedPostgres
from lincassable.embedded.testruns import TestRun
from lincassable.embedded.valkey import EmbeddedValkey


def stop_servers_of(prefix: str) -> None:
    """Stop both servers whose folders under `var/` begin with `prefix` ("" or "test-")."""
    EmbeddedValkey(VAR / f"{prefix}valkey").stop()
    EmbeddedPostgres(VAR / f"{prefix}pg").stop()


def stop_test_servers() -> None:
    """Stop the servers of the tests, unless a run still uses them."""
    with TestRun(VAR).if_nobody_else() as alone:
        if alone:
            stop_servers_of("test-")


if __name__ == "__main__":
    check_not_running()
    stop_servers_of("")
    stop_test_servers()
