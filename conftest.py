"""Set-up of all tests: the habits that must fail, the tools that may be missing, the test databases."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's synchronous API and the ORM share a thread

BASE = Path(__file__).resolve().parent
CI = bool(os.environ.get("CI"))
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
# marker -> (the program's path or None, Debian's package)
TOOLS = {
    "chromium": (CHROMIUM if os.access(CHROMIUM, os.X_OK) else None, "chromium"),
    "redis_server": (shutil.which("redis-server"), "redis-server"),
}


# -- tools that may be missing


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, or fail in CI, a test whose tool is not installed."""
    for marker, (program, package) in TOOLS.items():
        if item.get_closest_marker(marker) and program is None:
            reason = f"needs {package}: apt-get install {package}"
            if CI:
                pytest.fail(reason, pytrace=False)
            pytest.skip(reason)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the tests that a missing tool held back, and the line that would bring it."""
    missing = []
    for program, package in TOOLS.values():
        needed = f"needs {package}:"
        names = [report.nodeid for report in terminalreporter.stats.get("skipped", []) if needed in str(report.longrepr)]
        if program is None and names:
            terminalreporter.section(f"skipped without {package}")
            for name in names:
                terminalreporter.line(name)
            missing.append(package)
    if missing:
        terminalreporter.line(f"To run them: apt-get install {' '.join(missing)}")


# -- habits turned into failures


class UndefinedVariable(AssertionError):
    """A template of ours uses a variable that its view does not give."""


class FailOnUndefined(str):
    """Django asks for the truth of `string_if_invalid` whenever a variable is undefined: here we look at who asks.

    Templates of third parties lean on undefined variables, and so does `|default:` on purpose; ours must not otherwise.
    """

    __slots__ = ()

    def __bool__(self) -> bool:
        from django.template.base import FilterExpression, Node

        frame, expression = sys._getframe(1), None
        while frame is not None:
            owner = frame.f_locals.get("self")
            if expression is None and isinstance(owner, FilterExpression):
                expression = owner
            origin = getattr(owner, "origin", None) if isinstance(owner, Node) else None
            if origin is not None:
                break
            frame = frame.f_back
        else:
            return False
        ours = BASE in Path(origin.name).parents and BASE / ".venv" not in Path(origin.name).parents
        spared = expression is not None and any(function.__name__ in ("default", "default_if_none") for function, _ in expression.filters)
        if ours and not spared:
            name = expression.token if expression is not None else "?"
            raise UndefinedVariable(f"{origin.name}: « {name} » is undefined")
        return False


def pytest_configure(config: pytest.Config) -> None:
    """Make undefined template variables fail, and set up hypothesis."""
    from django.conf import settings
    from django.template import engines
    from hypothesis import settings as hypothesis

    settings.TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = FailOnUndefined()
    engines["django"].engine.string_if_invalid = FailOnUndefined()  # made already, by an app that starts
    hypothesis.register_profile("lincassable", deadline=None, derandomize=CI, print_blob=True)
    hypothesis.load_profile("lincassable")


# -- databases


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """Let the tests, and only them, empty the append-only tables between two tests; the rows of migrations stay.

    At the end, pages that a browser was still fetching when its test ended let go of the database.
    """
    from django.db import connection

    from tests.seeded_rows import install, set_aside

    with django_db_blocker.unblock():
        name = connection.ops.quote_name(connection.settings_dict["NAME"])
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER DATABASE {name} SET lincassable.allow_truncate = 'on'")
        set_aside(connection)
        connection.close()  # the setting holds for new connections
    install()
    yield
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            others = "datname = current_database() AND pid <> pg_backend_pid()"
            cursor.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")
        connection.close()


@pytest.fixture(autouse=True)
def _nothing_waits_from_the_test_before(request: pytest.FixtureRequest) -> None:
    """What an earlier test asked of the workers, and no worker took, is not done in a test that runs one."""
    marker = request.node.get_closest_marker("django_db")
    if marker and marker.kwargs.get("transaction"):
        from tests.worker import forget_tasks

        forget_tasks()


@pytest.fixture(scope="session", autouse=True)
def _files_of_tests(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Files that tests upload go to a folder of this run, not among the installation's own."""
    from django.conf import settings

    settings.MEDIA_ROOT = tmp_path_factory.mktemp("media")


@pytest.fixture(autouse=True)
def _fresh_cache() -> Iterator[None]:
    """Each test starts with an empty cache of its own process, in the default language, with the delivered texts of mails."""
    from django.core.cache import cache
    from django.utils import translation

    from lincassable.messaging.texts import live

    cache.clear()
    live.assume_none()
    yield
    translation.deactivate()


# -- browser

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-client-side-phishing-detection",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    "--no-pings",
    "--metrics-recording-only",
    "--disable-features=OptimizationHints,MediaRouter,Translate,AutofillServerCommunication,CertificateTransparencyComponentUpdater",
]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    """Debian's own chromium, without its background traffic."""
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": CHROMIUM_ARGUMENTS}


@pytest.fixture
def page(page: Page) -> Page:
    """Wait longer than Playwright does by itself: on a busy machine a page may take its time."""
    page.set_default_timeout(90_000)
    return page


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict) -> dict:
    """A phone in France."""
    phone = {"locale": "fr-FR", "timezone_id": "Europe/Paris", "viewport": {"width": 390, "height": 844}, "has_touch": True}
    return {**browser_context_args, **phone}
