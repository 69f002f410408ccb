"""Notes and tasks about a place: written on its page, found in one list, called to mind on the home when overdue."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from lincassable.accounts import links
from lincassable.accounts.actors import Actor
from lincassable.accounts.models import AccessLink
from lincassable.accounts.tests.factories import UserFactory
from stores import directory
from stores.models import StoreNote, StoreTask
from stores.tests.factories import StoreFactory
from stores.tests.factories_directory import StoreNoteFactory, StoreTaskFactory
from stores.tests.test_admin import form

pytestmark = pytest.mark.django_db
TASKS = reverse("admin:stores_storetask_changelist")


@pytest.fixture
def me(client):
    user = UserFactory(role="coordinator")
    client.force_login(user)
    return user


def days(number):
    return timezone.localdate() + dt.timedelta(days=number)


def rows(prefix, *values, initial=0):
    data = {f"{prefix}-{name}": number for name, number in {"TOTAL_FORMS": len(values), "INITIAL_FORMS": initial}.items()}
    for number, row in enumerate(values):
        data |= {f"{prefix}-{number}-{name}": value for name, value in row.items()}
    return data


def titles(client, **query):
    response = client.get(TASKS, query)
    assert response.status_code == 200
    return [task.title for task in response.context["cl"].result_list]


def test_a_note_and_a_task_are_written_on_the_page_of_the_place(client, me):
    store = StoreFactory()
    url = reverse("admin:stores_store_change", args=[store.pk])
    data = form(client, url) | rows("notes", {"text": "Ring twice."})
    data |= rows("tasks", {"title": "Bring posters", "due_on": "2026-08-03", "assignee": me.pk})
    assert client.post(url, data).status_code == 302
    note, task = StoreNote.objects.get(store=store), StoreTask.objects.get(store=store)
    assert (note.text, note.actor_kind, note.actor_id) == ("Ring twice.", "user", me.pk)
    assert (task.title, task.assignee, task.due_on, task.done_at, task.actor_id) == ("Bring posters", me, dt.date(2026, 8, 3), None, me.pk)


def test_a_task_ticked_on_the_page_is_done_and_leaves_it(client, me):
    task = StoreTaskFactory()
    url = reverse("admin:stores_store_change", args=[task.store.pk])
    data = form(client, url) | {"tasks-0-done": "on"}
    assert client.post(url, {name: value for name, value in data.items() if value is not None}).status_code == 302
    task.refresh_from_db()
    assert task.done_at is not None
    assert form(client, url)["tasks-INITIAL_FORMS"] == 0


def test_the_list_shows_what_is_open_mine_overdue_and_done(client, me):
    StoreTaskFactory(title="late", due_on=days(-1), assignee=me)
    StoreTaskFactory(title="today", due_on=days(0))
    StoreTaskFactory(title="done", due_on=days(-2), done_at=timezone.now())
    assert titles(client) == ["late", "today"]
    assert titles(client, whose="mine") == ["late"]
    assert titles(client, whose="nobody") == ["today"]
    assert titles(client, state="overdue") == ["late"]
    assert titles(client, state="done") == ["done"]


def test_the_home_lists_overdue_tasks_and_no_others(client, me):
    late = StoreTaskFactory(title="late", due_on=days(-1))
    StoreTaskFactory(title="today", due_on=days(0))
    StoreTaskFactory(title="done", due_on=days(-2), done_at=timezone.now())
    block = next(block for block in client.get(reverse("admin:index")).context["blocks"] if block.name == "tasks")
    assert ([line.text for line in block.lines], block.total) == (["late"], 1)
    assert str(late.pk) in block.lines[0].url


def test_a_task_is_finished_once_and_may_be_opened_again(me):
    task, by = StoreTaskFactory(), Actor.of_user(me)
    done = directory.finish_task(task, by=by).done_at
    assert directory.finish_task(task, by=by).done_at == done
    assert directory.reopen_task(task, by=by).done_at is None


def test_the_author_of_a_note_stays_when_somebody_else_corrects_it(me):
    note = directory.write_note(StoreFactory(), "Rnig", by=Actor.of_user(me))
    note.text = "Ring"
    assert directory.save_note(note, by=Actor.of_user(UserFactory(role="coordinator"))).actor_id == me.pk


def test_an_empty_note_is_refused_and_a_card_writes_nothing():
    store = StoreFactory()
    with pytest.raises(ValidationError):
        directory.write_note(store, "", by=Actor.system())
    card = Actor.of_link(links.link_for(AccessLink.STORE, store.pk))
    for act in (
        lambda: directory.write_note(store, "x", by=card),
        lambda: directory.finish_task(StoreTaskFactory(), by=card),
        lambda: directory.delete_note(StoreNoteFactory(), by=card),
    ):
        with pytest.raises(PermissionDenied):
            act()


def test_a_sorting_centre_sees_no_task(client):
    client.force_login(UserFactory(role="sorting"))
    assert client.get(TASKS).status_code in (302, 403)
