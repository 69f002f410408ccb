"""What non-conformities bring to the rest: reminders, the timeline, merging, personal data, scheduled work, mails in both languages."""

import uuid
from datetime import date, timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone, translation

from crates.models import RejectReason
from crates.tests.factories import BottleModelFactory, SortingBatchFactory, SortingRejectFactory
from lincassable.accounts import privacy
from lincassable.accounts.actors import Actor
from lincassable.accounts.privacy import Identity
from lincassable.accounts.tests.factories import UserFactory
from lincassable.messaging.kinds import kind_of
from lincassable.messaging.rendering import render
from lincassable.messaging.services import Recipient
from lincassable.reminders.registry import Ask, Due, rule_of
from lincassable.uploads import clean_image
from nonconformities import rules, services, store_timeline, tasks
from nonconformities.enums import State
from nonconformities.models import NonConformity
from nonconformities.services.photos import Photo
from nonconformities.tests.factories import CommentFactory, NonConformityFactory
from stores import merging
from stores.tests.factories import StoreFactory
from tests.pictures import picture, upload

pytestmark = pytest.mark.django_db


def ask(code):
    rule = rule_of(code)
    return Ask(timezone.now(), timezone.localdate(), rule.plan, {one.code: one.default for one in rule.parameters})


def over(**values):
    return NonConformityFactory(state=State.RESOLVED, answer="Fait.", closed_at=timezone.now(), **values)


def test_what_is_late_reminds_who_handles_it_and_then_the_others():
    mine, other = (UserFactory(role="coordinator") for _ in range(2))
    today = timezone.localdate()
    NonConformityFactory(due_on=today)
    over(due_on=today - timedelta(days=9))
    free = NonConformityFactory(due_on=today - timedelta(days=2))
    held = NonConformityFactory(due_on=today - timedelta(days=9), assignee=mine)
    found = list(rules.late(ask("nonconformity-late")))
    assert {(one.subject_id, one.person.id) for one in found} == {(free.pk, mine.pk), (free.pk, other.pk), (held.pk, mine.pk)}
    raised = list(rules.escalated(ask("nonconformity-escalated")))
    assert [(one.subject_id, one.person.id) for one in raised] == [(held.pk, other.pk)]
    assert held.reference_number in rules.late_words(Due("nonconformity-late", found[-1], 0, date.today())).subject
    assert str(mine) in rules.escalated_words(Due("nonconformity-escalated", raised[0], 0, date.today())).text[1]


def test_the_timeline_of_a_place_tells_of_them():
    row = NonConformityFactory()
    NonConformityFactory()
    assert [one.url for one in store_timeline.reported([row.store_id], 10)] == [f"/admin/nonconformities/nonconformity/{row.pk}/change/"]


def test_what_is_open_goes_over_when_two_places_become_one():
    loser, winner, by = StoreFactory(), StoreFactory(), Actor.of_user(UserFactory(role="administrator"))
    still, done = NonConformityFactory(store=loser), over(store=loser)
    merging.merge(loser, winner, by=by)
    for row in (still, done):
        row.refresh_from_db()
    assert (still.store, done.store) == (winner, loser)
    card = Actor("link", 1, "store", winner.pk)
    assert set(NonConformity.objects.for_actor(card)) == {still, done}


def test_photos_and_first_names_go_a_year_after_it_is_over(settings, django_capture_on_commit_callbacks):
    row = over(first_name="Ana")
    CommentFactory(nonconformity=row, first_name="Ana")
    services.add_photos(row, [Photo(uuid.uuid4(), clean_image(upload(picture())))], by=Actor.system())
    name = row.photos.get().image.name
    still = NonConformityFactory(first_name="Paul")
    assert privacy.purge()["nonconformity"] == 0
    later = timezone.now() + timedelta(days=settings.PERSONAL_DATA_RETENTION_DAYS["nonconformity"] + 1)
    with django_capture_on_commit_callbacks(execute=True):
        assert privacy.purge(later)["nonconformity"] == 3
    assert not default_storage.exists(name)
    for one in (row, still):
        one.refresh_from_db()
    assert (row.first_name, still.first_name) == ("", "Paul")


def test_a_person_gets_and_loses_what_is_held_about_them():
    person = Identity(names=frozenset({"Ana Petit"}))
    row = NonConformityFactory(first_name="ana petit", note="Appeler Ana Petit")
    CommentFactory(nonconformity=row, text="Ana Petit dit non")
    held = privacy.export(person)["nonconformity"]
    assert [one["number"] for one in held] == [row.reference_number] * 2
    assert privacy.erase(person)["nonconformity"] >= 2
    row.refresh_from_db()
    assert (row.first_name, row.note, row.comments.get().text) == ("", "Appeler •••", "••• dit non")
    assert "nonconformity" not in privacy.export(person)


def test_the_task_writes_rejects_down_once():
    batch = SortingBatchFactory()
    SortingRejectFactory(batch=batch, reason=RejectReason.objects.get(code="label"), bottle_model=BottleModelFactory(), quantity=5)
    assert [tasks.rejects(), tasks.rejects()] == [1, 0]


@pytest.mark.parametrize("name", ["nonconformity_new", "nonconformity_step", "nonconformity_assigned", "nonconformity_comment"])
@pytest.mark.parametrize("state", State.values)
def test_mails_can_be_read_in_each_state(name, state):
    row = NonConformityFactory(state=State.REPORTED)
    row.state, row.answer = state, "Nous passons lundi."
    context = {"row": row, "name": "Ana", "page_url": "https://example.org/p/", "url": "", "comment": CommentFactory(nonconformity=row)}
    with translation.override("en"):
        rendered = render(name, Recipient("ana@example.org", "Ana", "en"), context)
    assert row.reference_number in rendered.subject + rendered.text
    assert row.kind.name_en in rendered.html
    assert kind_of(name) is not None
