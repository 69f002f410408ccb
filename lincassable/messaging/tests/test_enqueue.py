"""Writing to the outbox: in the fact's transaction, once, in the recipient's language."""

import contextlib
import threading
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from django.template import TemplateDoesNotExist

from lincassable.messaging.models import Message
from lincassable.messaging.rendering import UndefinedVariable
from lincassable.messaging.services import Prepared, Recipient, enqueue, enqueue_many

CONTEXT = {"what": "Épicerie <b>d'à côté</b>", "when": datetime(2026, 7, 6, 5, 0, tzinfo=UTC)}
FR, EN = Recipient("ana@example.org", "Ana", "fr"), Recipient("bob@example.org", "Bob", "en")


def write(key="sample:1", to=FR, **others):
    return enqueue("sample", to=to, context=CONTEXT, dedupe_key=key, **others)


@pytest.mark.django_db(transaction=True)
def test_a_message_outside_a_transaction_is_refused():
    with pytest.raises(RuntimeError, match="atomic"):
        write()
    with pytest.raises(RuntimeError, match="atomic"):
        enqueue_many([])


@pytest.mark.django_db(transaction=True)
def test_a_fact_that_is_undone_leaves_no_message():
    with transaction.atomic():
        write()
        transaction.set_rollback(True)
    assert not Message.objects.exists()


@pytest.mark.django_db
def test_everything_about_a_message_is_kept():
    message = write(subject_kind="tour", subject_id=7, headers={"List-Id": "tours"})
    message.refresh_from_db()
    assert (message.kind, message.to_email, message.to_name, message.language) == ("sample", "ana@example.org", "Ana", "fr")
    assert (message.subject_kind, message.subject_id, message.headers, message.state) == ("tour", 7, {"List-Id": "tours"}, "waiting")


@pytest.mark.django_db
def test_each_recipient_reads_their_language_and_the_networks_time():
    french, english = write("fr"), write("en", EN)
    assert french.subject.startswith("Français ")
    assert english.subject.startswith("French ")
    assert "07:00" in french.text
    assert "07:00" in french.html
    assert "Ana fr" in french.text
    assert '<html lang="fr">' in french.html
    assert '<html lang="en">' in english.html


@pytest.mark.django_db
def test_html_is_escaped_and_text_is_not():
    message = write()
    assert "Épicerie <b>d'à côté</b> & 07:00" in message.text
    assert "<b>d" not in message.html
    assert "&lt;b&gt;" in message.html


@pytest.mark.django_db
def test_the_styles_of_the_layout_are_on_the_elements():
    html = write().html
    assert '<a class="button" href="http://localhost:8000/p/" style="' in html.replace("'", '"')
    assert "@media" in html


@pytest.mark.django_db
def test_a_subject_and_a_name_stay_on_one_line():
    to = Recipient("ana@example.org", "Ana\r\nBcc: everyone@example.org")
    message = enqueue("sample", to=to, context={**CONTEXT, "what": "one\r\nBcc: all@example.org\x00\u2028two"}, dedupe_key="k")
    assert message.subject == "Français one Bcc: all@example.org two"
    assert message.to_name == "Ana Bcc: everyone@example.org"


@pytest.mark.django_db
@pytest.mark.parametrize("headers", [{"X-A": "1\nBcc: all@example.org"}, {"X-A\n": "1"}, {"X A": "1"}, {"X-A": "a\rb"}])
def test_a_header_with_a_line_break_is_refused(headers):
    with pytest.raises(ValueError, match="header"):
        write(headers=headers)


@pytest.mark.django_db
def test_the_same_key_is_the_same_message_and_the_transaction_goes_on(django_capture_on_commit_callbacks):
    first = write()
    with django_capture_on_commit_callbacks() as asked:
        second = enqueue("sample", to=EN, context={**CONTEXT, "what": "other"}, dedupe_key="sample:1")
    assert second.pk == first.pk
    assert second.to_email == "ana@example.org"
    assert Message.objects.count() == 1
    assert asked == []


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "k" * 201])
def test_a_key_that_cannot_be_one_is_refused(key):
    with pytest.raises(ValueError, match="key"):
        write(key)


@pytest.mark.django_db(transaction=True)
def test_two_transactions_at_once_write_one_message():
    inside, ids = threading.Event(), []

    def second():
        inside.wait(10)
        with transaction.atomic():
            ids.append(write().pk)
        connection.close()

    thread = threading.Thread(target=second)
    thread.start()
    with transaction.atomic():
        ids.append(write().pk)
        inside.set()
        thread.join(0.3)  # it waits for this transaction
        assert thread.is_alive()
        assert len(ids) == 1
    thread.join(10)
    assert len(ids) == 2
    assert len(set(ids)) == 1
    assert Message.objects.count() == 1


@pytest.mark.django_db
def test_an_address_that_cannot_be_one_is_kept_for_a_coordinator_to_see(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as asked:
        message = write(to=Recipient("ana@@example\n.org"))
    assert message.state == Message.FAILED
    assert message.last_error
    assert asked == []


@pytest.mark.django_db
def test_a_variable_that_does_not_exist_fails():
    with pytest.raises(UndefinedVariable, match="when"):
        enqueue("sample", to=FR, context={"what": "x"}, dedupe_key="k")


@pytest.mark.django_db
def test_a_variable_that_does_not_exist_leaves_a_gap_and_a_log_line_in_production(settings, caplog):
    settings.TESTING = False
    message = enqueue("sample", to=FR, context={"what": "x"}, dedupe_key="k")
    assert "x & " in message.text
    assert "when" in caplog.text


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "fails"), [("defaulted", False), ("in_a_condition", False), ("in_a_sentence", True)])
def test_what_counts_as_undefined(name, fails):
    expected = pytest.raises(UndefinedVariable) if fails else contextlib.nullcontext()
    with expected:
        assert enqueue(name, to=FR, context={}, dedupe_key="k").subject == "nothing here"


@pytest.mark.django_db
def test_a_template_with_a_missing_part_is_refused():
    with pytest.raises(TemplateDoesNotExist):
        enqueue("nothing", to=FR, context={}, dedupe_key="k")


def prepared(keys):
    return (Prepared("sample", FR, CONTEXT, key) for key in keys)


@pytest.mark.django_db
def test_many_messages_are_written_once_each(django_capture_on_commit_callbacks, django_assert_max_num_queries):
    write("many:3")
    with django_capture_on_commit_callbacks() as asked, django_assert_max_num_queries(6):
        assert enqueue_many(prepared(f"many:{number % 450}" for number in range(460))) == 449
    assert Message.objects.count() == 450
    assert len(asked) == 1
    with django_capture_on_commit_callbacks() as asked:
        assert enqueue_many(prepared(f"many:{number}" for number in range(450))) == 0
    assert asked == []


@pytest.mark.django_db
def test_one_message_costs_one_query(django_assert_num_queries):
    with django_assert_num_queries(1):
        write()
