"""Cards of chosen places, from their list."""

import io

import pytest
from django.urls import reverse
from pypdf import PdfReader

from lincassable.accounts import links
from lincassable.accounts.actors import Actor
from lincassable.accounts.models import AccessLink
from lincassable.accounts.tests.factories import UserFactory
from stores import admin_cards
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db
LIST = reverse("admin:stores_store_changelist")


@pytest.fixture
def coordinator(client):
    client.force_login(UserFactory(role="coordinator"))
    return client


def asked(client, stores, action="cards_a4"):
    return client.post(LIST, {"action": action, "_selected_action": [store.pk for store in stores], "index": 0})


def test_chosen_places_are_printed_and_get_a_card_if_they_have_none(coordinator):
    stores = [StoreFactory() for _ in range(5)]
    links.link_for(AccessLink.STORE, stores[0].pk)
    sheets = PdfReader(io.BytesIO(asked(coordinator, stores).content))
    assert len(sheets.pages) == 2
    assert all(store.name in sheets.pages[0].extract_text() + sheets.pages[1].extract_text() for store in stores)
    assert len(PdfReader(io.BytesIO(asked(coordinator, stores, "cards_a6").content)).pages) == 5
    assert AccessLink.objects.filter(kind=AccessLink.STORE).count() == 5


def test_withdrawn_cards_are_left_out_and_said(coordinator):
    store = StoreFactory()
    links.revoke(links.link_for(AccessLink.STORE, store.pk), by=Actor.system())
    response = asked(coordinator, [store])
    assert response.status_code == 302
    assert AccessLink.objects.get().is_revoked


def test_too_many_places_are_refused_with_a_sentence(coordinator, monkeypatch):
    monkeypatch.setattr(admin_cards, "MOST", 1)
    assert asked(coordinator, [StoreFactory(), StoreFactory()]).status_code == 302
    assert not AccessLink.objects.exists()


def test_a_places_page_leads_to_its_card_in_both_languages(coordinator):
    store = StoreFactory()
    link = links.link_for(AccessLink.STORE, store.pk)
    page = coordinator.get(reverse("admin:stores_store_change", args=[store.pk])).content.decode()
    for language in ("fr", "en"):
        assert f"{reverse('admin:accounts_accesslink_pdf')}?language={language}&amp;ids={link.pk}" in page
