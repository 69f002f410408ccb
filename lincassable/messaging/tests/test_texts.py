"""Texts of coordinators: used when there are, kept as versions, refused when broken, and never the reason why a mail is lost."""

import re
import threading
from types import SimpleNamespace
from typing import NamedTuple

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import translation

from lincassable.messaging import kinds, sealing
from lincassable.messaging.kinds import Kind, Variable, block
from lincassable.messaging.models import MailText, MailTextFault
from lincassable.messaging.services import Prepared, Recipient, enqueue, enqueue_many
from lincassable.messaging.texts import faults, live, previews, services

FR, EN = Recipient("ana@example.org", "Ana", "fr"), Recipient("bob@example.org", "Bob", "en")


class By(NamedTuple):
    kind: str = "user"
    id: int | None = 7


def sample():
    return {"place": SimpleNamespace(name="Épicerie"), "link": "https://example.org/p/", "unsubscribe_url": "https://example.org/stop/"}


KIND = Kind(
    "edited",
    "Edited",
    "somebody",
    "sometimes",
    (
        Variable("place", "name of the place", "{{ place.name }}"),
        Variable("link", "address", "{{ link }}"),
        Variable("length", "how long its name is", "{{ place.name|length }}", number=True),
        block("list", "the list", "<ul><li>{{ place.name }}</li></ul>", "- {{ place.name }}"),
    ),
    sample,
)
BODY = "# Bonjour {{ place }}\n\n{{ greeting }}\n\n{{ list }}\n\n[Ouvrir]({{ link }})\n"


@pytest.fixture(autouse=True)
def edited_kind(monkeypatch, db):
    """A kind of mail of these tests; the texts in use are read from the database."""
    monkeypatch.setitem(kinds._kinds, "edited", KIND)
    faults._told.clear()
    live.forget()
    with translation.override("en"):
        yield
    live.assume_none()


def write(to=FR, key="k", **context):
    return enqueue("edited", to=to, context={**sample(), **context}, dedupe_key=key)


def save(subject="Pour {{ place }}", body=BODY, language="fr", seen=0):
    return services.save("edited", language, subject=subject, body=body, seen=seen, by=By())


def test_without_a_text_the_mail_is_the_delivered_one():
    message = write()
    assert message.subject == "Delivered: Épicerie"
    assert "Delivered to Épicerie" in message.html


def test_the_saved_text_is_used_in_its_language_with_the_delivered_frame_and_foot():
    save()
    french, english = write(), write(EN, "k2")
    assert french.subject == "Pour Épicerie"
    assert "<h1" in french.html
    assert "Bonjour Épicerie" in french.html
    assert "Bonjour Ana," in french.text
    assert re.search(r"<ul[^>]*><li>Épicerie</li></ul>", french.html)
    assert 'href="https://example.org/p/"' in french.html
    assert 'href="https://example.org/stop/"' in french.html
    assert "Stop: https://example.org/stop/" in french.text
    assert "delivered" not in french.html
    assert english.subject == "Delivered: Épicerie"
    save(subject="For {{ place }}", language="en")
    assert write(EN, "k3").subject == "For Épicerie"


def test_words_are_escaped_and_a_subject_stays_on_one_line():
    save()
    message = write(place=SimpleNamespace(name="<b>*x*</b>\r\nBcc: all@example.org"))
    assert message.subject == "Pour <b>*x*</b> Bcc: all@example.org"
    assert "&lt;b&gt;*x*&lt;/b&gt;" in message.html
    assert "<em" not in message.html


def test_one_mail_costs_no_question_about_its_text(django_assert_num_queries):
    save()
    write(key="first")
    with django_assert_num_queries(1):
        write(key="second")
    with django_assert_num_queries(2):
        enqueue_many(Prepared("edited", FR, sample(), f"many:{number}") for number in range(100))


def test_a_text_is_compiled_once(monkeypatch):
    save()
    write(key="first")
    monkeypatch.setattr(live, "compile_text", lambda *_args, **_kwargs: pytest.fail("compiled again"))
    live.forget()
    assert write(key="second").subject == "Pour Épicerie"


@pytest.mark.parametrize(
    ("subject", "body", "field", "says"),
    [
        ("{{ nobody }}", BODY, "subject", "nobody"),
        ("x", "a\n\n{{ plase }}", "body", "Line 3"),
        ("x", "a\n{% if place %}", "body", "Line 2"),
        ("x", "a\n[x](javascript:alert)", "body", "Line 2"),
        ("x", "   ", "body", "Write"),
        ("a\nb", BODY, "subject", "one line"),
        ("{% if false %}x{% endif %}", BODY, "subject", "subject is empty"),  # told to who writes, whatever the mail's language
        ("{% for i in (1..600) %}x{% endfor %}", BODY, "subject", "too long"),
        ("x", "{% if false %}x{% endif %}", "body", "text is empty"),
        ("x" * 251, BODY, "subject", "too long"),
        ("x", "{{" * 9_000, "body", "too many variables"),
    ],
)
def test_a_broken_text_is_refused_and_the_last_good_one_stays(subject, body, field, says):
    save()
    with pytest.raises(ValidationError) as refused:
        save(subject, body, seen=1)
    assert says in " ".join(refused.value.message_dict[field])
    assert MailText.objects.count() == 1
    assert write().subject == "Pour Épicerie"


def test_a_text_with_somebodys_personal_link_is_refused(monkeypatch):
    monkeypatch.setattr(sealing, "_secrets", {})
    sealing.register_secret("code", re.compile(r"(s3cret\d+)"), reference=lambda code: code[6:], secret=lambda number: f"s3cret{number}")
    with pytest.raises(ValidationError) as refused:
        save(body="Come: https://example.org/p/s3cret42/")
    assert "personal link" in str(refused.value)


def test_a_text_that_fails_at_sending_leaves_with_the_delivered_words_and_is_told_once(
    django_capture_on_commit_callbacks, monkeypatch, settings
):
    settings.TESTING = False  # in tests a gap in the delivered text fails too
    text, told = save(), []
    monkeypatch.setattr(faults, "_listeners", [told.append])
    with django_capture_on_commit_callbacks(execute=True):
        message = write(key="a", place=None)  # the variable is gone
        other = write(key="b", place=None)
    assert message.subject == other.subject == "Delivered:"
    assert MailTextFault.objects.get().text == text
    assert len(told) == 1
    assert write(key="c").subject == "Pour Épicerie"


def test_a_variable_that_goes_away_with_an_update_does_not_stop_the_mails(monkeypatch, django_capture_on_commit_callbacks):
    save()
    fewer = Kind("edited", "Edited", "somebody", "sometimes", (), sample)
    monkeypatch.setitem(kinds._kinds, "edited", fewer)
    live.forget()
    live._table.texts = {}
    with django_capture_on_commit_callbacks(execute=True):
        assert write().subject == "Delivered: Épicerie"
    assert "link" in MailTextFault.objects.get().error or "place" in MailTextFault.objects.get().error


def test_versions_are_kept_restored_and_the_delivered_text_comes_back():
    save("One {{ place }}")
    save("Two {{ place }}", seen=1)
    assert write(key="a").subject == "Two Épicerie"
    third = services.restore("edited", "fr", 1, seen=2, by=By(id=9))
    assert (third.number, third.restores, third.by_id) == (3, 1, 9)
    assert write(key="b").subject == "One Épicerie"
    services.deliver_again("edited", "fr", seen=3, by=By())
    assert write(key="c").subject == "Delivered: Épicerie"
    services.restore("edited", "fr", 2, seen=4, by=By())
    assert write(key="d").subject == "Two Épicerie"
    assert [row.number for row in MailText.objects.order_by("number")] == [1, 2, 3, 4, 5]


def test_the_same_text_again_is_no_version():
    first = save()
    assert save(seen=1) == first
    assert MailText.objects.count() == 1


def test_the_second_of_two_at_once_is_told():
    save("Mine {{ place }}")
    with pytest.raises(ValidationError) as late:
        save("Theirs {{ place }}", seen=0)
    assert late.value.code == services.STALE
    for act in (
        lambda: services.restore("edited", "fr", 1, seen=0, by=By()),
        lambda: services.deliver_again("edited", "fr", seen=0, by=By()),
    ):
        with pytest.raises(ValidationError):
            act()
    assert write().subject == "Mine Épicerie"


@pytest.mark.django_db(transaction=True)
def test_two_who_save_in_the_same_instant_make_one_version():
    together, outcomes = threading.Barrier(2, timeout=20), []

    def one(name):
        try:
            together.wait()
            save(f"{name} {{{{ place }}}}")
            outcomes.append("saved")
        except ValidationError as error:
            outcomes.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=[name]) for name in ("Ana", "Bob")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["saved", services.STALE]
    assert MailText.objects.count() == 1


def test_an_unknown_kind_or_language_is_refused():
    for kind, language in (("nothing", "fr"), ("edited", "de")):
        with pytest.raises(ValidationError):
            services.save(kind, language, subject="x", body="y", seen=0, by=By())


def test_the_delivered_text_is_offered_with_its_variables():
    draft = previews.delivered_source(KIND, "en")
    assert draft.subject == "Delivered: {{ place }}"
    assert draft.body == "# Delivered to {{ place }}\n\n[Open]({{ link }})\n"


def test_the_database_keeps_two_versions_from_one_number_and_empty_texts_out():
    save()
    for fields in (
        {"number": 1, "subject": "x", "body": "y"},
        {"number": 2},
        {"number": 2, "delivered": True, "subject": "x", "body": "y"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            MailText.objects.create(kind="edited", language="fr", by_kind="user", **fields)
