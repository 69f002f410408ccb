"""Day tables of the reminders about paloxes and counts: what goes to whom, day by day."""

from __future__ import annotations

import uuid
from datetime import datetime

import pytest

from crates.models import Palox
from crates.services import CountedLine, record_inventory
from crates.tests.factories import ContainerTypeFactory, InventoryFactory, PaloxFactory, StoreContainerFactory
from lincassable.accounts.actors import Actor
from lincassable.reminders.models import ReminderRule
from lincassable.reminders.tests.tables import PARIS, assert_table, at
from stores.enums import Status
from stores.tests.factories import ContactFactory, StoreFactory

pytestmark = pytest.mark.django_db
SHOP = "boutique@points.example"


def moment(text: str) -> datetime:
    """A local moment."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=PARIS)


@pytest.fixture
def shop():
    """A shop with a contact who wants reminders, and one of another place who has nothing to do with it."""
    ContactFactory(store=StoreFactory(created_at=moment("2026-12-01 10:00")))
    return ContactFactory(store=StoreFactory(created_at=moment("2026-01-14 10:00"), name="La Cagette"), email=SHOP, language="en").store


def palox_at(shop, seen: str) -> Palox:
    """A palox of the shop, seen at a moment."""
    return PaloxFactory(store=shop, last_seen_at=moment(seen))


PALOX = "palox-unseen/{} " + SHOP


@pytest.mark.parametrize(
    "table",
    [
        {
            "2026-09-02 11:00": [],  # six months are over at 11:00: the clocks have changed
            "2026-09-02 12:00": [PALOX.format(0)],
            "2026-09-03 09:00": [],
            "2026-10-01 09:00": [],
            "2026-10-02 08:59": [],
            "2026-10-02 09:00": [PALOX.format(1)],
            "2026-10-24 09:00": [],
            "2026-11-01 09:00": [],  # a Sunday, and All Saints'
            "2026-11-02 09:00": [PALOX.format(2)],  # the clocks have changed meanwhile
            "2026-12-01 09:00": [],  # three times are enough
            "2026-12-31 09:00": [],
        },
        {"2026-09-22 09:00": [PALOX.format(0)]},  # nobody ran anything for twenty days
        {"2026-09-23 09:00": []},  # too late to catch up: the next one comes
        {"2026-09-23 09:00": [], "2026-10-02 09:00": [PALOX.format(1)]},
        {"2026-09-05 09:00": [], "2026-09-06 09:00": [], "2026-09-07 06:00": [], "2026-09-07 07:00": [PALOX.format(0)]},  # after a weekend
    ],
)
def test_paloxes_that_nobody_has_seen_are_asked_about_three_times(shop, table):
    palox_at(shop, "2026-03-02 10:00")
    assert_table(table, "palox-unseen")


def test_a_palox_that_is_seen_again_ends_the_matter(shop):
    palox = palox_at(shop, "2026-03-02 10:00")
    assert_table({"2026-09-02 12:00": [PALOX.format(0)]}, "palox-unseen")
    palox.last_seen_at = moment("2026-09-20 10:00")
    palox.save()
    assert_table({"2026-10-02 09:00": [], "2026-11-02 09:00": []}, "palox-unseen")


@pytest.mark.parametrize("why", ["lost", "archived", "switched off", "other figure"])
def test_nobody_is_asked_about_paloxes_in_vain(shop, why):
    palox = palox_at(shop, "2026-03-02 10:00")
    if why == "lost":
        Palox.objects.filter(pk=palox.pk).update(state="lost")
    elif why == "archived":
        shop.status = Status.ARCHIVED
        shop.save()
    elif why == "switched off":
        ReminderRule.objects.create(code="palox-unseen", is_on=False)
    else:
        ReminderRule.objects.create(code="palox-unseen", parameters={"months": 9})
    assert_table({"2026-09-02 11:00": [], "2026-09-03 11:00": []}, "palox-unseen")


INVENTORY = "inventory-due/{} " + SHOP


@pytest.fixture
def counted(shop):
    """The shop, which uses a container and was counted on 14 January."""
    StoreContainerFactory(store=shop)
    InventoryFactory(store=shop, counted_at=moment("2026-01-14 10:00"), recorded_at=moment("2026-01-14 10:00"))
    return shop


@pytest.mark.parametrize(
    "table",
    [
        {
            "2026-07-13 09:00": [],
            "2026-07-14 11:00": [],  # a public holiday
            "2026-07-15 08:59": [],
            "2026-07-15 09:00": [INVENTORY.format(0)],
            "2026-07-28 09:00": [INVENTORY.format(1)],
            "2026-08-11 09:00": [INVENTORY.format(2)],
            "2026-08-25 09:00": [],
            "2026-10-25 09:00": [],
            "2027-01-14 09:00": [],
        },
        {"2026-07-24 20:00": [], "2026-07-24 19:59": [INVENTORY.format(0)]},  # not at night; caught up on the tenth day
        {"2026-07-27 09:00": []},  # twelve days late
        {"2026-07-18 09:00": [], "2026-07-19 09:00": [], "2026-07-20 07:00": [INVENTORY.format(0)]},  # a weekend
    ],
)
def test_a_place_is_asked_to_count_six_months_after_the_last_time(counted, table):
    assert_table(table, "inventory-due")


def test_a_count_ends_the_matter_and_a_withdrawn_one_does_not_count(counted):
    assert_table({"2026-07-15 09:00": [INVENTORY.format(0)]}, "inventory-due")
    with at("2026-07-20 10:00"):
        lines = [CountedLine(ContainerTypeFactory(), 3, 1)]
        record_inventory(counted, key=uuid.uuid4(), counted_at=moment("2026-07-20 09:30"), lines=lines, by=Actor.system())
    assert_table({"2026-07-28 09:00": [], "2026-08-11 09:00": [], "2027-01-20 11:00": [INVENTORY.format(0)]}, "inventory-due")


def test_many_places_take_a_few_queries(django_assert_max_num_queries):
    from lincassable.reminders import engine
    from lincassable.reminders.registry import rule_of

    for _number in range(12):
        store = StoreFactory(created_at=moment("2026-01-14 10:00"))
        ContactFactory(store=store)
        StoreContainerFactory(store=store)
        palox_at(store, "2026-03-02 10:00")
    for code, most in (("palox-unseen", 7), ("inventory-due", 8)):
        setting = engine.setting_of(rule_of(code), None)
        with at("2026-09-02 11:00"), django_assert_max_num_queries(most):
            list(engine.dues(setting, setting.ask(moment("2026-09-02 11:00"))))
