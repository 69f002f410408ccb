"""Pages of those who handle it or are concerned: a producer by its link, a carrier's office and the sorting table signed in, the admin."""

import uuid
from urllib.parse import urlsplit

import pytest
from django.test import Client

from crates.tests.factories import CentreFactory
from lincassable.accounts import links
from lincassable.accounts.actors import Actor
from lincassable.accounts.models import AccessLink
from lincassable.accounts.tests.factories import UserFactory
from nonconformities import services
from nonconformities.enums import Handler, State
from nonconformities.models import NonConformityComment
from nonconformities.tests.factories import CommentFactory, KindFactory, NonConformityFactory, PhotoFactory, ProducerContactFactory
from pickups.tests.factories import CarrierFactory
from references.tests.factories import ProducerFactory
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db
ADMIN = "/admin/nonconformities/producerpage/"


def path_of(link):
    return urlsplit(links.url(link)).path


def browser_of(producer, query=""):
    """Return a browser that has opened a producer's link, and where it was led."""
    browser = Client(headers={"Sec-Fetch-Site": "same-origin", "Accept-Language": "en"})
    opened = browser.get(path_of(links.link_for(AccessLink.PRODUCER, producer.pk)) + query)
    assert opened.status_code == 302
    return browser, opened["Location"]


@pytest.fixture
def row():
    """Reported at a place, about a producer's bottles, for the producer to handle."""
    kind = KindFactory(handled_by=Handler.PRODUCER)
    return NonConformityFactory(
        kind=kind, producer=ProducerFactory(), store=StoreFactory(name="Chez Lou"), note="Colle dure", first_name="Ana"
    )


def test_a_producers_page_has_its_own_and_never_the_place(row):
    browser, led = browser_of(row.producer, f"?nc={row.key}")
    assert led == f"/producteur/{row.key}/"
    other = NonConformityFactory(producer=ProducerFactory())
    aside = NonConformityFactory(producer=row.producer, state=State.REJECTED, answer="Non.", closed_at=row.recorded_at)
    shown = browser.get("/producteur/").content.decode() + browser.get(led).content.decode()
    assert row.reference_number in shown
    assert "Colle dure" in shown
    for hidden in ("Chez Lou", "Ana<", other.reference_number, aside.reference_number):
        assert hidden not in shown
    for address in (f"/producteur/{other.key}/", f"/producteur/{aside.key}/", f"/producteur/{uuid.uuid4()}/"):
        assert browser.get(address).status_code == 404
        assert browser.post(address, {"do": "seen"}).status_code == 404


def test_photos_are_for_their_producer_alone(row):
    photo = PhotoFactory(nonconformity=row)
    address = f"/producteur/{row.key}/photo/{photo.uuid}/"
    mine, stranger = browser_of(row.producer)[0], browser_of(ProducerFactory())[0]
    assert address in mine.get(f"/producteur/{row.key}/").content.decode()
    assert mine.get(address).status_code == 404  # its file is not there, the row is
    assert stranger.get(f"/producteur/{row.key}/").status_code == 404
    assert Client().get(address).status_code == 403


def test_a_producer_says_that_it_has_seen_it_and_writes_once(row):
    browser, _led = browser_of(row.producer)
    address = f"/producteur/{row.key}/"
    assert "data-seen>" in browser.get(address).content.decode()
    assert browser.post(address, {"do": "seen"})["Location"] == f"{address}?vu=1"
    row.refresh_from_db()
    assert row.state == State.ACKNOWLEDGED
    assert "data-seen>" not in browser.get(address).content.decode()
    said = {"do": "message", "key": str(uuid.uuid4()), "text": "Nouvelle colle", "first_name": "Nora"}
    for _again in range(2):
        assert browser.post(address, said)["Location"] == f"{address}?fait=1"
    assert NonConformityComment.objects.filter(with_partner=True).count() == 1
    CommentFactory(nonconformity=row, text="Merci bien", with_partner=True)
    CommentFactory(nonconformity=row, text="Entre nous")
    CommentFactory(nonconformity=row, text="Pour le magasin", is_internal=False)
    shown = browser.get(address).content.decode()
    assert [text in shown for text in ("Nouvelle colle", "Merci bien", "Entre nous", "Pour le magasin")] == [True, True, False, False]
    for wrong in ({"text": " "}, {"text": "x" * 1001}, {"key": "x"}):
        answer = browser.post(address, {**said, **wrong})
        assert (answer.status_code, "data-form-errors" in answer.content.decode()) == (422, True)
    elsewhere = Client(headers={"Sec-Fetch-Site": "cross-site"})
    elsewhere.cookies = browser.cookies
    assert elsewhere.post(address, said).status_code == 403


def test_a_replaced_or_withdrawn_link_opens_nothing(row):
    browser, _led = browser_of(row.producer)
    link, by = links.link_for(AccessLink.PRODUCER, row.producer.pk), Actor.system()
    old = path_of(link)
    link = links.rotate(link, by=by)
    assert browser.get("/producteur/").status_code == 403
    assert Client().get(old).status_code == 410
    links.revoke(link, by=by)
    assert Client().get(path_of(link)).status_code == 410
    assert Client().get("/producteur/nothing-like-a-token/").status_code == 404


def test_the_page_does_not_ask_more_for_more_rows(django_assert_max_num_queries):
    producer = ProducerFactory()
    NonConformityFactory.create_batch(12, producer=producer, kind=KindFactory())
    browser, _led = browser_of(producer)
    with django_assert_max_num_queries(16):
        browser.get("/producteur/")


def test_a_carriers_office_sees_answers_and_says_seen():
    user, carrier = UserFactory(role="carrier"), CarrierFactory()
    carrier.users.add(user)
    mine = NonConformityFactory(kind=KindFactory(handled_by=Handler.CARRIER), carrier=carrier, store=StoreFactory(name="Chez Lou"))
    other = NonConformityFactory(kind=mine.kind, carrier=CarrierFactory())
    browser = Client()
    browser.force_login(user)
    shown = browser.get("/transporteur/problemes/").content.decode()
    assert mine.reference_number in shown
    assert "Chez Lou" in shown
    assert other.reference_number not in shown
    address = f"/transporteur/problemes/{mine.key}/"
    assert browser.post(address, {"do": "seen"}).status_code == 302
    assert browser.post(address, {"do": "message", "key": str(uuid.uuid4()), "text": "Code noté"}).status_code == 302
    mine.refresh_from_db()
    assert (mine.state, mine.comments.get().with_partner) == (State.ACKNOWLEDGED, True)
    assert browser.get(f"/transporteur/problemes/{other.key}/").status_code == 404
    assert '/transporteur/problemes/"' in browser.get("/transporteur/").content.decode()


def test_the_sorting_table_opens_what_it_handles():
    centre, row = CentreFactory(), NonConformityFactory(kind=KindFactory(handled_by=Handler.SORTING))
    other, tablet = NonConformityFactory(), Client()
    tablet.force_login(UserFactory(role="sorting"))
    address = f"/tri/problemes/{row.key}/"
    assert address in tablet.get(f"/tri/{centre.uuid}/probleme/").content.decode()
    assert tablet.post(address, {"do": "seen"}).status_code == 302
    row.refresh_from_db()
    assert row.state == State.ACKNOWLEDGED
    assert tablet.get(f"/tri/problemes/{other.key}/").status_code == 404


# -- the admin


@pytest.fixture
def admin():
    browser = Client(headers={"Accept-Language": "en"})
    browser.force_login(UserFactory(role="coordinator", language="en"))
    return browser


def test_a_coordinator_makes_copies_replaces_and_withdraws_the_link_and_keeps_contacts(admin):
    row = NonConformityFactory(producer=ProducerFactory())
    page, button = f"{ADMIN}{row.producer.pk}/change/", f"{ADMIN}{row.producer.pk}/link/"
    assert row.producer.name in admin.get(ADMIN).content.decode()
    assert 'data-producer-link="none"' in admin.get(page).content.decode()
    assert not AccessLink.objects.filter(kind=AccessLink.PRODUCER).exists()
    assert admin.get(button).status_code == 405
    assert admin.post(button)["Location"] == page
    link = AccessLink.objects.get(kind=AccessLink.PRODUCER)
    shown = admin.get(page).content.decode()
    for text in (links.url(link), f"?deed=rotate&amp;ids={link.pk}", f"?deed=revoke&amp;ids={link.pk}", "app/copy.js"):
        assert text in shown
    confirm = admin.get(f"/admin/accounts/accesslink/confirm/?deed=revoke&ids={link.pk}")
    assert confirm.status_code == 200
    links.revoke(link, by=Actor.system())
    assert 'data-producer-link="revoked"' in admin.get(page).content.decode()
    sent = {"quality_contacts-TOTAL_FORMS": "1", "quality_contacts-INITIAL_FORMS": "0", "quality_contacts-0-producer": row.producer.pk}
    sent |= {
        "quality_contacts-0-email": "nora@brasserie.example",
        "quality_contacts-0-language": "fr",
        "quality_contacts-0-wants_each": "on",
    }
    assert admin.post(page, sent).status_code == 302
    assert row.producer.quality_contacts.get().email == "nora@brasserie.example"


def test_an_address_that_a_producer_has_already_is_told(admin):
    contact = ProducerContactFactory()
    base = {"quality_contacts-TOTAL_FORMS": "1", "quality_contacts-INITIAL_FORMS": "0", "quality_contacts-0-producer": contact.producer.pk}
    sent = base | {"quality_contacts-0-email": contact.email.upper(), "quality_contacts-0-language": "fr"}
    assert admin.post(f"{ADMIN}{contact.producer.pk}/change/", sent).status_code == 200
    assert contact.producer.quality_contacts.count() == 1


def test_a_comment_of_the_office_may_be_for_the_producer(admin):
    row = NonConformityFactory(producer=ProducerContactFactory().producer)
    step = f"/admin/nonconformities/nonconformity/{row.pk}/step/comment/"
    assert admin.post(step, {"key": str(uuid.uuid4()), "text": "Quelle colle ?", "with_partner": "on"}).status_code == 302
    said = row.comments.get()
    assert (said.is_internal, said.with_partner) == (True, True)
    services.seen_by_partner(row, by=Actor.of_link(links.link_for(AccessLink.PRODUCER, row.producer.pk)))
    shown = admin.get(f"/admin/nonconformities/nonconformity/{row.pk}/change/").content.decode()
    assert "data-producer-seen" in shown
    assert row.producer.name in shown


def test_what_comes_again_and_again_proposes_a_training_or_a_visit(admin):
    rows = [NonConformityFactory(store=store, kind=kind) for store, kind in [(StoreFactory(), KindFactory())] * 3]
    address = f"/admin/nonconformities/nonconformity/{rows[0].pk}/change/"
    analysis = "/admin/nonconformities/nonconformity/analysis/"
    for shown in (admin.get(address).content.decode(), admin.get(analysis).content.decode()):
        assert f"/admin/awareness/training/add/?store={rows[0].store_id}" in shown
        assert f"/visites/planifier/?autour={rows[0].store.uuid}" in shown
    alone = NonConformityFactory()
    assert "data-recurrent" not in admin.get(f"/admin/nonconformities/nonconformity/{alone.pk}/change/").content.decode()


def test_partners_of_one_non_conformity_do_not_read_each_other(row):
    office, row.carrier = UserFactory(role="carrier"), CarrierFactory()
    row.carrier.users.add(office)
    row.save()
    services.comment(row, "To both", key=uuid.uuid4(), by=Actor.of_user(UserFactory(role="coordinator")), with_partner=True)
    services.comment(row, "Our driver was late", key=uuid.uuid4(), by=Actor.of_user(office))
    producer, signed_in = browser_of(row.producer)[0], Client()
    producer.post(f"/producteur/{row.key}/", {"do": "message", "key": uuid.uuid4(), "text": "Our glue was wrong"})
    signed_in.force_login(office)
    read = producer.get(f"/producteur/{row.key}/").content.decode()
    assert ("To both" in read, "Our glue" in read, "Our driver" in read) == (True, True, False)
    read = signed_in.get(f"/transporteur/problemes/{row.key}/").content.decode()
    assert ("To both" in read, "Our glue" in read, "Our driver" in read) == (True, False, True)
