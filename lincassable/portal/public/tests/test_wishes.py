"""What a citizen asks of the map: a drink, a bottle, a town without any place, a place that is nearly full."""

from __future__ import annotations

import time
import uuid
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from awareness.enums import EventState
from awareness.tests.factories import EventFactory, PublicEventFactory
from crates.models import DepositAmount
from crates.services import DeclaredLine, declare, record_purchase
from lincassable.accounts.actors import Actor
from lincassable.portal.public import hours
from lincassable.portal.public.filters import Wish, find, search
from lincassable.portal.public.places import places
from lincassable.portal.public.towns import spot_of, town_in
from lincassable.portal.tests.factories import container, use
from references.enums import Drink, ShelfState
from references.models import Producer, Reference, ShelfCheck, ShelfItem
from stores.models import Store
from stores.tests.factories import ClosureFactory, StoreFactory

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture
def visitor() -> Client:
    """Anybody, reading English."""
    return Client(headers={"Accept-Language": "en"})


def shelved(store: Store, name: str, drink: Drink, state: ShelfState = ShelfState.AVAILABLE, **more: object) -> Reference:
    """Put a product on the shelf of a place."""
    producer, _made = Producer.objects.get_or_create(name="Brasserie du Môle")
    product = Reference.objects.create(producer=producer, name=name, drink=drink, volume_cl=33, **more)
    ShelfItem.objects.create(store=store, reference=product, state=state)
    return product


def names(**wish: object) -> list[str]:
    return [place.name for place in find(Wish.of({key.lstrip("_"): str(value) for key, value in wish.items()}))]


def test_the_filter_by_drink_keeps_places_that_have_one_on_the_shelf_today():
    beer, out, stopped, gone, old = (
        StoreFactory(name=name) for name in ("Bière", "Rupture", "Arrêt", "Plus au catalogue", "Ancien producteur")
    )
    yesterday = date.today() - timedelta(days=1)
    shelved(beer, "Blonde", Drink.BEER)
    shelved(beer, "Brune", Drink.BEER)
    shelved(beer, "Pomme", Drink.JUICE)
    shelved(out, "Ambrée", Drink.BEER, ShelfState.OUT)
    shelved(stopped, "Blanche", Drink.BEER, ShelfState.STOPPED)
    shelved(gone, "Noël", Drink.BEER, on_market_to=yesterday)
    shelved(old, "Rousse", Drink.BEER)
    Reference.objects.filter(name="Rousse").update(producer=Producer.objects.create(name="Fermée", is_active=False))
    assert names(boisson="beer") == ["Bière"]
    assert names(boisson="juice", type="shop") == ["Bière"]
    assert names(boisson="milk") == []
    assert len(names(boisson="lava")) == 5  # what cannot be read is left out


def test_the_drink_is_in_the_address_in_the_form_and_in_the_embedded_page(visitor):
    shelved(StoreFactory(name="La Cave"), "Blonde", Drink.BEER)
    StoreFactory(name="Ailleurs")
    for address in ("/carte/?boisson=beer", "/carte/?boisson=beer&embed=1"):
        page = visitor.get(address).content.decode()
        assert '<option value="beer" selected>' in page
        assert "La Cave" in page
        assert "Ailleurs" not in page
    assert Wish.of({"boisson": "beer", "embed": "1"}).query() == "boisson=beer&embed=1"
    assert len(visitor.get("/carte/points/?boisson=beer").json()["points"]) == 1


def test_the_page_of_a_place_tells_what_it_sells_and_when_that_was_said(visitor):
    store = StoreFactory()
    deposit = DepositAmount.objects.order_by("amount_eur").first()
    shelved(store, "Blonde", Drink.BEER, deposit=deposit)
    shelved(store, "Pomme", Drink.JUICE, ShelfState.OUT)
    shelved(store, "Disparu", Drink.WINE, ShelfState.STOPPED)
    ShelfItem.objects.update(said_at=datetime(2026, 3, 4, 12, tzinfo=PARIS))
    ShelfCheck.objects.create(store=store, checked_at=datetime(2026, 5, 6, 12, tzinfo=PARIS), first_name="Odile")
    page = visitor.get(places()[0].path).content.decode()
    assert page.count("data-product=") == 2
    assert "Brasserie du Môle, Blonde 33 cl" in page
    assert f"deposit {deposit}" in page
    assert "out of stock for now" in page
    assert "6 May 2026" in page
    assert "Disparu" not in page
    assert "Odile" not in page


def test_a_place_without_a_list_says_nothing_of_products(visitor):
    StoreFactory()
    assert 'id="products"' not in visitor.get(places()[0].path).content.decode()


@pytest.mark.parametrize(
    ("text", "town"),
    [
        ("Cuges-les-Pins", "Cuges-les-Pins"),
        ("cuges les pins", "Cuges-les-Pins"),
        ("St Zacharie", "Saint-Zacharie"),
        ("12 rue de Marseille, Aubagne", "Aubagne"),
        ("13400", "Aubagne"),
        ("4 avenue du Prado 13008 Marseille", "Marseille"),
        ("13780 nowhere at all", "Cuges-les-Pins"),
        ("l'Isle-sur-la-Sorgue", "L'Isle-sur-la-Sorgue"),
        ("Cuges", "Cuges-les-Pins"),
        ("cug", None),
        ("xyzzy", None),
        ("", None),
        ("75", None),
    ],
)
def test_a_town_is_found_by_its_name_its_postcode_or_in_an_address(text, town):
    found = town_in(text)
    assert (found.name if found else None) == town


def test_a_town_without_any_place_shows_the_nearest_ones(visitor):
    StoreFactory(name="Loin", city="Marseille", latitude="43.296500", longitude="5.369800")
    StoreFactory(name="Près", city="Gémenos", latitude="43.297000", longitude="5.627000")
    found = search(Wish.of({"q": "Cuges les Pins"}))
    assert [place.name for place in found.places] == ["Près", "Loin"]
    assert found.near.name == "Cuges-les-Pins"
    page = visitor.get("/carte/?q=Cuges+les+Pins").content.decode()
    assert "data-near-town" in page
    assert "Cuges-les-Pins" in page
    assert visitor.get("/carte/points/?q=Cuges+les+Pins").json()["near"][2] == "Cuges-les-Pins"
    # Where there is one by that name, the map goes on as before; what is no town finds nothing.
    assert search(Wish.of({"q": "gemenos"})).near is None
    assert names(q="xyzzy") == []
    # Moving the map away does not turn a search by name into one by distance.
    assert names(q="gemenos", zone="0,43,1,44") == []


def test_an_address_is_asked_of_the_service_when_one_is_set_and_the_town_does_when_it_is_silent(settings):
    assert spot_of("3 rue Haute, Aubagne").name == "Aubagne"
    settings.GEOCODER = {"service": "ban", "url": "http://127.0.0.1:9", "timeout": 0.2}
    before = time.monotonic()
    assert spot_of("3 rue Haute, Aubagne").name == "Aubagne"
    assert time.monotonic() - before < 5


def test_the_list_opens_at_the_place_that_the_map_shows(visitor):
    for number in range(35):
        StoreFactory(name=f"Lieu {number:02}", city="Arles")
    last = next(place for place in places() if place.name == "Lieu 34")
    page = visitor.get(f"/carte/?lieu={last.short}").content.decode()
    assert f'data-place="{last.short}" class="is-lit"' in page
    assert visitor.get("/carte/?lieu=nothing").content.decode().count("data-place=") == 30


def test_the_list_and_the_page_say_that_a_place_is_almost_full(visitor):
    store = StoreFactory(name="Pleine")
    use(store, "75", capacity=20)
    record_purchase(store, container("75"), 20, key=uuid.uuid4(), occurred_at=datetime(2026, 1, 1, tzinfo=PARIS), by=Actor.system())
    assert "almost full" not in visitor.get("/carte/").content.decode()
    declare(store, key=uuid.uuid4(), lines=[DeclaredLine(container("75"), 20, None, [])], by=Actor.system())
    assert "almost full" in visitor.get("/carte/").content.decode()
    page = visitor.get(places()[0].path).content.decode()
    assert "data-almost-full" in page  # though no other place is near


@pytest.mark.parametrize(
    ("text", "friday", "saturday"),
    [
        ("Fr 20:00-02:00", "20:00 – 02:00", ""),
        ("Fr-Sa 20:00-02:00", "20:00 – 02:00", "20:00 – 02:00"),
        ("Fr 18:00-24:00; Sa 10:00-12:00", "18:00 – midnight", "10:00 – 12:00"),
        ("24/7", "00:00 – midnight", "00:00 – midnight"),
        ("Fr 20:00-02:00; Sa 00:00-02:00,09:00-12:00", "20:00 – 02:00", "09:00 – 12:00"),
    ],
)
def test_a_night_is_told_once_with_the_day_on_which_it_begins(text, friday, saturday):
    from django.utils import translation

    StoreFactory(opening_hours=text)
    with translation.override("en"):
        days = hours.week(places()[0], date(2026, 11, 26))  # a Thursday
    assert (days[1].windows, days[2].windows) == (friday, saturday)


def test_hours_nobody_knows_are_not_told_as_closed():
    StoreFactory(opening_hours="")
    [place] = places()
    ClosureFactory(store_id=place.pk, first_day=date(2026, 11, 27), last_day=date(2026, 11, 28))
    assert hours.week(place, date(2026, 11, 26)) == []
    assert [opening.day.day for opening in hours.openings(place, date(2026, 11, 26))] == [27, 28]


def test_a_place_tells_its_events_and_those_near_by_and_so_does_the_map(visitor):
    here, near = StoreFactory(name="Ici"), StoreFactory(name="À côté", latitude="43.330000")
    own = EventFactory(store=here, title="Fête du verre", state=EventState.PUBLISHED)
    EventFactory(store=near, title="Atelier voisin", state=EventState.PUBLISHED)
    EventFactory(store=here, title="Pas encore annoncé")
    far = StoreFactory(name="Loin", latitude="48.850000")
    EventFactory(store=far, title="Ailleurs", state=EventState.PUBLISHED)
    page = visitor.get(next(place.path for place in places() if place.pk == here.pk)).content.decode()
    assert page.index('data-events="here"') < page.index("Fête du verre") < page.index('data-events="near"') < page.index("Atelier voisin")
    assert own.path in page
    assert "Pas encore annoncé" not in page
    assert "Ailleurs" not in page
    assert own.path in visitor.get("/carte/").content.decode()
    square = PublicEventFactory(title="Au marché", latitude="43.6", longitude="4.6")
    told = visitor.get("/carte/points/").json()
    assert sorted(point[6][0] for point in told["points"]) == ["Ailleurs", "Atelier voisin", "Fête du verre"]
    assert [(event[2], event[4]) for event in told["events"]] == [("Au marché", square.path)]
    # Their calendar is there to subscribe to.
    assert b"SUMMARY:F" in visitor.get("/evenements.ics").content
