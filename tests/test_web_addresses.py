"""Addresses put together from a route that was searched once are those that Django makes."""

import uuid

import pytest
from django.conf import settings
from django.urls import NoReverseMatch, reverse

from lincassable.web_addresses import web_address


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("admin:index", []),
        ("admin:stores_store_change", [17]),
        ("admin:stores_store_change", ["17"]),
        ("reporting:unsubscribe", ["contact-7.x_Y-z:1"]),
        ("reporting:unsubscribe", ["à côté?#%"]),
        ("portal:mail_button", ["abc", "2026-W47-7.sig", "exact"]),
        ("stock:movements", [uuid.UUID(int=5)]),
    ],
)
def test_the_address_is_the_one_of_the_route(name, words):
    for _again in range(2):
        assert web_address(name, *words) == settings.SITE_URL + reverse(name, args=words)


def test_a_page_that_does_not_exist_is_an_error():
    for name, words in (("admin:nothing", []), ("stock:movements", ["no-such-uuid"]), ("admin:index", ["one", "too many"])):
        with pytest.raises(NoReverseMatch):
            web_address(name, *words)


@pytest.mark.urls("tests.urls_elsewhere")
def test_other_routes_have_other_addresses():
    assert web_address("reporting:unsubscribe", "x") == settings.SITE_URL + "/elsewhere/x/"
