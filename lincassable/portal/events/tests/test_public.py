"""The public pages of events: what they show, to whom, and signing up."""

import json
import re
from datetime import timedelta

import pytest
import vobject
from django.core import signing
from django.test import Client
from django.utils import timezone, translation

from awareness import links, services
from awareness.enums import EventState, SignUpState
from awareness.models import Event, SignUp
from awareness.tests.factories import EventFactory, PartnerFactory, PublicEventFactory, SignUpFactory
from lincassable.accounts.actors import Actor

pytestmark = pytest.mark.django_db
FROM_HERE = {"Sec-Fetch-Site": "same-origin"}
SAID = {"role": "visitor", "first_name": "Lou", "email": "lou@courriel.example"}


@pytest.fixture
def browser():
    return Client(headers=FROM_HERE)


def text(response):
    return response.content.decode()


def test_drafts_are_seen_nowhere(browser):
    event = EventFactory()
    assert browser.get(event.path).status_code == 404
    assert browser.post(event.path, SAID).status_code == 404
    assert browser.get(f"{event.path[:-1]}.ics").status_code == 404
    for address in ("/evenements/", "/evenements.ics", "/sitemap.xml"):
        assert event.title not in text(browser.get(address))
        assert event.short not in text(browser.get(address))


def test_the_list_has_what_is_coming_next_first_and_what_was_held(browser):
    later, sooner = PublicEventFactory(title="Plus tard"), PublicEventFactory(title="Bientôt")
    tomorrow = timezone.now() + timedelta(days=1)
    Event.objects.filter(pk=sooner.pk).update(starts_at=tomorrow, ends_at=tomorrow + timedelta(hours=2))
    past = timezone.now() - timedelta(days=3)
    PublicEventFactory(title="Jadis", state=EventState.DONE, starts_at=past - timedelta(hours=2), ends_at=past)
    page = text(browser.get("/evenements/"))
    assert page.index("Bientôt") < page.index("Plus tard") < page.index("Jadis")
    assert later.path in page


def test_the_address_survives_a_new_title(browser):
    event = PublicEventFactory(title="Ancien titre")
    former = event.path
    event.title = "Nouveau titre"
    services.save_event(event, by=Actor.system())
    answer = browser.get(former)
    assert (answer.status_code, answer["Location"]) == (301, event.path)


def test_a_page_describes_the_event_to_search_engines(browser):
    event = PublicEventFactory(title="Fête </script><b>du verre", description="Venez & goûtez")
    event.partners.add(PartnerFactory(name="Ville d'Arles", website="https://arles.example"))
    answer = browser.get(event.path)
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', text(answer), re.DOTALL)
    data = json.loads(found[1])
    assert data["@type"] == "Event"
    assert data["name"] == event.title
    assert data["location"]["geo"]["latitude"] == 43.6766
    assert data["eventStatus"] == "https://schema.org/EventScheduled"
    assert data["organizer"][1]["name"] == "Ville d'Arles"
    assert data["remainingAttendeeCapacity"] == 2
    assert data["startDate"][-6:] in ("+01:00", "+02:00")


def test_a_cancelled_event_says_so_with_its_reason(browser):
    event = PublicEventFactory()
    services.cancel(event, "Alerte orages", by=Actor.system())
    page = text(browser.get(event.path))
    assert "data-cancelled" in page
    assert "Alerte orages" in page
    assert "EventCancelled" in page
    assert "data-signup-form" not in page
    assert browser.post(event.path, SAID).status_code == 422


def test_somebody_signs_up_and_the_same_form_twice_signs_up_once(browser):
    event = PublicEventFactory(visitor_places=1)
    for _ in range(2):
        browser.post(event.path, SAID)
    signup = SignUp.objects.get()
    assert (signup.first_name, signup.state, signup.language) == ("Lou", SignUpState.CONFIRMED, "fr")
    answer = browser.post(event.path, SAID | {"email": "autre@courriel.example"})
    assert answer["Location"].endswith("?inscrit=liste#inscription")
    assert 'data-signed-up="waiting"' in text(browser.get(answer["Location"]))


def test_a_visitor_is_told_that_a_form_is_for_volunteers_only(browser):
    helpers, both = PublicEventFactory(visitor_places=None, volunteer_places=3), PublicEventFactory(visitor_places=5, volunteer_places=3)
    assert "data-for-helpers" in browser.get(helpers.path).content.decode()
    assert "data-for-helpers" not in browser.get(both.path).content.decode()


def test_the_page_does_not_tell_who_has_signed_up(browser):
    """A full event answers a known address as it answers a new one."""
    event = PublicEventFactory(visitor_places=1)
    SignUpFactory(event=event, email="lou@courriel.example")
    known = browser.post(event.path, SAID)["Location"]
    unknown = browser.post(event.path, SAID | {"email": "autre@courriel.example"})["Location"]
    assert known == unknown


@pytest.mark.parametrize(
    ("field", "value"), [("email", "pas une adresse"), ("first_name", ""), ("role", "chef"), ("phone", "12"), ("email", "a\0b@c.example")]
)
def test_what_cannot_be_is_told_and_nothing_typed_is_lost(browser, field, value):
    event = PublicEventFactory()
    answer = browser.post(event.path, SAID | {"role": "volunteer", field: value})
    assert answer.status_code == 422
    assert "data-form-errors" in text(answer)
    if field != "first_name":
        assert "Lou" in text(answer)
    assert not SignUp.objects.exists()


def test_a_form_from_another_site_signs_nobody_up():
    event = PublicEventFactory()
    assert Client(headers={"Sec-Fetch-Site": "cross-site"}).post(event.path, SAID).status_code == 403
    assert not SignUp.objects.exists()


def test_one_address_signs_up_so_many_in_an_hour_and_no_more(browser, settings):
    settings.EVENT_SIGNUPS_PER_HOUR = 2
    event = PublicEventFactory(visitor_places=9)
    codes = [browser.post(event.path, SAID | {"email": f"p{n}@courriel.example"}).status_code for n in range(3)]
    assert codes == [302, 302, 429]
    assert SignUp.objects.count() == 2


def test_once_the_event_has_begun_nobody_is_taken_off_the_list(browser):
    signup = SignUpFactory(event__starts_at=timezone.now() - timedelta(hours=1), event__ends_at=timezone.now() + timedelta(hours=1))
    address = links.url(signup).removeprefix("http://localhost:8000")
    assert browser.post(address).status_code == 302
    signup.refresh_from_db()
    assert signup.state == SignUpState.CONFIRMED


def test_the_link_of_the_mail_withdraws_once_asked(browser):
    signup = SignUpFactory()
    address = links.url(signup).removeprefix("http://localhost:8000")
    page = browser.get(address)
    assert 'data-signup="ask"' in text(page)
    assert page["Referrer-Policy"] == "no-referrer"
    signup.refresh_from_db()
    assert signup.state == SignUpState.CONFIRMED
    for _ in range(2):
        assert browser.post(address).status_code == 302
    assert 'data-signup="withdrawn"' in text(browser.get(address))
    assert SignUp.objects.get().state == SignUpState.WITHDRAWN


@pytest.mark.parametrize("signed", ["x", "a.b", "%00", signing.Signer(salt="other", sep=".").sign("0" * 32)])
def test_a_link_that_is_not_ours_opens_nothing(browser, signed):
    assert browser.get(f"/evenements/inscription/{signed}/").status_code == 404


def test_the_feed_reads_well_and_says_when_nothing_changed(browser):
    event, cancelled = PublicEventFactory(title="Fête; du verre, ici", description="Une ligne\nune autre"), PublicEventFactory()
    services.cancel(cancelled, "Pluie", by=Actor.system())
    answer = browser.get("/evenements.ics")
    entries = {entry.uid.value.split("@")[0]: entry for entry in vobject.readOne(text(answer)).vevent_list}
    entry = entries[str(event.uuid)]
    assert entry.summary.value == event.title
    assert entry.dtstart.value == event.starts_at
    assert "Une ligne\nune autre" in entry.description.value
    assert entry.url.value == event.url
    assert entries[str(cancelled.uuid)].status.value == "CANCELLED"
    assert int(entries[str(cancelled.uuid)].sequence.value) == 1
    assert browser.get("/evenements.ics", headers={"If-None-Match": answer["ETag"]}).status_code == 304


def test_one_event_as_a_file(browser):
    event = PublicEventFactory()
    answer = browser.get(f"{event.path[:-1]}.ics")
    assert answer["Content-Disposition"] == f'attachment; filename="{event.slug}.ics"'
    assert vobject.readOne(text(answer)).vevent.uid.value == f"{event.uuid}@event.lincassable"


def test_the_list_and_the_feed_ask_the_same_number_of_questions_however_long(browser, django_assert_max_num_queries):
    for _ in range(12):
        PublicEventFactory().partners.add(PartnerFactory())
        EventFactory(state=EventState.PUBLISHED)
    for address in ("/evenements/", "/evenements.ics"):
        with django_assert_max_num_queries(5):
            browser.get(address)


def test_the_day_is_told_in_both_languages():
    event = PublicEventFactory()
    Event.objects.filter(pk=event.pk).update(starts_at="2026-12-12T13:00:00Z", ends_at="2026-12-12T16:30:00Z")
    event.refresh_from_db()
    with translation.override("en"):
        assert event.when == "Saturday 12 December 2026, 14:00 to 17:30"
