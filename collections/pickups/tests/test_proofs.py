"""Photos and signatures of stops: kept once, shown to those who may see them, gone when their time is over."""

import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from lincassable.accounts import privacy
from lincassable.accounts.privacy import Identity
from lincassable.accounts.tests.factories import UserFactory
from lincassable.uploads import clean_image
from pickups import services
from pickups.enums import ProofKind, StopState, TourState
from pickups.lines import NewProof
from pickups.models import Stop, StopProof, TourLog
from pickups.services.proofs import MOST_PHOTOS
from pickups.tests.phones import carrier_of, driver_of, form, stop_url
from stores.tests.factories import StoreFactory
from tests.pictures import picture, upload

pytestmark = pytest.mark.django_db


def new(kind: str = ProofKind.PHOTO, key: uuid.UUID | None = None) -> NewProof:
    return NewProof(key or uuid.uuid4(), kind, clean_image(upload(picture())))


def photos(count: int = 2) -> list:
    return [upload(picture(colour=colour)) for colour in ("red", "green", "blue")[:count]]


def signature():
    return upload(picture((300, 120), form="PNG"), "signature.png", "image/png")


def files(stop: Stop) -> list[str]:
    return [row.image.name for row in stop.proofs.order_by("kind", "pk")]


# -- recorded by the phone


def test_photos_and_the_signature_arrive_with_the_stop_and_once(scene):
    made = scene(TourState.ACCEPTED)
    phone, stop, key = driver_of(made), made.stops[0], str(uuid.uuid4())
    for _again in range(3):
        data = form(key=key, photos=photos(), signature=signature(), signer_name="Mme Durand")
        assert phone.post(stop_url(stop), data).status_code == 302
    assert [row.kind for row in stop.proofs.order_by("kind", "pk")] == ["photo", "photo", "signature"]
    assert all(default_storage.exists(name) and name.startswith("stops/") for name in files(stop))
    stop.refresh_from_db()
    assert stop.signer_name == "Mme Durand"
    assert stop.proofs.first().taken_at == stop.completed_at


def test_a_second_phones_photos_join_the_stop_its_quantities_and_signature_do_not(scene):
    made = scene(TourState.ACCEPTED)
    first, second, stop = driver_of(made), driver_of(made), made.stops[0]
    first.post(stop_url(stop), form(full=12, photos=photos(1), signature=signature(), signer_name="Mme Durand"))
    answer = second.post(stop_url(stop), form(full=99, photos=photos(1), signature=signature(), signer_name="X"))
    assert answer["Location"].endswith("?deja=1")
    stop.refresh_from_db()
    assert (stop.signer_name, stop.lines.get().loaded_full) == ("Mme Durand", 12)
    assert sorted(stop.proofs.values_list("kind", flat=True)) == ["photo", "photo", "signature"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"photos": [upload(b"<html>", "photo.jpg")]},
        {"photos": [upload(picture()[:200], "photo.jpg")]},
        {"signature": upload(b"", "signature.png")},
        {"signature": upload(b"%PDF-1.4", "signature.png")},
        {"signer_name": "x" * 121},
    ],
)
def test_a_picture_that_is_none_is_explained_and_what_was_typed_is_kept(scene, wrong):
    made = scene(TourState.ACCEPTED)
    phone, stop = driver_of(made), made.stops[0]
    page = phone.post(stop_url(stop), form(full=17, **wrong))
    assert page.status_code == 422
    assert "data-form-errors" in page.content.decode()
    assert 'value="17"' in page.content.decode()
    assert Stop.objects.get(pk=stop.pk).state == StopState.TO_DO
    assert not StopProof.objects.exists()


def test_too_many_photos_are_refused_at_once_and_over_time(scene):
    made = scene(TourState.ACCEPTED)
    phone, stop = driver_of(made), made.stops[0]
    many = [upload(picture((4, 4))) for _ in range(MOST_PHOTOS + 1)]
    assert phone.post(stop_url(stop), form(photos=many)).status_code == 422
    made.complete(stop, proofs=[new() for _ in range(MOST_PHOTOS)])
    with pytest.raises(ValidationError):
        services.add_proofs(stop, [new()], by=made.driver)
    assert stop.proofs.count() == MOST_PHOTOS


def test_photos_and_the_signature_may_come_after_the_stop(scene):
    made = scene(TourState.ACCEPTED)
    phone, stop, address = driver_of(made), made.stops[0], stop_url(made.stops[0]) + "photos/"
    made.complete(stop)
    key = str(uuid.uuid4())
    for _again in range(2):
        answer = phone.post(address, {"key": key, "photos": photos(1), "signature": signature()}, headers={"Accept": "application/json"})
        assert answer.json() == {"redirect": stop_url(stop)}
    assert stop.proofs.count() == 2
    page = phone.get(stop_url(stop)).content.decode()
    assert page.count("/chauffeur/photo/") == 4  # a link and a picture each
    assert 'name="signature"' not in page
    wrong = phone.post(address, {"key": str(uuid.uuid4()), "photos": [upload(b"no")]}, headers={"Accept": "application/json"})
    assert (wrong.status_code, "data-outbox" in wrong.json()["html"]) == (422, True)


def test_strangers_add_nothing(scene):
    made, other = scene(TourState.ACCEPTED), scene(TourState.ACCEPTED)
    for by in (other.driver, made.carrier):
        with pytest.raises(PermissionDenied):
            services.add_proofs(made.stops[0], [new()], by=by)
    assert driver_of(other).post(stop_url(made.stops[0]) + "photos/", {"key": str(uuid.uuid4())}).status_code == 404


# -- shown


def test_the_driver_the_carrier_and_coordinators_see_a_photo_and_nobody_else(scene, client, coordinator_user):
    made, other = scene(TourState.ACCEPTED), scene(TourState.ACCEPTED)
    stop = made.stops[0]
    made.complete(stop, proofs=[new()])
    proof = stop.proofs.get()
    driver, carrier, user = (f"/{place}/{proof.uuid}/" for place in ("chauffeur/photo", "transporteur/tournee/photo", "transporteur/photo"))
    admin = f"/admin/pickups/tour/{made.tour.pk}/stops/{stop.uuid}/photos/{proof.uuid}/"
    client.force_login(coordinator_user)
    office = Client()
    office.force_login(made.users["carrier"])
    seen = [driver_of(made).get(driver), carrier_of(made).get(carrier), office.get(user), client.get(user), client.get(admin)]
    for response in seen:
        assert response.status_code == 200
        assert b"".join(response.streaming_content)[8:12] == b"WEBP"
        assert response["Cache-Control"].startswith("private, no-store")
        assert response["X-Content-Type-Options"] == "nosniff"
    foreign, sorting = Client(), Client()
    foreign.force_login(other.users["carrier"])
    sorting.force_login(UserFactory(role="sorting"))
    refused = [
        driver_of(other).get(driver),
        carrier_of(other).get(carrier),
        foreign.get(user),
        sorting.get(user),
        foreign.get(admin),
        Client().get(user),
        Client().get(driver),
        Client().get(f"/media/{proof.image.name}"),
        client.get(f"/admin/pickups/tour/{made.tour.pk}/stops/{made.stops[1].uuid}/photos/{proof.uuid}/"),
    ]
    assert all(response.status_code in (302, 403, 404) for response in refused), [response.status_code for response in refused]


def test_a_photo_whose_file_is_gone_is_not_found(scene):
    made = scene(TourState.ACCEPTED)
    made.complete(made.stops[0], proofs=[new()])
    proof = StopProof.objects.get()
    default_storage.delete(proof.image.name)
    assert driver_of(made).get(f"/chauffeur/photo/{proof.uuid}/").status_code == 404


# -- removed


def test_a_coordinator_removes_a_photo_for_good(scene, client, coordinator_user, django_capture_on_commit_callbacks):
    made = scene(TourState.ACCEPTED)
    stop = made.stops[0]
    made.complete(stop, proofs=[new(), new(ProofKind.SIGNATURE)])
    name = files(stop)[0]
    client.force_login(coordinator_user)
    page = f"/admin/pickups/tour/{made.tour.pk}/stops/{stop.uuid}/"
    assert client.get(page).content.decode().count("data-proof=") == 2
    address = f"{page}photos/{stop.proofs.get(kind='photo').uuid}/remove/"
    assert client.get(address).status_code == 405
    with django_capture_on_commit_callbacks(execute=True):
        for _again in range(2):
            assert client.post(address).status_code == 302
    assert [row.kind for row in stop.proofs.all()] == ["signature"]
    assert not default_storage.exists(name)
    assert TourLog.objects.filter(tour=made.tour, note__contains=str(stop.store)).exists()
    with pytest.raises(PermissionDenied):
        services.remove_proof(stop.proofs.get(), by=made.driver)


def test_after_a_year_pictures_files_and_names_go_and_what_was_moved_stays(scene, settings, django_capture_on_commit_callbacks):
    made = scene(TourState.ACCEPTED)
    for stop in made.stops:
        made.complete(stop, proofs=[new(), new(ProofKind.SIGNATURE)], signer_name="Mme Durand")
    old, young = made.stops
    long_ago = timezone.now() - timedelta(days=settings.PERSONAL_DATA_RETENTION_DAYS["stop_proof"] + 1)
    Stop.objects.filter(pk=old.pk).update(completed_at=long_ago)
    old.proofs.update(taken_at=long_ago)
    names = files(old)
    with django_capture_on_commit_callbacks(execute=True):
        assert privacy.purge()["stop_proof"] == 3
    assert privacy.purge()["stop_proof"] == 0
    assert not any(default_storage.exists(name) for name in names)
    assert [Stop.objects.get(pk=stop.pk).signer_name for stop in (old, young)] == ["", "Mme Durand"]
    assert young.proofs.count() == 2
    assert old.lines.get().loaded_full == 10


def test_who_signed_is_exported_and_erased_with_the_signature_and_the_photos(scene, django_capture_on_commit_callbacks):
    made, person = scene(TourState.ACCEPTED), Identity(names=frozenset({"Jeanne Durand"}))
    mine, other = made.stops
    made.complete(mine, proofs=[new(), new(), new(ProofKind.SIGNATURE)], signer_name="jeanne durand")
    made.complete(other, proofs=[new(ProofKind.SIGNATURE)], signer_name="Paul Petit")
    held = privacy.export(person)["stop_proof"]
    assert [(row["signer_name"], row["photos"], row["signatures"]) for row in held] == [("jeanne durand", 2, 1)]
    names = files(mine)
    with django_capture_on_commit_callbacks(execute=True):
        assert privacy.erase(person)["stop_proof"] == 4
    assert not any(default_storage.exists(name) for name in names)
    mine.refresh_from_db()
    assert (mine.signer_name, mine.proofs.count(), mine.state) == ("", 0, StopState.DONE)
    assert other.proofs.count() == 1
    assert "stop_proof" not in privacy.export(person)


# -- a stop added on the way, by the page


def test_the_page_of_an_added_stop_lists_places_around_and_takes_any(scene):
    made = scene(TourState.ACCEPTED)
    near, far = StoreFactory(name="Épicerie voisine"), StoreFactory(name="Au bout du monde", latitude=48, longitude=2)
    phone = driver_of(made)
    page = phone.get("/chauffeur/ajouter/").content.decode()
    assert str(near.uuid) in page
    for store in (far, made.tour.hub, *made.stores):
        assert str(store.uuid) not in page
    found = phone.get("/chauffeur/ajouter/?q=epicerie VOISINE").content.decode()
    assert str(near.uuid) in found
    assert phone.post("/chauffeur/ajouter/", form(store="")).status_code == 422
    assert phone.post("/chauffeur/ajouter/", form(store="nothing")).status_code == 422
    assert phone.post("/chauffeur/ajouter/", form(store=str(made.tour.hub.uuid))).status_code == 422
    wrong = phone.post("/chauffeur/ajouter/", form(store=str(far.uuid), full="treize"))
    assert (wrong.status_code, f'value="{far.uuid}" selected' in wrong.content.decode()) == (422, True)
    key = str(uuid.uuid4())
    for _again in range(2):
        answer = phone.post("/chauffeur/ajouter/", form(key=key, store=str(far.uuid), full=4, photos=photos(1)))
        assert answer["Location"] == "/chauffeur/tournee/#suite"
    stop = made.tour.stops.get(store=far)
    assert (stop.is_unplanned, stop.proofs.count(), stop.lines.get().loaded_full) == (True, 1, 4)
