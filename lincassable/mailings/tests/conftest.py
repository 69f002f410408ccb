"""Mailings wait at quiet times: these tests live on a Tuesday morning, unless they say otherwise."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine


@pytest.fixture(autouse=True)
def tuesday_morning() -> Iterator[None]:
    """The clock runs, from Tuesday 24 November 2026, ten o'clock in Paris."""
    with time_machine.travel("2026-11-24 09:00:00+00:00", tick=True):
        yield
