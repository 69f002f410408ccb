"""The position on a store's admin page: found, doubtful, unknown, or the service away; saving never waits for it."""

from __future__ import annotations

import pytest
from django.test import Client

from lincassable.accounts.tests.factories import UserFactory
from stores.tests.factories import StoreFactory
from stores.tests.test_geocoding import service  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db
PAGE = "/admin/stores/store/position/"


@pytest.fixture
def office():
    """A coordinator's browser."""
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(UserFactory(is_superuser=True, is_staff=True))
    return client


def test_the_button_fills_in_what_was_found(office, service):  # noqa: F811
    assert b"data-find=" in office.get(f"/admin/stores/store/{StoreFactory().pk}/change/").content
    answer = office.get(PAGE, {"q": "12 rue des Consignes 13001 Marseille"}).json()
    assert (answer["latitude"], answer["longitude"]) == ("43.296500", "5.369800")
    assert "12 Rue des Consignes" in answer["message"]


def test_what_goes_wrong_is_a_sentence(office, service):  # noqa: F811
    service["body"] = '{"features": []}'
    assert office.get(PAGE, {"q": "nulle part"}).status_code == 404
    service["status"] = 500
    assert office.get(PAGE, {"q": "12 rue"}).json()["message"]
    assert office.get(PAGE, {"q": " \x00"}).status_code == 422


def test_without_a_service_there_is_no_button_and_the_map_is_there_to_click_on(office):
    page = office.get(f"/admin/stores/store/{StoreFactory(latitude=None, longitude=None).pk}/change/").content
    assert b"data-find=" not in page
    assert b"data-pick-position data-unknown" in page
    assert office.get(PAGE, {"q": "12 rue"}).status_code == 422
