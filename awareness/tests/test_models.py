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
TRIED: set[str] = set()


def refuses(name, row, *, sentence=True):
    """The database refuses by that name; the model's own check does, too, with a sentence."""
    TRIED.add(name)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        row.save()
    with pytest.raises(ValidationError) as refusal:
        row.full_clean()
    if sentence:
        assert all(message and name not in message for message in refusal.value.messages)


NOW = timezone.now()


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("event_ends_after_it_begins", {"starts_at": NOW, "ends_at": NOW - timedelta(hours=1)}),
        ("event_animation_in_a_store", {"kind": "animation"}),
        ("event_is_somewhere", {"city": ""}),
        ("event_position_is_whole", {"latitude": None}),
        ("event_position_on_earth", {"latitude": "91"}),
    ],
)
def test_an_event_that_breaks_a_rule_is_refused_by_name(name, values):
    refuses(name, PublicEventFactory.build(**values))


def test_one_brings_at_least_one():
    refuses("event_item_at_least_one", EventItemFactory.build(event=EventFactory(), quantity=0))


def test_a_person_signs_up_once_per_event_whatever_the_case_until_they_withdraw():
    known = SignUpFactory(email="ines@courriel.example")
    refuses("signup_once_per_event", SignUpFactory.build(event=known.event, email="INES@courriel.example", first_name="inès"))
    SignUpFactory(event=known.event, email="ines@courriel.example", first_name="Max")  # of the same household
    SignUpFactory(email="ines@courriel.example")  # another event
    known.state, known.withdrawn_at = SignUpState.WITHDRAWN, timezone.now()
    known.save()
    SignUpFactory(event=known.event, email="ines@courriel.example")


def test_a_withdrawal_has_its_moment():
    refuses("signup_withdrawn_has_a_moment", SignUpFactory.build(event=PublicEventFactory(), state=SignUpState.WITHDRAWN), sentence=False)


def test_only_volunteers_leave_a_phone_number():
    refuses("signup_phone_of_volunteers_only", SignUpFactory.build(event=PublicEventFactory(), phone="+33612345678"), sentence=False)


def test_a_report_has_a_mood_on_the_scale_and_no_negative_cost():
    refuses("event_report_mood_on_the_scale", EventReportFactory.build(event=EventFactory(), mood=6), sentence=False)
    refuses("event_report_cost_not_negative", EventReportFactory.build(event=EventFactory(), cost_eur="-1"))


def test_a_photo_is_kept_once_and_with_consent():
    photo = EventPhotoFactory()
    refuses("event_photo_once", EventPhotoFactory.build(event=photo.event, digest=photo.digest), sentence=False)
    refuses("event_photo_with_consent", EventPhotoFactory.build(event=photo.event, has_consent=False))


def test_every_constraint_of_events_is_tried_above():
    named = {constraint.name for model in apps.get_app_config("awareness").get_models() for constraint in model._meta.constraints}
    assert {name for name in named if name.startswith(("event", "signup"))} == TRIED


def test_the_last_part_of_an_address_names_the_event_whatever_its_title():
    event = EventFactory(title="La fête à l'école !")
    assert event.slug.startswith("la-fete-a-lecole-")
    assert event.slug.endswith(event.uuid.hex[:12])
    assert EventFactory(title="!!!").slug.startswith("evenement-")
