"""The catalogue in the admin: what passes in the wash, who sells what, whose list is old."""

import csv
import io
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from crates.tests.factories import BottleModelFactory
from lincassable.accounts.actors import Actor
from lincassable.accounts.tests.factories import UserFactory
from references import queries
from references.enums import Fit, ShelfState
from references.models import Reference, ShelfCheck, ShelfItem
from references.privacy import purge_first_names
from references.services import set_shelf
from references.tests.factories import ProducerFactory, ReferenceFactory, ShelfCheckFactory, ShelfItemFactory, WashingLimitFactory
from stores.enums import Kind, Status
from stores.tests.factories import StoreFactory, ZoneFactory

pytestmark = pytest.mark.django_db
LIST, COVERAGE = "/admin/references/reference/", "/admin/references/reference/coverage/"


@pytest.fixture
def desk(client):
    client.force_login(UserFactory(role="coordinator"))
    return client


@pytest.mark.parametrize(
    ("height", "diameter", "fit"),
    [
        (310, 90, Fit.OK),
        (150, 45, Fit.OK),
        (311, 90, Fit.TOO_BIG),
        (310, 91, Fit.TOO_BIG),
        (149, 60, Fit.TOO_SMALL),
        (None, 60, Fit.UNKNOWN),
        (None, None, Fit.UNKNOWN),
        (400, None, Fit.TOO_BIG),
    ],
)
def test_a_bottle_passes_within_the_limits_both_ends_included(height, diameter, fit):
    reference = ReferenceFactory(height_mm=height, diameter_mm=diameter)
    assert queries.fit_of(reference, WashingLimitFactory()) is fit


def test_the_size_is_the_models_unless_the_product_has_its_own():
    model = BottleModelFactory(code="tall", height_mm=300, diameter_mm=60)
    assert queries.size_of(ReferenceFactory(bottle_model=model)) == (300, 60)
    assert queries.size_of(ReferenceFactory(bottle_model=model, height_mm=320)) == (320, 60)


def test_the_page_of_a_product_tells_centre_by_centre_and_the_list_the_best(desk):
    small, wide = WashingLimitFactory(max_height_mm=200), WashingLimitFactory()
    reference = ReferenceFactory(height_mm=250, diameter_mm=60)
    html = desk.get(f"{LIST}{reference.pk}/change/").content.decode()
    assert 'data-fit="too-big"' in html
    assert 'data-fit="ok"' in html
    assert {small.centre.name, wide.centre.name} <= {line.centre.name for line in queries.washing_of(reference)}
    shown = desk.get(LIST).context["cl"].result_list
    assert [one.fit for one in shown] == [Fit.OK]
    assert queries.best_fit(reference, []) is Fit.UNKNOWN


def test_a_product_is_saved_and_a_mistake_is_told(desk):
    producer = ProducerFactory()
    data = {"producer": producer.pk, "name": "Blonde", "volume_cl": 33, "drink": "beer", "ean": "123", "label_washable": "unknown"}
    refused = desk.post(f"{LIST}add/", data)
    assert refused.status_code == 200
    assert "ean" in refused.context["adminform"].form.errors
    assert desk.post(f"{LIST}add/", {**data, "ean": "12345670"}).status_code == 302
    assert Reference.objects.get().ean == "12345670"
    item = ShelfItemFactory(reference=Reference.objects.get())
    assert desk.post(f"{LIST}{item.reference_id}/delete/", {"post": "yes"}).status_code in (200, 302)
    assert Reference.objects.exists()


def test_a_line_of_a_shelf_says_who_changed_it(desk):
    item = ShelfItemFactory()
    assert desk.post(f"/admin/references/shelfitem/{item.pk}/change/", {"state": "out"}).status_code == 302
    item.refresh_from_db()
    assert (item.state, item.actor_kind) == (ShelfState.OUT, "user")
    new = {"store": item.store_id, "reference": ReferenceFactory().pk, "state": "available"}
    assert desk.post("/admin/references/shelfitem/add/", new).status_code == 302
    assert ShelfItem.objects.count() == 2


def test_the_page_of_a_place_shows_its_shelf(desk):
    item = ShelfItemFactory(state=ShelfState.OUT)
    html = desk.get(reverse("admin:stores_store_change", args=[item.store_id])).content.decode()
    assert "data-shelf" in html
    assert item.reference.name in html


def test_the_coverage_counts_places_by_zone_and_names_the_gaps(desk):
    north, south = ZoneFactory(), ZoneFactory()
    shop = StoreFactory(zone=north)
    beer, unsold = ReferenceFactory(), ReferenceFactory()
    ShelfItemFactory(store=shop, reference=beer)
    ShelfItemFactory(store=shop, reference=ReferenceFactory(producer=beer.producer))  # the same place counts once
    ShelfItemFactory(store=StoreFactory(zone=south), reference=beer, state=ShelfState.OUT)
    ShelfItemFactory(store=StoreFactory(zone=south, status=Status.ARCHIVED), reference=beer)
    StoreFactory(zone=south)
    StoreFactory(kind=Kind.HUB)
    found = queries.coverage()
    cover = next(one for one in found.producers if one.producer == beer.producer)
    assert (cover.references, cover.places, cover.out, cover.by_zone) == (2, 1, 1, {north.pk: 1})
    assert found.places_by_zone == {north.pk: 1, south.pk: 2}
    assert (found.bare, found.unsold) == (1, [unsold])
    html = desk.get(COVERAGE).content.decode()
    assert f'data-producer="{beer.producer_id}"' in html
    assert 'data-bare="1"' in html
    assert f'data-place="{shop.pk}"' in desk.get(f"{COVERAGE}{beer.producer_id}/").content.decode()
    assert desk.get(f"{COVERAGE}0/").status_code == 404


def test_a_list_is_old_when_nobody_looked_for_long_or_ever(desk, settings):
    settings.SHELF_STALE_DAYS = 30
    now = timezone.now()
    fresh, old, never = (StoreFactory(name=name) for name in ("Fresh", "Old", "Never"))
    ShelfCheckFactory(store=fresh, checked_at=now - timedelta(days=29))
    ShelfCheckFactory(store=old, checked_at=now - timedelta(days=90))
    ShelfCheckFactory(store=old, checked_at=now - timedelta(days=31))
    assert [one.store for one in queries.stale_lists()] == [never, old]
    assert f'data-store="{never.pk}"' in desk.get(COVERAGE).content.decode()


def test_the_coverage_asks_as_often_for_many_places_as_for_few(desk, django_assert_max_num_queries):
    for _ in range(20):
        ShelfItemFactory()
    with django_assert_max_num_queries(40):
        desk.get(COVERAGE)
    with django_assert_max_num_queries(9):
        queries.coverage()
        queries.stale_lists()


def test_files_hold_what_is_known(desk):
    item = ShelfItemFactory(reference__ean="12345670")
    for model, names in (("reference", [item.reference.name]), ("shelfitem", [item.reference.name, item.store.name])):
        answer = desk.get(f"/admin/references/{model}/export-csv/")
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
        assert len(rows) == 2
        assert set(names) <= set(rows[1])
        assert desk.get(f"/admin/references/{model}/export-xlsx/").content.startswith(b"PK")


def test_first_names_go_when_their_time_is_over():
    store = StoreFactory()
    set_shelf(store, [], key=uuid.uuid4(), by=Actor.system(), first_name="Lou")
    assert purge_first_names(timezone.now()) == 1
    assert ShelfCheck.objects.get().first_name == ""
