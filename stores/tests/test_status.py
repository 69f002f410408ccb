"""A place's status has a history: who, when, why, whatever the way it changed."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from lincassable.accounts import links
from lincassable.accounts.actors import Actor
from lincassable.accounts.models import AccessLink
from lincassable.accounts.tests.factories import UserFactory
from stores import services
from stores.enums import Status
from stores.models import StatusChange, Store, StoreNote, StoreTask, Tag
from stores.tests.factories import StoreFactory
from stores.tests.test_admin import form

pytestmark = pytest.mark.django_db


def history(store):
    return list(StatusChange.objects.filter(store=store).values_list("from_status", "to_status", "reason", "actor_id").order_by("pk"))


def test_each_way_of_changing_a_status_writes_one_line():
    user = UserFactory(role="coordinator")
    by = Actor.of_user(user)
    store = services.create_store(by=by, name="La Cagette", city="Arles", status=Status.PROSPECT)
    services.change_status(store, Status.SETTING_UP, by=by, reason="  met at the fair ")
    services.change_status(store, Status.SETTING_UP, by=by, reason="again")
    services.update_store(store, by=by, status=Status.ACTIVE)
    services.archive_store(store, by=by, reason="closed for good")
    services.archive_store(store, by=by)
    services.reactivate_store(store, by=by)
    assert history(store) == [
        ("", "prospect", "", user.pk),
        ("prospect", "setting_up", "met at the fair", user.pk),
        ("setting_up", "active", "", user.pk),
        ("active", "archived", "closed for good", user.pk),
        ("archived", "active", "", user.pk),
    ]


def test_other_changes_of_a_place_leave_its_history_alone():
    store = services.create_store(by=Actor.system(), name="A", city="Arles")
    services.update_store(store, by=Actor.system(), name="B")
    assert len(history(store)) == 1


def test_an_unknown_status_and_an_endless_reason_are_refused_and_nothing_is_written():
    store = StoreFactory()
    for to, reason in (("asleep", ""), (Status.PAUSED, "x" * 251)):
        with pytest.raises(ValidationError):
            services.change_status(store, to, by=Actor.system(), reason=reason)
    store.refresh_from_db()
    assert (store.status, history(store)) == (Status.ACTIVE, [])


def test_a_card_changes_no_status():
    store = StoreFactory()
    link = links.link_for(AccessLink.STORE, store.pk)
    with pytest.raises(PermissionDenied):
        services.change_status(store, Status.PAUSED, by=Actor.of_link(link))


def test_the_form_asks_why_a_place_is_paused_and_keeps_the_answer(client):
    user = UserFactory(role="coordinator")
    client.force_login(user)
    store = StoreFactory()
    url = reverse("admin:stores_store_change", args=[store.pk])
    refused = client.post(url, form(client, url, status="paused"))
    assert refused.status_code == 200
    assert refused.context["adminform"].form.errors.keys() == {"status_reason"}
    assert client.post(url, form(client, url, status="paused", status_reason="works in the street")).status_code == 302
    assert history(store) == [("active", "paused", "works in the street", user.pk)]


def test_the_fields_of_the_directory_are_saved_from_the_form(client):
    client.force_login(UserFactory(role="coordinator"))
    store, tag = StoreFactory(), Tag.objects.create(name="pilot")
    url = reverse("admin:stores_store_change", args=[store.pk])
    values = {"tags": [tag.pk], "website": "https://cagette.example", "public_note": "Ring", "deposit_practice": "cash", "is_public": "on"}
    assert client.post(url, form(client, url, **values, needs_tail_lift="on", largest_vehicle="van")).status_code == 302
    store.refresh_from_db()
    assert (store.website, store.public_note, store.deposit_practice) == ("https://cagette.example", "Ring", "cash")
    assert (store.largest_vehicle, store.needs_tail_lift, list(store.tags.all())) == ("van", True, [tag])


def test_a_place_created_by_mistake_goes_with_its_own_notes_and_tags():
    store = services.create_store(by=Actor.system(), name="A", city="Arles")
    store.tags.add(Tag.objects.create(name="pilot"))
    StoreNote.objects.create(store=store, text="x")
    StoreTask.objects.create(store=store, title="x", due_on="2026-08-03")
    services.delete_store(store, by=Actor.system())
    assert not Store.objects.exists()
