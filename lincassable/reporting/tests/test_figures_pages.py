"""The pages of figures: every number opens rows that add up to it; files, the sheet of paper, refusals in words, few queries, rights."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from html import unescape

import openpyxl
import pytest
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pypdf import PdfReader

from crates.tests.factories import HubFactory
from lincassable.accounts.tests.factories import UserFactory
from lincassable.reporting.figures import public
from lincassable.reporting.figures.registry import FIGURES
from lincassable.reporting.tests.figures_world import collect, world
from stores.tests.factories import StoreFactory, ZoneFactory

pytestmark = pytest.mark.django_db
URL = "/admin/chiffres/"


@pytest.fixture
def desk(client):
    """A coordinator's browser, in English."""
    client.force_login(UserFactory(role="coordinator", language="en"))
    client.cookies["langue"] = "en"
    return client


@pytest.fixture
def visitor(client):
    """Somebody's browser; nothing is kept from another test."""
    cache.delete(public.KEY)
    yield client
    cache.delete(public.KEY)


def text_of(page) -> str:
    return page.content.decode()


def links(html: str) -> dict[str, str]:
    """Return the texts of the links to rows, by address."""
    found = re.findall(r'href="(/admin/chiffres/\w+/\?[^"]*)"[^>]*>([^<]+)<', html)
    return {unescape(address): unescape(text) for address, text in found}


def test_every_number_opens_rows_that_add_up_to_it(desk):
    now = timezone.now()
    made = world(now, rounds=40)
    counted = [code for code, figure in FIGURES.items() if len(figure.parts) == 1 and code not in ("return_rate", "spared", "emitted")]
    opened = 0
    for query in (f"?by=zone&carrier={made.carriers[0].pk}", "?period=12_months&by=store"):
        for address, told in sorted(links(text_of(desk.get(URL + query))).items())[::5]:
            page = desk.get(address)
            assert page.status_code == 200, address
            total = re.search(r'data-total="0">([^<]*)<', text_of(page))
            code = address.split("/")[3]
            if code in counted and code != "km":
                assert total.group(1) == re.match(r"[\d,.]+", told).group(), (address, told)
                opened += 1
            rows = re.findall(r'class="figures-row" href="([^"]+)"', text_of(page))
            assert all(desk.get(row).status_code == 200 for row in rows[:1])
    assert opened > 12


def test_the_page_takes_as_many_queries_for_a_large_network(desk):
    def queries() -> int:
        with CaptureQueriesContext(connection) as made:
            assert desk.get(f"{URL}?by=store").status_code == 200
        return len(made)

    now = timezone.now()
    world(now, shops=4, rounds=10)
    desk.get(URL)
    few = queries()
    world(now, shops=30, rounds=30, seed=7)
    assert queries() == few
    assert few < 60


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?period=free", "Choose the first day and the last day"),
        ("?period=free&since=2026-05-01&until=2026-04-01", "ends before it begins"),
        ("?period=free&since=first+of+May", "Write it like 2026-05-01"),
        ("?period=free&since=1999-01-01", "from the year 2000 on"),
        ("?period=free&since=2026-01-01&until=9999-12-31", "within two years"),
        ("?period=year&since=2026-01-01", "choose the period"),
        ("?period=decade", "choose again"),
        ("?zone=999999", "choose again"),
        ("?zone=x", "choose again"),
        ("?carrier=-1", "choose again"),
        ("?place=nowhere", "No place has this name"),
        ("?place=Twins", "Several places have this name"),
        ("?store=999999", "search it by its name"),
        ("?store=99999999999999999999999", "search it by its name"),
        ("?by=colour", "choose again"),
    ],
)
def test_what_cannot_be_answered_is_said_in_a_sentence(desk, query, said):
    StoreFactory(name="Twins, north")
    StoreFactory(name="Twins, south")
    page = desk.get(URL + query)
    assert page.status_code == 200
    assert said in unescape(text_of(page))
    assert "data-errors" in text_of(page)
    assert desk.get(f"{URL}bottles/{query}").status_code == 200
    assert desk.get(f"{URL}bilan.pdf{query}").status_code == 200


def test_a_place_is_found_by_a_part_of_its_name(desk):
    store, hub = StoreFactory(name="L'Étal du Romarin"), HubFactory()
    other = StoreFactory(name="Another")
    collect(store, hub, timezone.now() - timedelta(minutes=9), 3)
    collect(other, hub, timezone.now() - timedelta(minutes=8), 50)
    page = desk.get(URL, {"place": "etal", "period": "12_months"})
    assert page.context["asked"].filters == {"store": store.pk}
    assert page.context["answer"].figure("bottles").now.value == 36
    assert "no tour belongs to one place" in text_of(desk.get(f"{URL}km/", {"store": store.pk}))


def test_the_files_have_numbers_and_no_formulas(desk):
    now = timezone.now()
    made = world(now, rounds=20)
    zone = made.zones[0]
    zone.name = "=1+1"
    zone.save()
    page = desk.get(f"{URL}?period=ever&by=zone&format=xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(page.content)).active
    titles = [cell.value for cell in sheet[1]]
    column = titles.index("Bottles collected (bottles)")
    told = desk.get(f"{URL}?period=ever&by=zone").context["answer"]
    assert sheet.cell(2, column + 1).value == int(told.figure("bottles").now.value)
    names = {sheet.cell(row, 1).value: sheet.cell(row, column + 1).value for row in range(3, sheet.max_row + 1)}
    assert names["'=1+1"] == int(told.member("bottles", zone.pk).now.value)
    assert sum(names.values()) == sheet.cell(2, column + 1).value
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    lines = list(csv.reader(io.StringIO(desk.get(f"{URL}bottles/?period=ever&format=csv").content.decode("utf-8-sig")), delimiter=";"))
    assert sum(int(line[-1]) for line in lines[1:]) == int(told.figure("bottles").now.value)
    assert not any(cell.startswith("=") for line in lines for cell in line)
    assert desk.get(f"{URL}?format=exe").status_code == 404
    assert desk.get(f"{URL}km/?store={made.stores[0].pk}&format=csv").status_code == 404


@pytest.mark.parametrize(("language", "decimal"), [("en", "."), ("fr", ",")])
def test_the_sheet_is_one_page_that_says_what_the_screen_says(desk, language, decimal):
    now = timezone.now()
    made = world(now, rounds=40)
    desk.cookies["langue"] = language
    page = desk.get(f"{URL}bilan.pdf", {"period": "12_months", "zone": made.zones[0].pk})
    assert page["Content-Type"] == "application/pdf"
    pdf = PdfReader(io.BytesIO(page.content))
    assert len(pdf.pages) == 1
    text = re.sub(r"\s+", " ", pdf.pages[0].extract_text())
    told = desk.get(URL, {"period": "12_months", "zone": made.zones[0].pk}).context["answer"]
    bottles = f"{int(told.figure('bottles').now.value):,}".replace(",", " " if language == "fr" else ",")
    assert bottles in text
    assert f"{told.figure('return_rate').now.value:.1f}".replace(".", decimal) in text
    assert made.zones[0].name in text
    assert "Météor" in text


def test_an_empty_network_has_its_pages_too(desk):
    assert "data-nothing" in text_of(desk.get(URL))
    for code in FIGURES:
        assert desk.get(f"{URL}{code}/").status_code == 200
    assert len(PdfReader(io.BytesIO(desk.get(f"{URL}bilan.pdf").content)).pages) == 1
    assert desk.get(f"{URL}nothing/").status_code == 404


def test_who_may_not_see_the_rows_does_not_see_their_figures(client):
    user = UserFactory(role="coordinator", language="en")
    user.groups.clear()
    client.force_login(user)
    assert client.get(URL).status_code == 403
    coordinators = Group.objects.get(name="coordinator")
    user.user_permissions.set(coordinators.permissions.exclude(codename__in=["view_training", "view_nonconformity"]))
    page = client.get(URL)
    shown = [card.figure.code for card in page.context["cards"]]
    assert "bottles" in shown
    assert not {"trainings", "trained", "problems", "problem_rate"} & set(shown)
    assert client.get(f"{URL}trainings/").status_code == 403
    assert "Trainings" not in text_of(client.get(f"{URL}?format=csv"))


# -- for everybody


@pytest.mark.parametrize(("language", "words"), [("en", "bottles collected since the beginning"), ("fr", "1 200")])
def test_anybody_sees_the_headlines_and_nothing_else(visitor, language, words):
    visitor.cookies["langue"] = language
    store, hub = StoreFactory(name="Secret grocer", zone=ZoneFactory(name="Secret zone")), HubFactory()
    collect(store, hub, timezone.now() - timedelta(days=3), 100)
    page = visitor.get("/chiffres/")
    html = unescape(text_of(page)).replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert page.status_code == 200
    assert words in html
    assert "Secret" not in html
    assert "/admin/" not in html
    assert "max-age" in page["Cache-Control"]


def test_the_headlines_are_read_once_an_hour(visitor):
    store, hub = StoreFactory(), HubFactory()
    collect(store, hub, timezone.now() - timedelta(days=3), 1)
    first = visitor.get("/chiffres/")
    collect(store, hub, timezone.now() - timedelta(days=2), 5)
    with CaptureQueriesContext(connection) as made:
        again = visitor.get("/chiffres/")
    assert len(made) == 0
    assert again.context["ever"] == first.context["ever"] == "12"
    cache.delete(public.KEY)
    assert visitor.get("/chiffres/").context["ever"] == "72"


def test_the_headlines_do_without_their_cache(visitor, monkeypatch):
    def down(*args, **more):
        raise ConnectionError

    monkeypatch.setattr("django.core.cache.cache.get", down)
    monkeypatch.setattr("django.core.cache.cache.set", down)
    assert visitor.get("/chiffres/").status_code == 200


def test_the_headlines_are_found_from_the_other_public_pages(visitor):
    for path in ("/", "/carte/", "/mentions-legales/", "/sitemap.xml"):
        assert "/chiffres/" in text_of(visitor.get(path))
