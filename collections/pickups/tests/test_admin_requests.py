"""Requests in the admin: a store on the phone, and places that join another one's request."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from lincassable.accounts.actors import Actor
from pickups import services
from pickups.enums import RequestSource
from pickups.models import PickupRequest
from stores.enums import Status
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db
ADD = "admin:pickups_pickuprequest_add"
BY = Actor.system()


@pytest.fixture
def desk(coordinator_user) -> Client:
    """A coordinator's browser."""
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(coordinator_user)
    return client


def ask(desk: Client, store, **data):
    """Fill in the short form."""
    return desk.post(reverse(ADD), {"store": store.pk, "note": "", "key": str(uuid.uuid4()), **data}, follow=True)


def test_what_a_store_says_on_the_phone_is_declared_with_its_request(desk):
    store, key = StoreFactory(), str(uuid.uuid4())
    for _click in range(2):
        page = ask(desk, store, note="avant midi", full_75="14", key=key)
        assert page.status_code == 200
    request = PickupRequest.objects.get()
    assert (request.store, request.source, request.note) == (store, RequestSource.COORDINATOR, "avant midi")
    assert request.declaration.lines.get().full == 14
    assert request.declaration.wants_pickup
    assert store.declarations.count() == 1


def test_without_figures_nothing_is_declared(desk):
    store = StoreFactory()
    ask(desk, store, note="rappeler")
    assert PickupRequest.objects.get().declaration is None
    assert not store.declarations.exists()


@pytest.mark.parametrize("figure", ["-1", "beaucoup", "10000000"])
def test_a_figure_that_cannot_be_keeps_what_was_typed(desk, figure):
    page = ask(desk, StoreFactory(), note="avant midi", full_75=figure)
    assert page.status_code == 200
    assert "avant midi" in page.content.decode()
    assert not PickupRequest.objects.exists()


def test_a_place_that_left_the_network_is_refused_with_a_sentence(desk):
    page = ask(desk, StoreFactory(status=Status.ARCHIVED))
    assert "archived" in page.content.decode()
    assert not PickupRequest.objects.exists()


def test_a_child_joins_its_parent_and_the_pages_say_so(desk):
    parent = StoreFactory(name="Grande boutique")
    child = StoreFactory(name="Petite boutique", collected_through=parent)
    page = ask(desk, child, note="six casiers", full_75="6")
    assert "Grande boutique" in page.content.decode()
    request = PickupRequest.objects.get()
    shown = desk.get(reverse("admin:pickups_pickuprequest_change", args=[request.pk])).content.decode()
    assert "Petite boutique" in shown
    assert "6 × 75 cl" in shown
    listed = desk.get(reverse("admin:pickups_pickuprequest_changelist"), {"q": "petite"}).content.decode()
    assert "Grande boutique" in listed
    assert "six casiers" in listed


def test_the_list_takes_the_same_queries_with_many_parts(desk, django_assert_max_num_queries):
    for _each in range(6):
        parent = StoreFactory()
        for _child in range(2):
            services.request_pickup(StoreFactory(collected_through=parent), by=BY)
    with django_assert_max_num_queries(14):
        assert desk.get(reverse("admin:pickups_pickuprequest_changelist")).status_code == 200
