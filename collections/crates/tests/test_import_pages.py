"""Importing movements from the admin: who may, what is previewed, what reaches the ledger."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from crates.models import Movement
from crates.tests.factories import ContainerTypeFactory
from lincassable.accounts.tests.factories import UserFactory
from lincassable.importing.uploads import root
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db
START = reverse("admin:crates_movement_import")
FILE = "identifiant externe;date;cause;de;vers;contenant;contenu;quantité\nM1;31/12/2025;achat;;HUB;75;vide;100\n"


@pytest.fixture(autouse=True)
def _network(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    ContainerTypeFactory(code="75")
    StoreFactory(source="import", source_id="HUB")


def send(client, text=FILE):
    return client.post(START, {"file": SimpleUploadedFile("movements.csv", text.encode()), "source": "import"})


def test_a_coordinator_previews_and_imports_in_their_own_name(client):
    user = UserFactory(role="coordinator")
    client.force_login(user)
    assert reverse("admin:crates_movement_import_file") in client.get(reverse("admin:crates_movement_changelist")).content.decode()
    step = send(client).url
    assert not Movement.objects.exists()
    assert 'data-ok="yes"' in client.get(step).content.decode()
    assert 'data-saved="yes"' in client.post(step, {"decision": "all"}, follow=True).content.decode()
    movement = Movement.objects.get()
    assert (movement.actor_kind, movement.actor_id, movement.source, movement.source_id) == ("user", user.pk, "import", "M1")


def test_refused_lines_are_told(client):
    client.force_login(UserFactory(role="coordinator"))
    html = client.get(send(client, FILE.replace("HUB", "nobody")).url).content.decode()
    assert 'data-problem-line="2"' in html
    assert 'data-ok="no"' in html


@pytest.mark.parametrize(("role", "staff"), [("carrier", False), ("sorting", False), ("carrier", True), ("sorting", True), (None, True)])
def test_nobody_else_may(client, role, staff):
    user = UserFactory(role=role)
    user.is_staff = staff
    user.save()
    client.force_login(user)
    assert client.get(START).status_code in (302, 403)
    assert send(client).status_code in (302, 403)
    assert not list(root().rglob("content"))
    assert not Movement.objects.exists()


def test_a_file_of_places_waiting_is_no_file_of_movements(client):
    client.force_login(UserFactory(role="coordinator"))
    places = SimpleUploadedFile("points.csv", b"identifiant externe;nom;ville\n1;A;Arles\n")
    step = client.post(reverse("admin:stores_store_import"), {"file": places, "source": "import"}).url
    token = step.rstrip("/").rsplit("/", 1)[1]
    assert client.get(reverse("admin:crates_movement_import_step", args=[token])).status_code == 404
