"""Day table of the reminder to look at the list of products."""

from __future__ import annotations

from datetime import datetime

import pytest

from lincassable.reminders.tests.tables import PARIS, assert_table
from references.tests.factories import ShelfCheckFactory
from stores.enums import Kind
from stores.tests.factories import ContactFactory, StoreFactory

pytestmark = pytest.mark.django_db
SHOP, NEW = "boutique@points.example", "nouvelle@points.example"
STALE = "references-stale/{} {}"


def moment(text: str) -> datetime:
    """A local moment."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=PARIS)


@pytest.fixture
def shop():
    """A shop that looked at its list on 5 June, one that never did, and a producer that needs none."""
    ContactFactory(store=StoreFactory(kind=Kind.PRODUCER, created_at=moment("2026-01-01 10:00")), email="producteur@points.example")
    ContactFactory(store=StoreFactory(created_at=moment("2026-06-09 10:00")), email=NEW)
    shop = ContactFactory(store=StoreFactory(created_at=moment("2026-01-01 10:00")), email=SHOP, language="en").store
    ShelfCheckFactory(store=shop, checked_at=moment("2026-06-05 12:00"))
    return shop


@pytest.mark.parametrize(
    "table",
    [
        {
            "2026-08-03 09:00": [],
            "2026-08-04 11:59": [],  # sixty days are over at noon
            "2026-08-04 13:00": [STALE.format(0, SHOP)],
            "2026-08-07 10:00": [],
            "2026-08-08 11:00": [],  # a Saturday
            "2026-08-09 11:00": [],
            "2026-08-10 09:00": [STALE.format(0, NEW)],
            "2026-09-03 09:00": [STALE.format(1, SHOP)],
            "2026-09-07 09:00": [STALE.format(1, NEW)],
            "2026-10-05 09:00": [],  # twice is enough
            "2026-10-26 09:00": [],
            "2027-03-29 09:00": [],
        },
        {"2026-08-24 09:00": [STALE.format(0, SHOP), STALE.format(0, NEW)]},  # nobody ran it for twenty days
        {"2026-08-25 09:00": [STALE.format(0, NEW)]},
        {"2026-08-04 20:00": [], "2026-08-05 07:00": [STALE.format(0, SHOP)]},  # not at night
    ],
)
def test_places_are_asked_to_look_at_their_list_sixty_days_after_the_last_time(shop, table):
    assert_table(table, "references-stale")


def test_a_look_ends_the_matter_and_begins_the_next(shop):
    assert_table({"2026-08-04 13:00": [STALE.format(0, SHOP)]}, "references-stale")
    ShelfCheckFactory(store=shop, checked_at=moment("2026-08-20 12:00"))
    assert_table({"2026-09-03 09:00": [], "2026-10-19 13:00": [STALE.format(0, SHOP)]}, "references-stale")
