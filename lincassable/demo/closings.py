"""How the demo network's tours ended: figures of the closed ones, counts at the hubs, a few that do not agree."""

from __future__ import annotations

import datetime as dt
import random

from django.utils import timezone

from lincassable.accounts.actors import Actor
from pickups.closing_figures import figures_of
from pickups.differences import differences_of, expected_at_hub
from pickups.emissions import emitted
from pickups.enums import Answer, DifferenceKind, TourState
from pickups.models import HubCount, Tour, TourClosing, TourDifference
from pickups.queries import with_lines

CLOSING_DAYS = 200  # older tours were closed before figures were kept
NAMES = ("distance_m", "duration_min", "cost_eur", "load_g", "bottles", "co2_low_g", "co2_g", "co2_high_g")
REMARKS = ["", "", "", "Péage compris.", "Détour par la déchetterie.", "Quai encombré, une demi-heure d'attente."]


def tell_closings(today: dt.date, rng: random.Random) -> int:
    """Close what is closed, count what came in lately; return how many tours have figures.

    Arguments: today, the day on which the story ends; rng, its own numbers. Must run in a transaction.
    """
    since = today - dt.timedelta(days=CLOSING_DAYS)
    tours = Tour.objects.select_related("hub", "vehicle", "carrier").order_by("date", "pk")
    closings, answers = [], []
    for tour in tours.filter(state=TourState.CLOSED, date__gte=since):
        closings.append(_closing(tour, rng))
        if tour.date >= today - dt.timedelta(days=30):
            answers += _answers(tour, rng)
    TourClosing.objects.bulk_create(closings)
    TourDifference.objects.bulk_create(answers)
    counts = [count for tour in tours.filter(state=TourState.DONE) for count in _counts(tour, rng)]
    HubCount.objects.bulk_create(counts)
    return len(closings)


def _closing(tour: Tour, rng: random.Random) -> TourClosing:
    """The coordinator read the odometer: a little more than the estimate."""
    estimate = figures_of(tour)
    driven = round(estimate.distance_m * rng.uniform(0.97, 1.15) / 1000) * 1000
    kept = {name: getattr(estimate, name) for name in NAMES}
    kept |= {"distance_m": driven, "duration_min": round(estimate.duration_min * rng.uniform(0.9, 1.3))}
    if gases := emitted(tour.vehicle.kind if tour.vehicle else "", driven):
        kept |= {"co2_low_g": gases.low_g, "co2_g": gases.typical_g, "co2_high_g": gases.high_g}
    closed_at = _afternoon(tour.date + dt.timedelta(days=rng.randint(1, 9)))
    return TourClosing(tour=tour, closed_at=closed_at, note=rng.choice(REMARKS), **kept, **TourClosing.author(Actor.system()))


def _answers(tour: Tour, rng: random.Random) -> list[TourDifference]:
    """What the coordinator said of the differences at the stops."""
    return [
        TourDifference(
            tour=tour,
            stop=found.stop,
            container_type=found.container_type,
            kind=found.kind,
            measure=found.measure,
            expected=found.expected,
            found=found.found,
            answer=Answer.RIGHT,
            note=rng.choice(["", "", "Vu avec le magasin.", "Conforme au bon de tournée."]),
            raised_at=_afternoon(tour.date),
            answered_at=_afternoon(tour.date + dt.timedelta(days=1)),
            **TourDifference.author(Actor.system()),
        )
        for found in differences_of(tour)
        if found.kind != DifferenceKind.HUB
    ]


def _counts(tour: Tour, rng: random.Random) -> list[HubCount]:
    """Two tours in three were counted; one of these lacks a crate or two."""
    if rng.random() > 0.67:
        return []
    expected = expected_at_hub(list(with_lines(tour.stops.all())))
    missing = rng.choice([0, 0, 1, 2])
    counts = []
    for kind, (full, empty) in sorted(expected.items()):
        lost = min(full, missing)
        missing -= lost
        counts.append(
            HubCount(
                tour=tour,
                container_type_id=kind,
                full=full - lost,
                empty=empty,
                counted_at=_afternoon(tour.date),
                **HubCount.author(Actor.system()),
            )
        )
    return counts


def _afternoon(day: dt.date) -> dt.datetime:
    """Return half past four on a day, never later than now."""
    return min(timezone.now(), timezone.make_aware(dt.datetime.combine(day, dt.time(16, 30))))
