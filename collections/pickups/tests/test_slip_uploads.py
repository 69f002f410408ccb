"""Paper slips: who may send, see and delete them, and what happens to wrong files; the PDF's pages; which tours lack theirs."""

from __future__ import annotations

import io
import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from pypdf import PdfReader

from lincassable.accounts import privacy
from lincassable.accounts.tests.factories import UserFactory
from pickups import services
from pickups.enums import StopState, TourState
from pickups.models import SlipUpload, StopProof, Tour, TourLog
from pickups.queries_slips import tours_without_slip
from pickups.tests.factories_proofs import SlipUploadFactory, StopProofFactory
from pickups.tests.phones import carrier_of, driver_of
from stores.tests.factories import ContactFactory

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n%a small one\n%%EOF\n"


@pytest.fixture(autouse=True)
def _private_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def pdf(name: str = "bon.pdf") -> SimpleUploadedFile:
    """A scanned slip."""
    return SimpleUploadedFile(name, PDF, content_type="application/pdf")


def photo() -> SimpleUploadedFile:
    """A photo of a slip, with a position in it."""
    kept, exif = io.BytesIO(), Image.Exif()
    exif[0x010E] = "chez Léa"
    Image.new("RGB", (300, 200), "white").save(kept, "JPEG", exif=exif)
    return SimpleUploadedFile("bon.jpg", kept.getvalue(), content_type="image/jpeg")


def office_of(made) -> Client:
    """A browser with the carrier's account."""
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(made.users["carrier"])
    return client


def desk_of(made) -> Client:
    """A coordinator's browser."""
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(UserFactory(role="coordinator", is_staff=True))
    return client


# -- the service


def test_a_pdf_is_kept_as_it_is_and_a_photo_without_its_metadata(scene):
    made = scene(TourState.DONE)
    kept = services.upload_slip(made.tour, pdf(), by=made.carrier)
    assert (kept.extension, kept.file.read(), kept.actor_kind) == ("pdf", PDF, "link")
    taken = services.upload_slip(made.tour, photo(), by=made.driver)
    assert taken.extension == "webp"
    with Image.open(taken.file) as picture:
        assert (picture.format, dict(picture.getexif())) == ("WEBP", {})


@pytest.mark.parametrize("state", [TourState.DRAFT, TourState.AWAITING, TourState.DECLINED])
def test_before_the_carrier_accepted_there_is_no_slip_to_send(scene, state):
    made = scene(state)
    with pytest.raises(ValidationError):
        services.upload_slip(made.tour, pdf(), by=made.coordinator)


def test_somebody_elses_carrier_and_driver_send_nothing(scene):
    made, other = scene(TourState.DONE), scene(TourState.DONE)
    for by in (other.carrier, other.driver):
        with pytest.raises(PermissionDenied):
            services.upload_slip(made.tour, pdf(), by=by)
    assert not SlipUpload.objects.exists()


def test_too_many_slips_of_one_tour_are_refused(scene, monkeypatch):
    made = scene(TourState.DONE)
    monkeypatch.setattr("pickups.services.slips.MOST_SLIPS", 1)
    services.upload_slip(made.tour, pdf(), by=made.carrier)
    with pytest.raises(ValidationError):
        services.upload_slip(made.tour, pdf(), by=made.carrier)


def test_deleting_takes_the_file_and_stays_in_the_tours_log(scene, django_capture_on_commit_callbacks):
    made = scene(TourState.DONE)
    slip = services.upload_slip(made.tour, pdf(), by=made.carrier)
    lines = made.tour.log.count()
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            services.delete_slip(slip, by=made.coordinator)
    assert not default_storage.exists(slip.file.name)
    assert not SlipUpload.objects.exists()
    assert made.tour.log.count() == lines + 1
    assert TourLog.objects.latest("pk").actor_id == made.coordinator.id


def test_only_coordinators_delete(scene):
    made = scene(TourState.DONE)
    slip = services.upload_slip(made.tour, pdf(), by=made.carrier)
    for by in (made.carrier, made.driver):
        with pytest.raises(PermissionDenied):
            services.delete_slip(slip, by=by)


# -- pages


def test_the_carrier_sends_and_sees_a_slip_by_its_link(scene):
    made = scene(TourState.DONE)
    client = carrier_of(made)
    assert client.post("/transporteur/tournee/bons/", {"file": pdf()}).status_code == 302
    slip = SlipUpload.objects.get()
    page = client.get("/transporteur/tournee/").content.decode()
    address = f"/transporteur/tournee/bons/{slip.uuid}/"
    assert address in page
    served = client.get(address)
    assert b"".join(served.streaming_content) == PDF
    assert served["Cache-Control"].startswith("private, no-store")
    assert served["X-Content-Type-Options"] == "nosniff"


def test_the_carriers_user_sends_and_sees_a_slip(scene):
    made = scene(TourState.UNDER_WAY)
    client = office_of(made)
    answer = client.post(reverse("pickups:carrier_user_slips", args=[made.tour.uuid]), {"file": photo()})
    assert answer["Location"] == reverse("pickups:carrier_user_tour", args=[made.tour.uuid])
    served = client.get(reverse("pickups:carrier_user_slip_file", args=[made.tour.uuid, SlipUpload.objects.get().uuid]))
    assert (served.status_code, served["Content-Type"]) == (200, "image/webp")


def test_the_driver_sends_a_slip_and_is_told(scene):
    made = scene(TourState.DONE)
    client = driver_of(made)
    assert client.get("/chauffeur/bon/envoyer/").status_code == 200
    answer = client.post("/chauffeur/bon/envoyer/", {"file": photo()})
    assert answer.status_code == 302
    assert "The slip has arrived" in client.get(answer["Location"]).content.decode()
    assert SlipUpload.objects.get().tour == made.tour


WRONG = {
    "nothing": None,
    "an empty file": b"",
    "a text": b"bonjour",
    "a page": b"<html><script>alert(1)</script></html>",
    "a program": b"MZ\x90\x00" + b"\x00" * 200,
    "a broken picture": b"\x89PNG\r\n\x1a\n" + b"\x00" * 40,
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_file_gets_a_sentence_and_keeps_nothing(scene, what):
    made = scene(TourState.DONE)
    files = {} if WRONG[what] is None else {"file": SimpleUploadedFile("bon.pdf", WRONG[what], content_type="application/pdf")}
    for client, address in (
        (carrier_of(made), "/transporteur/tournee/bons/"),
        (office_of(made), reverse("pickups:carrier_user_slips", args=[made.tour.uuid])),
        (driver_of(made), "/chauffeur/bon/envoyer/"),
        (desk_of(made), reverse("admin:pickups_tour_slips", args=[made.tour.pk])),
    ):
        for file in files.values():
            file.seek(0)
        answer = client.post(address, files)
        assert answer.status_code == 422
        text = answer.content.decode()
        assert 'id="id_file_error"' in text or "invalid-feedback" in text
    assert not SlipUpload.objects.exists()


def test_a_slip_of_another_tour_does_not_exist_here(scene):
    made, other = scene(TourState.DONE), scene(TourState.DONE)
    slip = services.upload_slip(other.tour, pdf(), by=other.carrier)
    assert carrier_of(made).get(f"/transporteur/tournee/bons/{slip.uuid}/").status_code == 404
    client = office_of(made)
    assert client.get(reverse("pickups:carrier_user_slip_file", args=[made.tour.uuid, slip.uuid])).status_code == 404
    assert client.get(reverse("pickups:carrier_user_slip_file", args=[other.tour.uuid, slip.uuid])).status_code == 404
    assert client.get(reverse("pickups:carrier_user_slip", args=[other.tour.uuid])).status_code == 404
    assert client.post(reverse("pickups:carrier_user_slips", args=[other.tour.uuid]), {"file": pdf()}).status_code == 404
    assert SlipUpload.objects.count() == 1


def test_a_form_of_another_site_sends_nothing(scene):
    made = scene(TourState.DONE)
    hostile = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    for client, address in ((carrier_of(made), "/transporteur/tournee/bons/"), (driver_of(made), "/chauffeur/bon/envoyer/")):
        assert client.post(address, {"file": pdf()}, headers=hostile).status_code == 403
    assert not SlipUpload.objects.exists()


def test_the_slip_opens_for_coordinator_carrier_and_driver(scene):
    made = scene(TourState.ACCEPTED)
    for client, address in (
        (carrier_of(made), "/transporteur/tournee/bon/"),
        (office_of(made), reverse("pickups:carrier_user_slip", args=[made.tour.uuid])),
        (driver_of(made), "/chauffeur/bon/"),
        (desk_of(made), reverse("admin:pickups_tour_slip", args=[made.tour.pk])),
    ):
        answer = client.get(address)
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
        assert answer["Cache-Control"].startswith("private, no-store")
        assert made.stores[0].name in PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()


def test_a_draft_has_a_slip_for_coordinators_only(scene):
    made = scene(TourState.DECLINED)
    client, office = carrier_of(made), office_of(made)
    services.reopen_tour(made.tour, by=made.coordinator)
    assert client.get("/transporteur/tournee/bon/").status_code == 404
    assert office.get(reverse("pickups:carrier_user_slip", args=[made.tour.uuid])).status_code == 404
    assert desk_of(made).get(reverse("admin:pickups_tour_slip", args=[made.tour.pk])).status_code == 200


def test_the_slip_follows_the_readers_language(scene):
    made = scene(TourState.ACCEPTED)
    client = office_of(made)
    answer = client.get(reverse("pickups:carrier_user_slip", args=[made.tour.uuid]))
    assert "Tour slip" in PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "fr"
    answer = client.get(reverse("pickups:carrier_user_slip", args=[made.tour.uuid]))
    assert PdfReader(io.BytesIO(answer.content)).trailer["/Root"]["/Lang"] == "fr"


def test_coordinators_list_look_at_and_delete_slips(scene, django_capture_on_commit_callbacks):
    made = scene(TourState.DONE)
    client = desk_of(made)
    address = reverse("admin:pickups_tour_slips", args=[made.tour.pk])
    assert client.post(address, {"file": pdf()}).status_code == 302
    slip = SlipUpload.objects.get()
    for page in (address, reverse("admin:pickups_slipupload_changelist")):
        assert reverse("admin:pickups_slipupload_file", args=[slip.pk]) in client.get(page).content.decode()
    assert b"".join(client.get(reverse("admin:pickups_slipupload_file", args=[slip.pk])).streaming_content) == PDF
    delete = reverse("admin:pickups_slipupload_delete", args=[slip.pk])
    assert client.get(delete).status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(delete, {"post": "yes"}).status_code == 302
    assert not SlipUpload.objects.exists()
    assert not default_storage.exists(slip.file.name)


def test_a_slip_whose_file_is_gone_is_not_a_server_error(scene):
    made = scene(TourState.DONE)
    slip = SlipUploadFactory(tour=made.tour)
    assert carrier_of(made).get(f"/transporteur/tournee/bons/{slip.uuid}/").status_code == 404
    assert desk_of(made).get(reverse("admin:pickups_slipupload_file", args=[slip.pk])).status_code == 404


def test_the_list_of_slips_takes_the_same_queries_for_one_and_for_ten(scene, django_assert_max_num_queries):
    made = scene(TourState.DONE)
    client = desk_of(made)
    address = reverse("admin:pickups_slipupload_changelist")
    client.get(address)
    for count in (1, 9):
        for _ in range(count):
            SlipUploadFactory(tour=made.tour, actor_kind="user", actor_id=UserFactory().pk)
        with django_assert_max_num_queries(14):
            client.get(address)


# -- what is missing


def done(scene, days: int, signed: int = 0):
    """A tour of two stops that was driven `days` days ago, with so many stops signed."""
    made = scene(TourState.DONE)
    Tour.objects.filter(pk=made.tour.pk).update(date=timezone.localdate() - timedelta(days=days))
    for stop in made.stops[:signed]:
        StopProofFactory(stop=stop, uuid=uuid.uuid4())
    return made


def test_a_tour_lacks_its_slip_until_a_paper_comes_or_each_stop_is_signed(scene):
    bare, half, signed, sent = done(scene, 5), done(scene, 6, 1), done(scene, 7, 2), done(scene, 8)
    services.upload_slip(sent.tour, pdf(), by=sent.carrier)
    assert list(tours_without_slip(5)) == [half.tour, bare.tour]
    assert list(tours_without_slip(6)) == [half.tour]
    assert signed.tour not in tours_without_slip(0)
    services.upload_slip(bare.tour, pdf(), by=bare.carrier)
    assert list(tours_without_slip(0)) == [half.tour]


def test_a_missed_stop_needs_no_signature(scene):
    made = done(scene, 5, 1)
    made.tour.stops.filter(pk=made.stops[1].pk).update(state=StopState.MISSED)
    assert not tours_without_slip(0).exists()


def test_a_photo_is_no_signature(scene):
    made = done(scene, 5, 1)
    StopProof.objects.create(stop=made.stops[1], kind="photo", image=ContentFile(b"x", name="x.webp"))
    assert list(tours_without_slip(0)) == [made.tour]


def test_a_closed_tour_and_one_under_way_are_not_asked_for_their_slip(scene):
    closed, going = done(scene, 5), scene(TourState.UNDER_WAY)
    Tour.objects.filter(pk=closed.tour.pk).update(state=TourState.CLOSED)
    Tour.objects.filter(pk=going.tour.pk).update(date=timezone.localdate() - timedelta(days=5))
    assert not tours_without_slip(0).exists()


def test_the_page_of_missing_slips_lists_them_after_the_usual_days(scene, settings):
    settings.SLIP_MISSING_DAYS = 5
    late, fresh = done(scene, 5), done(scene, 2)
    client = desk_of(late)
    address = reverse("admin:pickups_slips_missing")
    page = client.get(address).content.decode()
    assert f'data-tour="{late.tour.uuid}"' in page
    assert str(fresh.tour.uuid) not in page
    assert str(fresh.tour.uuid) in client.get(address + "?days=0").content.decode()
    for wrong in ("?days=-3", "?days=x", "?days=999999999", "?page=zzz", "?days=٣"):
        assert client.get(address + wrong).status_code == 200


# -- personal data


def test_papers_go_when_their_time_is_over_and_are_found_for_a_person(scene, settings, django_capture_on_commit_callbacks):
    old, fresh = scene(TourState.DONE), scene(TourState.DONE)
    gone = services.upload_slip(old.tour, pdf(), by=old.carrier)
    kept = services.upload_slip(fresh.tour, pdf(), by=fresh.carrier)
    days = settings.PERSONAL_DATA_RETENTION_DAYS["paper_slip"]
    SlipUpload.objects.filter(pk=gone.pk).update(uploaded_at=timezone.now() - timedelta(days=days + 1))
    with django_capture_on_commit_callbacks(execute=True):
        assert privacy.purge()["paper_slip"] == 1
    assert privacy.purge()["paper_slip"] == 0
    assert not default_storage.exists(gone.file.name)
    assert default_storage.exists(kept.file.name)
    contact = ContactFactory(store=fresh.stores[0], email="lea@points.example")
    held = privacy.export(privacy.Identity(email=contact.email))["paper_slip"]
    assert [row["tour"] for row in held] == [fresh.tour.reference]
    assert "paper_slip" not in privacy.export(privacy.Identity(email="personne@ailleurs.example"))
