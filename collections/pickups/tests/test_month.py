"""Tours by month in the admin, and a coordinator's own calendar."""

import re
from datetime import date, timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from lincassable.accounts.models import AccessLink
from lincassable.accounts.tests.factories import UserFactory
from pickups import month
from pickups.models import RecurringSkip, RecurringTour, Tour
from pickups.tests.factories import CarrierFactory, StopFactory, StopLineFactory, TourFactory, VehicleFactory
from stores.enums import Kind
from stores.models import Closure
from stores.tests.factories import StoreFactory, ZoneFactory

pytestmark = pytest.mark.django_db
URL, AGENDA = "/admin/pickups/tour/calendar/", "/admin/pickups/tour/agenda/"


@pytest.fixture(autouse=True)
def the_tenth_of_november():
    cache.clear()
    with time_machine.travel("2026-11-10 09:00+01:00", tick=False):
        yield


def desk(role="coordinator") -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(UserFactory(role=role, language="en", is_staff=role in ("coordinator", "administrator")))
    client.cookies["langue"] = "en"
    return client


def cell(page: str, day: str) -> str:
    """Return the HTML of one day."""
    return re.search(rf'<td[^>]*data-day="{day}".*?</td>', page, re.DOTALL)[0]


def series(**fields) -> RecurringTour:
    known = {"name": "Mardis du port", "weekday": 1, "every_weeks": 1, "starts_on": date(2026, 11, 1), "carrier": CarrierFactory()}
    return RecurringTour.objects.create(**{**known, "hub": StoreFactory(kind=Kind.HUB), **fields})


def test_each_tour_is_on_its_day_with_state_zone_carrier_and_load():
    carrier = CarrierFactory(name="Cargo Bleu")
    vehicle = VehicleFactory(carrier=carrier, payload_kg=100)
    tour = TourFactory(date=date(2026, 11, 12), zone=ZoneFactory(name="Littoral"), carrier=carrier, vehicle=vehicle)
    StopLineFactory(stop=StopFactory(tour=tour), planned_full=20, planned_empty=0)
    page = desk().get(f"{URL}?month=2026-11").content.decode()
    found = cell(page, "2026-11-12")
    assert f'data-tour="{tour.pk}" data-state="draft"' in found
    for text in (tour.reference, "Littoral", "Cargo Bleu", "1 stop", "kg", "is-over"):
        assert text in found
    assert page.count("data-tour=") == 1


def test_the_month_opens_on_today_and_leads_to_its_neighbours():
    page = desk().get(URL).content.decode()
    assert 'data-month="2026-11"' in page
    assert 'aria-current="date"' in cell(page, "2026-11-10")
    assert "?month=2026-10" in page
    assert "?month=2026-12" in page
    assert page.count("data-day=") == 42  # six weeks, from Monday 26 October to Sunday 6 December
    assert 'data-month="2026-12"' in desk().get(f"{URL}?month=2026-12").content.decode()


@pytest.mark.parametrize("text", ["", "x", "2026", "2026-13", "0-0", "9999-12", "1-1", "²-1", "2026-11-10", "\x00", "9" * 5000, "-"])
def test_a_month_that_cannot_be_read_is_this_one(text):
    response = desk().get(URL, {"month": text, "zone": text, "carrier": f"{text}1" * 50, "hub": "-1"})
    assert response.status_code == 200
    assert 'data-month="2026-11"' in response.content.decode()


@pytest.mark.parametrize(("text", "way"), [("2000-01", "data-previous"), ("2100-12", "data-following")])
def test_the_calendar_has_an_end(text, way):
    assert way not in desk().get(f"{URL}?month={text}").content.decode()


def test_filters_keep_what_was_asked_and_travel_along():
    zone, tour = ZoneFactory(), TourFactory(date=date(2026, 11, 20))
    mine = TourFactory(date=date(2026, 11, 20), zone=zone)
    page = desk().get(f"{URL}?month=2026-11&zone={zone.pk}").content.decode()
    assert f'data-tour="{mine.pk}"' in page
    assert f'data-tour="{tour.pk}"' not in page
    assert f"?month=2026-12&amp;zone={zone.pk}" in page
    assert f"?date=2026-11-20&amp;zone={zone.pk}" in page
    for name in ("carrier", "hub"):
        page = desk().get(f"{URL}?month=2026-11&{name}={getattr(mine, name).pk}").content.decode()
        assert (f'data-tour="{mine.pk}"' in page, f'data-tour="{tour.pk}"' in page) == (True, False)


def test_a_day_to_come_leads_to_a_new_tour_on_it_and_a_past_one_does_not():
    client = desk()
    page = client.get(URL).content.decode()
    assert "?date=" not in cell(page, "2026-11-09")
    found = re.search(r'href="([^"]*\?date=2026-11-24)"', cell(page, "2026-11-24"))[1]
    form = client.get(found)
    assert form.status_code == 200
    (field,) = re.findall(r'<input[^>]*name="date"[^>]*>', form.content.decode())
    assert re.search(r'value="(2026-11-24|11/24/2026|24/11/2026)"', field)


def test_holidays_and_closures_are_told():
    hub, shop = StoreFactory(kind=Kind.HUB, name="Hub Nord"), StoreFactory(name="Épicerie close")
    Closure.objects.create(store=shop, first_day=date(2026, 10, 1), last_day=date(2026, 11, 12))
    Closure.objects.create(store=hub, first_day=date(2026, 11, 12), last_day=date(2027, 1, 1), reason="inventaire")
    page = desk().get(URL).content.decode()
    assert "data-holiday" in cell(page, "2026-11-11")
    assert "data-holiday" not in cell(page, "2026-11-12")
    assert 'data-closures="1"' in cell(page, "2026-11-11")
    both = cell(page, "2026-11-12")
    assert both.index("Hub Nord (inventaire)") < both.index("Épicerie close")
    assert 'data-closures="1"' in cell(page, "2026-11-13")


def test_days_of_a_series_without_a_draft_are_announced_and_those_that_fall_out_say_why():
    one = series(weekday=2)  # Wednesdays: the 11th is a holiday
    RecurringSkip.objects.create(recurring=one, day=date(2026, 11, 18), reason="fermeture annuelle")
    Tour.objects.filter(pk=TourFactory(date=date(2026, 11, 26)).pk).update(recurring=one, recurring_day=date(2026, 11, 25))
    Closure.objects.create(store=one.hub, first_day=date(2026, 12, 2), last_day=date(2026, 12, 2))
    page = desk().get(URL).content.decode()
    assert "data-skipped" in cell(page, "2026-11-11")
    assert "fermeture annuelle" in cell(page, "2026-11-18")
    assert "data-series" not in cell(page, "2026-11-25")  # its draft was moved to the 26th
    assert "data-skipped" in cell(page, "2026-12-02")
    page = desk().get(f"{URL}?month=2026-12").content.decode()
    assert "data-skipped" not in cell(page, "2026-12-09")
    assert "data-series" in cell(page, "2026-12-09")
    assert "data-series" not in desk().get(f"{URL}?month=2026-10").content.decode().split("2026-10-31")[0]


def test_what_will_not_drive_counts_for_nothing():
    for state in ("draft", "cancelled", "declined"):
        TourFactory(date=date(2026, 11, 20), state=state)
    shown = month.month_of(date(2026, 11, 1), month.Chosen(), Tour.objects.all())
    assert shown.tours == 1


def test_a_full_month_takes_as_many_queries_as_an_empty_one(django_assert_num_queries):
    def ask():
        return month.month_of(date(2026, 11, 1), month.Chosen(), Tour.objects.all())

    series()
    StopLineFactory(stop=StopFactory(tour=TourFactory(date=date(2026, 11, 12))))
    Closure.objects.create(store=StoreFactory(), first_day=date(2026, 11, 12), last_day=date(2026, 11, 12))
    with django_assert_num_queries(9):
        ask()
    for number in range(8):
        series(name=f"Série {number}")
        StopLineFactory(stop=StopFactory(tour=TourFactory(date=date(2026, 11, 2) + timedelta(days=number))))
        Closure.objects.create(store=StoreFactory(), first_day=date(2026, 11, 12), last_day=date(2026, 11, 14))
    with django_assert_num_queries(9):
        assert ask().tours == 9


@pytest.mark.parametrize("role", ["sorting", "carrier"])
def test_only_who_sees_tours_sees_their_month(role):
    client = desk(role)
    assert client.get(URL).status_code in (302, 403)
    assert client.post(AGENDA, {"do": "make"}).status_code in (302, 403)
    assert not AccessLink.objects.exists()


# -- one's own calendar


def test_a_coordinator_gets_renews_and_stops_their_own_calendar():
    client = desk()
    assert not AccessLink.objects.exists()
    assert 'data-calendar="none"' in client.get(AGENDA).content.decode()

    def address() -> str:
        found = re.search(r'value="http://localhost:8000(/agenda/[^"]+)"', client.get(AGENDA).content.decode())
        return found[1] if found else ""

    def press(button):
        assert client.post(AGENDA, {"do": button}).status_code == 302

    press("make")
    first = address()
    assert client.get(first).status_code == 200
    assert 'data-calendar-asking="withdraw"' in client.get(f"{AGENDA}?faire=arreter").content.decode()
    press("renew")
    second = address()
    press("withdraw")
    assert [client.get(url).status_code for url in (first, second)] == [410, 410]
    assert address() == ""
    assert client.post(AGENDA, {"do": "x"}).status_code == 404


def test_a_coordinator_makes_a_carrier_s_calendar_and_no_other():
    client, carrier = desk(), CarrierFactory()
    assert client.post(AGENDA, {"do": "make", "carrier": carrier.pk}).status_code == 302
    assert "/agenda/" in client.get(AGENDA).content.decode()
    for wrong in ("x", "0", "9" * 40, "\x00"):
        assert client.post(AGENDA, {"do": "make", "carrier": wrong}).status_code == 404
    assert [link.kind for link in AccessLink.objects.all()] == [AccessLink.CARRIER_CALENDAR]


def test_links_of_calendars_are_listed_and_have_no_card_to_print():
    client, carrier = desk(), CarrierFactory(name="Cargo Bleu")
    client.post(AGENDA, {"do": "make", "carrier": carrier.pk})
    link = AccessLink.objects.get()
    assert "Cargo Bleu" in client.get(reverse("admin:accounts_accesslink_changelist")).content.decode()
    page = client.get(reverse("admin:accounts_accesslink_change", args=[link.pk])).content.decode()
    assert "A6" not in page
    assert "/agenda/" in page
    assert client.get(reverse("admin:accounts_accesslink_cards"), {"ids": link.pk}).status_code == 404
    assert client.get(reverse("admin:accounts_accesslink_code", args=[link.pk, "png"])).status_code == 404
    asked = reverse("admin:accounts_accesslink_confirm") + f"?deed=rotate&ids={link.pk}"
    assert client.get(asked).status_code == 200
    response = client.post(asked)
    assert response["Location"] == reverse("admin:accounts_accesslink_changelist")
    link.refresh_from_db()
    assert link.version == 2


def test_nobody_reads_the_address_of_a_colleague():
    colleague = desk()
    colleague.post(AGENDA, {"do": "make"})
    link = AccessLink.objects.get(kind=AccessLink.USER_CALENDAR)
    page = desk("administrator").get(reverse("admin:accounts_accesslink_change", args=[link.pk])).content.decode()
    assert "/agenda/" not in page.replace("/tour/agenda/", "")


# -- addresses of lists that nobody can look up


@pytest.mark.parametrize(
    "query",
    [{"state__exact": "\x00"}, {"date__year": "9" * 30}, {"date__year": "99999999999"}, {"q": "a\x00b"}, {"carrier__id__exact": "9" * 30}],
)
def test_a_list_whose_address_makes_no_sense_shows_everything_or_nothing_but_no_error(query):
    response = desk().get("/admin/pickups/tour/", query, follow=True)
    assert response.status_code == 200
