"""What a coordinator may type in a text, what comes out of it, and what cannot be reached from it."""

import pytest
from django.utils import translation

from lincassable.messaging.texts.markup import bodies
from lincassable.messaging.texts.sandbox import Block, TextError, compile_text


@pytest.fixture(autouse=True)
def english():
    """Read what is said in English."""
    with translation.override("en"):
        yield


KNOWN = frozenset({"store", "date", "stops", "link", "nothing", "number"})


class Thing:
    """An object of ours, with something to steal."""

    secret = "stolen"

    def delete(self):
        raise AssertionError("called")

    def __str__(self):
        return "a thing"


STOPS = Block("stops", "<table><tr><td>A</td></tr></table>", "1. A")
VALUES = {"store": "Épicerie", "date": "12 mai", "stops": STOPS, "link": "https://example.org/a?b=c&d=(e)", "nothing": None, "number": 3}


def fill(source, **values):
    return compile_text(source, KNOWN).fill({**VALUES, **values})


def made(source, **values):
    return bodies(fill(source, **values), {"stops": STOPS})


@pytest.mark.parametrize(
    "source",
    [
        "{{ store.secret }}",
        "{{ store['secret'] }}",
        "{{ store.__class__ }}",
        "{{ store.__class__.__mro__[1].__subclasses__ }}",
        "{{ store.delete }}",
        "{{ self }}",
        "{{ __builtins__ }}",
        "{{ settings.SECRET_KEY }}",
        "{{ request.user }}",
        "{{ store | map: 'secret' }}",
        "{{ store | attr: 'secret' }}",
        "{{ store | safe }}",
        "{{ store | date: '%s' }}",
        "{{ store | replace: 'a', 'b' }}",
        "{% include 'mail/base.html' %}",
        "{% render 'mail/base.html' %}",
        "{% capture x %}{% endcapture %}",
        "{% liquid echo store %}",
        "{% echo store %}",
        "{% load i18n %}",
        "{% extends 'mail/base.html' %}",
        "{% import os %}",
        "{% for part in store.__dict__ %}{% endfor %}",
        "{% assign x = store.secret %}{{ x }}",
    ],
)
def test_nothing_but_words_can_be_reached(source):
    with pytest.raises(TextError):
        fill(source, store=Thing())


def test_a_value_assigned_to_another_name_has_no_parts_either():
    with pytest.raises(TextError):
        fill("{% assign x = store %}{{ x.secret }}", store=Thing())


@pytest.mark.parametrize(
    "source",
    [
        "{% for i in (1..100000000) %}x{% endfor %}",
        "{% for i in (1..500) %}{% for j in (1..500) %}x{% endfor %}{% endfor %}",
        "{% assign x = 'aaaaaaaaaa' %}{% for i in (1..100) %}{% assign x = x | append: x %}{% endfor %}",
        "{% for i in (1..400) %}" + "x" * 1000 + "{% endfor %}",
        "{% if true %}" * 200 + "{% endif %}" * 200,
        "x" * 20_001,
    ],
)
def test_what_would_grow_without_end_is_refused(source):
    with pytest.raises(TextError):
        fill(source)


@pytest.mark.parametrize("how", ["", "reversed", "limit: 2 offset: 9000000000000", "reversed limit: 2"])
def test_a_long_loop_is_refused_before_it_begins(how):
    with pytest.raises(TextError) as refused:
        fill(f"a\n{{% for i in (1..9000000000000) {how} %}}x{{% endfor %}}")
    assert refused.value.line == 2


@pytest.mark.parametrize(
    ("source", "line", "says"),
    [
        ("a\n{{ stroe }}", 2, "store"),
        ("a\n\n{{ unknown }}", 3, "unknown"),
        ("a\n{% if store %}b\nc", 2, "endif"),
        ("{% if store %}b{% endif %}\n{% if date %}\nc", 2, "endif"),
        ("a\n{{ store | shout }}", 2, "upcase"),
        ("a\nb\n{{ store", 3, "{{"),
        ("a\n{% endfor %}", 2, "endfor"),
        ("a\n{% if store == %}b{% endif %}", 2, ""),
        ("a\n{{ }}", 2, ""),
        ("a\n{% frobnicate %}", 2, "frobnicate"),
    ],
)
def test_a_fault_is_told_with_its_line(source, line, says):
    with pytest.raises(TextError) as refused:
        compile_text(source, KNOWN)
    assert refused.value.line == line
    assert says in str(refused.value)


def test_conditions_loops_and_filters():
    assert fill("{% if nothing %}a{% else %}b{% endif %}") == "b"
    assert fill("{% if number > 2 %}many{% endif %}") == "many"
    assert fill("{% for i in (1..3) %}{{ i }}{% endfor %}") == "123"
    assert fill("{{ store | upcase }}{{ nothing | default: 'x' }}") == "ÉPICERIEx"


def test_what_people_typed_elsewhere_is_never_mark_up():
    typed = "# [free money](https://evil.example) <b>*x*</b>\n\n- {{ secret }} \ue010stops\ue011"
    written = made("Hello {{ store }}", store=typed)
    assert "<a" not in written.html
    assert "<h1" not in written.html
    assert "<li" not in written.html
    assert "<b>" not in written.html
    assert "<table" not in written.html
    assert "# [free money](https://evil.example) <b>*x*</b>" in written.text
    assert "{{ secret }}" in written.text


def test_a_coordinator_types_no_html():
    written = made('<script>alert(1)</script> <img src="x" onerror="y">')
    assert "<script" not in written.html
    assert "<img" not in written.html
    assert "&lt;script&gt;" in written.html


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "/admin/", "mailto:a@b.c", "JaVaScRiPt:x", "vbscript:x"]
)
def test_links_lead_to_the_web_only(address):
    for source in ("Look [here]({{ link }}) now", "[here]({{ link }})"):
        written = made(source, link=address)
        assert "href" not in written.html
        assert address not in written.text
    assert "href" not in made(f"Look [here]({address}) now").html


def test_a_link_alone_is_a_button_and_goes_without_an_address():
    written = made("[Open it]({{ link }})")
    assert '<a class="button" href="https://example.org/a?b=c&amp;d=(e)">Open it</a>' in written.html
    assert written.text == "Open it:\nhttps://example.org/a?b=c&d=(e)"
    assert made("before\n\n[Open it]({{ nothing }})\n\nafter").text == "before\n\nafter"
    assert "button" not in made("Look at [this]({{ link }}).").html


def test_quotes_in_an_address_stay_in_it():
    written = made("[x]({{ link }})", link='https://e.org/"onmouseover="alert(1)')
    assert 'onmouseover="' not in written.html


def test_blocks_bring_their_own_mark_up():
    written = made("Before\n\n{{ stops }}\n\nAfter")
    assert "<p>Before</p>\n<table><tr><td>A</td></tr></table>\n<p>After</p>" in written.html
    assert written.text == "Before\n\n1. A\n\nAfter"


def test_titles_lists_notes_and_strong_words():
    written = made("# Hello {{ store }}\n\nOne **strong** word\nnext line\n\n> A note\n\n- a\n- b\n\n1. c\n2. d\n")
    assert "<h1>Hello Épicerie</h1>" in written.html
    assert "<strong>strong</strong> word<br>\nnext line" in written.html
    assert '<div class="note"><p>A note</p>' in written.html
    assert "<ul><li>a</li>\n<li>b</li>\n</ul>" in written.html
    assert written.text == "HELLO ÉPICERIE\n\nOne strong word\nnext line\n\nA note\n\n- a\n- b\n\n1. c\n2. d"
    assert written.preheader == "One strong word next line"


def test_an_empty_note_leaves_no_box():
    assert "note" not in made("a\n\n> {{ nothing }}\n\nb").html
