"""Declarations, counts, requests, trucks and mails in the timeline of a place; the first declaration ticks its step."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crates.tests.factories import DeclarationFactory, InventoryFactory
from lincassable.accounts.tests.factories import UserFactory
from lincassable.messaging.tests.factories import MessageFactory
from pickups.enums import StopState
from pickups.tests.factories import PickupRequestFactory, StopFactory
from stores import onboarding, timeline
from stores.tests.factories import ContactFactory, StoreFactory

pytestmark = pytest.mark.django_db


def fill(store, contact, days):
    """One thing of each kind, some days ago."""
    at = timezone.now() - dt.timedelta(days=days)
    DeclarationFactory(store=store, declared_at=at)
    InventoryFactory(store=store, counted_at=at)
    stop = StopFactory(store=store, state=StopState.DONE, completed_at=at)
    MessageFactory(subject_kind="contact", subject_id=contact.pk, to_email=contact.email)
    MessageFactory(subject_kind="tour", subject_id=stop.tour_id, to_email=contact.email)
    MessageFactory(subject_kind="tour", subject_id=stop.tour_id, to_email="somebody@else.example")


def test_everything_that_happened_is_there_and_the_cost_does_not_grow():
    user, store = UserFactory(role="coordinator"), StoreFactory()
    contact = ContactFactory(store=store)
    PickupRequestFactory(store=store)
    fill(store, contact, 3)
    timeline.page_of(store, user)  # a user's permissions are read once
    with CaptureQueriesContext(connection) as few:
        kinds = [row.kind for row in timeline.page_of(store, user).happenings]
    assert sorted(kinds) == ["declaration", "inventory", "mail", "mail", "request", "stop"]
    for days in (4, 5, 6):
        fill(store, contact, days)
    with CaptureQueriesContext(connection) as many:
        assert len(timeline.page_of(store, user).happenings) == 21
    assert len(many) == len(few)


def test_the_first_declaration_ticks_its_step_by_itself_with_its_moment():
    store, other = StoreFactory(), StoreFactory()
    first = timezone.now() - dt.timedelta(days=5)
    DeclarationFactory(store=store, declared_at=first)
    DeclarationFactory(store=store, declared_at=timezone.now())
    states = onboarding.states_of([store, other])
    done = {pk: next(state for state in rows if state.step.code == "first-declaration") for pk, rows in states.items()}
    assert (done[store.pk].done_at, done[store.pk].is_automatic) == (first, True)
    assert (done[other.pk].done_at, done[other.pk].is_automatic) == (None, True)
