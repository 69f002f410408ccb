"""Files of collection points with all their columns, containers among them: written, read back, and what they are refused for."""

import pytest
from django.urls import reverse

from crates.models import ContainerType
from crates.services.catalogue import use_container
from lincassable.accounts.actors import Actor
from lincassable.accounts.tests.factories import UserFactory
from lincassable.importing.engine import open_file, run
from lincassable.importing.report import Mode, Outcome
from stores import services
from stores.models import Store, Tag
from stores.point_import import PointImporter
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db
BY = Actor.system()


@pytest.fixture
def shop():
    return StoreFactory(name="Épicerie du Port", city="Marseille", source="import", source_id="PDC-1")


def told(store):
    """What a file of places carries, beside identity and address."""
    fields = ("largest_vehicle", "needs_tail_lift", "is_public", "public_note", "website", "deposit_practice")
    containers = store.containers.order_by("container_type__code").values_list("container_type__code", "capacity", "buffer")
    return [getattr(store, field) for field in fields], sorted(store.tags.values_list("name", flat=True)), list(containers)


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_an_exported_place_comes_back_whole_into_an_empty_network(shop, client, suffix, language):
    Store.objects.filter(pk=shop.pk).update(
        largest_vehicle="truck_12t",
        needs_tail_lift=True,
        is_public=False,
        public_note="Par la cour",
        website="https://port.example/",
        deposit_practice="till",
    )
    shop.tags.add(*(Tag.objects.create(name=name) for name in ("pilote", "bord de mer")))
    kinds = {kind.code: kind for kind in ContainerType.objects.filter(code__in=["75", "33", "palox"])}
    use_container(shop, kinds["75"], by=BY, capacity=60, buffer=10)
    use_container(shop, kinds["palox"], by=BY)
    other = StoreFactory(source="import", source_id="PDC-2", website="", needs_tail_lift=False)
    shop.refresh_from_db()
    before = [told(shop), told(other)]
    assert before[0] == (
        ["truck_12t", True, False, "Par la cour", "https://port.example/", "till"],
        ["bord de mer", "pilote"],
        [("75", 60, 10), ("palox", None, 0)],
    )
    client.force_login(UserFactory(role="coordinator", language=language))
    content = client.get(reverse(f"admin:stores_store_export_{suffix}")).content
    assert places(content).counts[Outcome.UNCHANGED] == 2
    shop.containers.all().delete()
    for one in (shop, other):
        services.delete_store(one, by=BY)
    Tag.objects.all().delete()
    report = places(content)
    assert (report.counts[Outcome.CREATED], report.problems) == (2, [])
    assert [told(Store.objects.get(source_id=name)) for name in ("PDC-1", "PDC-2")] == before
    assert places(content).counts[Outcome.UNCHANGED] == 2


def places(content):
    """Import a file of places; return the report."""
    importer = PointImporter(BY, "import")
    return run(open_file(content, importer), importer, mode=Mode.SKIP_BAD)


def test_tags_of_a_file_are_added_to_those_that_a_place_has(shop):
    shop.tags.add(Tag.objects.create(name="Pilote"))
    content = 'identifiant externe;nom;ville;étiquettes\nPDC-1;Épicerie du Port;Marseille;"pilote;  bord   de mer; Bord de mer"'.encode()
    assert places(content).counts[Outcome.UPDATED] == 1
    assert set(shop.tags.values_list("name", flat=True)) == {"Pilote", "Bord de mer"}
    assert places(content).counts[Outcome.UNCHANGED] == 1


@pytest.mark.parametrize(
    ("title", "cell", "column"),
    [
        ("plus grand véhicule", "fusée", "largest_vehicle"),
        ("hayon", "peut-être", "needs_tail_lift"),
        ("carte publique", "parfois", "is_public"),
        ("note pour le public", "x" * 251, "public_note"),
        ("site web", "pas un site", "website"),
        ("consigne", "des bonbons", "deposit_practice"),
        ("étiquettes", "x" * 41, "tags"),
        ("contenants", "baignoire", "containers"),
        ("capacité 75", "beaucoup", "capacity_75"),
        ("stock tampon 75", "-3", "buffer_75"),
    ],
)
def test_what_a_file_says_wrongly_of_a_place_is_told_by_line_and_column(shop, title, cell, column):
    content = f"identifiant externe;nom;ville;{title}\nPDC-1;Le Port;Arles;\nPDC-2;Le Quai;Arles;{cell}".encode()
    report = places(content)
    assert [(problem.line, problem.column) for problem in report.problems] == [(3, title)]
    assert report.problems[0].reason
    shop.refresh_from_db()
    assert shop.name == "Le Port"
    assert not Store.objects.filter(source_id="PDC-2").exists()
