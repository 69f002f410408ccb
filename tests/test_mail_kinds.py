"""Every kind of mail of the tree can be edited: it is registered, its variables say something, and its delivered text is offered whole."""

import re
from html import unescape
from pathlib import Path

import pytest
from django.template import Context
from django.utils import translation
from django.utils.html import strip_tags

from lincassable.messaging import rendering
from lincassable.messaging.kinds import all_kinds, kind_of
from lincassable.messaging.texts import previews, services
from lincassable.messaging.texts.compose import value_of
from lincassable.messaging.texts.sandbox import compile_text

MAILS = Path(__file__).resolve().parent.parent / "templates" / "mail"
FILES = sorted(path.name.removesuffix(".subject.txt") for path in MAILS.glob("*.subject.txt"))
# Written anew for each of them, with an editor of their own.
WRITTEN_ELSEWHERE = {"mailing"}
KINDS = [name for name in FILES if name not in WRITTEN_ELSEWHERE]
LANGUAGES = ("fr", "en")
both = [(name, language) for name in KINDS for language in LANGUAGES]


def test_every_kind_of_mail_is_registered_and_no_other():
    assert {kind.name for kind in all_kinds()} == set(KINDS)


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_says_what_it_is_for_to_whom_and_when(name):
    kind = kind_of(name)
    for language in LANGUAGES:
        with translation.override(language):
            assert all(str(text).strip() for text in (kind.label, kind.to, kind.when))
            assert all(str(variable.label).strip() for variable in kind.by_name.values())
    assert bool(kind.subject) == bool(kind.preview)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", variable) for variable in kind.by_name)


@pytest.mark.parametrize("name", KINDS)
def test_texts_are_put_into_the_frame_of_the_network(name):
    for ending in ("html", "txt"):
        assert (MAILS / f"{name}.{ending}").read_text().startswith(f'{{% extends "mail/base.{ending}" %}}')


@pytest.mark.parametrize(("name", "language"), both)
def test_each_variable_says_something_on_the_sample(name, language):
    kind, to = kind_of(name), services.sample_recipient(language)
    with rendering.speaking_to(to):
        context = rendering.complete(to, kind.sample())
        for variable in kind.variables:
            assert value_of(rendering.engine(), variable, context), f"{name}: {variable.name} is empty on the sample"


@pytest.mark.parametrize(("name", "language"), both)
def test_the_delivered_text_can_be_edited_and_says_the_same(name, language):
    kind, to = kind_of(name), services.sample_recipient(language)
    draft = previews.delivered_source(kind, language)
    services.check(kind, language, draft.subject, draft.body)
    compiled = compile_text(draft.subject, kind.known, subject=True), compile_text(draft.body, kind.known)
    edited = rendering.render_text(name, *compiled, to, kind.sample())
    delivered = rendering.render_delivered(name, to, kind.sample())
    assert edited.subject == delivered.subject
    assert words(edited.html) == words(delivered.html)
    assert compiled[1].used or name == "test", "nothing of the mail's own is offered"


def words(html):
    """Return the words that are read in the frame of a mail."""
    return re.findall(r"\w+", unescape(strip_tags(html[html.index('role="main"') :].replace("<", " <"))))


@pytest.mark.parametrize(("name", "language"), both)
def test_the_plain_text_has_every_address_of_the_html(name, language):
    kind, to = kind_of(name), services.sample_recipient(language)
    mail = rendering.render_delivered(name, to, kind.sample())
    for address in re.findall(r'class="button[^"]*" href="([^"]+)"', mail.html):
        assert address.replace("&amp;", "&") in mail.text


def test_the_words_of_variables_are_those_of_the_files():
    """A variable's sentence that no file has any more would not be translated."""
    kept = "".join(path.read_text() for path in MAILS.iterdir())
    flat = re.sub(r"\s+", " ", kept)
    for kind in all_kinds():
        for variable in kind.variables:
            for source in (variable.source, variable.text):
                for sentence in re.findall(r'{% translate "([^"]+)"', source):
                    assert f'"{sentence}"' in flat, f"{kind.name}.{variable.name}: {sentence}"
                for sentence in re.findall(r"{% blocktranslate[^%]*%}(.*?){% (?:end|plural)", source):
                    assert sentence.strip() in flat, f"{kind.name}.{variable.name}: {sentence}"


def test_a_context_is_never_given_to_a_text():
    kind = kind_of("tour_confirmed_store")
    assert not {"tour", "stop", "place_object"} & kind.known - {"place"}
    with translation.override("fr"):
        assert isinstance(value_of(rendering.engine(), kind.by_name["place"], Context(kind.sample()).flatten()), str)


@pytest.mark.parametrize("name", FILES)
def test_a_kind_has_its_pictures_and_its_place_in_the_docs(name):
    docs = MAILS.parent.parent / "docs"
    sheet = (docs / "mails.md").read_text()
    assert f"(`{name}`)" in sheet, "run docs/pictures/take_mails.py"
    for width in (360, 800):
        assert f"pictures/mails/{name}-{width}.webp" in sheet
        assert (docs / "pictures" / "mails" / f"{name}-{width}.webp").stat().st_size > 500


def test_the_docs_show_no_mail_that_is_gone():
    shown = {path.stem.rpartition("-")[0] for path in (MAILS.parent.parent / "docs" / "pictures" / "mails").glob("*.webp")}
    assert shown == set(FILES)
