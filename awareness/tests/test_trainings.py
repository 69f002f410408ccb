"""Trainings: planned, moved, called off, held; who is trained; wishes; mails and reminders."""

import uuid
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from awareness import rules, services
from awareness.enums import Need, TrainingState
from awareness.models import Training, TrainingWish
from awareness.tests.factories import ParticipationFactory, TrainingFactory
from awareness.training_queries import board, months_later, standing_of
from lincassable.accounts.actors import Actor
from lincassable.accounts.models import AccessLink
from lincassable.accounts.tests.factories import UserFactory
from lincassable.messaging.models import Message
from lincassable.reminders.registry import Ask, Due, rule_of
from stores.enums import Kind, Status
from stores.tests.factories import ContactFactory, StoreFactory

pytestmark = pytest.mark.django_db
SYSTEM, PARIS = Actor.system(), ZoneInfo("Europe/Paris")


def planned(store=None, **values):
    """A training planned through the service."""
    return services.save_training(TrainingFactory.build(store=store or StoreFactory(), **values), by=SYSTEM)


def kinds():
    return list(Message.objects.order_by("pk").values_list("kind", "to_email"))


def test_the_contacts_of_the_place_are_invited_and_only_those_who_wish_get_the_entry():
    contact = ContactFactory(email="ana@boutique.example")
    ContactFactory(store=contact.store, email="leo@boutique.example", wants_invitations=False)
    ContactFactory(store=contact.store, email="partie@boutique.example", is_active=False)
    ContactFactory()
    planned(contact.store)
    assert kinds() == [("training_planned", "ana@boutique.example"), ("training_planned", "leo@boutique.example")]
    files = [message.attachments for message in Message.objects.order_by("pk")]
    assert "METHOD:REQUEST" in files[0][0]["text"]
    assert files[1] == []


def test_a_move_replaces_the_entry_and_other_changes_tell_nobody():
    training = planned(ContactFactory(email="ana@boutique.example").store)
    training.notes = "Clé à demander."
    services.save_training(training, by=SYSTEM)
    assert Message.objects.count() == 1
    training.starts_at += timedelta(days=1)
    services.save_training(training, by=SYSTEM)
    moved = Message.objects.order_by("pk").last()
    assert "SEQUENCE:1" in moved.attachments[0]["text"]
    assert f"UID:{training.uuid}@training.lincassable" in moved.attachments[0]["text"]


def test_a_training_that_goes_to_another_place_is_called_off_at_the_first():
    training = planned(ContactFactory(email="ana@boutique.example").store)
    training.store = ContactFactory(email="zoe@ailleurs.example").store
    services.save_training(training, by=SYSTEM)
    assert kinds()[1:] == [("training_cancelled", "ana@boutique.example"), ("training_planned", "zoe@ailleurs.example")]


def test_a_cancellation_is_told_once_with_its_reason():
    training = planned(ContactFactory(email="ana@boutique.example").store)
    with pytest.raises(ValidationError):
        services.cancel_training(training, " ", by=SYSTEM)
    for _ in range(2):
        services.cancel_training(training, "Formatrice malade", by=SYSTEM)
    message = Message.objects.get(kind="training_cancelled")
    assert "Formatrice malade" in message.text
    assert "METHOD:CANCEL" in message.attachments[0]["text"]
    done = TrainingFactory(state=TrainingState.DONE, people=3)
    with pytest.raises(ValidationError):
        services.cancel_training(done, "trop tard", by=SYSTEM)


def test_saying_how_many_came_makes_it_done_and_settles_what_was_wished():
    training = TrainingFactory(starts_at=timezone.now() - timedelta(hours=2))
    wish = services.wish_training(training.store, "new_team", key=uuid.uuid4(), by=SYSTEM)
    training.people, training.support = 4, "Un casier"
    services.save_training(training, by=SYSTEM)
    assert Training.objects.get().state == TrainingState.DONE
    wish.refresh_from_db()
    assert wish.settled_at
    training.people = None
    with pytest.raises(ValidationError):
        services.save_training(training, by=SYSTEM)


def test_nobody_was_there_before_it_began():
    with pytest.raises(ValidationError):
        planned(people=3)


def test_each_place_stands_where_its_last_training_leaves_it(django_assert_num_queries):
    with time_machine.travel(datetime(2026, 6, 15, 12, tzinfo=PARIS)):
        now = timezone.now()

        def held(months, people=3):
            return TrainingFactory(state="done", people=people, starts_at=now - timedelta(days=30 * months)).store

        never, trained, soon, overdue = StoreFactory(), held(2), held(11), held(15)
        nobody_came, wishing = held(1, people=0), held(3)
        services.wish_training(wishing, "new_team", key=uuid.uuid4(), by=SYSTEM)
        StoreFactory(kind=Kind.HUB)
        StoreFactory(status=Status.PAUSED)
        with django_assert_num_queries(4):
            rows = board()
        found = {row.store: row.need for row in rows}
        assert found == {
            wishing: Need.WISHED, never: Need.NEVER, nobody_came: Need.NEVER, overdue: Need.OVERDUE, soon: Need.SOON, trained: Need.TRAINED,
        }  # fmt: skip
        assert rows[0].store == wishing
        assert all(row.reason for row in rows)
        planned(wishing)
        assert board()[-1].store == wishing  # somebody takes care of it already
        assert standing_of(trained).need == Need.TRAINED


def test_months_are_counted_by_the_calendar():
    assert months_later(date(2025, 8, 31), 6) == date(2026, 2, 28)
    assert months_later(date(2026, 11, 22), 12) == date(2027, 11, 22)
    assert months_later(date(2026, 1, 15), 24) == date(2028, 1, 15)


def test_a_place_asks_once_at_a_time_and_for_itself_alone():
    store, key = StoreFactory(), uuid.uuid4()
    card = Actor("link", 1, AccessLink.STORE, store.pk)
    first = services.wish_training(store, "questions", key=key, by=card)
    assert services.wish_training(store, "new_team", key=key, by=card) == first  # the same form
    later = uuid.uuid4()
    second = services.wish_training(store, "new_team", "Deux personnes", key=later, by=card)
    assert (second.pk, second.reason, second.note) == (first.pk, "new_team", "Deux personnes")
    with pytest.raises(PermissionDenied):
        services.wish_training(StoreFactory(), "questions", key=uuid.uuid4(), by=card)
    with pytest.raises(ValidationError):
        services.wish_training(StoreFactory(), "questions", key=key, by=SYSTEM)
    with pytest.raises(ValidationError):
        services.wish_training(StoreFactory(status=Status.ARCHIVED), "questions", key=uuid.uuid4(), by=SYSTEM)
    services.settle_wish(second, by=SYSTEM)
    assert services.wish_training(store, "new_team", "Deux personnes", key=later, by=card) == first  # sent again by the phone
    assert TrainingWish.objects.filter(settled_at=None).count() == 0


TRIED = {
    "training_done_has_people": lambda: TrainingFactory(state="done"),
    "training_lasts_five_minutes": lambda: TrainingFactory(duration_min=1),
    "participation_score_fits": lambda: ParticipationFactory(score=7, questions=6),
    "participation_rating_on_the_scale": lambda: ParticipationFactory(rating=6),
    "one_open_wish_per_store": lambda: [TrainingWish.objects.create(store=store, reason="questions") for store in [StoreFactory()] * 2],
}


@pytest.mark.parametrize("name", TRIED)
def test_the_database_refuses_by_name(name):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        TRIED[name]()


def test_every_constraint_of_trainings_is_tried_above():
    named = {constraint.name for model in apps.get_app_config("awareness").get_models() for constraint in model._meta.constraints}
    assert {name for name in named if name.startswith(("training", "participation", "one_open_wish"))} == set(TRIED)


def ask(now, code="training-coming"):
    return Ask(now, timezone.localtime(now, PARIS).date(), rule_of(code).plan)


def test_the_place_and_the_trainer_are_reminded_of_what_comes():
    contact, trainer = ContactFactory(), UserFactory(role="coordinator")
    training = planned(contact.store, trainer=trainer)
    found = list(rules.trainings(ask(timezone.now())))
    assert [(one.person.kind, one.person.id, one.until) for one in found] == [
        ("contact", contact.pk, training.starts_at),
        ("user", trainer.pk, training.starts_at),
    ]
    assert found[0].informed == training.changed_at
    words = [rules.training_words(Due("training-coming", one, 2, date.today())) for one in found]
    assert contact.store.name in words[0].text[0]
    assert f"/admin/awareness/training/{training.pk}/" in words[1].url
    services.cancel_training(training, "malade", by=SYSTEM)
    assert not list(rules.trainings(ask(timezone.now())))


def test_what_was_held_is_to_be_recorded():
    trainer = UserFactory(role="coordinator")
    training = TrainingFactory(starts_at=timezone.now() - timedelta(days=1), trainer=trainer)
    TrainingFactory(starts_at=timezone.now() - timedelta(minutes=10))  # still going on
    found = list(rules.unrecorded(ask(timezone.now(), "training-unrecorded")))
    assert [(one.subject_id, one.person.id) for one in found] == [(training.pk, trainer.pk)]
    assert rules.unrecorded_words(Due("training-unrecorded", found[0], 0, date.today())).url
    training.people = 2
    services.save_training(training, by=SYSTEM)
    assert not list(rules.unrecorded(ask(timezone.now(), "training-unrecorded")))
