"""Addresses that were cut, shared or typed by hand: what cannot be read in them is left out, and the page comes all the same."""

import pytest
from django.test import Client
from django.urls import reverse

from lincassable.accounts import links
from lincassable.accounts.models import AccessLink
from lincassable.accounts.tests.factories import UserFactory
from pickups.enums import TourState
from pickups.tests.factories import TourFactory

pytestmark = pytest.mark.django_db
# A superscript is a digit to Python's isdigit(), and no number to int(); one of 5,000 digits neither.
ODD_NUMBERS = ("²", "9" * 30, "9" * 5000, "-1", "")


@pytest.fixture(scope="module")
def numbers():
    """Pages of the admin, with the parameter that holds a number."""
    return [
        ("admin:crates_balance_changelist", "zone"),
        ("admin:crates_depositcount_changelist", "zone"),
        ("admin:crates_depositcount_add", "store"),
        ("admin:crates_movement_changelist", "place"),
        ("admin:crates_movement_changelist", "q"),
        ("admin:crates_discrepancydecision_inbox", "store"),
        ("admin:crates_discrepancydecision_inbox", "page"),
        ("admin:pickups_pickuprequest_refuse", "ids"),
        ("admin:pickups_tour_add", "requests"),
        ("admin:accounts_accesslink_changelist", "q"),
    ]


@pytest.fixture
def office():
    """A browser of an administrator."""
    browser = Client()
    browser.force_login(UserFactory(role="administrator"))
    return browser


def test_numbers_that_are_none(office, numbers):
    wrong = []
    for name, parameter in numbers:
        for odd in ODD_NUMBERS:
            response = office.get(reverse(name), {parameter: odd})
            if response.status_code not in (200, 302):
                wrong.append(f"{name} {parameter}={odd[:10]}: {response.status_code}")
    assert wrong == []


@pytest.mark.parametrize(
    ("name", "parameter"),
    [("crates_inventory", "counted_at"), ("crates_inventory", "store"), ("crates_palox", "container_type"), ("pickups_tour", "carrier")],
)
def test_a_form_that_the_address_fills_in_wrongly_comes_without_it(office, name, parameter):
    for odd in (*ODD_NUMBERS, "\x00", "nonsense", "2026-05-01", "9999-12-31T23:59:59"):
        assert office.get(reverse(f"admin:{name}_add"), {parameter: odd}).status_code == 200


def test_the_list_of_places_of_a_tour_with_odd_filters(office):
    address = reverse("admin:pickups_tour_compose", args=[TourFactory(state=TourState.DRAFT).pk])
    for parameter in ("zone", "shown", "q"):
        for odd in (*ODD_NUMBERS, "\x00"):
            assert office.get(address, {parameter: odd}).status_code == 200


def test_days_that_calendars_do_not_reach(office):
    for day in ("9999-12-31", "0001-01-01", "2026-02-31"):
        assert office.get(reverse("admin:crates_discrepancydecision_losses"), {"from": day, "to": day}).status_code == 200


@pytest.mark.parametrize("wrong", [{"period": "nonsense"}, {"period": "free", "zone": "nonsense"}, {"period": "free"}])
def test_figures_of_days_that_calendars_do_not_reach(office, wrong):
    for days in ({"since": "0001-01-01"}, {"until": "9999-12-31"}, {"since": "0001-01-01", "until": "0001-01-02"}):
        assert office.get(reverse("figures:page"), {**wrong, **days}).status_code in (200, 422)


@pytest.mark.parametrize("address", ["/admin/bilans/?q=%00", "/inventaire/?q=%00", "/admin/recherche/?q=%00"])
def test_a_nul_in_a_search(office, address):
    assert office.get(address).status_code == 200


def test_a_nul_in_the_search_of_what_a_mail_is_previewed_with(office):
    address = reverse("admin:messaging_mailtext_text", args=["tour_changed", "fr"])
    assert office.post(address, {"action": "search", "q": "Ar\x00les", "subject": "x", "body": "x", "seen": 0}).status_code in (200, 422)


def test_a_nul_in_the_search_of_a_driver():
    tour, phone = TourFactory(state=TourState.UNDER_WAY), Client()
    phone.get(links.url(links.link_for(AccessLink.TOUR, tour.pk)).removeprefix("http://localhost:8000"))
    assert phone.get(reverse("pickups:driver_added"), {"q": "Ar\x00les"}).status_code == 200
