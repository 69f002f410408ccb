"""Non-conformities on phones, at a driver's stop, at the sorting table: reported once, with photos, followed and answered."""

import uuid
from io import BytesIO

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from PIL import Image

from crates.tests.factories import CentreFactory, PaloxFactory, SortingBatchFactory
from lincassable.accounts.actors import Actor
from lincassable.accounts.tests.factories import UserFactory
from lincassable.portal.tests.factories import phone_of
from nonconformities import services
from nonconformities.enums import Source, State
from nonconformities.models import NonConformity, NonConformityComment
from nonconformities.tests.factories import CommentFactory, NonConformityFactory
from pickups.enums import TourState
from pickups.tests.factories import StopFactory
from pickups.tests.phones import phone as browser_of
from references.tests.factories import ProducerFactory
from stores.tests.factories import StoreFactory
from tests.pictures import WIDE, bomb, exif_of_a_phone, picture, upload

pytestmark = pytest.mark.django_db
HEADERS = {"Accept": "application/json", "Sec-Fetch-Site": "same-origin"}
REPORT = "/p/problemes/signaler/"


def sent(place=None, **more):
    scope = {"scope": str(place.uuid)} if place else {}
    return {"key": str(uuid.uuid4()), "kind": "broken", "quantity": "12", "note": "", **scope, **more}


def kept():
    return [Image.open(BytesIO(default_storage.open(photo.image.name).read())) for photo in NonConformity.objects.get().photos.all()]


# -- a store's phone


def test_a_card_sends_so_many_in_an_hour_and_the_rest_stays_on_the_phone(settings):
    settings.PROBLEM_REPORTS_PER_HOUR = 2
    store, other = StoreFactory(), StoreFactory()
    phone, forms = phone_of(store), [sent(store, note=f"Lot {number}") for number in range(3)]
    answers = [phone.post(REPORT, form, headers=HEADERS) for form in forms]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert list(answers[2].json()) == ["message"], "429 with no form to correct: the phone's queue tries again by itself"
    assert phone.post(REPORT, forms[0], headers=HEADERS).status_code == 200, "what has arrived is answered as before"
    plain = phone.post(REPORT, forms[2], headers={"Sec-Fetch-Site": "same-origin"})
    assert (plain.status_code, "Lot 2" in plain.content.decode(), "data-form-errors" in plain.content.decode()) == (429, True, True)
    row = NonConformity.objects.first()
    said = phone.post(f"/p/problemes/{row.key}/", {"key": str(uuid.uuid4()), "text": "Et encore"}, headers=HEADERS)
    assert (said.status_code, NonConformityComment.objects.count()) == (429, 0)
    assert phone_of(other).post(REPORT, sent(other), headers=HEADERS).status_code == 200, "a neighbour behind the same address"
    assert NonConformity.objects.filter(store=store).count() == 2


def test_a_report_of_a_store_arrives_once_with_its_photos():
    store, palox, producer = StoreFactory(), PaloxFactory(number="INC-00007"), ProducerFactory()
    phone = phone_of(store)
    page = phone.get(REPORT + "?kind=over-full&palox=INC-00007").content.decode()
    assert 'value="over-full" ' in page
    assert "INC-00007" in page
    key = str(uuid.uuid4())
    for _again in range(3):
        photos = [upload(picture(colour=colour)) for colour in ("red", "green")]
        data = sent(store, key=key, photos=photos, palox="inc-00007", producer=str(producer.pk), first_name="Ana", note="Fond cassé")
        assert phone.post(REPORT, data, headers=HEADERS).json() == {"redirect": "/p/problemes/?fait=1"}
    row = NonConformity.objects.get()
    assert (row.store, row.source, row.quantity, row.palox, row.producer) == (store, Source.STORE, 12, palox, producer)
    assert (row.actor_kind, row.first_name, row.photos.count()) == ("link", "Ana", 2)
    shown = phone.get("/p/problemes/?fait=1").content.decode()
    assert row.reference_number in shown
    assert f"/p/problemes/{row.key}/" in shown


def test_without_javascript_the_form_works_too():
    store = StoreFactory()
    assert phone_of(store).post(REPORT, sent(store), headers={"Sec-Fetch-Site": "same-origin"})["Location"] == "/p/problemes/?fait=1"


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": ""},
        {"kind": "nothing"},
        {"quantity": "0"},
        {"quantity": "beaucoup"},
        {"quantity": "100001"},
        {"key": "x"},
        {"palox": "INC-99999"},
        {"producer": "999999"},
        {"note": "x" * 1001},
        {"photos": [upload(b"<html>", "photo.jpg")]},
        {"photos": [upload(picture()[:200], "photo.jpg")]},
        {"photos": [upload(picture((4, 4))) for _ in range(6)]},
    ],
)
def test_what_cannot_be_is_told_and_what_was_typed_is_kept(wrong):
    store = StoreFactory()
    phone = phone_of(store)
    for photo in wrong.get("photos", ()):
        photo.seek(0)
    data = sent(store, **({"note": "Fond cassé"} | wrong))
    page = phone.post(REPORT, data, headers={"Sec-Fetch-Site": "same-origin"})
    assert (page.status_code, "data-form-errors" in page.content.decode()) == (422, True)
    assert "note" in wrong or "Fond cassé" in page.content.decode()
    for photo in wrong.get("photos", ()):
        photo.seek(0)
    answer = phone.post(REPORT, data, headers=HEADERS)
    assert (answer.status_code, "data-outbox" in answer.json()["html"]) == (422, True)
    assert not NonConformity.objects.exists()


def test_a_phones_photo_of_12_megapixels_loses_its_place_and_is_upright():
    store = StoreFactory()
    photo = upload(picture(WIDE, exif=exif_of_a_phone()))
    assert phone_of(store).post(REPORT, sent(store, photos=[photo]), headers=HEADERS).status_code == 200
    (image,) = kept()
    assert (image.format, max(image.size), image.height > image.width) == ("WEBP", 1600, True)
    assert (dict(image.getexif()), "exif" in image.info, "xmp" in image.info) == ({}, False, False)


def test_a_picture_of_an_iphone_is_taken():
    store = StoreFactory()
    photo = upload(picture((300, 200), form="HEIF", exif=exif_of_a_phone(1)), "IMG_0001.HEIC", "image/heic")
    assert phone_of(store).post(REPORT, sent(store, photos=[photo]), headers=HEADERS).status_code == 200
    (image,) = kept()
    assert (image.format, dict(image.getexif())) == ("WEBP", {})


def test_a_bomb_is_refused_and_nothing_is_kept():
    store = StoreFactory()
    photo = upload(bomb(), "photo.png", "image/png")
    assert phone_of(store).post(REPORT, sent(store, photos=[photo]), headers=HEADERS).status_code == 422
    assert not NonConformity.objects.exists()


def test_a_form_of_another_place_is_refused():
    store, other = StoreFactory(), StoreFactory()
    assert phone_of(store).post(REPORT, sent(other), headers=HEADERS).status_code == 409
    assert not NonConformity.objects.exists()


def test_the_store_sees_the_answer_and_answers_and_nothing_that_is_internal():
    row = NonConformityFactory()
    CommentFactory(nonconformity=row, text="Entre nous")
    CommentFactory(nonconformity=row, text="Nous passons lundi", is_internal=False)
    services.resolve(row, answer="Casiers remplacés.", by=Actor.system())
    phone, address = phone_of(row.store), f"/p/problemes/{row.key}/"
    page = phone.get(address).content.decode()
    assert "Casiers remplacés." in page
    assert "Nous passons lundi" in page
    assert "Entre nous" not in page
    key = str(uuid.uuid4())
    for _again in range(2):
        answer = phone.post(address, {"key": key, "text": "Merci", "first_name": "Ana", "scope": str(row.store.uuid)}, headers=HEADERS)
        assert answer.json() == {"redirect": address}
    assert NonConformityComment.objects.filter(text="Merci", is_internal=False).count() == 1
    assert "Merci" in phone.get(address).content.decode()
    assert phone.post(address, {"key": key, "text": " "}, headers=HEADERS).status_code == 422


def test_another_places_problems_and_photos_do_not_exist():
    row = NonConformityFactory()
    phone, kept_photo = phone_of(row.store), upload(picture())
    phone.post(REPORT, sent(row.store, photos=[kept_photo]), headers=HEADERS)
    mine = NonConformity.objects.get(source=Source.STORE, photos__isnull=False)
    photo = f"/p/problemes/{mine.key}/photo/{mine.photos.get().uuid}/"
    assert phone.get(photo)["Content-Type"] == "image/webp"
    stranger = phone_of(StoreFactory())
    for address in (photo, f"/p/problemes/{mine.key}/", f"/p/problemes/{uuid.uuid4()}/"):
        assert stranger.get(address).status_code == 404
    assert mine.reference_number not in stranger.get("/p/problemes/").content.decode()


def test_the_lists_do_not_ask_more_for_more_rows(django_assert_max_num_queries):
    store = StoreFactory()
    phone = phone_of(store)
    NonConformityFactory.create_batch(12, store=store)
    with django_assert_max_num_queries(12):
        phone.get("/p/problemes/")


def test_the_phone_keeps_the_form_for_dead_spots():
    assert REPORT in phone_of(StoreFactory()).get("/p/sw.js").content.decode()


# -- a driver's stop


def test_a_driver_reports_from_the_stop_and_sees_what_becomes_of_it():
    stop, other = (StopFactory(tour__state=TourState.ACCEPTED) for _ in range(2))
    phone, address = browser_of(stop.tour, "tour"), f"/chauffeur/arret/{stop.uuid}/probleme/"
    assert address in phone.get(f"/chauffeur/arret/{stop.uuid}/").content.decode()
    data = sent(kind="no-access", scope=str(stop.tour.uuid), photos=[upload(picture())])
    for _again in range(2):
        data["photos"] = [upload(picture())]
        assert phone.post(address, data, headers=HEADERS).json() == {"redirect": address}
    row = NonConformity.objects.get()
    assert (row.stop, row.store, row.source, row.photos.count()) == (stop, stop.store, Source.DRIVER, 1)
    assert row.reference_number in phone.get(address).content.decode()
    assert phone.post(address, sent(scope=str(other.tour.uuid)), headers=HEADERS).status_code == 409
    assert phone.post(address, sent(kind="", scope=str(stop.tour.uuid)), headers=HEADERS).status_code == 422
    assert browser_of(other.tour, "tour").get(address).status_code == 404
    assert row.reference_number in phone_of(stop.store).get("/p/problemes/").content.decode()


# -- the sorting table


def test_the_sorting_table_reports_about_a_batch_and_a_place():
    centre, store = CentreFactory(), StoreFactory()
    batch, tablet = SortingBatchFactory(centre=centre), Client(headers={"Sec-Fetch-Site": "same-origin"})
    tablet.force_login(UserFactory(role="sorting"))
    address = f"/tri/{centre.uuid}/probleme/"
    assert address in tablet.get(f"/tri/{centre.uuid}/").content.decode()
    assert f"{address}?lot={batch.key}" in tablet.get(f"/tri/{centre.uuid}/{batch.key}/").content.decode()
    page = tablet.get(f"{address}?lot={batch.key}&kind=unrinsed").content.decode()
    assert str(batch.key) in page
    data = sent(kind="unrinsed", store=str(store.pk), photos=[upload(picture())])
    assert tablet.post(f"{address}?lot={batch.key}", data).status_code == 302
    row = NonConformity.objects.get()
    assert (row.batch, row.store, row.source, row.state) == (batch, store, Source.SORTING, State.REPORTED)
    assert row.reference_number in tablet.get(address).content.decode()
    assert tablet.post(address, sent(kind="")).status_code == 422
    assert tablet.get(f"{address}?lot=x").status_code == 200
    stranger = Client()
    stranger.force_login(UserFactory(role="carrier"))
    assert stranger.get(address).status_code == 403
