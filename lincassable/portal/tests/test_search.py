"""Search everywhere: what a coordinator types on the phone with somebody, and what comes first."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.urls import reverse

from crates.models import Palox
from lincassable.accounts.tests.factories import UserFactory
from lincassable.portal.search import everywhere
from pickups.tests.factories import TourFactory
from stores.enums import Status
from stores.search import folded, phone_digits
from stores.tests.factories import ContactFactory, StoreFactory

pytestmark = pytest.mark.django_db
PAGE = reverse("search:everywhere")


@pytest.fixture
def coordinator():
    return UserFactory(role="coordinator")


def labels(text, user):
    return {group.kind: [found.label for found in group.found] for group in everywhere(text, user=user)}


@pytest.mark.parametrize(
    "text",
    ["Épicerie", "epicerie", "EPICERIE HAŸ", "epiccerie", "epicrie", "sète", "sete", "setes", "hay epicerie", "Epicerie Sète", "céte hay"],
)
def test_a_place_is_found_by_name_and_town_despite_accents_and_slips(coordinator, text):
    StoreFactory(name="Épicerie Haÿ", city="Sète")
    StoreFactory(name="Bio du Prado", city="Marseille")
    assert labels(text, coordinator).get("stores") == ["Épicerie Haÿ"]


@pytest.mark.parametrize("text", ["marsielle", "Marseile", "marseillle", "biocop marseille", "Au Coeur", "l'œuvre"])
def test_slips_of_the_pen_are_forgiven(coordinator, text):
    StoreFactory(name="Biocoop Au Cœur de l’Œuvre", city="Marseille")
    StoreFactory(name="Le Quai", city="Toulon")
    assert labels(text, coordinator).get("stores") == ["Biocoop Au Cœur de l’Œuvre"]


@pytest.mark.parametrize(
    "text", ["zoe", "Zoé Martn", "ZOE@B.example", "06 12 34 56 78", "0612345678", "+33 6 12 34 56 78", "0033 (0)6.12.34", "45678"]
)
def test_a_contact_is_found_by_name_mail_and_phone(coordinator, text):
    ContactFactory(name="Zoé Martin", email="zoe@b.example", phone="+33612345678")
    ContactFactory(name="Paul", email="paul@c.example", phone="+33799999999")
    assert labels(text, coordinator).get("contacts") == ["Zoé Martin"]


@pytest.mark.parametrize("text", ["INC-00012", "inc-00012", "inc 00012", "00012"])
def test_a_palox_is_found_by_any_part_of_its_number(coordinator, text):
    for number in ("INC-00012", "INC-00345"):
        Palox.objects.create(number=number)
    assert labels(text, coordinator).get("paloxes") == ["INC-00012"]


def test_a_tour_is_found_by_its_reference(coordinator):
    tour = TourFactory()
    for text in (f"T-{tour.pk}", f"t{tour.pk}", f"T {tour.pk}", f"t-000{tour.pk}"):
        assert labels(text, coordinator).get("tours") == [str(tour)], text
    assert "tours" not in labels(f"T-{tour.pk + 1}", coordinator)


def test_the_best_answer_comes_first_and_archived_places_last(coordinator):
    for name, status in (("Grand Bocal", "active"), ("Bocaux", "active"), ("Bocal", "archived"), ("Bocal vert", "active")):
        StoreFactory(name=name, status=status, city="Arles")
    assert labels("bocal", coordinator)["stores"] == ["Bocal vert", "Bocal", "Grand Bocal", "Bocaux"]
    assert Status.ARCHIVED == "archived"


@pytest.mark.parametrize(
    "text", ["", " ", "a", "%%", "__", "\x00\x00", "'; DROP TABLE x", "\\", "🍾🍾", "x" * 300, "T-99999999999999999999"]
)
def test_odd_questions_find_nothing_and_break_nothing(client, coordinator, text):
    StoreFactory(name="Épicerie", city="Arles")
    client.force_login(coordinator)
    response = client.get(PAGE, {"q": text})
    assert response.status_code == 200
    assert b"data-found" not in response.content


def test_each_kind_takes_its_permission(client):
    user = UserFactory(is_staff=True)
    ContactFactory(name="Bocal", store=StoreFactory(name="Bocal"))
    assert labels("bocal", user) == {}
    user.user_permissions.add(Permission.objects.get(codename="view_store"))
    assert set(labels("bocal", type(user).objects.get(pk=user.pk))) == {"stores"}
    client.force_login(UserFactory())
    assert client.get(PAGE, {"q": "bocal"}).status_code in (302, 403)


def test_the_page_shows_kinds_and_leads_to_the_whole_list(client, coordinator):
    for number in range(12):
        ContactFactory(store=StoreFactory(name=f"Bocal {number}"))
    client.force_login(coordinator)
    page = client.get(PAGE, {"q": "bocal"}).content.decode()
    assert page.count("data-found") == 10
    assert f"{reverse('admin:stores_store_changelist')}?q=bocal" in page
    assert 'data-kind="contacts"' not in page


def test_queries_do_not_grow_with_what_is_found(coordinator, django_assert_max_num_queries):
    for _number in range(15):
        ContactFactory(name="Bocal", store=StoreFactory(name="Bocal"))
    with django_assert_max_num_queries(14):
        assert len(labels("bocal", coordinator)) == 2


def test_typed_text_is_folded_as_the_database_does():
    text = "Éàçñüœæß Ÿø l’Œuvre ÎÔÛ"
    with connection.cursor() as cursor:
        cursor.execute("SELECT plain_text(%s)", [text])
        assert cursor.fetchone()[0] == folded(text)


def test_digits_of_phones_are_told_from_other_texts():
    told = {"06.12.34": "61234", "+33 (0)6 12 34": "3361234", "0033 6 12": "33612", "12 rue": "", "123": "", "INC-00012": ""}
    assert {text: phone_digits(text) for text in told} == told
