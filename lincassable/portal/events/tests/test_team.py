"""The phone page of an event's team: by its link or signed in; the checklist, and the report with its photos."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from awareness import services
from awareness.enums import EventState, SignUpState
from awareness.models import EventPhoto, EventReport
from awareness.tests.factories import EventFactory, EventItemFactory, EventPhotoFactory, PublicEventFactory, SignUpFactory
from lincassable.accounts import links
from lincassable.accounts.actors import Actor
from lincassable.accounts.models import AccessLink
from lincassable.accounts.tests.factories import UserFactory

pytestmark = pytest.mark.django_db
SAID = {"people_met": "40", "bottles_explained": "6", "mood": "4", "cost_eur": "12,50", "note": "Prévoir de l'ombre."}


def phone_of(event):
    """A phone that holds the event's link."""
    phone = Client(headers={"Sec-Fetch-Site": "same-origin"})
    phone.get(links.url(links.link_for(AccessLink.EVENT, event.pk)).removeprefix("http://localhost:8000"))
    return phone


@pytest.fixture
def held():
    now = timezone.now()
    return PublicEventFactory(state=EventState.DONE, starts_at=now - timedelta(hours=4), ends_at=now - timedelta(hours=1))


def photo(size=(3000, 2000), name="photo.jpg", colour="green"):
    content, exif = BytesIO(), Image.Exif()
    exif[0x010F] = "Camera"
    Image.new("RGB", size, colour).save(content, "JPEG", exif=exif)
    return SimpleUploadedFile(name, content.getvalue(), "image/jpeg")


def test_publishing_makes_the_link_of_the_team():
    event = EventFactory()
    services.publish(event, by=Actor.system())
    assert phone_of(event).get("/equipe/").status_code == 200
    assert AccessLink.objects.filter(kind=AccessLink.EVENT, object_id=event.pk).count() == 1


def test_the_link_opens_its_own_event_and_no_other():
    mine, other = PublicEventFactory(), EventPhotoFactory()
    page = phone_of(mine).get("/equipe/").content.decode()
    assert mine.title in page
    assert phone_of(mine).get(f"/equipe/photo/{other.uuid}/").status_code == 404
    assert phone_of(mine).get(f"/equipe/evenements/{other.event.uuid}/").status_code == 302  # to sign in
    assert Client().get("/equipe/").status_code == 403


def test_the_team_ticks_what_is_packed():
    event = PublicEventFactory()
    banner, flyers = EventItemFactory(event=event), EventItemFactory(event=event, quantity=200)
    other = EventItemFactory()
    phone = phone_of(event)
    for _ in range(2):
        phone.post("/equipe/", {"packed": [str(flyers.uuid), str(other.uuid), "x"]})
    assert [item.is_packed for item in event.items.all()] == [False, True]
    other.refresh_from_db()
    assert not other.is_packed
    phone.post("/equipe/", {"packed": [str(banner.uuid)]})
    assert [item.is_packed for item in event.items.all()] == [True, False]


def test_the_team_sees_who_comes_with_the_phones_of_volunteers_but_no_address():
    event = PublicEventFactory()
    SignUpFactory(event=event, role="volunteer", first_name="Malik", phone="+33612345678", email="malik@courriel.example")
    SignUpFactory(event=event, first_name="Rose", state=SignUpState.WAITING)
    page = phone_of(event).get("/equipe/").content.decode()
    assert "Malik" in page
    assert "tel:+33612345678" in page
    assert "malik@courriel" not in page
    assert "Rose" not in page


def test_a_report_is_written_and_sent_again_it_is_corrected(held):
    phone = phone_of(held)
    assert phone.post("/equipe/bilan/", SAID).status_code == 302
    assert phone.post("/equipe/bilan/", SAID | {"people_met": "45"}).status_code == 302
    report = EventReport.objects.get()
    assert (report.people_met, report.bottles_explained, report.mood, str(report.cost_eur)) == (45, 6, 4, "12.50")
    assert (report.actor_kind, report.event) == ("link", held)


def test_a_coordinator_writes_it_signed_in(held):
    browser = Client(headers={"Sec-Fetch-Site": "same-origin"})
    browser.force_login(UserFactory(role="coordinator"))
    assert browser.post(f"/equipe/evenements/{held.uuid}/bilan/", SAID).status_code == 302
    assert EventReport.objects.get().actor_kind == "user"


@pytest.mark.parametrize(
    ("field", "value"), [("people_met", ""), ("people_met", "-1"), ("mood", "9"), ("cost_eur", "beaucoup"), ("people_met", "1e9")]
)
def test_what_cannot_be_is_told_and_nothing_typed_is_lost(held, field, value):
    answer = phone_of(held).post("/equipe/bilan/", SAID | {field: value})
    assert answer.status_code == 422
    assert "Prévoir de l&#x27;ombre." in answer.content.decode()
    assert not EventReport.objects.exists()


def test_no_report_before_it_begins():
    event = PublicEventFactory()
    assert phone_of(event).post("/equipe/bilan/", SAID).status_code == 422
    assert not EventReport.objects.exists()


def test_photos_are_kept_small_without_what_the_camera_wrote_once_each(held):
    phone = phone_of(held)
    for _ in range(2):
        answer = phone.post("/equipe/bilan/", SAID | {"photos": [photo(), photo(colour="red")], "has_consent": "on"})
        assert answer.status_code == 302
    kept = list(EventPhoto.objects.all())
    assert len(kept) == 2
    with kept[0].picture.open() as file, Image.open(file) as picture:
        assert (picture.format, max(picture.size), len(picture.getexif())) == ("WEBP", 1600, 0)
    shown = phone.get(f"/equipe/photo/{kept[0].uuid}/")
    assert shown["Content-Type"] == "image/webp"
    assert shown["Cache-Control"] == "private, no-store"


def test_photos_need_consent_and_must_be_photos(held):
    phone = phone_of(held)
    assert phone.post("/equipe/bilan/", SAID | {"photos": [photo()]}).status_code == 422
    fake = SimpleUploadedFile("photo.jpg", b"<svg onload=alert(1)>", "image/jpeg")
    answer = phone.post("/equipe/bilan/", SAID | {"photos": [fake], "has_consent": "on"})
    assert answer.status_code == 422
    assert EventReport.objects.exists()  # what was typed is kept, the photo is not
    many = [photo((8, 8), colour=(n, 0, 0)) for n in range(6)]
    assert phone.post("/equipe/bilan/", SAID | {"photos": many, "has_consent": "on"}).status_code == 422
    assert not EventPhoto.objects.exists()


def test_a_revoked_link_opens_nothing_any_more(held):
    phone = phone_of(held)
    links.revoke(AccessLink.objects.get(kind=AccessLink.EVENT), by=Actor.system())
    assert phone.get("/equipe/").status_code == 403
    assert phone.post("/equipe/bilan/", SAID).status_code == 403
