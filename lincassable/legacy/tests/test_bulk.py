"""The bulk write and the ledger's services, told the same facts, make equal ledgers."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crates.models import Balance, Count, Movement
from crates.queries import stock_at
from lincassable.legacy.bulk import Bulk
from lincassable.legacy.tests.exports import HUB, SORTING, Export
from lincassable.legacy.tests.helpers import assert_holds, bring_in, evening
from lincassable.legacy.tests.test_properties import DAYS, exports

pytestmark = pytest.mark.django_db


def ledger() -> dict[str, object]:
    """What the ledger says, by names instead of ids: balances, stock of every day, movements with their lines, pins."""
    names = "store__source_id", "container_type__code"
    lines = ("cause", "occurred_at", "entries__store__source_id", "entries__container_type__code", "entries__content", "entries__quantity")
    return {
        "balances": set(Balance.objects.exclude(quantity=0).values_list(*names, "content", "quantity")),
        "stock": [
            {(line.container_type.code, line.total, line.raw_full) for line in rows}
            for day in DAYS
            for _store, rows in sorted(stock_at(evening(day)).items())
            if any(line.total or line.raw_full for line in rows)
        ],
        "movements": sorted(map(str, Movement.objects.values_list(*lines))),
        "pins": sorted(map(str, Count.objects.values_list(*names, "at", "total", "full", "fill_percents", "pins_total", "pins_full"))),
    }


def by_services(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every fact late, so that it goes through the services."""
    monkeypatch.setattr(Bulk, "_horizon", lambda self: dt.datetime(2100, 1, 1, tzinfo=dt.UTC))


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(exports(), st.sampled_from(DAYS))
def test_the_bulk_write_and_the_services_make_equal_ledgers(export: Export, day: dt.date) -> None:
    ledgers = []
    for services in (False, True):
        with pytest.MonkeyPatch.context() as patch, transaction.atomic():
            if services:
                by_services(patch)
            bring_in(export, day)
            assert_holds()
            ledgers.append(ledger())
            transaction.set_rollback(True)
    assert ledgers[0] == ledgers[1]


def test_what_comes_later_than_everything_known_is_written_set_by_set(monkeypatch: pytest.MonkeyPatch) -> None:
    from lincassable.legacy import services
    from lincassable.legacy.tests.test_import import BASE, stop

    bring_in(BASE)
    taken = []
    apply = services._apply
    monkeypatch.setattr(services, "_apply", lambda work, desk, facts: (taken.extend(facts), apply(work, desk, facts)))
    bring_in(
        BASE.with_(stops=(*BASE.stops, stop(3, 101, "2025-07-01", (3, 0, 0)), stop(4, HUB, "2025-07-01", (3, 0, 0), hub=SORTING))),
        "2025-07-01",
    )
    assert taken == []
    assert_holds()
