"""The guards of conftest.py and of the layout really bite."""

from __future__ import annotations

import re
import subprocess
import sys
import warnings
from datetime import datetime
from pathlib import Path

import pytest
from django.template import Context, engines
from django.template.base import Origin, Template

ROOT = Path(__file__).resolve().parent.parent


def render(text: str, path: Path, **context: object) -> str:
    engine = engines["django"].engine
    return Template(text, origin=Origin(str(path)), engine=engine).render(Context(context))


OURS = ROOT / "templates" / "portal" / "home.html"
THEIRS = ROOT / ".venv" / "lib" / "unfold" / "index.html"


@pytest.mark.parametrize("text", ["{{ missing }}", "{{ store.missing }}", "{{ missing|upper }}", "{% with a=missing %}{% endwith %}"])
def test_an_undefined_variable_in_a_template_of_ours_fails(text: str) -> None:
    with pytest.raises(AssertionError, match="missing"):
        render(text, OURS, store=object())


@pytest.mark.parametrize("text", ["{{ missing }}", "{{ missing|default:'' }}"])
def test_an_undefined_variable_in_a_third_party_template_is_empty(text: str) -> None:
    assert render(text, THEIRS) == ""


@pytest.mark.parametrize("text", ["{{ missing|default:'–' }}", "{% if missing %}x{% else %}–{% endif %}", "{% firstof missing '–' %}"])
def test_what_is_optional_on_purpose_may_be_undefined(text: str) -> None:
    assert render(text, OURS) == "–"


def test_a_warning_is_an_error() -> None:
    with pytest.raises(UserWarning, match="careful"):
        warnings.warn("careful", stacklevel=1)


@pytest.mark.django_db
def test_a_time_without_a_zone_fails() -> None:
    from lincassable.messaging.models import TaskRun

    with pytest.raises(RuntimeWarning, match="naive datetime"):
        TaskRun.objects.create(name="x", started_at=datetime(2026, 1, 1))


@pytest.mark.parametrize("program", [["-c"], ["manage.py", "shell", "-v", "0", "-c"], ["-m", "celery", "--version", "-c"]])
def test_the_folder_collections_never_hides_pythons_own(program: list[str]) -> None:
    if "celery" in program:
        command = [sys.executable, "-c", "import lincassable.celery, collections; print(collections.__file__)"]
    else:
        command = [sys.executable, *program, "import collections; print(collections.__file__)"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=None, timeout=60)
    assert done.stdout.strip().endswith("collections/__init__.py"), done.stderr
    assert not done.stdout.startswith(str(ROOT))
    assert not (ROOT / "collections" / "__init__.py").exists()


def run_pytest(folder: Path, **environment: str) -> subprocess.CompletedProcess:
    (folder / "test_tool.py").write_text(
        "import pytest\n@pytest.mark.chromium\ndef test_needs_a_browser():\n    pass\n"
        "@pytest.mark.redis_server\ndef test_needs_redis():\n    pass\n"
    )
    import os

    kept = {name: value for name, value in os.environ.items() if name not in ("CI", "CHROMIUM") and not name.startswith("PYTEST")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", str(ROOT / "pytest.ini"), "--rootdir", str(ROOT)]
    command += ["-p", "conftest", str(folder)]
    environment = {**kept, "CHROMIUM": "/nonexistent/chromium", "PATH": "/nonexistent", "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment, timeout=120)


def test_without_their_tools_tests_are_skipped_and_named_with_the_apt_line(tmp_path: Path) -> None:
    done = run_pytest(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 skipped" in done.stdout
    assert "test_needs_a_browser" in done.stdout
    assert "test_needs_redis" in done.stdout
    assert "apt-get install chromium redis-server" in done.stdout


def test_in_ci_a_missing_tool_is_a_failure(tmp_path: Path) -> None:
    done = run_pytest(tmp_path, CI="1")
    assert done.returncode == 1
    assert "2 errors" in done.stdout
    assert "apt-get install redis-server" in done.stdout


@pytest.mark.django_db(transaction=True)
def test_a_test_that_empties_all_tables_comes_first() -> None:
    from django.contrib.auth.models import Group

    assert Group.objects.exists()
    Group.objects.all().delete()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_what_migrations_wrote_is_there_again_for_the_next_ones(turn: int) -> None:
    from django.contrib.auth.models import Group, Permission

    from crates.models import ContainerType

    assert ContainerType.objects.exists()
    coordinators = Group.objects.filter(permissions__in=Permission.objects.filter(codename="view_store")).distinct()
    assert coordinators.exists()


def test_what_maps_say_of_a_place_is_never_taken_for_html() -> None:
    """Leaflet makes HTML of a text: tooltips and popups get elements, made when they open or right there (`word`)."""
    found = [
        f"{file.name}: {argument}"
        for file in sorted((ROOT / "static" / "app").glob("*.js"))
        for argument in re.findall(r"bind(?:Tooltip|Popup)\((.{0,40})", file.read_text().replace(".bind", "\n.bind"))
        if not argument.startswith(("() =>", "word("))
    ]
    assert found == []
