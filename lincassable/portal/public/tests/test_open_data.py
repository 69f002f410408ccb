"""What others read of us, read by their tools: GeoJSON by shapely, structured data against schema.org's shapes, caches, robots."""

from __future__ import annotations

import gzip
import json
from datetime import date, time, timedelta
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree

import pytest
import shapely
from django.test import Client
from django.utils import timezone
from rdflib import URIRef
from redis.exceptions import RedisError

from awareness.enums import EventState
from awareness.models import Event
from awareness.tests.factories import EventFactory
from lincassable.accounts import links
from lincassable.accounts.actors import Actor
from lincassable.accounts.kinds import KINDS
from lincassable.accounts.models import AccessLink, User
from lincassable.portal.public.places import places
from lincassable.portal.public.structured import place_data
from lincassable.portal.public.tests.schema_org import SCHEMA, blocks, problems, read
from lincassable.portal.tests.factories import use
from references.enums import Drink
from references.models import Producer, Reference, ShelfCheck, ShelfItem
from stores import services
from stores.enums import Kind, Status
from stores.models import Store, StoreNote
from stores.tests.factories import ClosureFactory, ContactFactory, StoreFactory

pytestmark = pytest.mark.django_db
POINTS = "/api/v1/points.geojson"
MONDAY = date(2026, 11, 23)


@pytest.fixture
def visitor() -> Client:
    """Anybody, reading English."""
    return Client(headers={"Accept-Language": "en"})


# -- GeoJSON


def test_another_reader_finds_the_points_where_they_are(visitor):
    expected = {}
    for number in range(5):
        store = StoreFactory(name=f"Épicerie « n° {number} »", latitude=f"43.{number}00001", longitude=f"-5.{number}00002")
        expected[str(store.uuid)] = (float(store.longitude), float(store.latitude))
    text = visitor.get(POINTS).content.decode()
    shapes = shapely.from_geojson(text)
    assert shapes.geom_type == "GeometryCollection"
    assert shapely.is_valid(shapes)
    read_points = {(point.x, point.y) for point in shapes.geoms}
    assert read_points == set(expected.values())
    assert {feature["id"]: tuple(feature["geometry"]["coordinates"]) for feature in json.loads(text)["features"]} == expected
    assert all(feature["properties"]["name"].startswith("Épicerie « n° ") for feature in json.loads(text)["features"])


def test_a_network_without_any_point_is_still_geojson(visitor):
    assert shapely.is_empty(shapely.from_geojson(visitor.get(POINTS).content.decode()))


# -- structured data


@pytest.mark.parametrize("kind", [Kind.SHOP, Kind.RESTAURANT, Kind.HOTEL, Kind.PRODUCER])
def test_the_structured_data_of_a_place_is_what_schema_org_expects(visitor, kind):
    StoreFactory(
        kind=kind, opening_hours="Mo-Fr 09:00-12:30,14:00-19:00; Sa 20:00-02:00", website="https://shop.example/", postcode="13001"
    )
    [data] = blocks(visitor.get(places()[0].path).content.decode())
    assert problems(data) == []


def test_the_structured_data_of_a_place_of_which_little_is_known_is_too(visitor):
    StoreFactory(opening_hours="", latitude=None, longitude=None, street="", postcode="", website="")
    [data] = blocks(visitor.get(places()[0].path).content.decode())
    assert problems(data) == []
    assert not {"geo", "sameAs", "openingHoursSpecification"} & set(data)
    assert "streetAddress" not in data["address"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"@type": "Shopp"},
        {"openingTimes": "always"},
        {"geo": {"@type": "PostalAddress"}},
        {"openingHoursSpecification": [{"@type": "OpeningHoursSpecification", "opens": "9 o'clock"}]},
        {"openingHoursSpecification": [{"@type": "OpeningHoursSpecification", "dayOfWeek": "https://schema.org/Moonday"}]},
    ],
)
def test_the_reader_sees_what_is_wrong(wrong):
    StoreFactory()
    assert problems(place_data(places()[0]) | wrong)


def spans(store: Store) -> list[tuple[date, time, time]]:
    """Return the opening hours that another reader finds: day, opens, closes."""
    graph = read(place_data(next(place for place in places() if place.pk == store.pk)))
    found = []
    for each in graph.subjects(predicate=SCHEMA.opens):
        values = {word: graph.value(each, SCHEMA[word]) for word in ("validFrom", "validThrough", "opens", "closes", "dayOfWeek")}
        day = values["validFrom"].toPython()
        assert values["validThrough"].toPython() == day
        assert values["dayOfWeek"] == URIRef(SCHEMA + f"{day:%A}")
        found.append((day, values["opens"].toPython(), values["closes"].toPython()))
    return sorted(found)


def test_the_hours_that_another_reader_finds_are_those_of_the_place(time_machine):
    time_machine.move_to("2026-11-23T10:00:00+01:00")
    plain = StoreFactory(opening_hours="Mo 09:00-12:00,14:00-18:30; We 10:00-11:00")
    assert spans(plain) == [
        (MONDAY, time(9), time(12)),
        (MONDAY, time(14), time(18, 30)),
        (MONDAY + timedelta(days=2), time(10), time(11)),
    ]
    # After midnight: one span that closes before it opens, and nothing on the day after.
    assert spans(StoreFactory(opening_hours="Sa 20:00-02:00")) == [(date(2026, 11, 28), time(20), time(2))]
    # The night before the first day is not told again.
    assert spans(StoreFactory(opening_hours="Su 20:00-02:00")) == [(date(2026, 11, 29), time(20), time(2))]
    assert spans(StoreFactory(opening_hours="24/7"))[0] == (MONDAY, time(0), time(23, 59))


def test_holidays_and_announced_closures_are_in_the_hours(time_machine):
    time_machine.move_to("2026-12-24T10:00:00+01:00")
    store = StoreFactory(opening_hours="Mo-Su 09:00-19:00; PH off")
    ClosureFactory(store=store, first_day=date(2026, 12, 28), last_day=date(2026, 12, 29), reason="maladie")
    found = {day: (opens, closes) for day, opens, closes in spans(store)}
    assert date(2026, 12, 25) not in found
    assert found[date(2026, 12, 24)] == (time(9), time(19))
    assert found[date(2026, 12, 28)] == found[date(2026, 12, 29)] == (time(0), time(0))  # closed, as search engines read it
    assert date(2027, 1, 1) not in found


# -- caches


def test_a_map_elsewhere_asks_again_for_nothing(visitor, django_assert_num_queries):
    store = StoreFactory()
    first = visitor.get(POINTS)
    for tag in (first["ETag"], f'"other", {first["ETag"]}', "*"):
        again = visitor.get(POINTS, headers={"If-None-Match": tag})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
        assert again["Access-Control-Allow-Origin"] == "*"
        assert "max-age" in again["Cache-Control"]
    assert visitor.get(POINTS, headers={"If-None-Match": '"other"'}).status_code == 200
    from django.core.cache import cache

    cache.clear()
    assert visitor.get(POINTS, headers={"If-None-Match": first["ETag"]}).status_code == 304  # written anew, the same
    Store.objects.filter(pk=store.pk).update(name="Autre nom")
    cache.clear()
    changed = visitor.get(POINTS, headers={"If-None-Match": first["ETag"]})
    assert (changed.status_code, changed["ETag"] == first["ETag"]) == (200, False)
    assert "Cookie" not in changed.get("Vary", "")
    assert not changed.cookies


def ask_map(visitor, query="", **headers):
    """Ask for the points of our own map."""
    return visitor.get(f"/carte/points/{query}", headers={"Accept-Encoding": "gzip", **headers})


def drawn(response):
    """The names of an answer's points, and of the events told with them."""
    said = json.loads(gzip.decompress(response.content))
    return (
        [point[3] for point in said["points"]],
        [point[6] and point[6][0] for point in said["points"]],
        [event[2] for event in said["events"]],
    )


def test_our_map_asks_again_for_nothing_until_a_place_changes_and_then_sees_it_at_once(visitor, django_assert_max_num_queries):
    store = StoreFactory(name="Chez Zoé", kind=Kind.SHOP)
    first = ask_map(visitor)
    assert drawn(first) == (["Chez Zoé"], [None], [])
    with django_assert_max_num_queries(4):  # two for each: the events and the version, never the places
        again = ask_map(visitor, **{"If-None-Match": first["ETag"]})
        assert ask_map(visitor).content == first.content
    assert (again.status_code, again.content, again["ETag"], again["Cache-Control"]) == (304, b"", first["ETag"], "no-cache")
    store = services.update_store(store, by=Actor.system(), name="Chez Ali")
    changed = ask_map(visitor, **{"If-None-Match": first["ETag"]})
    assert (changed.status_code, drawn(changed)[0]) == (200, ["Chez Ali"])
    other = StoreFactory(name="Deuxième", city=store.city)
    assert drawn(ask_map(visitor))[0] == ["Chez Ali", "Deuxième"]
    services.change_status(store, Status.PAUSED, by=Actor.system())
    assert drawn(ask_map(visitor))[0] == ["Deuxième"]
    services.delete_store(other, by=Actor.system())
    assert drawn(ask_map(visitor))[0] == []


def test_our_map_sees_events_come_and_pass_and_speaks_the_language_that_is_asked(visitor, time_machine):
    store = StoreFactory(name="Ici", kind=Kind.SHOP)
    first = ask_map(visitor)
    event = EventFactory(store=store, title="Fête du verre", state=EventState.PUBLISHED)
    told = ask_map(visitor, **{"If-None-Match": first["ETag"]})
    assert drawn(told) == (["Ici"], ["Fête du verre"], [])
    Event.objects.filter(pk=event.pk).update(title="Fête du soir")
    assert drawn(ask_map(visitor))[1] == ["Fête du soir"]
    french = Client(headers={"Accept-Language": "fr"})
    assert "magasin" in gzip.decompress(ask_map(french).content).decode()
    assert "shop" in gzip.decompress(ask_map(visitor).content).decode()
    assert {"Accept-Encoding", "Accept-Language", "Cookie"} <= {name.strip() for name in told["Vary"].split(",")}
    time_machine.move_to(event.ends_at + timedelta(minutes=1))
    assert drawn(ask_map(visitor)) == (["Ici"], [None], [])


def test_what_depends_on_more_than_places_is_written_each_time(visitor):
    StoreFactory(name="Ici", kind=Kind.SHOP)
    for query in ("?q=ici", "?lat=43&lon=5", "?zone=1,40,9,50", "?ouvert=1", "?33=1", "?boisson=beer", "?bouteille=x"):
        assert "ETag" not in ask_map(visitor, query)
    shops, hotels, whole = (ask_map(visitor, query) for query in ("?type=shop", "?type=hotel", ""))
    assert [drawn(answer)[0] for answer in (shops, hotels, whole)] == [["Ici"], [], ["Ici"]]
    assert len({answer["ETag"] for answer in (shops, hotels, whole)}) == 3
    plain = visitor.get("/carte/points/", headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain
    assert plain.content == gzip.decompress(whole.content)


def test_the_map_is_drawn_without_its_cache(visitor, monkeypatch):
    StoreFactory(name="Ici")

    def down(*_args, **_more):
        raise RedisError

    monkeypatch.setattr("django.core.cache.cache.get", down)
    monkeypatch.setattr("django.core.cache.cache.set", down)
    assert drawn(ask_map(visitor))[0] == ["Ici"]


def test_robots_are_let_to_the_public_pages_and_to_nothing_else(visitor, settings):
    settings.SITE_URL = "https://lincassable.example"
    StoreFactory(name="L'Épicerie & Cie <1>")
    robots = RobotFileParser()
    robots.parse(visitor.get("/robots.txt").content.decode().splitlines())
    [address] = robots.site_maps()
    assert address == "https://lincassable.example/sitemap.xml"
    tree = ElementTree.fromstring(visitor.get("/sitemap.xml").content)
    assert tree.tag == "{http://www.sitemaps.org/schemas/sitemap/0.9}urlset"
    listed = [element.text for element in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert len(listed) == len(set(listed)) >= 4
    for page in listed:
        assert robots.can_fetch("*", page)
        answer = visitor.get(page.removeprefix("https://lincassable.example"))
        assert answer.status_code == 200
        assert f'rel="canonical" href="{page}"' in answer.content.decode() or page == "https://lincassable.example/"
    opened_by_a_secret = [f"{kind.prefix}x" for kind in KINDS.values()]
    for hidden in ("/p/", "/admin/", "/compte/login/", "/rappels/choix/x/", "/formation/x/", "/visites/", *opened_by_a_secret):
        assert not robots.can_fetch("*", f"https://lincassable.example{hidden}")


# -- nothing personal


def test_nothing_that_was_told_of_people_is_in_any_public_page(visitor):
    """Recognisable words stand in every field that is about people or for drivers; no public answer holds one of them."""
    secrets = ["Zzodile", "zzmail", "491009988", "Zzclef", "Zzmalade", "Zznote", "Zzprenom", "Zzcompte"]
    near = StoreFactory(name="Ouverte", opening_hours="24/7", access_notes="Zzclef sous le pot", latitude="43.2970", postcode="13001")
    use(near, "75", "33")
    ContactFactory(store=near, name="Zzodile Martin", email="zzmail@shop.example", phone="+33491009988")
    today = timezone.localdate()
    ClosureFactory(store=near, first_day=today, last_day=today, reason="Zzmalade")
    user = User.objects.create_user("zzmail@lincassable.example", "a long password", name="Zzcompte")
    StoreNote.objects.create(store=near, text="Zznote : ne pas rappeler Zzodile", **StoreNote.author(Actor.of_user(user)))
    ShelfCheck.objects.create(store=near, first_name="Zzprenom")
    producer = Producer.objects.create(name="Brasserie")
    product = Reference.objects.create(producer=producer, name="Blonde", drink=Drink.BEER, volume_cl=33)
    ShelfItem.objects.create(store=near, reference=product)
    hidden = StoreFactory(name="Zzcompte caché", is_public=False)
    token = links.token(links.link_for(AccessLink.STORE, near.pk))
    secrets += [token, str(hidden.uuid)]
    page = places()[0].path
    pages = ["/", "/carte/", "/carte/?embed=1", "/carte/?q=ouverte", "/carte/?lat=43&lon=5", "/carte/points/", "/bouteille/", POINTS]
    pages += [
        page,
        page + "?embed=1",
        "/sitemap.xml",
        "/robots.txt",
        f"/bouteille/?produit={product.uuid}",
        "/bouteille/?modele=beer-33&q=x",
    ]
    for address in pages:
        answer = visitor.get(address)
        assert answer.status_code == 200
        told = answer.content.decode().replace(" ", "").lower() + str(answer.headers).lower()
        assert [secret for secret in secrets if secret.lower().replace(" ", "") in told] == [], address
        # The form that changes the language has one; it names nobody, and a page inside another site's frame has none at all.
        assert set(answer.cookies) <= ({"csrftoken"} if "embed" not in address else set())
