"""What every template of ours keeps to: no inline code or style, nothing from another server; pages that stand without a context."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django import forms
from django.template.loader import get_template, render_to_string
from django.test import RequestFactory
from django.utils import translation

from lincassable import pwa
from lincassable.widgets import StepperInput

BASE = Path(__file__).resolve().parent.parent
OURS = [
    path
    for folder in ("templates", "lincassable", "stores", "collections", "awareness")
    for path in sorted((BASE / folder).rglob("*.html"))
    if "tests" not in path.parts
]
MAILS = BASE / "templates" / "mail"
PAGES = [path for path in OURS if MAILS not in path.parents]
COMMENT = re.compile(r"{% comment %}.*?{% endcomment %}|{#.*?#}", re.S)


def text_of(path: Path) -> str:
    """The template without its comments."""
    return COMMENT.sub("", path.read_text(encoding="utf-8"))


def name_of(path: Path) -> str:
    """How pytest calls a template."""
    return str(path.relative_to(BASE))


def test_there_are_templates_to_look_at():
    assert len(PAGES) > 20


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_a_page_holds_no_inline_script_style_or_handler(path):
    text = text_of(path)
    assert not re.search(r"\sstyle\s*=", text)
    assert "<style" not in text
    assert not re.search(r"<[^>]*\son[a-z]+\s*=", text), "an on…= handler is blocked by the content policy"
    for script in re.findall(r"<script\b[^>]*>", text):
        assert "src=" in script or 'type="application/json"' in script
    assert "javascript:" not in text


@pytest.mark.parametrize("path", OURS, ids=name_of)
def test_a_template_loads_nothing_from_another_server(path):
    for tag in re.findall(r"<(?:script|link|img|iframe|source|use|video|audio)\b[^>]*>", text_of(path)):
        assert not re.search(r"=\s*[\"'](?:https?:)?//", tag), tag


@pytest.mark.parametrize("path", sorted((BASE / "templates" / "components").glob("*.html")), ids=name_of)
def test_a_component_says_what_it_takes(path):
    assert path.read_text(encoding="utf-8").startswith("{% comment %}")


@pytest.mark.parametrize("path", OURS, ids=name_of)
def test_a_template_can_be_compiled(path):
    folder = next(parent for parent in path.parents if parent.name == "templates")
    get_template(str(path.relative_to(folder)))


@pytest.mark.parametrize("page", ["400", "403", "404", "500", "403_csrf"])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_an_error_page_stands_without_any_context(page, language):
    with translation.override(language):
        html = render_to_string(f"{page}.html")
    assert f'<html lang="{language}">' in html
    assert 'id="main"' in html


@pytest.mark.parametrize("page", ["notice", "privacy", "accessibility"])
def test_a_legal_page_names_the_operator_and_shows_the_table(page):
    operator = {"name": "Consigne des Collines", "email": "bonjour@collines.example"}
    rows = [{"what": "address of a contact", "purpose": "pickups", "retention": "three years"}]
    html = render_to_string(f"legal/{page}.html", {"operator": operator, "personal_data": rows, "site_name": "Lincassable"})
    assert "Consigne des Collines" in html
    assert ("three years" in html) == (page == "privacy")


def test_the_stock_bar_draws_full_over_everything_and_says_it_in_words():
    with translation.override("en"):
        html = render_to_string("components/stock_bar.html", {"label": "75 cl crate", "full": 14, "empty": 6, "capacity": 30})
    assert 'viewBox="0 0 30 10"' in html
    assert 'class="stock-bar-empty" width="20"' in html
    assert 'class="stock-bar-full" width="14"' in html
    assert "is-over" not in html
    assert "room for 30" in html


@pytest.mark.parametrize(("full", "empty", "capacity", "box"), [(40, 5, 30, 45), (0, 0, 0, 1), (3, 0, None, 3)])
def test_the_stock_bar_stands_overflow_and_unknown_capacity(full, empty, capacity, box):
    html = render_to_string("components/stock_bar.html", {"label": "crate", "full": full, "empty": empty, "capacity": capacity})
    assert f'viewBox="0 0 {box} 10"' in html
    assert ("is-over" in html) == (full == 40)


def test_a_timeline_marks_the_current_step():
    steps = [
        {"state": "done", "label": "asked"},
        {"state": "current", "label": "planned", "when": "Monday"},
        {"state": "coming", "label": "fetched"},
    ]
    html = render_to_string("components/timeline.html", {"steps": steps})
    assert html.count("aria-current") == 1
    assert html.count("<li") == 3


class CrateForm(forms.Form):
    """A form as the phone pages have them."""

    full = forms.IntegerField(label="full crates", widget=StepperInput({"max": 60}))


def test_a_stepper_is_a_number_field_that_works_by_itself():
    html = str(CrateForm(initial={"full": 14})["full"])
    assert 'type="number"' in html
    assert 'inputmode="numeric"' in html
    assert 'max="60"' in html
    assert 'value="14"' in html
    assert html.count("hidden") >= 2  # the buttons wait for the script that makes them work


def test_the_summary_of_errors_leads_to_each_field():
    html = render_to_string("components/form_errors.html", {"form": CrateForm({"full": "many"})})
    assert 'href="#id_full"' in html
    assert "<li" not in render_to_string("components/form_errors.html", {"form": CrateForm({"full": "3"})})


def test_the_service_worker_keeps_our_files_and_changes_name_with_them():
    request = RequestFactory().get("/p/sw.js")
    response = pwa.service_worker(request, start_url="/p/", pages=["/p/declarer/"])
    text = response.content.decode()
    assert response["Content-Type"].startswith("text/javascript")
    assert response["Cache-Control"] == "no-cache"
    assert '"/static/app/outbox.js"' in text
    assert '["/p/", "/p/declarer/"]' in text
    assert "{%" not in text
    other = pwa.service_worker(request, start_url="/p/", pages=["/p/declarer/"], assets=pwa.PHONE_ASSETS[:-1])
    assert other.content != response.content
    assert pwa.service_worker(request, start_url="/p/", pages=["/p/declarer/"]).content == response.content


def test_the_manifest_names_icons_that_exist():
    content = pwa.manifest(RequestFactory().get("/p/"), start_url="/p/", name="Ma consigne", short_name="Consigne")
    import json

    icons = json.loads(content.content)["icons"]
    assert len(icons) == 3
    for icon in icons:
        assert (BASE / icon["src"].removeprefix("/")).exists()


def test_what_the_worker_keeps_exists_and_covers_the_phone_page():
    for name in pwa.PHONE_ASSETS:
        assert (BASE / "static" / name).exists()
    loaded = set(
        re.findall(
            r"{% static '([^']+\.(?:js|css))' %}", "".join((BASE / "templates" / n).read_text() for n in ("base.html", "base_phone.html"))
        )
    )
    assert loaded <= set(pwa.PHONE_ASSETS)


def test_vendored_files_name_no_missing_map_and_carry_their_licence():
    vendor = BASE / "static" / "vendor"
    for path in [*vendor.rglob("*.js"), *vendor.rglob("*.css"), *(BASE / "static" / "app").glob("*.js")]:
        text = path.read_text(encoding="utf-8")
        assert "sourceMappingURL" not in text, path
        for target in re.findall(r"url\(\"?'?([^)\"']+)", text) if path.suffix == ".css" else []:
            assert target.startswith(("data:", "#")) or (path.parent / target).exists(), target
    for folder in vendor.iterdir():
        assert (folder / "LICENSE").exists(), folder.name


def test_each_icon_that_a_template_names_is_in_the_sprite():
    known = set(re.findall(r'<symbol id="([^"]+)"', (BASE / "static" / "app" / "icons.svg").read_text()))
    for path in OURS:
        used = set(re.findall(r'components/icon\.html" with name="([^"]+)"', text_of(path)))
        assert used <= known, f"{name_of(path)}: {used - known}"


def test_the_mail_frame_needs_no_image_and_no_table():
    html = render_to_string("mail/base.html", {"site_name": "Lincassable"})
    assert "<img" not in html
    assert "<table" not in html
    assert "prefers-color-scheme: dark" in html
    assert "url(" not in html
