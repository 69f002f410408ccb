"""A stop recorded wrongly is put right as a whole: quantities, pallets, who signed, and where its paloxes are."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from crates.check import check_ledger
from crates.enums import PaloxState
from crates.models import Movement, Palox
from crates.services.paloxes import register_palox, see_palox
from crates.services.undo import undo_last
from lincassable.accounts.actors import Actor
from lincassable.accounts.tests.factories import UserFactory
from pickups import services
from pickups.enums import PalletDirection, PalletType, StopState, TourState
from pickups.lines import ActualLine, ActualPallet, PaloxNumbers
from pickups.models import StopPalox
from pickups.services.paloxes import numbers_of
from pickups.tests.factories import container
from pickups.tests.test_stop_reports import held
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db


def known(number: str, store=None) -> Palox:
    return register_palox(number, by=Actor.system(), store=store, at=timezone.now() - timedelta(days=30))


def place(palox: Palox) -> tuple:
    palox.refresh_from_db()
    return palox.state, palox.store


@pytest.fixture
def visit(scene):
    """A recorded stop that took INC-1 from the store and left INC-2, which came from the hub."""
    made = scene(TourState.ACCEPTED)
    stop = made.stops[0]
    taken, left = known("INC-1", stop.store), known("INC-2", made.tour.hub)
    pallet = ActualPallet(PalletDirection.TAKEN, PalletType.EUROPE, None, 1)
    made.complete(stop, paloxes=PaloxNumbers(["INC-1"], ["INC-2"]), pallets=[pallet], signer_name="Mme Durand")
    return made, made.stops[0], taken, left


def correct(made, stop, **truth):
    lines = truth.pop("lines", [ActualLine(container(), 10, 8)])
    return services.correct_stop(stop, lines, by=made.coordinator, reason="bon signé", **truth)


def test_a_palox_recorded_by_mistake_goes_back_and_the_right_one_moves(visit):
    made, stop, wrong, left = visit
    right = known("INC-10", stop.store)
    correct(made, stop, paloxes=PaloxNumbers(["INC-10"], ["INC-2"]))
    assert place(wrong) == (PaloxState.STORE, stop.store)
    assert place(right) == (PaloxState.IN_STOCK, made.tour.hub)
    assert place(left) == (PaloxState.STORE, stop.store)
    assert numbers_of(stop) == PaloxNumbers(["INC-10"], ["INC-2"])
    assert wrong.last_seen_at == wrong.events.order_by("at", "pk").first().at  # nobody saw it at this stop
    assert wrong.events.order_by("pk").last().note == "bon signé"
    assert left.events.filter(origin_kind="stop").count() == 1


def test_a_palox_corrected_to_and_fro_is_where_the_last_correction_says(visit):
    made, stop, palox, left = visit
    for numbers, where in (
        (PaloxNumbers([], ["INC-2"]), stop.store),
        (PaloxNumbers(["INC-1"], ["INC-2"]), made.tour.hub),
        (PaloxNumbers([], ["INC-1"]), stop.store),
        (PaloxNumbers(["INC-1"], []), made.tour.hub),
    ):
        correct(made, stop, paloxes=numbers)
        assert place(palox)[1] == where
    assert place(left) == (PaloxState.IN_STOCK, made.tour.hub)


def test_the_same_numbers_again_and_numbers_not_spoken_of_move_nothing(visit):
    made, stop, palox, _left = visit
    correct(made, stop, paloxes=PaloxNumbers(["inc-1"], ["INC-2"]))
    correct(made, stop)
    assert palox.events.filter(origin_kind="stop").count() == 1
    assert StopPalox.objects.count() == 2


def test_a_palox_that_somebody_has_seen_since_stays_there(visit):
    made, stop, palox, _left = visit
    elsewhere = StoreFactory()
    see_palox("INC-1", store=elsewhere, state=PaloxState.STORE, at=timezone.now(), key=uuid.uuid4(), by=Actor.system())
    correct(made, stop, paloxes=PaloxNumbers([], ["INC-2"]))
    assert place(palox) == (PaloxState.STORE, elsewhere)


def test_a_palox_never_seen_before_is_nowhere_in_particular_again(scene):
    made = scene(TourState.ACCEPTED)
    palox = known("INC-1")
    made.complete(made.stops[0], paloxes=PaloxNumbers(["INC-1"], []))
    correct(made, made.stops[0], paloxes=PaloxNumbers())
    assert place(palox) == (PaloxState.IN_STOCK, None)
    assert palox.last_seen_at is None


def test_a_stop_that_was_missed_after_all_gives_its_paloxes_and_pallets_back(visit):
    made, stop, palox, left = visit
    correct(made, stop, lines=[], outcome=StopState.MISSED)
    assert place(palox) == (PaloxState.STORE, stop.store)
    assert place(left) == (PaloxState.IN_STOCK, made.tour.hub)
    assert not StopPalox.objects.exists()
    assert not stop.pallets.exists()


def test_all_quantities_pallets_and_who_signed_are_corrected(visit):
    made, stop, _palox, _left = visit
    pallets = [ActualPallet(PalletDirection.TAKEN, PalletType.VMF, container("33"), 2)]
    lines = [ActualLine(container("75"), 10, 8, 2, 1), ActualLine(container("keg"), 3, 0)]
    stop = correct(made, stop, lines=lines, pallets=pallets, signer_name="M. Petit")
    assert held(made.tour.hub) == {"75": (9, -6), "keg": (3, 0)}
    assert [(row.pallet_type, row.actual) for row in stop.pallets.all()] == [("vmf", 2)]
    assert stop.signer_name == "M. Petit"
    assert check_ledger() == []


def test_a_correction_of_what_the_ledger_does_not_hold_writes_no_movement(visit):
    made, stop, *_paloxes = visit
    correct(made, stop, signer_name="M. Petit", paloxes=PaloxNumbers())
    assert Movement.objects.count() == 1


def test_undoing_a_correction_puts_everything_back(visit):
    made, stop, palox, left = visit
    by = Actor.of_user(UserFactory(role="coordinator"))
    services.correct_stop(
        stop,
        [ActualLine(container("33"), 1, 1, 1, 1)],
        by=by,
        reason="autre magasin ?",
        paloxes=PaloxNumbers(),
        pallets=[],
        signer_name="",
        outcome=StopState.PARTIAL,
    )
    assert place(palox) == (PaloxState.STORE, stop.store)
    undo_last(by=by)
    stop.refresh_from_db()
    assert (stop.state, stop.signer_name) == (StopState.DONE, "Mme Durand")
    assert held(made.tour.hub) == {"75": (10, -8)}
    assert stop.pallets.get().actual == 1
    assert place(palox) == (PaloxState.IN_STOCK, made.tour.hub)
    assert place(left) == (PaloxState.STORE, stop.store)
    assert check_ledger() == []
