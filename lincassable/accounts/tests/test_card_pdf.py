"""Cards as PDF, read back: sizes, texts in both languages, who may have them, and what the codes say."""

import io

import pytest
from django.urls import reverse
from pypdf import PdfReader

from lincassable.accounts import card_pdf, kinds, links
from lincassable.accounts.actors import Actor
from lincassable.accounts.models import AccessLink
from lincassable.accounts.tests.factories import AccessLinkFactory, UserFactory

pytestmark = pytest.mark.django_db
MILLIMETRE = 72 / 25.4  # points
LONG = "Association pour la consigne et le réemploi du Cœur du Pays d'Aix, magasin de producteurs et café (Aix-en-Provence)"
ADDRESS = reverse("admin:accounts_accesslink_pdf")


def sizes(reader):
    return {(round(page.mediabox.width / MILLIMETRE), round(page.mediabox.height / MILLIMETRE)) for page in reader.pages}


def read(client, **query):
    response = client.get(ADDRESS, query)
    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    assert "no-store" in response["Cache-Control"]
    return PdfReader(io.BytesIO(response.content))


@pytest.fixture
def coordinator(client):
    client.force_login(UserFactory(role="coordinator"))
    return client


@pytest.fixture
def five():
    return ",".join(str(AccessLinkFactory().pk) for _ in range(5))


def test_a_card_has_an_a6_page_of_its_own(coordinator, five):
    reader = read(coordinator, ids=five)
    assert len(reader.pages) == 5
    assert sizes(reader) == {(105, 148)}


def test_four_cards_stand_on_an_a4_sheet(coordinator, five):
    reader = read(coordinator, ids=five, sheet="a4")
    assert sizes(reader) == {(210, 297)}
    assert [page.extract_text().count("1. Scannez") for page in reader.pages] == [4, 1]


def test_a_card_speaks_french_or_english(coordinator, five):
    french, english = (read(coordinator, ids=five, language=language) for language in ("fr", "en"))
    assert "Scannez ce code" in french.pages[0].extract_text()
    assert "Scan this code" in english.pages[0].extract_text()
    assert (french.trailer["/Root"]["/Lang"], english.trailer["/Root"]["/Lang"]) == ("fr", "en")


def test_a_long_name_is_written_in_full(monkeypatch):
    monkeypatch.setattr(kinds, "_labels", {"store": lambda ids: dict.fromkeys(ids, LONG)})
    text = PdfReader(io.BytesIO(card_pdf.cards_pdf([AccessLinkFactory()], sheet="a6", language="fr"))).pages[0].extract_text()
    assert LONG in " ".join(text.split())


def test_withdrawn_cards_and_other_links_are_not_printed(coordinator):
    kept, withdrawn = AccessLinkFactory(), AccessLinkFactory()
    links.revoke(withdrawn, by=Actor.system())
    calendar = links.link_for(AccessLink.STORE_CALENDAR, 1)
    assert len(read(coordinator, ids=f"{kept.pk},{withdrawn.pk},{calendar.pk}").pages) == 1
    assert coordinator.get(ADDRESS, {"ids": withdrawn.pk}).status_code == 404


@pytest.mark.parametrize("wrong", [{"sheet": "a3"}, {"language": "de"}, {"ids": "x"}])
def test_what_does_not_exist_is_not_found(coordinator, five, wrong):
    assert coordinator.get(ADDRESS, {"ids": five} | wrong).status_code == 404


def test_a_card_is_for_those_who_may_see_cards(client, five):
    client.force_login(UserFactory(is_staff=True))
    assert client.get(ADDRESS, {"ids": five}).status_code == 403


def test_the_service_refuses_a_sheet_it_does_not_know():
    with pytest.raises(ValueError, match="a3"):
        card_pdf.cards_pdf([], sheet="a3", language="fr")
