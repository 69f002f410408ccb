"""Signing up: the last place, the waiting list, withdrawal, moves and cancellation."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from awareness import services
from awareness.enums import EventState, SignUpState
from awareness.models import Event, SignUp
from awareness.tests.factories import EventFactory, PublicEventFactory, SignUpFactory
from lincassable.accounts.actors import Actor
from lincassable.messaging.models import Message

SYSTEM = Actor.system()


def sign_up(event, name="lou", role="visitor", email="", **more):
    return services.sign_up(event, role=role, first_name=name, email=email or f"{name}@courriel.example", by=SYSTEM, **more)


def mails(kind=None):
    found = Message.objects.order_by("pk")
    return list((found.filter(kind=kind) if kind else found).values_list("to_email", flat=True))


@pytest.mark.django_db
def test_places_are_given_in_order_then_the_waiting_list():
    event = PublicEventFactory(visitor_places=2)
    states = [sign_up(event, name).signup.state for name in ("a", "b", "c", "d")]
    assert states == ["confirmed", "confirmed", "waiting", "waiting"]
    assert mails("event_signup") == ["a@courriel.example", "b@courriel.example"]
    assert mails("event_waiting") == ["c@courriel.example", "d@courriel.example"]


@pytest.mark.django_db
def test_volunteers_and_visitors_have_places_of_their_own():
    event = PublicEventFactory(visitor_places=1, volunteer_places=1)
    assert sign_up(event, "a").signup.state == SignUpState.CONFIRMED
    helper = sign_up(event, "b", role="volunteer", phone="+33612345678").signup
    assert helper.state == SignUpState.CONFIRMED
    assert helper.phone
    assert sign_up(event, "c").signup.state == SignUpState.WAITING


@pytest.mark.django_db
def test_the_phone_of_a_visitor_is_not_kept():
    assert not sign_up(PublicEventFactory(), phone="+33612345678").signup.phone


@pytest.mark.django_db
def test_the_same_person_again_changes_nothing_and_gets_their_mail_once_a_day():
    event = PublicEventFactory(visitor_places=1)
    first = sign_up(event, "inès", email="a@courriel.example")
    for name in ("Inès", " INES ", "inès"):
        again = sign_up(event, name, email="A@courriel.example")
        assert again == (first.signup, True)
    assert SignUp.objects.get().first_name == "inès"
    assert len(mails("event_signup")) == 1


@pytest.mark.django_db
def test_a_household_shares_an_address_and_each_withdraws_alone():
    event = PublicEventFactory(visitor_places=2)
    lou, max_ = (sign_up(event, name, email="maison@courriel.example").signup for name in ("Lou", "Max"))
    assert [lou.state, max_.state] == [SignUpState.CONFIRMED] * 2
    assert len(mails("event_signup")) == 2
    services.withdraw(lou, by=SYSTEM)
    services.withdraw(max_, by=SYSTEM)
    first, last = Message.objects.filter(kind="event_withdrawn").order_by("pk")
    assert not first.attachments  # the other one still comes: it stays in their calendar
    assert last.attachments


@pytest.mark.django_db
def test_a_place_given_to_somebody_of_the_same_household_stays_in_their_calendar():
    event = PublicEventFactory(visitor_places=1)
    lou, max_ = (sign_up(event, name, email="maison@courriel.example").signup for name in ("Lou", "Max"))
    services.withdraw(lou, by=SYSTEM)
    max_.refresh_from_db()
    assert max_.state == SignUpState.CONFIRMED
    assert not Message.objects.get(kind="event_withdrawn").attachments


@pytest.mark.django_db
def test_one_address_does_not_take_all_places():
    event = PublicEventFactory(visitor_places=50)
    for number in range(6):
        sign_up(event, f"a{number}", email="groupe@courriel.example")
    with pytest.raises(ValidationError):
        sign_up(event, "a7", email="groupe@courriel.example")
    assert SignUp.objects.count() == 6


@pytest.mark.django_db
def test_a_withdrawal_gives_the_place_to_whoever_waits_longest_once():
    event = PublicEventFactory(visitor_places=1)
    a, b, c = (sign_up(event, name).signup for name in "abc")
    services.withdraw(a, by=SYSTEM)
    services.withdraw(a, by=SYSTEM)
    states = dict(SignUp.objects.values_list("first_name", "state"))
    assert states == {"a": "withdrawn", "b": "confirmed", "c": "waiting"}
    assert mails("event_withdrawn") == ["a@courriel.example"]
    promoted = Message.objects.get(kind="event_signup", to_email="b@courriel.example")
    assert promoted.attachments[0]["content_type"].startswith("text/calendar; method=REQUEST")
    assert c.state == b.state == SignUpState.WAITING  # rows held before are not the truth


@pytest.mark.django_db
def test_somebody_who_withdrew_may_come_back_to_the_end_of_the_list():
    event = PublicEventFactory(visitor_places=1)
    a = sign_up(event, "a").signup
    sign_up(event, "b")
    services.withdraw(a, by=SYSTEM)
    assert sign_up(event, "a").signup.state == SignUpState.WAITING


@pytest.mark.django_db
def test_more_places_let_those_who_wait_in():
    event = PublicEventFactory(visitor_places=1)
    for name in "abc":
        sign_up(event, name)
    event.visitor_places = 2
    services.save_event(event, by=SYSTEM)
    assert SignUp.objects.filter(state=SignUpState.CONFIRMED).count() == 2
    assert mails("event_changed") == []


@pytest.mark.django_db
def test_fewer_places_take_none_away():
    event = PublicEventFactory(visitor_places=2)
    for name in "ab":
        sign_up(event, name)
    event.visitor_places = 1
    services.save_event(event, by=SYSTEM)
    assert SignUp.objects.filter(state=SignUpState.CONFIRMED).count() == 2
    assert sign_up(event, "c").signup.state == SignUpState.WAITING


@pytest.mark.django_db
@pytest.mark.parametrize(
    "values",
    [
        {"state": EventState.DRAFT},
        {"state": EventState.CANCELLED},
        {"visitor_places": None},
        {"visitor_places": 0},
        {"starts_at": timezone.now() - timedelta(hours=1), "ends_at": timezone.now() + timedelta(hours=1)},
    ],
)
def test_nobody_signs_up_for_what_is_not_open(values):
    with pytest.raises(ValidationError):
        sign_up(PublicEventFactory(**values))
    assert not SignUp.objects.exists()
    assert not mails()


@pytest.mark.django_db
def test_a_move_is_told_to_all_with_the_calendar_entry_in_its_next_version():
    event = PublicEventFactory(visitor_places=1)
    sign_up(event, "a")
    sign_up(event, "b")
    event = Event.objects.get()
    event.starts_at += timedelta(days=1)
    event.ends_at += timedelta(days=1)
    services.save_event(event, by=SYSTEM)
    told = {message.to_email[0]: message for message in Message.objects.filter(kind="event_changed")}
    assert set(told) == {"a", "b"}
    invitation = told["a"].attachments[0]["text"]
    assert f"UID:{event.uuid}@event.lincassable" in invitation
    assert "SEQUENCE:1" in invitation
    assert told["b"].attachments == []  # who waits has nothing in the calendar
    assert list(event.log.values_list("to_state", flat=True)) == ["published"]


@pytest.mark.django_db
def test_a_new_description_is_not_told_by_mail_but_to_calendars():
    event = PublicEventFactory()
    sign_up(event, "a")
    event.description = "Avec une fanfare."
    services.save_event(event, by=SYSTEM)
    assert not mails("event_changed")
    assert Event.objects.get().sequence == 1


@pytest.mark.django_db
def test_nothing_published_is_moved_into_the_past():
    event = PublicEventFactory()
    event.starts_at, event.ends_at = timezone.now() - timedelta(days=2), timezone.now() - timedelta(days=1)
    with pytest.raises(ValidationError):
        services.save_event(event, by=SYSTEM)


@pytest.mark.django_db
def test_a_cancellation_is_told_once_with_its_reason_and_taken_out_of_calendars():
    event = PublicEventFactory(visitor_places=1)
    sign_up(event, "a")
    sign_up(event, "b")
    with pytest.raises(ValidationError):
        services.cancel(event, "  ", by=SYSTEM)
    services.cancel(event, "Alerte orages", by=SYSTEM)
    services.cancel(event, "Alerte orages", by=SYSTEM)
    assert mails("event_cancelled") == ["a@courriel.example", "b@courriel.example"]
    message = Message.objects.get(kind="event_cancelled", to_email="a@courriel.example")
    assert "Alerte orages" in message.text
    assert "METHOD:CANCEL" in message.attachments[0]["text"]
    assert "STATUS:CANCELLED" in message.attachments[0]["text"]


@pytest.mark.django_db
def test_what_takes_place_after_all_is_told_and_nobody_is_promoted_meanwhile():
    event = PublicEventFactory(visitor_places=1)
    a = sign_up(event, "a").signup
    sign_up(event, "b")
    services.cancel(event, "Alerte orages", by=SYSTEM)
    services.withdraw(a, by=SYSTEM)
    assert SignUp.objects.get(first_name="b").state == SignUpState.WAITING
    services.publish(event, by=SYSTEM)
    assert mails("event_changed") == ["b@courriel.example"]


@pytest.mark.django_db
def test_a_published_event_goes_back_to_draft_only_before_anybody_signed_up():
    event = PublicEventFactory()
    services.to_draft(event, by=SYSTEM)
    services.publish(event, by=SYSTEM)
    signup = sign_up(event).signup
    with pytest.raises(ValidationError):
        services.to_draft(event, by=SYSTEM)
    with pytest.raises(ValidationError):
        services.delete_event(event, by=SYSTEM)
    services.withdraw(signup, by=SYSTEM)
    services.to_draft(event, by=SYSTEM)


@pytest.mark.django_db
def test_an_event_that_is_over_is_not_published_and_becomes_done():
    past = timezone.now() - timedelta(days=1)
    draft = EventFactory(starts_at=past - timedelta(hours=2), ends_at=past)
    with pytest.raises(ValidationError):
        services.publish(draft, by=SYSTEM)
    held = PublicEventFactory(starts_at=past - timedelta(hours=2), ends_at=past)
    assert services.finish_past() == 1
    assert services.finish_past() == 0
    held.refresh_from_db()
    assert held.state == EventState.DONE
    with pytest.raises(ValidationError):
        services.cancel(held, "trop tard", by=SYSTEM)


def _at_once(deeds):
    """Run all deeds in threads that start together; return what each answered or raised."""
    gate, answers = threading.Barrier(len(deeds)), [None] * len(deeds)

    def run(number, deed):
        try:
            gate.wait(timeout=20)
            answers[number] = deed()
        except Exception as error:
            answers[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return answers


@pytest.mark.django_db(transaction=True)
def test_of_eight_who_want_the_last_place_at_once_one_gets_it():
    event = PublicEventFactory(visitor_places=1)
    answers = _at_once([lambda name=f"p{n}": sign_up(event, name) for n in range(8)])
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    states = list(SignUp.objects.values_list("state", flat=True))
    assert sorted(states) == ["confirmed"] + ["waiting"] * 7


@pytest.mark.django_db(transaction=True)
def test_the_same_person_tapping_four_times_at_once_signs_up_once():
    event = PublicEventFactory()
    answers = _at_once([lambda: sign_up(event, "lou")] * 4)
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert SignUp.objects.count() == 1
    assert len(mails()) == 1


@pytest.mark.django_db(transaction=True)
def test_places_given_back_at_once_go_to_those_who_wait_in_order_once():
    event = PublicEventFactory(visitor_places=4)
    leaving = [sign_up(event, f"p{n}").signup for n in range(4)]
    for n in range(6):
        SignUpFactory(event=event, first_name=f"w{n}", email=f"w{n}@courriel.example", state=SignUpState.WAITING)
    answers = _at_once([lambda signup=signup: services.withdraw(signup, by=SYSTEM) for signup in leaving])
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    names = SignUp.objects.filter(state=SignUpState.CONFIRMED).order_by("pk").values_list("first_name", flat=True)
    assert list(names) == ["w0", "w1", "w2", "w3"]
    assert len(mails("event_signup")) == 4 + 4


@pytest.mark.django_db
def test_an_erased_key_is_no_sign_up():
    from awareness import links

    signup = SignUpFactory()
    assert links.read(links.sign(signup)) == signup.uuid
    assert links.read(uuid.uuid4().hex) is None
    assert links.read(links.sign(signup)[:-1] + "x") is None
