"""Each constraint refuses what it is there for, by name; a person gets a sentence."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from awareness.enums import SignUpState
from awareness.tests.factories import (
    EventFactory,
    EventItemFactory,
    EventPhotoFactory,
    EventReportFactory,
    PublicEventFactory,
    SignUpFactory,
)

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def household(**values):
    """Ines again, with other capitals, for an event that she has signed up for."""
    known = SignUpFactory(email="ines@courriel.example", first_name="Inès")
    return SignUpFactory.build(event=known.event, **{"email": "INES@courriel.example", "first_name": "inès", **values})


def same_photo():
    """A photo that its event has already."""
    known = EventPhotoFactory()
    return EventPhotoFactory.build(event=known.event, digest=known.digest)


# What each constraint is there to refuse, by its name.
BROKEN = {
    "event_ends_after_it_begins": lambda: PublicEventFactory.build(starts_at=NOW, ends_at=NOW - timedelta(hours=1)),
    "event_animation_in_a_store": lambda: PublicEventFactory.build(kind="animation"),
    "event_is_somewhere": lambda: PublicEventFactory.build(city=""),
    "event_position_is_whole": lambda: PublicEventFactory.build(latitude=None),
    "event_position_on_earth": lambda: PublicEventFactory.build(latitude="91"),
    "event_item_at_least_one": lambda: EventItemFactory.build(event=EventFactory(), quantity=0),
    "signup_once_per_event": household,
    "signup_withdrawn_has_a_moment": lambda: SignUpFactory.build(event=PublicEventFactory(), state=SignUpState.WITHDRAWN),
    "signup_phone_of_volunteers_only": lambda: SignUpFactory.build(event=PublicEventFactory(), phone="+33612345678"),
    "event_report_mood_on_the_scale": lambda: EventReportFactory.build(event=EventFactory(), mood=6),
    "event_report_cost_not_negative": lambda: EventReportFactory.build(event=EventFactory(), cost_eur="-1"),
    "event_photo_once": same_photo,
    "event_photo_with_consent": lambda: EventPhotoFactory.build(event=EventFactory(), has_consent=False),
}
# These cannot be broken by what a form sends: nobody reads their sentence.
BEHIND_FORMS = {
    "signup_withdrawn_has_a_moment", "signup_phone_of_volunteers_only", "event_report_mood_on_the_scale", "event_photo_once",
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_the_database_refuses_what_breaks_a_rule_by_the_name_of_the_rule(name):
    row = BROKEN[name]()
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        row.save()
    assert refusal.value.__cause__.diag.constraint_name == name


@pytest.mark.parametrize("name", BROKEN)
def test_a_person_who_breaks_a_rule_reads_a_sentence(name):
    with pytest.raises(ValidationError) as refusal:
        BROKEN[name]().full_clean()
    sentences = refusal.value.messages
    assert sentences
    assert all(sentences)
    assert name in BEHIND_FORMS or not [sentence for sentence in sentences if name in sentence]


def test_every_constraint_of_events_is_tried_above():
    named = {constraint.name for model in apps.get_app_config("awareness").get_models() for constraint in model._meta.constraints}
    assert {name for name in named if name.startswith(("event", "signup"))} == set(BROKEN)


def test_another_person_of_the_household_signs_up_as_does_one_who_had_withdrawn():
    known = SignUpFactory(email="ines@courriel.example")
    other = SignUpFactory(event=known.event, email="ines@courriel.example", first_name="Max")
    elsewhere = SignUpFactory(email="ines@courriel.example")
    known.state, known.withdrawn_at = SignUpState.WITHDRAWN, timezone.now()
    known.save()
    again = SignUpFactory(event=known.event, email="ines@courriel.example", first_name=known.first_name)
    assert set(known.event.signups.exclude(state=SignUpState.WITHDRAWN)) == {other, again}
    assert elsewhere.event != known.event


def test_the_last_part_of_an_address_names_the_event_whatever_its_title():
    event = EventFactory(title="La fête à l'école !")
    assert event.slug.startswith("la-fete-a-lecole-")
    assert event.slug.endswith(event.uuid.hex[:12])
    assert EventFactory(title="!!!").slug.startswith("evenement-")
