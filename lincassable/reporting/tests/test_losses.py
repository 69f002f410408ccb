"""What losses cost, and what is said while nobody knows."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client
from django.utils import timezone

from crates.enums import Cause, Content
from crates.queries import stock_of
from crates.services import MovedLine, record_transfer
from crates.tests.factories import ContainerTypeFactory
from lincassable.accounts.tests.factories import UserFactory
from lincassable.reporting.losses import losses
from lincassable.reporting.tests.test_discrepancies import BY, INBOX, ago, count, record, said
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def kind():
    return ContainerTypeFactory()


@pytest.fixture
def shop(kind):
    """A shop where 40 were counted three weeks ago."""
    shop = StoreFactory()
    count(shop, kind, 40, days=20)
    return shop


@pytest.fixture
def browser():
    browser = Client(headers={"Accept-Language": "en"})
    browser.force_login(UserFactory(role="coordinator"))
    return browser


def test_a_loss_goes_outside_with_its_cost(browser, shop, kind):
    kind.value_eur = 9
    kind.save()
    line = said(shop, kind, 30).lines.get()
    assert record(browser, line, cause=Cause.BREAKAGE).status_code == 302
    assert stock_of(shop)[0].total == 30
    found = losses(ago(30), timezone.now())
    assert [(place.store, [(each.broken, each.cost_eur) for each in place.lines]) for place in found.places] == [(shop, [(10, 90)])]
    page = browser.get("/admin/crates/discrepancydecision/losses/").content.decode()
    assert "90.00 €" in page
    table = browser.get("/admin/crates/discrepancydecision/losses/?format=csv").content.decode("utf-8-sig")
    assert ";10;" in table


def test_a_loss_of_something_without_a_value_says_so_instead_of_costing_nothing(browser, shop, kind):
    assert kind.value_eur == 0
    line = said(shop, kind, 30).lines.get()
    assert "value missing" in browser.get(INBOX).content.decode()
    record(browser, line, cause=Cause.LOSS)
    found = losses(ago(30), timezone.now())
    assert (found.without_value, found.cost_eur) == ([kind.name], 0)
    page = browser.get("/admin/crates/discrepancydecision/losses/").content.decode()
    assert "data-without-value" in page
    assert page.count("value missing") == 2
    rows = browser.get("/admin/crates/discrepancydecision/losses/?format=csv").content.decode("utf-8-sig").splitlines()
    assert rows[1].endswith(";10;0;0;")
    kind.value_eur = 9
    kind.save()
    assert "data-without-value" not in browser.get("/admin/crates/discrepancydecision/losses/").content.decode()


def test_losses_follow_corrections_and_leave_out_first_counts(kind):
    shop = StoreFactory()
    count(shop, kind, 40, days=9)
    count(shop, kind, 36, days=5)
    count(shop, kind, 37, days=2)
    found = losses(ago(30), timezone.now())
    assert [(line.not_found, line.lost) for line in found.sums] == [(3, 0)]
    record_transfer(StoreFactory(), shop, [MovedLine(kind, Content.EMPTY, 1)], key=uuid.uuid4(), occurred_at=ago(3), by=BY)
    assert losses(ago(30), timezone.now()).sums[0].not_found == 4  # the crate found was brought
