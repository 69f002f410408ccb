"""Personal data of events: gone after so many days, given out and erased on demand; the figures stay."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from awareness import privacy, services
from awareness.models import Event, EventPhoto, EventReport, Placement, SignUp
from awareness.queries import with_figures
from awareness.tests.factories import EventPhotoFactory, EventReportFactory, MaterialFactory, PublicEventFactory, SignUpFactory
from lincassable.accounts.actors import Actor
from lincassable.accounts.privacy import Identity, erase, export, purge
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system()


def photo_file(colour):
    content = BytesIO()
    Image.new("RGB", (40, 20), colour).save(content, "JPEG")
    return SimpleUploadedFile("photo.jpg", content.getvalue(), "image/jpeg")


def long_ago(days=31):
    end = timezone.now() - timedelta(days=days)
    return {"starts_at": end - timedelta(hours=2), "ends_at": end, "state": "done"}


def test_sign_ups_go_after_the_event_and_their_number_stays():
    old, recent = PublicEventFactory(**long_ago()), PublicEventFactory(**long_ago(29))
    for _ in range(3):
        SignUpFactory(event=old)
    SignUpFactory(event=old, role="volunteer", phone="+33612345678")
    SignUpFactory(event=old, state="waiting")
    kept = SignUpFactory(event=recent)
    assert purge()["event_signup"] == 5
    assert purge()["event_signup"] == 0
    assert list(SignUp.objects.all()) == [kept]
    found = with_figures(Event.objects.all()).get(pk=old.pk)
    assert (found.visitors, found.volunteers) == (3, 1)
    assert with_figures(Event.objects.all()).get(pk=recent.pk).visitors == 1


def test_photos_go_with_their_files():
    photo = EventPhotoFactory(event=PublicEventFactory(**long_ago(4 * 365)))
    name = photo.picture.name
    assert default_storage.exists(name)
    assert privacy.purge_photos(timezone.now() - timedelta(days=3 * 365)) == 1
    assert not EventPhoto.objects.exists()


def test_a_person_gets_and_loses_what_is_held_about_them():
    signup = SignUpFactory(email="ines@courriel.example", role="volunteer", phone="+33612345678")
    SignUpFactory(event=signup.event)
    EventReportFactory(event=signup.event, note="Merci à ines@courriel.example pour l'aide.")
    held = export(Identity(email="ines@courriel.example"))["event_signup"]
    assert [(row["first_name"], row["phone"]) for row in held] == [("Inès", "+33612345678")]
    erase(Identity(email="ines@courriel.example"))
    assert SignUp.objects.count() == 1
    assert "ines@" not in EventReport.objects.get().note


def test_photos_of_what_stands_in_places_go_and_the_rest_stays():
    row = services.place(StoreFactory(), MaterialFactory(), photo=photo_file("green"), by=SYSTEM)
    first = row.photo.name
    assert purge()["placement_photo"] == 0
    Placement.objects.update(photo_at=timezone.now() - timedelta(days=366))
    assert purge()["placement_photo"] == 1
    row.refresh_from_db()
    assert (row.photo.name, row.photo_at, row.state) == ("", None, "placed")
    assert default_storage.exists(first)  # until the transaction holds: see below


@pytest.mark.django_db(transaction=True)
def test_a_newer_photo_and_a_deletion_leave_no_file_behind():
    store, material = StoreFactory(), MaterialFactory()
    first = services.place(store, material, photo=photo_file("green"), by=SYSTEM).photo.name
    row = services.place(store, material, photo=photo_file("red"), by=SYSTEM)
    second = row.photo.name
    assert [default_storage.exists(name) for name in (first, second)] == [False, True]
    services.delete_placement_photo(row, by=SYSTEM)
    assert not default_storage.exists(second)
