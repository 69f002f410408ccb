"""Materials on a store's phone, and in the admin."""

import uuid
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from awareness import services
from awareness.enums import OrderState
from awareness.models import Material, MaterialOrder, Placement
from awareness.services.materials import stock_of
from awareness.tests.factories import MaterialFactory, MaterialOrderFactory, PlacementFactory
from lincassable.accounts.actors import Actor
from lincassable.accounts.tests.factories import UserFactory
from lincassable.portal.tests.factories import phone_of
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db
HEADERS = {"Accept": "application/json", "Sec-Fetch-Site": "same-origin"}


def photo():
    content = BytesIO()
    Image.new("RGB", (2000, 1000), "green").save(content, "JPEG")
    return SimpleUploadedFile("photo.jpg", content.getvalue(), "image/jpeg")


def test_an_order_takes_two_taps_and_arrives_once():
    store, material = StoreFactory(), MaterialFactory(usual=5)
    phone = phone_of(store)
    assert str(material.uuid) in phone.get("/p/affiches/").content.decode()
    sent = {"key": str(uuid.uuid4()), "material": str(material.uuid), "quantity": "5", "scope": str(store.uuid)}
    for _ in range(2):
        assert phone.post("/p/affiches/", sent, headers=HEADERS).json() == {"redirect": "/p/affiches/?fait=1"}
    order = MaterialOrder.objects.get()
    assert (order.store, order.quantity, order.actor_kind) == (store, 5, "link")
    assert "data-waiting" in phone.get("/p/affiches/").content.decode()


@pytest.mark.parametrize("change", [{"quantity": "0"}, {"quantity": "x"}, {"material": "x"}, {"key": ""}, {"quantity": "501"}])
def test_what_cannot_be_ordered_is_told(change):
    store, material = StoreFactory(), MaterialFactory()
    sent = {"key": str(uuid.uuid4()), "material": str(material.uuid), "quantity": "5", "scope": str(store.uuid)} | change
    answer = phone_of(store).post("/p/affiches/", sent, headers=HEADERS)
    assert answer.status_code == 422
    assert "data-form-errors" in answer.json()["html"]
    other = phone_of(store).post("/p/affiches/", sent | {"scope": str(uuid.uuid4())}, headers=HEADERS)
    assert other.status_code == 409
    assert not MaterialOrder.objects.exists()


def test_what_has_come_is_placed_with_a_photo_by_its_own_store():
    order = MaterialOrderFactory(state=OrderState.SENT)
    phone, address = phone_of(order.store), f"/p/affiches/{order.key}/en-place/"
    assert address in phone.get("/p/affiches/").content.decode()
    assert phone.get(address).status_code == 200
    assert phone_of(StoreFactory()).get(address).status_code == 404
    fake = SimpleUploadedFile("photo.jpg", b"no photo", "image/jpeg")
    assert phone.post(address, {"photo": fake}, headers=HEADERS).status_code == 422
    assert phone.post(address, {"photo": photo()}, headers=HEADERS).status_code == 200
    placement = Placement.objects.get()
    with placement.photo.open() as file, Image.open(file) as picture:
        assert (picture.format, max(picture.size)) == ("WEBP", 1600)
    order.refresh_from_db()
    assert order.state == OrderState.PLACED
    assert "data-placement" in phone.get("/p/affiches/").content.decode()


@pytest.fixture
def admin():
    browser = Client()
    browser.force_login(UserFactory(role="coordinator"))
    return browser


def test_coordinators_keep_the_stock_and_take_orders_further(admin):
    order = MaterialOrderFactory()
    page = f"/admin/awareness/material/{order.material_id}/stock/"
    assert admin.get(page).status_code == 200
    admin.post(page, {"reason": "received", "quantity": "20", "note": "Imprimeur"})
    assert stock_of(order.material) == 20
    assert admin.post(page, {"reason": "count", "quantity": "20"}).status_code == 200  # nothing changes, and it is said
    for to in ("prepared", "sent", "x"):
        admin.post(f"/admin/awareness/materialorder/{order.pk}/step/{to}/")
    order.refresh_from_db()
    assert (order.state, stock_of(order.material)) == (OrderState.SENT, 17)
    other = MaterialOrderFactory()
    admin.post(f"/admin/awareness/materialorder/{other.pk}/refuse/", {"reason": "Plus imprimée"})
    other.refresh_from_db()
    assert (other.state, other.answer) == (OrderState.REFUSED, "Plus imprimée")


def test_who_prepares_more_than_there_is_reads_it_at_once(admin):
    order = MaterialOrderFactory(quantity=3)
    services.move_stock(order.material, 2, "received", by=Actor.system())
    page = f"/admin/awareness/materialorder/{order.pk}/"
    assert 'data-stock="2"' in admin.get(f"{page}change/").content.decode()
    told = [str(message) for message in admin.post(f"{page}step/prepared/", follow=True).context["messages"]]
    assert stock_of(order.material) == -1
    assert [text for text in told if "-1" in text]
    services.move_stock(order.material, 20, "received", by=Actor.system())
    other = MaterialOrderFactory(material=order.material, quantity=3)
    told = admin.post(f"/admin/awareness/materialorder/{other.pk}/step/prepared/", follow=True).context["messages"]
    assert [message.level_tag for message in told] == ["success"]


def test_the_catalogue_takes_pictures_and_shows_them(admin):
    sent = {
        "kind": "poster",
        "name_fr": "Grande affiche",
        "name_en": "Large poster",
        "minimum": "5",
        "usual": "1",
        "check_months": "6",
        "is_active": "on",
    }
    assert admin.post("/admin/awareness/material/add/", sent | {"upload": photo()}).status_code == 302
    material = Material.objects.get(name_fr="Grande affiche")
    assert admin.get(f"/admin/awareness/material/{material.pk}/picture/")["Content-Type"] == "image/webp"
    assert phone_of(StoreFactory()).get(f"/p/affiches/image/{material.uuid}/")["Content-Type"] == "image/webp"
    assert admin.get(f"/admin/awareness/material/{material.pk}/change/").status_code == 200


def test_what_is_placed_where_and_what_wants_looking_at(admin):
    row = PlacementFactory(state="to_replace")
    PlacementFactory()
    assert "1 " in admin.get("/admin/awareness/placement/?which=check").content.decode()
    sent = {"state": "placed", "quantity": "2", "upload": photo()}
    assert admin.post(f"/admin/awareness/placement/{row.pk}/change/", sent).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.quantity) == ("placed", 2)
    assert admin.get(f"/admin/awareness/placement/{row.pk}/photo/")["Content-Type"] == "image/webp"
