"""Which figures there are: what each counts in words, from which rows, by which arithmetic, after which study.

A figure is made of sums of sources, and of nothing else. Those of a range have a low and a high end besides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lincassable.reporting.figures.enums import Dimension, Unit
from lincassable.reporting.figures.sources import SOURCES, Source
from lincassable.reporting.models import ReuseFactor

Told = Mapping[str, Mapping[str, int]]  # sums by source, by measure


@dataclass(frozen=True)
class Reading:
    """The value of a figure; low and high, the ends of its range, None for a figure that is counted."""

    value: Decimal
    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True)
class Part:
    """What a figure is made of, as a number that opens its rows. Arguments: source, measures (of which the first one leads)."""

    source: str
    measures: Sequence[str]

    @property
    def origin(self) -> Source:
        """The source."""
        return SOURCES[self.source]


@dataclass(frozen=True)
class Figure:
    """A figure.

    Arguments:
        title, unit: as shown; counts: what it counts, in words; study: where its factors come from, "" when it is counted only.
        parts: the rows behind it; one for what is counted, two for a ratio. decimals: as shown.
        read: from the sums to its value; None when there is nothing to tell (a ratio over nothing).
        by_producer: other parts, when it is told by producer. is_compared: whether a year before means anything.
        more_is_better: how a change is to be felt; None: neither.
    """

    code: str
    title: Promise
    unit: Unit
    counts: Promise
    parts: Sequence[Part]
    read: Callable[[Told], Reading | None]
    study: Promise | str = ""
    decimals: int = 0
    by_producer: Sequence[Part] = ()
    is_compared: bool = True

    def parts_for(self, *, by_producer: bool) -> Sequence[Part]:
        """Return what it is made of, when told by producer or not."""
        return self.by_producer if by_producer and self.by_producer else self.parts


def _sum(source: str, measure: str, per: int = 1) -> Callable[[Told], Reading | None]:
    return lambda told: Reading(Decimal(told[source][measure]) / per) if source in told else None


def _return_rate(told: Told) -> Reading | None:
    counts = told.get("deposits")
    return Reading(Decimal(100) * counts["refunded_n"] / counts["charged_n"]) if counts and counts["charged_n"] else None


def _problem_rate(told: Told) -> Reading | None:
    """Reports per 1,000 bottles collected; of a producer, per 1,000 bottles delivered to it."""
    bottles = told.get("delivered", {}).get("delivered") if "collected" not in told else told["collected"]["bottles"]
    if not bottles or bottles < 0 or "problems" not in told:
        return None
    return Reading(Decimal(1000) * told["problems"]["reports"] / bottles)


def _emitted(told: Told) -> Reading | None:
    tours = told.get("tours")
    if tours is None or not tours["known"]:
        return None
    low, typical, high = (Decimal(tours[name]) / 1000 for name in ("sum_co2_low_g", "sum_co2_g", "sum_co2_high_g"))
    return Reading(typical, low, high)


def _distance(told: Told) -> Reading | None:
    tours = told.get("tours")
    return Reading(Decimal(tours["sum_distance_m"]) / 1000) if tours and (tours["known"] or not tours["rows"]) else None


def _spared(told: Told) -> Reading | None:
    """kilograms of CO₂e = kilograms of glass × the factor's grams per kilogram ÷ 1000 (the latest row of `ReuseFactor`)."""
    if "collected" not in told or "factor" not in told:
        return None
    kilograms, factor = Decimal(told["collected"]["glass_g"]) / 1000, told["factor"]
    low, high = (kilograms * factor[end] / 1000 for end in ("low", "high"))
    return Reading((low + high) / 2, low, high)


_TAKEN = Part("collected", ("bottles",))
_TOURS = _("Only tours whose figures were kept when they were closed are known.")
FIGURES: dict[str, Figure] = {
    figure.code: figure
    for figure in (
        Figure(
            "bottles", _("Bottles collected"), Unit.BOTTLES,
            _("Full containers that tours took from places, each for the bottles of the catalogue; corrections taken off."),
            [_TAKEN], _sum("collected", "bottles"),
        ),
        Figure(
            "planned", _("Bottles planned"), Unit.BOTTLES,
            _("Full containers to take on tours of the period that are planned and not driven yet."),
            [Part("planned", ("planned",))], _sum("planned", "planned"), is_compared=False,
        ),
        Figure(
            "return_rate", _("Return rate"), Unit.PERCENT,
            _("Bottles refunded for 100 charged, as stores declared them: whole months only, the last one may still lack counts."),
            [Part("deposits", ("refunded_n", "charged_n"))], _return_rate, decimals=1,
        ),
        Figure(
            "charged", _("Deposits charged"), Unit.BOTTLES, _("Bottles sold with a deposit, as stores declared them, in whole months."),
            [Part("deposits", ("charged_n",))], _sum("deposits", "charged_n"),
        ),
        Figure(
            "refunded", _("Deposits refunded"), Unit.BOTTLES,
            _("Bottles whose deposit was paid back, as stores declared them, in whole months."),
            [Part("deposits", ("refunded_n",))], _sum("deposits", "refunded_n"),
        ),
        Figure(
            "problems", _("Non-conformities"), Unit.NUMBER, _("Reports of what went wrong, without those set aside or reported twice."),
            [Part("problems", ("reports",))], _sum("problems", "reports"),
        ),
        Figure(
            "problem_rate", _("Non-conformity rate"), Unit.RATE,
            _("Non-conformities for 1,000 bottles collected; of a producer, for 1,000 bottles delivered to it."),
            [Part("problems", ("reports",)), _TAKEN], _problem_rate, decimals=2,
            by_producer=[Part("problems", ("reports",)), Part("delivered", ("delivered",))],
        ),
        Figure(
            "tours", _("Tours driven"), Unit.NUMBER, _("Tours that are done or closed, by their date."),
            [Part("tours", ("tours",))], _sum("tours", "tours"),
        ),
        Figure(
            "km", _("Distance of the tours"), Unit.KM, _("Kilometres as a coordinator closed them, or as the way was estimated."),
            [Part("tours", ("sum_distance_m",))], _distance, _TOURS,
        ),
        Figure(
            "emitted", _("CO₂e emitted by the tours"), Unit.CO2,
            _("Distance of each tour × the factor of its vehicle: low, typical, high."),
            [Part("tours", ("sum_co2_g", "sum_co2_low_g", "sum_co2_high_g"))], _emitted, _TOURS,
        ),
        Figure(
            "spared", _("CO₂e that reuse spares"), Unit.CO2,
            _("Weight of the bottles collected × what a study says reuse spares per kilogram of glass, if all of them are filled again. "
              "The study’s figure contains transport and washing: the tours are not taken off again."),
            [Part("collected", ("glass_g",))], _spared,
        ),
        Figure(
            "delivered", _("Washed bottles delivered"), Unit.BOTTLES, _("Bottles that went back to producers to be filled again."),
            [Part("delivered", ("delivered",))], _sum("delivered", "delivered"),
        ),
        Figure(
            "trainings", _("Trainings"), Unit.NUMBER, _("Meetings with sales teams that were held."),
            [Part("trainings", ("trainings",))], _sum("trainings", "trainings"),
        ),
        Figure(
            "trained", _("People trained"), Unit.PEOPLE, _("Who was there, as the trainer counted; who came twice counts twice."),
            [Part("trainings", ("trained",))], _sum("trainings", "trained"),
        ),
        Figure(
            "events", _("Animations and events"), Unit.NUMBER, _("Those that were held."),
            [Part("events", ("events",))], _sum("events", "events"),
        ),
        Figure(
            "met", _("People met"), Unit.PEOPLE, _("As the reports of animations and events tell; what has no report yet counts none."),
            [Part("events", ("met",))], _sum("events", "met"),
        ),
    )
}  # fmt: skip
# The columns of the table, in their order; its lines are ordered by the first one.
COLUMNS: dict[Dimension, Sequence[str]] = {
    Dimension.ZONE: ("bottles", "return_rate", "problem_rate", "km", "emitted", "trainings", "met"),
    Dimension.CARRIER: ("bottles", "tours", "km", "emitted", "problem_rate"),
    Dimension.PRODUCER: ("delivered", "problems", "problem_rate", "bottles", "return_rate"),
    Dimension.STORE: ("bottles", "return_rate", "problem_rate", "trainings", "met"),
}


def sources_of(codes: Sequence[str], user: Any) -> dict[str, Source]:
    """Return the sources that these figures need and that `user` (None: nobody has to be asked) may see."""
    needed = {part.source for code in codes for part in [*FIGURES[code].parts, *FIGURES[code].by_producer]}
    return {name: source for name, source in SOURCES.items() if name in needed and (user is None or user.has_perm(source.permission))}


def may_see(figure: Figure, user: Any) -> bool:
    """Whether a user may see everything that a figure is made of."""
    return all(user.has_perm(part.origin.permission) for part in [*figure.parts, *figure.by_producer])


def reuse_factor() -> ReuseFactor | None:
    """Return the factor in use: the latest one; None without any."""
    return ReuseFactor.objects.order_by("-as_of").first()
