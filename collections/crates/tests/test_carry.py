"""How a late fact travels through the counts made after it, as a table."""

import datetime as dt

import pytest

from crates.services.carry import Pin, taken_back

DAY = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
BOTH, TOTAL, FULL = (20, 5), (20, None), (None, 5)


def pins(*figures: tuple[int | None, int | None]) -> list[Pin]:
    return [Pin(n, DAY + dt.timedelta(days=n), total, full, n, None) for n, (total, full) in enumerate(figures)]


# (change in empty and full, later counts) -> what each takes back (None: nothing is written there)
TABLE = [
    ((3, -8), [], []),
    ((3, -8), [BOTH], [(-3, 8)]),
    ((3, -8), [BOTH, BOTH], [(-3, 8), None]),
    ((3, -8), [TOTAL], [(5, 0)]),
    ((3, -8), [FULL], [(-8, 8)]),
    ((3, -8), [TOTAL, FULL], [(5, 0), (-8, 8)]),
    ((3, -8), [FULL, TOTAL], [(-8, 8), (5, 0)]),
    ((3, -8), [TOTAL, TOTAL, BOTH], [(5, 0), None, (-8, 8)]),
    ((3, -8), [FULL, FULL, BOTH], [(-8, 8), None, (5, 0)]),
    ((3, -8), [TOTAL, FULL, BOTH], [(5, 0), (-8, 8), None]),
    ((-4, 4), [TOTAL], [None]),  # a filling does not change the total
    ((-4, 4), [TOTAL, FULL], [None, (4, -4)]),
    ((6, 0), [FULL], [None]),  # empty ones brought do not change the full ones
    ((6, 0), [FULL, TOTAL], [None, (-6, 0)]),
    ((0, 0), [BOTH], [None]),
]


@pytest.mark.parametrize(("change", "counts", "expected"), TABLE)
def test_each_count_takes_back_what_concerns_it(change, counts, expected):
    later = pins(*counts)
    written = {pin.id: back for pin, back in taken_back(change, later)}
    assert [written.get(pin.id) for pin in later] == expected


@pytest.mark.parametrize(("change", "counts", "expected"), TABLE)
def test_after_a_count_its_own_dimension_is_unchanged(change, counts, expected):
    empty, full = change
    for pin, back in zip(pins(*counts), expected, strict=True):
        empty, full = empty + (back or (0, 0))[0], full + (back or (0, 0))[1]
        assert pin.total is None or empty + full == 0
        assert pin.full is None or full == 0
