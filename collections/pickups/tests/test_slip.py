"""The slip of a tour, read back from its PDF: what is there, what is not, and the sums."""

from __future__ import annotations

import io
import os
import re
from datetime import time
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone, translation
from PIL import Image, ImageDraw
from pypdf import PdfReader

from crates.tests.factories import StoreContainerFactory
from pickups.enums import StopState, TourState
from pickups.models import HubCount, Stop, StopLine, StopPallet, StopPalox, StopProof, Tour
from pickups.slips import slip_of, slip_pdf
from pickups.tests.factories import StopFactory, StopLineFactory, TourFactory, VehicleFactory, container
from stores.models import Store
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db
KINDS = ("75", "33", "palox")
LONG = "Épicerie coopérative du Cœur de l’Œuvre « Au Bonheur des Bouteilles consignées » – Saint-Rémy-de-Provence, quartier haut"


@pytest.fixture(autouse=True)
def _private_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def picture() -> ContentFile:
    """A signature as it is kept."""
    drawn = Image.new("RGB", (500, 180), "white")
    ImageDraw.Draw(drawn).line([(20, 150), (120, 30), (180, 140), (300, 40), (460, 120)], fill="black", width=7)
    kept = io.BytesIO()
    drawn.save(kept, "WEBP")
    return ContentFile(kept.getvalue(), name="x.webp")


def a_tour(stops: int, kinds=("75",), **fields) -> Tour:
    """A tour whose stops all plan ten full ones and eight empty ones of each kind."""
    tour = TourFactory(state=TourState.AWAITING, **fields)
    for number in range(1, stops + 1):
        store = StoreFactory(name=f"Point n° {number}", street=f"{number} rue de l’Œillet", postcode="13001", city="Marseille")
        stop = StopFactory(tour=tour, store=store, position=number, window_start=time(8), window_end=time(9, 30))
        for code in kinds:
            StopLineFactory(stop=stop, container_type=container(code), planned_full=10, planned_empty=8)
    return tour


def record(stop: Stop, full: int = 12, empty: int = 8, *, signed: bool = True, **fields) -> None:
    """Write what a driver recorded."""
    values = {"state": StopState.DONE, "completed_at": timezone.now(), "signer_name": "Léa Martin" if signed else "", **fields}
    Stop.objects.filter(pk=stop.pk).update(**values)
    stop.lines.update(loaded_full=full, left_empty=empty)
    if signed:
        StopProof.objects.create(stop=stop, kind="signature", image=picture())


def read(tour: Tour, language: str = "en") -> PdfReader:
    """Return the slip, read back; kept for looking at when SLIPS names a folder."""
    with translation.override(language):
        content = slip_pdf(Tour.objects.select_related("carrier", "hub", "vehicle").get(pk=tour.pk))
    if os.environ.get("SLIPS"):
        name = os.environ["PYTEST_CURRENT_TEST"].split("::")[-1].split(" ")[0]
        (Path(os.environ["SLIPS"]) / f"{re.sub(r'[^a-z0-9_-]', '-', name)}-{language}.pdf").write_bytes(content)
    return PdfReader(io.BytesIO(content))


def text_of(reader: PdfReader) -> str:
    """Return everything that is written, on one line."""
    return " ".join(" ".join(page.extract_text().split()) for page in reader.pages)


@pytest.mark.parametrize(("stops", "pages"), [(1, 1), (8, 2), (25, 3)])
def test_every_stop_is_on_a_landscape_page_with_its_number(stops, pages):
    reader = read(a_tour(stops))
    assert len(reader.pages) == pages
    for number, page in enumerate(reader.pages, start=1):
        assert (round(page.mediabox.width), round(page.mediabox.height)) == (842, 595)
        assert f"{number} / {pages}" in page.extract_text()
        assert "Signature" in page.extract_text()
    text = text_of(reader)
    for number in range(1, stops + 1):
        assert f"{number} rue de l’Œillet, 13001 Marseille" in text


def test_only_the_containers_of_the_tour_have_columns():
    text = text_of(read(a_tour(2, kinds=["75"])))
    assert container("75").short_en in text
    assert container("33").short_en not in text
    assert container("palox").short_en not in text
    assert "Empty taken" not in " ".join(column.title for column in slip_of(Tour.objects.get()).columns)


def test_the_head_says_who_drives_when_where_to():
    tour = a_tour(1, note="Hayon obligatoire")
    tour.vehicle = VehicleFactory(carrier=tour.carrier, name="Porteur", payload_kg=5500)
    tour.save()
    text = text_of(read(tour))
    for said in (tour.reference, tour.carrier.name, "Porteur", "5500 kg", "08:00", tour.hub.name, "Hayon obligatoire", "08:00–09:30"):
        assert said in text


def test_the_slip_is_in_the_readers_language():
    tour = a_tour(1)
    assert "Tour slip" in text_of(read(tour, "en"))
    reader = read(tour, "fr")
    assert reader.trailer["/Root"]["/Lang"] == "fr"


def test_totals_and_weights_add_up_the_plan():
    tour = a_tour(3, kinds=["75", "33"])
    slip = slip_of(tour)
    assert [total.planned for total in slip.totals] == [30, 24, 30, 24]
    kinds = container("75"), container("33")
    assert slip.bottles.planned == sum(30 * kind.bottles for kind in kinds)
    assert slip.weighed(taken=True).planned == round(sum(30 * kind.full_weight_g for kind in kinds) / 1000)
    assert slip.weighed(taken=False).planned == round(sum(24 * kind.tare_g for kind in kinds) / 1000)
    text = text_of(read(tour))
    assert f"Bottles: {slip.bottles.planned}" in text
    assert "Total of 3 stops" in text


def test_after_the_tour_the_same_paper_holds_what_was_done():
    tour = a_tour(2)
    first, second = tour.stops.order_by("position")
    record(first)
    record(second, 0, 0, signed=False, state=StopState.MISSED, reason="Rideau baissé")
    Tour.objects.filter(pk=tour.pk).update(state=TourState.DONE)
    slip = slip_of(Tour.objects.get(pk=tour.pk))
    assert [(total.planned, total.actual) for total in slip.totals] == [(20, 12), (16, 8)]
    assert slip.bottles.actual == 12 * container("75").bottles
    reader = read(tour)
    text = text_of(reader)
    for said in ("as it was done", "Signed by Léa Martin", "Rideau baissé", "12", f"{slip.bottles.actual} (planned"):
        assert said in text
    assert len(reader.pages[0].images) == 2  # the QR code and the one signature


def test_a_recorded_stop_without_a_signature_says_so():
    tour = a_tour(1)
    record(tour.stops.get(), signed=False)
    assert "recorded without a signature" in text_of(read(tour))


def test_a_signature_whose_file_is_gone_does_not_keep_the_slip_from_being_printed():
    tour = a_tour(1)
    record(tour.stops.get())
    proof = StopProof.objects.get()
    proof.image.storage.delete(proof.image.name)
    assert "Signed by Léa Martin" in text_of(read(tour))


def test_without_any_plan_there_are_columns_for_what_the_places_use():
    tour = TourFactory(state=TourState.AWAITING)
    stop = StopFactory(tour=tour)
    StoreContainerFactory(store=stop.store, container_type=container("33"))
    assert [(column.container.code, column.direction) for column in slip_of(tour).columns] == [("33", 0), ("33", 1)]


def test_a_tour_without_stops_still_has_a_slip():
    assert "Total of 0 stops" in text_of(read(TourFactory(state=TourState.DRAFT)))


def everything(stops: int, *, done: bool) -> Tour:
    """All kinds of containers in the usual directions, long names, mixed pallets, paloxes, notes, and stops that went badly."""
    tour = a_tour(stops, kinds=["75", "33", "palox", "keg", "pallet"], note="Attention : " + "quai fermé entre 12 h et 14 h. " * 9)
    for number, stop in enumerate(tour.stops.order_by("position")):
        StopLine.objects.create(stop=stop, container_type=container("empty-pallet"), planned_empty=2, planned_taken_empty=1)
        if number % 3 == 0:
            notes = "Portail vert au fond de la cour, code 12A34 ; sonner chez le gardien puis contourner le bâtiment. " * 3
            Store.objects.filter(pk=stop.store_id).update(name=LONG, access_notes=notes, opening_hours="Mo-Su 08:00-12:30,14:00-19:00")
            StopPallet.objects.create(stop=stop, direction="taken", pallet_type="europe", planned=2, actual=3 if done else None)
            StopPallet.objects.create(
                stop=stop, direction="left", pallet_type="vmf", container_type=container("75"), planned=1, actual=1 if done else None
            )
            StopPallet.objects.create(
                stop=stop, direction="taken", pallet_type="vmf", container_type=container("33"), planned=1, actual=0 if done else None
            )
        if done and number % 4 == 1:
            for palox in range(4):
                StopPalox.objects.create(stop=stop, number=f"INC-{number:03d}{palox:02d}", direction="taken" if palox % 2 else "left")
            record(stop, 4, 8, state=StopState.PARTIAL, reason="Plus de place dans le camion, reste à reprendre la semaine prochaine.")
            stop.lines.filter(container_type__code="75").update(remaining_full=6)
        elif done and number % 7 == 5:
            record(stop, 0, 0, signed=False, state=StopState.MISSED, reason="Rideau baissé, personne sur place, téléphone muet.")
        elif done:
            record(stop, 10, 8, signer_name="Maximilienne-Alexandrine de La Rochefoucauld-Montbel")
    if done:
        HubCount.objects.create(tour=tour, container_type=container("75"), full=40, empty=3)
        Tour.objects.filter(pk=tour.pk).update(state=TourState.DONE)
    return tour


@pytest.mark.parametrize("done", [False, True])
@pytest.mark.parametrize("stops", [1, 8, 25])
def test_the_fullest_slip_keeps_every_stop(stops, done):
    tour = everything(stops, done=done)
    text = text_of(read(tour, "fr"))
    for number in range(1, stops + 1):
        assert f"{number} rue de l’Œillet, 13001 Marseille" in text
    assert len(slip_of(tour).columns) == 12 if not done else len(slip_of(tour).columns) >= 11


def test_a_slip_takes_the_same_few_queries_for_two_stops_and_for_twelve(django_assert_max_num_queries):
    for count in (2, 12):
        tour = a_tour(count, kinds=KINDS)
        with django_assert_max_num_queries(9):
            slip_of(Tour.objects.select_related("carrier", "hub", "vehicle").get(pk=tour.pk))
