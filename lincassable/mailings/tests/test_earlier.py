"""The very same words reach an address once, whatever the number of mailings that say them."""

from __future__ import annotations

import datetime as dt
import importlib
import threading
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from PIL import Image

from lincassable.accounts import privacy
from lincassable.accounts.privacy import Identity
from lincassable.mailings import earlier, services
from lincassable.mailings.enums import Progress, Reason, State
from lincassable.mailings.models import Mailing, MailingFile, MailingRecipient
from lincassable.mailings.services import batches
from lincassable.mailings.tests.factories import BY, begun, letter, people, sent
from lincassable.messaging import addresses, delivery
from lincassable.messaging.models import Message
from stores.models import Contact


def chosen(mailing: Mailing) -> list[str]:
    """Who would get it now."""
    return [person.email for person in earlier.audience_for(mailing).chosen]


def to(email: str) -> int:
    """How many messages are or were under way to an address, but for those given up or withdrawn."""
    return Message.objects.filter(to_email=email).exclude(state__in=[Message.FAILED, Message.CANCELLED]).count()


@pytest.mark.django_db
def test_a_copy_reaches_only_those_who_have_not_had_it_and_says_who_is_left_out():
    first, second = people(2)
    original = sent(letter())
    (late,) = Contact.objects.bulk_create([Contact(store=first.store, name="Neuve", email="neuve@x.example")])
    copy = services.begin("Copie", by=BY, like=original)
    found = earlier.audience_for(copy)
    assert [person.email for person in found.chosen] == [late.email]
    assert found.already_had == 2
    services.schedule(copy, None, by=BY, expected=1)
    services.run()
    assert [to(each.email) for each in (first, second, late)] == [1, 1, 1]
    left_out = copy.recipients.filter(progress=Progress.LEFT_OUT)
    assert set(left_out.values_list("email", "reason")) == {(each.email, Reason.ALREADY_HAD) for each in (first, second)}


CHANGES = [
    {"subject_fr": "Bonjour !"},
    {"body_fr": "Le texte, corrigé."},
    {"body_fr": "Le texte. {{ day }}", "fields": [{"name": "day", "label": "Jour"}], "values": {"day": {"fr": "lundi"}}},
]


@pytest.mark.django_db
@pytest.mark.parametrize("changes", CHANGES)
def test_with_another_word_it_is_another_text(changes):
    (contact,) = people(1)
    sent(letter())
    assert chosen(letter(**changes)) == [contact.email]


SAME = [
    {"name": "Un autre nom"},
    {"body_fr": "Le texte.\r\n"},
    {"fields": [{"name": "day", "label": "Jour"}], "values": {"day": {"fr": "lundi"}}},  # no text uses it
    {"subject_en": "Hi", "body_en": "Another text."},  # readers of French would read the same
]


@pytest.mark.django_db
@pytest.mark.parametrize("changes", SAME)
def test_what_readers_do_not_see_does_not_make_it_another_text(changes):
    people(1)
    sent(letter())
    assert chosen(letter(**changes)) == []


@pytest.mark.django_db
def test_values_and_files_count_by_content():
    people(1)
    field = {"fields": [{"name": "day", "label": "Jour"}], "subject_fr": "{{ day }}", "subject_en": "{{ day }}"}
    sent(letter(**field, values={"day": {"fr": "lundi", "en": ""}}))
    assert chosen(letter(**field, values={"day": {"fr": " lundi "}})) == []
    assert len(chosen(letter(**field, values={"day": {"fr": "mardi"}}))) == 1
    picture = BytesIO()
    Image.new("RGB", (20, 20), "red").save(picture, "PNG")
    with_file = letter(body_fr="Voir la photo.")
    services.add_file(with_file, SimpleUploadedFile("a.png", picture.getvalue()), by=BY)
    sent(with_file)
    again, other, bare = (letter(body_fr="Voir la photo.") for _ in range(3))
    services.add_file(again, SimpleUploadedFile("autre nom.png", picture.getvalue()), by=BY)
    services.add_file(other, SimpleUploadedFile("a.pdf", b"%PDF-1.7\nautre"), by=BY)
    assert [len(chosen(each)) for each in (again, other, bare)] == [0, 1, 1]
    assert chosen(services.begin("Copie", by=BY, like=with_file)) == []


@pytest.mark.django_db
def test_each_language_is_a_text_of_its_own_and_a_translation_of_the_same_mailing_is_the_same():
    french, english = people(2)
    Contact.objects.filter(pk=english.pk).update(language="en")
    sent(letter())
    assert chosen(letter(body_en="Something else.")) == [english.email]
    assert chosen(letter(body_fr="Autre chose.")) == [french.email]
    Contact.objects.filter(pk=french.pk).update(language="en")
    assert chosen(letter()) == [], "all of it was had, in the other language"
    assert chosen(letter(body_en="Something else.")) == [french.email, english.email]


@pytest.mark.django_db
def test_who_read_the_french_text_for_want_of_an_english_one_gets_the_english_one():
    (contact,) = people(1, language="en")
    sent(letter(subject_en="", body_en=""))
    assert chosen(letter(subject_en="", body_en="")) == []
    assert chosen(letter()) == [contact.email]


@pytest.mark.django_db
def test_a_coordinator_may_send_it_once_more_and_the_log_says_so():
    (contact,) = people(1)
    sent(letter())
    with pytest.raises(ValidationError) as refused:
        services.schedule(letter(), None, by=BY)
    assert refused.value.code == "nobody"
    with translation.override("en"):
        again = services.schedule(letter(), None, by=BY, again=True, expected=1)
    services.run()
    assert to(contact.email) == 2
    assert "also those who have had this very text" in again.log.get(to_state="scheduled").note
    assert not services.begin("Copie", by=BY, like=again).again
    message = Message.objects.get(mailing_recipient__mailing=again)
    assert delivery.deliver(message.pk)


@pytest.mark.django_db
@pytest.mark.parametrize("outcome", ["failed", "cancelled", "bounced"])
def test_who_did_not_get_the_earlier_one_gets_the_later_one_and_not_both(outcome):
    (contact,) = people(1)
    original = sent(letter())
    message = Message.objects.get()
    if outcome == "bounced":
        Message.objects.update(fate="bounced", fate_at=timezone.now())
    else:
        Message.objects.update(state=outcome, sent_at=None)
    later = sent(letter())
    assert to(contact.email) == (2 if outcome == "bounced" else 1)
    if outcome == "failed":
        with pytest.raises(ValidationError) as refused:
            services.resend_failed(original, by=BY)
        assert refused.value.code == "had"
    delivery.retry(message, by=BY)  # by hand, on the page of the outbox
    assert not delivery.deliver(message.pk)
    message.refresh_from_db()
    assert message.state == Message.CANCELLED
    assert later.recipients.get().message.state == Message.SENT


@pytest.mark.django_db
def test_a_failed_one_is_sent_again_when_no_other_mailing_has_reached_the_address():
    people(1)
    original = sent(letter())
    sent(letter(body_fr="Autre chose."))
    Message.objects.filter(mailing_recipient__mailing=original).update(state=Message.FAILED, sent_at=None)
    assert services.resend_failed(original, by=BY) == 1
    assert chosen(letter()) == [], "it is on its way again"
    assert delivery.deliver(original.recipients.get().message_id)


@pytest.mark.django_db
def test_the_failed_that_can_be_sent_again_are_sent_again_when_others_are_refused():
    broken, refused = people(2)
    original = sent(letter())
    Message.objects.update(state=Message.FAILED, sent_at=None)
    addresses.refuse(refused.email, why="bounced", detail="550", message=None)
    assert services.resend_failed(original, by=BY) == 1
    assert dict(Message.objects.values_list("to_email", "state")) == {broken.email: "waiting", refused.email: "failed"}


@pytest.mark.django_db
def test_of_a_paused_one_and_a_later_one_whoever_comes_first_reaches_each_address_once(settings):
    settings.MAILINGS_PER_HOUR = 240
    contacts = people(10)
    original = begun(letter())
    services.run()
    services.pause(original, by=BY)
    later = letter()
    assert len(chosen(later)) == 6, "four have had it; the others may never get it from the paused one"
    assert [each.pk for each in earlier.under_way(later)] == [original.pk]
    begun(later)
    Mailing.objects.filter(pk=later.pk).update(per_hour=None)
    settings.MAILINGS_PER_HOUR = 6000
    services.run()
    services.resume(original, by=BY)
    services.run()
    assert [to(each.email) for each in contacts] == [1] * 10
    original.refresh_from_db()
    assert (original.state, original.recipients.filter(reason=Reason.ALREADY_HAD).count()) == (State.DONE, 6)


@pytest.mark.django_db(transaction=True)
def test_two_with_the_same_words_that_are_launched_at_once_reach_each_address_once(settings):
    settings.MAILINGS_PER_HOUR = 6000
    people(40)
    for _ in range(2):
        services.schedule(letter(), None, by=BY)
    start = threading.Barrier(4)

    def work() -> int:
        try:
            start.wait(20)
            return sum(services.run()["handed over"] for _ in range(3))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        found = sum(future.result(60) for future in [pool.submit(work) for _ in range(4)])
    found += services.run()["handed over"]
    assert found == Message.objects.count() == Message.objects.values("to_email").distinct().count() == 40
    assert MailingRecipient.objects.filter(reason=Reason.ALREADY_HAD).count() == 40
    assert set(Mailing.objects.values_list("state", flat=True)) == {State.DONE}


@pytest.mark.django_db(transaction=True)
def test_a_batch_waits_for_that_of_the_other_mailing_before_it_looks_who_has_had_it():
    people(3)
    first, second = begun(letter()), begun(letter())
    written, found = threading.Event(), []

    def other() -> None:
        try:
            written.wait(20)
            found.append(batches._hand_over(second.pk, timezone.now()))
        finally:
            connection.close()

    thread = threading.Thread(target=other)
    thread.start()
    with transaction.atomic():
        assert batches._hand_over(first.pk, timezone.now()) == 3
        written.set()
        thread.join(0.3)
        assert thread.is_alive(), "it waits for what is not committed yet"
    thread.join(20)
    assert found == [0]
    assert Message.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_two_failed_messages_that_are_tried_again_by_hand_at_once_leave_once():
    people(1)
    original = begun(letter())
    services.run()
    Message.objects.update(state=Message.FAILED)
    begun(letter())
    services.run()
    Message.objects.update(state=Message.FAILED)
    assert delivery.retry_failed("", by=BY) == 2
    start = threading.Barrier(2)

    def work(pk: int) -> bool:
        try:
            start.wait(20)
            return delivery.deliver(pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        done = [future.result(30) for future in [pool.submit(work, pk) for pk in Message.objects.values_list("pk", flat=True)]]
    assert sorted(done) == [False, True]
    assert set(Message.objects.values_list("state", flat=True)) == {Message.SENT, Message.CANCELLED}
    assert original.recipients.count() == 1


@pytest.mark.django_db
def test_addresses_that_are_forgotten_are_no_longer_known_to_have_had_it():
    kept, erased = people(2)
    original = sent(letter())
    privacy.erase(Identity(email=erased.email))
    assert kept.email not in chosen(letter())
    MailingRecipient.objects.update(email="")
    Message.objects.all().delete()
    assert earlier.had_by_language(letter()) == {"fr": set(), "en": set()}
    Mailing.objects.filter(pk=original.pk).update(finished_at=timezone.now() - dt.timedelta(days=400))
    assert chosen(letter())


@pytest.mark.django_db
def test_the_number_of_questions_does_not_grow_with_those_who_have_had_it(settings):
    settings.MAILINGS_PER_HOUR = 6000
    counts = []
    for number in (3, 60):
        Contact.objects.all().delete()
        people(number)
        words = {"body_fr": f"Texte {number}.", "body_en": f"Text {number}."}
        sent(letter(**words))
        later = letter(**words)
        with CaptureQueriesContext(connection) as queries:
            assert earlier.audience_for(later).already_had == number
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 9


@pytest.mark.django_db
def test_what_was_sent_before_the_keys_were_kept_counts_too():
    french, english = people(2)
    Contact.objects.filter(pk=english.pk).update(language="en")
    original = letter()
    services.add_file(original, SimpleUploadedFile("a.pdf", b"%PDF-1.7\nx"), by=BY)
    sent(original)
    original.refresh_from_db()
    kept = (original.words_fr, original.words_en)
    Mailing.objects.update(words_fr="", words_en="")
    MailingFile.objects.update(digest="")
    MailingRecipient.objects.update(language="")
    lost = letter(body_fr="Perdu")
    MailingFile.objects.create(mailing=begun(lost), name="b.pdf", extension="pdf", size=1, file="mailings/00/gone.pdf")
    copy = services.begin("Copie", by=BY, like=original)
    importlib.import_module("lincassable.mailings.migrations.0004_already_had").fill(apps, None)
    original.refresh_from_db()
    assert (original.words_fr, original.words_en) == kept
    assert dict(original.recipients.values_list("email", "language")) == {french.email: "fr", english.email: "en"}
    assert chosen(Mailing.objects.get(pk=copy.pk)) == []
    lost.refresh_from_db()
    assert (lost.words_fr, lost.words_en) == ("", ""), "nobody can tell what its file was"
