"""Figures in words: numbers as people write them, ranges, changes."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from lincassable.reporting.figures.enums import Unit
from lincassable.reporting.figures.registry import FIGURES, Figure, Reading
from lincassable.reporting.figures.report import Compared, Report

NOT_KNOWN = "–"
TON = 10_000  # kilograms from which on tonnes are told


def rounded(value: Decimal | int, decimals: int = 0) -> Decimal:
    """Return a number to so many decimals, halves away from zero."""
    return Decimal(value).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def number(value: Decimal | int, decimals: int = 0) -> str:
    """Return a number with its thousands apart, in the current language."""
    return number_format(rounded(value, decimals), decimals, use_l10n=True, force_grouping=True)


def told(figure: Figure, reading: Reading | None, *, in_tonnes: bool = True) -> str:
    """Return a value without its unit; a range as “low to high”.

    Arguments: in_tonnes, many kilograms are told in tonnes (see `unit`); in a table, whose head names the unit, they are not.
    """
    if reading is None:
        return NOT_KNOWN
    if reading.low is None or reading.high is None:
        return number(reading.value, figure.decimals)
    if in_tonnes and figure.unit == Unit.CO2 and reading.high >= TON:
        low, high = (number(end / 1000, 1) for end in (reading.low, reading.high))
    else:
        low, high = number(reading.low), number(reading.high)
    return low if low == high else _("%(low)s to %(high)s") % {"low": low, "high": high}


def unit(figure: Figure, reading: Reading | None) -> str:
    """Return the unit of a value; tonnes when there are many kilograms."""
    if figure.unit == Unit.CO2 and reading and reading.high and reading.high >= TON:
        return _("t CO₂e")
    return str(figure.unit.label)


def with_unit(figure: Figure, reading: Reading | None) -> str:
    """Return a value and its unit."""
    if reading is None:
        return NOT_KNOWN
    return f"{told(figure, reading)}\N{NO-BREAK SPACE}{unit(figure, reading)}".rstrip()


def study(report: Report, code: str) -> str:
    """Return where the factors of a figure come from, each study with its day; "" for what is counted only."""
    if code == "spared" and report.factor:
        factor, as_of = report.factor, date_format(report.factor.as_of, "Y")
        ends = {"low": number(factor.low_g_per_kg), "high": number(factor.high_g_per_kg), "source": factor.source, "year": as_of}
        return _("%(low)s to %(high)s g CO₂e per kg of glass: %(source)s (%(year)s).") % ends
    told = [str(FIGURES[code].study)] if FIGURES[code].study else []
    if code == "emitted":
        told += [
            _("%(vehicle)s: %(low)s to %(high)s g CO₂e per km; %(source)s (%(year)s).")
            % {
                "vehicle": str(factor.get_vehicle_kind_display()).capitalize(),
                "low": number(factor.low_g_per_km),
                "high": number(factor.high_g_per_km),
                "source": factor.source,
                "year": date_format(factor.as_of, "Y"),
            }
            for factor in report.vehicles
        ]
    return " ".join(told)


def change(compared: Compared) -> str:
    """Return the change from the year before: “+12 %”, “−1.5 points”; why there is none; "" when there is nothing to say."""
    value = compared.change
    if value is None:
        return compared.why_not
    decimals = compared.figure.decimals if compared.figure.decimals else 0
    size = number(abs(value), decimals)
    sign = "" if not any(sign in "123456789" for sign in size) else "+" if value > 0 else "−"
    if compared.figure.unit == Unit.PERCENT:
        return _("%(change)s points") % {"change": sign + size}
    return sign + size if compared.figure.decimals else f"{sign}{size}\N{NO-BREAK SPACE}%"
