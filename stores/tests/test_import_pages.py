"""Importing from the admin: send, look at what would happen, confirm. By role, once, and never a server error."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from lincassable.accounts.tests.factories import UserFactory
from lincassable.importing.uploads import root
from stores.models import Store

pytestmark = pytest.mark.django_db
START = reverse("admin:stores_store_import")
GOOD = "identifiant externe;nom;ville;couleur\n1;Crèmerie;Arles;bleu\n2;B;Sète;\n".encode()
BAD = "identifiant externe;nom;ville;latitude\n1;Crèmerie;Arles;\n2;B;Sète;nord\n".encode()


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.VAR_DIR = tmp_path


@pytest.fixture
def coordinator(client):
    client.force_login(UserFactory(role="coordinator"))
    return client


def send(client, content=GOOD, name="points.csv", source="import"):
    return client.post(START, {"file": SimpleUploadedFile(name, content), "source": source})


def attribute(response, name):
    found = re.search(rf'data-{name}="([^"]*)"', response.content.decode())
    return found and found[1]


def test_the_first_page_explains_the_columns_and_offers_templates(coordinator):
    response = coordinator.get(START)
    html = response.content.decode()
    assert attribute(response, "import") == "upload"
    assert "identifiant externe" in html
    assert "capacit" in html  # the containers' columns, brought by a higher floor
    for suffix, start in (("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK")):
        assert coordinator.get(reverse("admin:stores_store_import_template", args=[suffix])).content.startswith(start)
    assert coordinator.get(reverse("admin:stores_store_import_template", args=["doc"])).status_code == 404
    assert START in coordinator.get(reverse("admin:stores_store_import_file"), follow=True).redirect_chain[-1][0]


def test_the_list_leads_to_the_import(coordinator):
    assert reverse("admin:stores_store_import_file") in coordinator.get(reverse("admin:stores_store_changelist")).content.decode()


def test_a_file_is_previewed_then_imported_once_then_gone(coordinator):
    step = send(coordinator).url
    preview = coordinator.get(step)
    assert (attribute(preview, "import"), attribute(preview, "ok")) == ("preview", "yes")
    assert "Crèmerie" in preview.content.decode()
    assert not Store.objects.exists()

    result = coordinator.post(step, {"decision": "all"}, follow=True)
    assert (attribute(result, "import"), attribute(result, "saved")) == ("result", "yes")
    assert set(Store.objects.values_list("name", "source")) == {("Crèmerie", "import"), ("B", "import")}
    assert not list(root().rglob("content")) + list(root().rglob("taken"))

    again = coordinator.post(step, {"decision": "all"}, follow=True)
    assert [message.level_tag for message in again.context["messages"]] == ["warning"]
    assert Store.objects.count() == 2


def test_what_a_file_takes_away_is_shown_before_it_is_confirmed(coordinator):
    head = "identifiant externe;nom;ville;étiquettes\n1;Crèmerie;Arles;"
    coordinator.post(send(coordinator, f"{head}pilote\n".encode()).url, {"decision": "all"})
    step = send(coordinator, f"{head}seulement : vrac\n".encode()).url
    preview = coordinator.get(step)
    assert (attribute(preview, "taken-line"), "pilote" in preview.content.decode()) == ("2", True)
    tags = Store.objects.get().tags
    assert [tag.name for tag in tags.all()] == ["pilote"]
    coordinator.post(step, {"decision": "all"})
    assert [tag.name for tag in tags.all()] == ["vrac"]


def test_refused_lines_are_shown_and_can_be_downloaded_and_the_good_ones_imported(coordinator):
    step = send(coordinator, BAD).url
    preview = coordinator.get(step)
    assert (attribute(preview, "ok"), attribute(preview, "problem-line")) == ("no", "3")
    refused = b"".join(coordinator.get(f"{step}refused.csv").streaming_content).decode("utf-8-sig")
    assert refused.splitlines()[1].startswith("2;B;Sète;nord;")
    result = coordinator.post(step, {"decision": "skip_bad"}, follow=True)
    assert attribute(result, "saved") == "yes"
    assert list(Store.objects.values_list("name", flat=True)) == ["Crèmerie"]
    assert coordinator.get(f"{step}refused.csv").status_code == 200


def test_confirming_everything_keeps_nothing_when_a_line_is_refused(coordinator):
    result = coordinator.post(send(coordinator, BAD).url, {"decision": "all"}, follow=True)
    assert attribute(result, "saved") == "no"
    assert not Store.objects.exists()


def test_a_file_can_be_given_up(coordinator):
    step = send(coordinator).url
    assert coordinator.post(step, {"decision": "cancel"}).url == START
    assert coordinator.get(step).status_code == 404
    assert not list(root().rglob("content"))


def test_an_interrupted_import_says_so(coordinator):
    step = send(coordinator).url
    next(root().rglob("content")).unlink()
    response = coordinator.get(step)
    assert (attribute(response, "import"), attribute(response, "saved")) == ("result", "no")


def test_nobody_sees_somebody_elses_file(coordinator, django_user_model):
    step = send(coordinator).url
    coordinator.force_login(UserFactory(role="administrator"))
    for url in (step, f"{step}refused.csv"):
        assert coordinator.get(url).status_code == 404
    assert coordinator.post(step, {"decision": "all"}).status_code == 404
    assert not Store.objects.exists()


@pytest.mark.parametrize("role", ["carrier", "sorting", None])
def test_those_who_may_not_create_places_are_refused(client, role):
    client.force_login(UserFactory(role=role))
    for url in (START, reverse("admin:stores_store_import_template", args=["csv"])):
        assert client.get(url).status_code in (302, 403)
    assert send(client).status_code in (302, 403)
    assert not list(root().rglob("content"))


def test_staff_without_the_permissions_are_refused(client):
    client.force_login(UserFactory(role="sorting", is_staff=True))
    user = UserFactory(is_staff=True)
    client.force_login(user)
    assert client.get(START).status_code == 403
    assert send(client).status_code == 403
    assert client.get(reverse("admin:stores_store_import_file")).status_code == 403


@pytest.mark.parametrize(
    ("name", "content", "source"),
    [
        ("points.csv", b"", "import"),
        ("points.csv", b"\x89PNG\r\n\x1a\n\0\0", "import"),
        ("points.xlsx", b"PK\x03\x04nothing", "import"),
        ("points.xlsx", b"\xd0\xcf\x11\xe0", "import"),
        ("points.pdf", GOOD, "import"),
        ("points.csv", b"nom\nA\n", "import"),
        ("points.csv", b"identifiant externe;nom;ville\n", "import"),
        ("points.csv", b'identifiant externe;nom;ville\n"1;A;B\n', "import"),
        ("points.csv", b"identifiant externe;nom;ville\n1;A\0;B\n", "import"),
        ("points.csv", GOOD, ""),
        ("points.csv", GOOD, "<script>"),
        ("points.csv", b"x" * (5 * 1024 * 1024 + 1), "import"),
        ("points.csv", b"identifiant externe;nom;ville\n" + b"1;A;B\n" * 5001, "import"),
    ],
)
def test_a_wrong_file_is_answered_on_the_same_page(coordinator, name, content, source):
    response = send(coordinator, content, name, source)
    assert response.status_code == 200
    assert attribute(response, "error") in ("file", "source")
    assert not list(root().rglob("content"))


def test_no_file_at_all_is_answered_on_the_same_page(coordinator):
    assert attribute(coordinator.post(START, {"source": "import"}), "error") == "file"


def test_the_pages_hold_what_a_cell_says_without_running_it(coordinator):
    step = send(coordinator, b"identifiant externe;nom;ville;<script>x</script>\n1;<script>alert(1)</script>;Arles;\n").url
    html = coordinator.get(step).content.decode()
    assert "<script>alert" not in html
    assert "<script>x" not in html
