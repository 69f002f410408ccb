"""The page that puts a store's pickups into a calendar, on its phone; and the carrier's office page that does the same."""

import re

import pytest
from django.core.cache import cache

from lincassable.accounts.models import AccessLink
from lincassable.accounts.tests.factories import UserFactory
from lincassable.portal.tests.factories import phone_of
from pickups.tests.factories import CarrierFactory
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db
FROM_HERE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture(autouse=True)
def no_kept_feed():
    cache.clear()


def shown(response) -> str:
    """Return the path of the address on a page, "" when there is none."""
    found = re.search(r'value="http://localhost:8000(/agenda/[^"]+)"', response.content.decode())
    return found[1] if found else ""


def press(client, url, button, **more):
    return client.post(url, {"do": button, **more}, headers=FROM_HERE)


def test_looking_makes_nothing_and_the_button_makes_an_address_that_works():
    client = phone_of(StoreFactory())
    assert 'href="/p/agenda/"' in client.get("/p/").content.decode()
    page = client.get("/p/agenda/")
    assert (page.status_code, shown(page)) == (200, "")
    assert not AccessLink.objects.filter(kind=AccessLink.STORE_CALENDAR).exists()
    assert press(client, "/p/agenda/", "make").status_code == 302
    page = client.get("/p/agenda/")
    assert 'href="webcal://localhost:8000/agenda/' in page.content.decode()
    assert client.get(shown(page)).status_code == 200


def test_renewing_and_stopping_are_asked_before_they_are_done():
    client = phone_of(StoreFactory())
    press(client, "/p/agenda/", "make")
    first = shown(client.get("/p/agenda/"))
    for way, button in (("renouveler", "renew"), ("arreter", "withdraw")):
        asked = client.get(f"/p/agenda/?faire={way}").content.decode()
        assert f'data-calendar-asking="{button}"' in asked
        assert f'name="do" value="{button}"' in asked
        assert client.get(first).status_code == 200  # asking changes nothing
    press(client, "/p/agenda/", "renew")
    second = shown(client.get("/p/agenda/"))
    assert [client.get(url).status_code for url in (first, second)] == [410, 200]
    press(client, "/p/agenda/", "withdraw")
    page = client.get("/p/agenda/?faire=renouveler")
    assert (shown(page), client.get(second).status_code) == ("", 410)
    assert 'value="make"' in page.content.decode()


@pytest.mark.parametrize("button", ["", "delete", "make\x00"])
def test_unknown_buttons_do_nothing(button):
    client = phone_of(StoreFactory())
    assert press(client, "/p/agenda/", button).status_code == 404
    assert client.get("/p/agenda/?faire=x&agenda=%00").status_code == 200


def test_a_form_from_elsewhere_is_refused():
    client = phone_of(StoreFactory())
    assert client.post("/p/agenda/", {"do": "make"}, headers={"Origin": "https://elsewhere.example"}).status_code == 403


def test_an_office_sees_and_handles_the_calendars_of_its_carriers_only(client):
    office, mine, also_mine, other = UserFactory(role="carrier"), CarrierFactory(), CarrierFactory(), CarrierFactory()
    for carrier in (mine, also_mine):
        carrier.users.add(office)
    client.force_login(office)
    url = "/transporteur/agenda/"
    assert f'href="{url}"' in client.get("/transporteur/").content.decode()
    assert press(client, url, "make", calendar=mine.pk).status_code == 302
    page = client.get(url)
    assert client.get(shown(page)).status_code == 200
    assert page.content.decode().count('data-calendar="made"') == 1
    asked = client.get(f"{url}?faire=arreter&agenda={also_mine.pk}").content.decode()
    assert "data-calendar-asking" not in asked  # it has no address to stop
    assert "data-calendar-asking" in client.get(f"{url}?faire=arreter&agenda={mine.pk}").content.decode()
    for wrong in (other.pk, "", "x", "9" * 40, "\x00"):
        assert press(client, url, "make", calendar=wrong).status_code == 404
    assert AccessLink.objects.filter(kind=AccessLink.CARRIER_CALENDAR).count() == 1


def test_who_belongs_to_no_carrier_is_told_so(client):
    client.force_login(UserFactory(role="sorting"))
    assert "data-calendar=" not in client.get("/transporteur/agenda/").content.decode()
