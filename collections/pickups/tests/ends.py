"""The end of a tour, for tests: a tour that is over, what is said of it, what a hub counts."""

from __future__ import annotations

from crates.queries import stock_of
from pickups import services
from pickups.enums import Answer, TourState
from pickups.services import HubLine, Reply
from pickups.tests.factories import container


def full_at(store) -> int:
    """Full 75 cl crates at a place."""
    return next((line.raw_full for line in stock_of(store) if line.container_type.code == "75"), 0)


def done(scene, *quantities) -> object:
    """A tour that is over; planned 10 full and 8 empty at each of its stops, done as given."""
    made = scene(TourState.UNDER_WAY, stores=len(quantities))
    for stop, (full, empty) in zip(made.stops, quantities, strict=True):
        made.complete(stop, full, empty)
    services.finish_tour(made.tour, by=made.driver)
    made.tour.refresh_from_db()
    return made


def reply(difference, answer=Answer.RIGHT, **rest) -> Reply:
    """An answer to a difference as it is shown."""
    return Reply(difference.code, difference.expected, difference.found, answer, **rest)


def count(made, full, empty=0, by=None):
    """The hub counts 75 cl crates."""
    return services.count_at_hub(made.tour, [HubLine(container(), full, empty)], by=by or made.coordinator)
