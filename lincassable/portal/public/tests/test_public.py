"""What the public sees: the right places, findable by anybody, with nothing personal and nothing refused to a plain browser."""

from __future__ import annotations

import gzip
import json
import re
import uuid
from datetime import datetime
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from crates.models import BottleModel
from crates.services import DeclaredLine, declare, record_purchase
from lincassable.accounts.actors import Actor
from lincassable.portal.public import hours
from lincassable.portal.public.filters import Wish, find
from lincassable.portal.public.places import better_place, place_by_slug, places
from lincassable.portal.tests.factories import container, use
from references.enums import Drink
from references.models import Producer, Reference
from stores.enums import Kind, Status
from stores.models import Store
from stores.tests.factories import ClosureFactory, ContactFactory, StoreFactory

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture
def visitor() -> Client:
    """Anybody, reading English."""
    return Client(headers={"Accept-Language": "en"})


def names(**wish: object) -> list[str]:
    return [place.name for place in find(Wish.of({key.lstrip("_"): str(value) for key, value in wish.items()}))]


def page_of(store: Store) -> str:
    return next(place.path for place in places() if place.pk == store.pk)


def test_only_active_published_places_that_take_bottles_are_shown():
    shown = StoreFactory(name="Vue")
    StoreFactory(name="Privée", is_public=False)
    StoreFactory(name="Entrepôt", kind=Kind.HUB)
    StoreFactory(name="Tri", kind=Kind.SORTING)
    StoreFactory(name="Laverie", kind=Kind.WASHING)
    for status in (Status.PROSPECT, Status.SETTING_UP, Status.PAUSED, Status.ARCHIVED):
        StoreFactory(name=status, status=status)
    assert [place.pk for place in places()] == [shown.pk]


def test_nothing_personal_leaves(visitor):
    store = StoreFactory(access_notes="Clé chez Odile Secret")
    ContactFactory(store=store, name="Odile Secret", email="odile@secret.example", phone="+33491000001")
    ClosureFactory(store=store, reason="maladie d'Odile Secret")
    for address in ("/carte/", "/carte/points/", page_of(store), "/api/v1/points.geojson", "/sitemap.xml"):
        text = visitor.get(address).content.decode().lower()
        assert "secret" not in text
        assert "491000001" not in text.replace(" ", "")


@pytest.mark.parametrize("text", ["epicerie", "ÉPICERIE", "la ciotat", "13600", "136", "ciotat epicerie", "rue du port"])
def test_a_search_finds_by_name_town_street_or_postcode_without_accents(text):
    StoreFactory(name="Épicerie du Golfe", city="La Ciotat", postcode="13600", street="2 rue du Port")
    StoreFactory(name="Ailleurs", city="Arles", postcode="84000", street="1 place du Forum")
    assert names(q=text) == ["Épicerie du Golfe"]


def test_the_nearest_comes_first_and_says_how_far(visitor):
    StoreFactory(name="Loin", latitude="43.529700", longitude="5.447400")
    StoreFactory(name="Près", latitude="43.296500", longitude="5.369800")
    StoreFactory(name="Nulle part", latitude=None, longitude=None)
    found = find(Wish.of({"lat": "43.3", "lon": "5.37"}))
    assert [place.name for place in found] == ["Près", "Loin"]
    assert found[0].distance_m == pytest.approx(390, abs=5)
    assert found[1].distance_m == pytest.approx(26_300, rel=0.01)
    assert "390 m" in visitor.get("/carte/?lat=43.3&lon=5.37").content.decode()


def test_each_filter_narrows_and_all_hold_at_once():
    cash = StoreFactory(name="Un", deposit_practice="cash")
    use(cash, "75", "33")
    other = StoreFactory(name="Deux", deposit_practice="till", kind=Kind.HOTEL)
    use(other, "75")
    assert names(consigne="cash") == ["Un"]
    assert names(type="hotel") == ["Deux"]
    assert names(_33=1) == ["Un"]
    assert names(bouteille="beer-33") == ["Un"]
    assert sorted(names(bouteille="milk-100")) == ["Deux", "Un"]
    assert names(consigne="cash", type="hotel") == []
    assert sorted(names(zone="5,43,6,44")) == ["Deux", "Un"]
    assert names(zone="0,43,1,44") == []


@pytest.mark.parametrize(
    ("text", "moment", "expected"),
    [
        ("Mo-Fr 09:00-12:30,14:00-19:00", "2026-11-23 10:00", True),
        ("Mo-Fr 09:00-12:30,14:00-19:00", "2026-11-23 13:00", False),
        ("Mo-Fr 09:00-12:30,14:00-19:00", "2026-11-23 12:30", False),
        ("Fr-Sa 20:00-02:00", "2026-11-28 01:00", True),  # Friday's night
        ("Fr-Sa 20:00-02:00", "2026-11-27 23:59", True),
        ("Mo-Su 09:00-19:00; PH off", "2026-12-25 10:00", False),
        ("Mo-Su 09:00-19:00", "2026-03-29 09:30", True),  # the morning the clocks went forward
        ("", "2026-11-23 10:00", None),
        ("when the owner is awake", "2026-11-23 10:00", None),
    ],
)
def test_open_now_follows_hours_holidays_nights_and_clock_changes(text, moment, expected):
    StoreFactory(opening_hours=text)
    [place] = places()
    assert hours.open_now([place], datetime.fromisoformat(moment).replace(tzinfo=PARIS))[place.pk] is expected


def test_an_exceptional_closure_closes_and_is_told_without_its_reason(visitor):
    store = StoreFactory(opening_hours="24/7")
    assert names(ouvert=1) == [store.name]
    today = datetime.now(PARIS).date()
    ClosureFactory(store=store, first_day=today, last_day=today, reason="inventaire")
    assert names(ouvert=1) == []
    text = visitor.get(page_of(store)).content.decode()
    assert "closed exceptionally" in text
    assert "inventaire" not in text


@pytest.mark.parametrize(
    "query",
    [
        "lat=x&lon=y", "lat=nan&lon=1", "lat=999&lon=0", "zone=1,2,3", "zone=a,b,c,d", "zone=inf,1,2,3", "page=x", "page=99999", "q=%00",
        "type=%00",
        "zone=-999,-999,999,999", "zone=1e308,1e308,-1e308,-1e308", "lat=1e308&lon=1e308", "lat=-90&lon=180",
        "page=-1", "page=0", "page=1e9",
        "q=%27+OR+1%3D1%3B+DROP+TABLE+stores_store%3B--", "q=%25%5F%5C", "q=%FF%FE", "q=%F0%9F%8D%BE", "q=-+-+-",
        "boisson=%27", "boisson=%00",
        "lieu=../../etc/passwd", "lieu=%00", "bouteille=%27+OR+1%3D1", "bouteille=unknown", "modele=%00", "produit=%00&modele=%27",
        "produit=00000000-0000-0000-0000-000000000000", "q=a&q=b&type=shop&type=%27", "consigne=nothing",
        "bouteille=%00", "q=" + "a" * 3000, "lat=1", "embed=2", "33=x&ouvert=y",
    ],
)  # fmt: skip
def test_an_address_that_was_cut_or_mistyped_still_shows_a_page(visitor, query):
    StoreFactory()
    for path in ("/carte/", "/carte/points/", "/bouteille/"):
        assert visitor.get(f"{path}?{query}").status_code == 200


def test_a_wish_says_itself_again():
    address = {"q": "La Ciotat", "ouvert": "1", "type": "shop", "consigne": "cash", "33": "1", "zone": "5.0000,43.0000,6.0000,44.0000"}
    wish = Wish.of(address)
    assert Wish.of(dict(pair.split("=") for pair in wish.query().replace("+", " ").split("&"))) == wish


def test_the_list_takes_a_constant_number_of_queries(visitor, django_assert_max_num_queries):
    for _ in range(40):
        StoreFactory(opening_hours="Mo-Sa 09:00-19:00")
    with django_assert_max_num_queries(8):
        page = visitor.get("/carte/?page=2")
    assert page.content.decode().count("data-place=") == 10


def test_only_the_embedded_page_may_be_framed(visitor):
    store = StoreFactory()
    for path in ("/carte/", page_of(store), "/bouteille/"):
        plain = visitor.get(path)
        assert plain["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in plain["Content-Security-Policy"]
    for path in ("/carte/?embed=1", page_of(store) + "?embed=1"):
        framed = visitor.get(path)
        assert "X-Frame-Options" not in framed
        assert "frame-ancestors *" in framed["Content-Security-Policy"]
        assert "unsafe" not in framed["Content-Security-Policy"]
        assert "script-src 'self'" in framed["Content-Security-Policy"]


def test_a_places_address_is_permanent(visitor):
    store = StoreFactory(name="Chez Zoé")
    address = page_of(store)
    assert re.fullmatch(r"/carte/chez-zoe-[0-9a-f]{12}/", address)
    Store.objects.filter(pk=store.pk).update(name="Chez Zoé et Paul")
    moved = visitor.get(address)
    assert moved.status_code == 301
    assert visitor.get(moved["Location"]).status_code == 200
    winner = StoreFactory(name="Gagnante")
    Store.objects.filter(pk=store.pk).update(merged_into=winner, status=Status.ARCHIVED)
    assert visitor.get(address)["Location"] == page_of(winner)
    assert visitor.get("/carte/nothing-000000000000/").status_code == 404
    assert visitor.get("/carte/nothing/").status_code == 404
    Store.objects.filter(pk=winner.pk).update(is_public=False)
    assert place_by_slug(address.strip("/").split("/")[-1]) is None


def test_an_almost_full_place_points_to_the_nearest_one_with_room(visitor):
    full, near = StoreFactory(name="Pleine"), StoreFactory(name="Voisine", latitude="43.299200")  # 300 m to the north
    StoreFactory(name="Trop loin", latitude="43.396500")
    for store in (full, near):
        use(store, "75", capacity=20)
        record_purchase(store, container("75"), 20, key=uuid.uuid4(), occurred_at=datetime(2026, 1, 1, tzinfo=PARIS), by=Actor.system())
    assert better_place(place_by_slug(page_of(full).split("/")[2])) is None
    declare(full, key=uuid.uuid4(), lines=[DeclaredLine(container("75"), 20, None, [])], by=Actor.system())
    text = visitor.get(page_of(full)).content.decode()
    assert "data-almost-full" in text
    assert "300 m" in text
    assert "Voisine" in text
    assert "data-almost-full" not in visitor.get(page_of(near)).content.decode()


def test_search_engines_read_the_place_and_nothing_breaks_out_of_the_data(visitor):
    store = StoreFactory(name="</script><script>alert(1)</script> & Cie", opening_hours="24/7", website="https://shop.example/")
    text = visitor.get(page_of(store)).content.decode()
    [block] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text, re.S)
    data = json.loads(block)
    assert data["name"] == store.name
    assert data["@type"] == "Store"
    assert data["geo"] == {"@type": "GeoCoordinates", "latitude": 43.2965, "longitude": 5.3698}
    assert len(data["openingHoursSpecification"]) == 7
    assert f'<link rel="canonical" href="{data["url"]}">' in text
    assert "<script>alert" not in text


def test_the_open_data_is_geojson_cached_compressed_and_open_to_all(visitor, django_assert_num_queries):
    store = StoreFactory(name="Épicerie")
    use(store, "75", "33")
    StoreFactory(latitude=None, longitude=None)
    first = visitor.get("/api/v1/points.geojson")
    assert first["Content-Type"].startswith("application/geo+json")
    assert first["Access-Control-Allow-Origin"] == "*"
    data = json.loads(first.content)
    [feature] = data["features"]
    assert feature["geometry"] == {"type": "Point", "coordinates": [5.3698, 43.2965]}
    assert feature["properties"]["containers"] == ["75", "33"]
    with django_assert_num_queries(0):
        again = visitor.get("/api/v1/points.geojson", headers={"If-None-Match": first["ETag"], "Accept-Encoding": "gzip"})
        packed = visitor.get("/api/v1/points.geojson", headers={"Accept-Encoding": "gzip"})
    assert (again.status_code, again.content) == (304, b"")
    assert gzip.decompress(packed.content) == first.content
    assert packed["Content-Encoding"] == "gzip"


def test_the_sitemap_names_every_public_page_and_robots_name_the_sitemap(visitor):
    store = StoreFactory()
    found = [element.text for element in ElementTree.fromstring(visitor.get("/sitemap.xml").content).iter() if element.tag.endswith("loc")]
    assert any(address.endswith(page_of(store)) for address in found)
    for address in found:
        assert visitor.get("/" + address.split("/", 3)[3]).status_code == 200
    robots = visitor.get("/robots.txt").content.decode()
    assert "Disallow: /p/" in robots
    assert "/sitemap.xml" in robots


def test_a_bottle_is_answered_yes_no_and_where(visitor):
    store = StoreFactory(city="Cassis")
    use(store, "75")
    assert 'data-answer="yes"' in visitor.get("/bouteille/?modele=milk-100").content.decode()
    assert 'data-answer="no"' in visitor.get("/bouteille/?modele=autre").content.decode()
    assert "data-answer" not in visitor.get("/bouteille/?modele=unknown").content.decode()
    assert store.name in visitor.get("/bouteille/?modele=milk-100&q=cassis").content.decode()
    assert store.name not in visitor.get("/bouteille/?modele=beer-33&q=cassis").content.decode()


@pytest.mark.parametrize(
    ("known", "label", "answer"), [(True, None, "yes"), (True, True, "yes"), (True, False, "no"), (False, None, "unknown")]
)
def test_a_product_is_answered_by_its_bottle_and_its_label(visitor, known, label, answer):
    model = BottleModel.objects.get(code="milk-100") if known else None
    drink = next(iter(Drink.values))
    product = Reference.objects.create(
        producer=Producer.objects.create(name="La Ferme"), name="Lait", drink=drink, volume_cl=100, bottle_model=model, label_washable=label
    )
    page = visitor.get(f"/bouteille/?produit={product.uuid}").content.decode()
    assert f'data-answer="{answer}"' in page
    assert visitor.get("/bouteille/?produit=nonsense").status_code == 200
