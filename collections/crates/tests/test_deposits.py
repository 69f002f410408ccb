"""Deposit counts: declared again and again, one in force per month and amount, and what a year of them says."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from crates.models import DepositAmount, DepositCount
from crates.queries_deposits import (
    asked_stores,
    last_complete_month,
    missing_months,
    months_back,
    network_year,
    return_rate,
    yearly_statement,
    years_with_counts,
)
from crates.services import PickedLine, cancel, post_pickup
from crates.services.deposits import (
    MOST_BOTTLES,
    DepositLine,
    accept_held_deposits,
    record_deposits,
    refuse_held_deposits,
    save_deposit_amount,
)
from crates.tests.factories import ContainerTypeFactory, DepositAmountFactory, DepositCountFactory, HubFactory
from crates.tests.test_concurrency import at_once, failures
from lincassable.accounts.actors import Actor
from stores.enums import Status
from stores.tests.factories import ContactFactory, StoreFactory

pytestmark = pytest.mark.django_db
BY = Actor.system()
TODAY = dt.date(2026, 11, 10)
SEPTEMBER, OCTOBER, NOVEMBER = (dt.date(2026, month, 1) for month in (9, 10, 11))


@pytest.fixture(autouse=True)
def _november():
    with time_machine.travel(dt.datetime(2026, 11, 10, 9, tzinfo=dt.UTC), tick=True):
        yield


def fifty() -> DepositAmount:
    return DepositAmountFactory()


def twenty() -> DepositAmount:
    return DepositAmountFactory(amount_eur=Decimal("0.20"))


def line(charged=100, refunded=80, month=OCTOBER, amount=None) -> DepositLine:
    return DepositLine(month, amount or fifty(), charged, refunded)


def record(store, *lines, **kwargs) -> list[DepositCount]:
    return record_deposits(store, lines or [line()], **{"key": uuid.uuid4(), "by": BY, **kwargs})


def in_force(store) -> list[tuple]:
    rows = DepositCount.objects.filter(store=store, is_current=True).order_by("month", "-amount__amount_eur")
    return [(row.month.month, str(row.amount.amount_eur), row.charged, row.refunded) for row in rows]


def test_the_amounts_of_today_are_in_the_catalogue():
    assert list(DepositAmount.objects.values_list("amount_eur", flat=True)) == [Decimal("0.50"), Decimal("0.20")]


def test_a_form_of_two_months_and_two_amounts_is_four_rows():
    store = StoreFactory()
    rows = record(store, line(), line(7, 9, amount=twenty()), line(50, 60, SEPTEMBER), line(0, 0, SEPTEMBER, twenty()))
    assert len(rows) == 4
    assert all(row.is_current for row in rows)
    assert in_force(store) == [(9, "0.50", 50, 60), (9, "0.20", 0, 0), (10, "0.50", 100, 80), (10, "0.20", 7, 9)]
    assert rows[0].gap == -10


def test_the_same_form_again_changes_nothing_even_after_a_correction():
    store, key = StoreFactory(), uuid.uuid4()
    first = record(store, key=key)
    record(store, line(110, 80))
    again = record(store, line(1, 1), key=key)
    assert [row.pk for row in again] == [row.pk for row in first]
    assert in_force(store) == [(10, "0.50", 110, 80)]
    assert DepositCount.objects.count() == 2


def test_a_new_form_replaces_and_the_former_one_stays_readable():
    store = StoreFactory()
    record(store, line(), line(7, 9, amount=twenty()))
    record(store, line(120, 80))
    assert in_force(store) == [(10, "0.50", 120, 80), (10, "0.20", 7, 9)]
    former = DepositCount.objects.get(store=store, is_current=False)
    assert (former.charged, former.refunded) == (100, 80)


def test_a_form_that_waited_in_a_dead_spot_does_not_undo_what_was_declared_since():
    store = StoreFactory()
    record(store, line(120, 80), declared_at=timezone.now() - dt.timedelta(hours=1))
    (late,) = record(store, line(1, 1), declared_at=timezone.now() - dt.timedelta(days=2))
    assert not late.is_current
    assert in_force(store) == [(10, "0.50", 120, 80)]


def test_a_key_of_another_place_is_refused():
    key = uuid.uuid4()
    record(StoreFactory(), key=key)
    with pytest.raises(ValidationError) as refused:
        record(StoreFactory(), key=key)
    assert refused.value.code == "key"
    assert DepositCount.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"month": dt.date(2026, 12, 1)}, "future"),
        ({"month": dt.date(2026, 10, 15)}, "month"),
        ({"charged": -1}, "negative"),
        ({"refunded": -5}, "negative"),
        ({"charged": MOST_BOTTLES + 1}, "huge"),
        ({"refunded": 10**30}, "huge"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence_and_nothing_is_written(wrong, code):
    with pytest.raises(ValidationError) as refused:
        record(StoreFactory(), line(5, 5, SEPTEMBER), line(**wrong))
    assert [error.code for error in refused.value.error_list] == [code]
    assert not DepositCount.objects.exists()


def test_no_line_and_twice_the_same_line_are_refused():
    store = StoreFactory()
    with pytest.raises(ValidationError):
        record_deposits(store, [], key=uuid.uuid4(), by=BY)
    with pytest.raises(ValidationError) as refused:
        record(store, line(), line(2, 2))
    assert refused.value.error_list[0].code == "twice"


def test_an_amount_is_only_taken_for_months_in_which_it_was_in_force():
    ended = DepositAmountFactory(amount_eur=Decimal("0.10"), valid_from=dt.date(2026, 8, 31), valid_to=dt.date(2026, 9, 1))
    assert record(StoreFactory(), line(month=SEPTEMBER, amount=ended), line(month=dt.date(2026, 8, 1), amount=ended))
    for month in (dt.date(2026, 7, 1), OCTOBER):
        with pytest.raises(ValidationError) as refused:
            record(StoreFactory(), line(month=month, amount=ended))
        assert refused.value.error_list[0].code == "amount"


def test_the_dates_of_an_amount_cannot_leave_counted_months_out():
    amount = fifty()
    record(StoreFactory(), line(month=SEPTEMBER))
    amount.valid_to = dt.date(2026, 8, 31)
    with pytest.raises(ValidationError):
        save_deposit_amount(amount, by=BY)
    amount.valid_to = dt.date(2026, 9, 1)
    assert save_deposit_amount(amount, by=BY).pk


def test_a_card_declares_for_its_own_place_only():
    store, other = StoreFactory(), StoreFactory()
    card = Actor("link", 5, "store", store.pk)
    assert record(store, by=card)[0].actor_kind == "link"
    for by in (card, Actor("link", 6, "tour", other.pk)):
        with pytest.raises(PermissionDenied):
            record(other, by=by)
    with pytest.raises(PermissionDenied):
        save_deposit_amount(fifty(), by=card)


def test_what_came_under_a_replaced_card_waits_for_a_coordinator():
    store, key = StoreFactory(), uuid.uuid4()
    record(store, line(1, 1), declared_at=timezone.now() - dt.timedelta(hours=3))
    (row,) = record(store, key=key, held=True)
    assert (row.is_held, row.is_current) == (True, False)
    assert in_force(store) == [(10, "0.50", 1, 1)]
    (accepted,) = accept_held_deposits(store, key, by=BY)
    assert accepted.is_current
    assert in_force(store) == [(10, "0.50", 100, 80)]
    with pytest.raises(ValidationError):
        accept_held_deposits(store, key, by=BY)
    other = uuid.uuid4()
    record(store, line(9, 9), key=other, held=True)
    refuse_held_deposits(store, other, by=BY)
    assert in_force(store) == [(10, "0.50", 100, 80)]
    assert not DepositCount.objects.filter(is_held=True).exists()


@pytest.mark.django_db(transaction=True)
def test_sixteen_forms_at_once_leave_one_count_in_force_and_all_the_history():
    store, amounts = StoreFactory(), [fifty(), twenty()]
    send = lambda number: record(store, *(line(number, number, amount=amount) for amount in amounts))  # noqa: E731
    results = at_once([lambda number=number: send(number) for number in range(16)])
    assert failures(results) == []
    assert DepositCount.objects.count() == 32
    assert len(in_force(store)) == 2
    key = uuid.uuid4()
    results = at_once([lambda: record(store, line(5, 5, amount=amounts[0]), key=key)] * 16)
    assert failures(results) == []
    assert DepositCount.objects.filter(key=key).count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_form_at_two_places_at_once_is_recorded_at_one():
    key, amount = uuid.uuid4(), fifty()
    stores = [StoreFactory() for _ in range(8)]
    results = at_once([lambda store=store: record(store, line(5, 5, amount=amount), key=key) for store in stores])
    assert len(failures(results)) == 7
    assert all(isinstance(error, ValidationError) for error in failures(results))


def violates(name, **values):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        DepositCountFactory(**values)


def test_the_database_itself_keeps_one_count_in_force():
    row = DepositCountFactory()
    violates("one_deposit_count_in_force", store=row.store)
    violates("deposit_count_once_per_form", key=row.key)
    violates("deposit_month_is_a_first_day", month=dt.date(2026, 9, 2))
    violates("held_deposit_count_is_not_in_force", is_held=True)
    violates("charged_check", charged=-1)


# -- which months are missing


def test_months_are_missing_from_the_first_one_declared_and_not_before():
    new, steady, gaps, old = (StoreFactory() for _ in range(4))
    for month in (SEPTEMBER, OCTOBER):
        record(steady, line(month=month))
    record(gaps, line(month=dt.date(2026, 7, 1)))
    record(gaps, line(month=SEPTEMBER), held=True)
    record(old, line(month=dt.date(2024, 1, 1)))
    missing = missing_months([store.pk for store in (new, steady, gaps, old)], TODAY)
    assert missing[new.pk] == [OCTOBER]
    assert missing[steady.pk] == []
    assert missing[gaps.pk] == [dt.date(2026, 8, 1), OCTOBER]
    assert missing[old.pk] == months_back(OCTOBER, 12)


def test_the_present_month_does_not_count_as_missing_nor_as_the_last_one():
    assert last_complete_month(dt.date(2026, 1, 31)) == dt.date(2025, 12, 1)
    store = StoreFactory()
    record(store, line(month=NOVEMBER))
    assert missing_months([store.pk], TODAY) == {store.pk: [OCTOBER]}


def test_missing_months_take_two_queries_for_any_number_of_stores(django_assert_num_queries):
    stores = [StoreFactory() for _ in range(5)]
    for store in stores:
        record(store)
    with django_assert_num_queries(2):
        missing_months([store.pk for store in stores], TODAY)


def test_a_place_is_asked_when_somebody_wants_the_mails_or_when_it_counted_within_a_year():
    asked, counted, stopped, archived = StoreFactory(), StoreFactory(), StoreFactory(), StoreFactory(status=Status.ARCHIVED)
    ContactFactory(store=asked, wants_deposit_mails=True)
    ContactFactory(store=StoreFactory())
    ContactFactory(store=StoreFactory(), wants_deposit_mails=True, is_active=False)
    record(counted)
    record(stopped, line(month=dt.date(2025, 10, 1)))
    record(archived)
    assert set(asked_stores(TODAY)) == {asked, counted}


# -- the year


def test_a_statement_explains_the_gap_month_by_month():
    store, hub, crate = StoreFactory(), HubFactory(), ContainerTypeFactory()
    record(store, line(100, 80, dt.date(2026, 7, 1)), line(50, 40, dt.date(2026, 7, 1), twenty()))
    record(store, line(60, 90, SEPTEMBER))
    for day in (3, 20):
        at = dt.datetime(2026, 9, day, 12, tzinfo=dt.UTC)
        movement = post_pickup(store, hub, [PickedLine(crate, 5, 2)], key=uuid.uuid4(), occurred_at=at, by=BY)
    cancel(movement, by=BY, reason="never happened")
    statement = yearly_statement(store, 2026, TODAY)
    assert [str(amount.amount_eur) for amount in statement.amounts] == ["0.50", "0.20"]
    lines = {line.month.month: line for line in statement.lines}
    assert [lines[7].total.gap, lines[7].total.gap_eur] == [30, Decimal("12.00")]
    assert [lines[9].gap_so_far, lines[9].gap_so_far_eur] == [0, Decimal("-3.00")]
    assert [lines[9].collected, lines[7].collected] == [60, 0]
    assert statement.missing == [dt.date(2026, 8, 1), OCTOBER]
    assert (statement.total.charged, statement.total.refunded, statement.total.gap_eur) == (210, 210, Decimal("-3.00"))
    assert statement.total.rate == Decimal("100.0")
    assert statement.by_amount[0].rate == Decimal("106.3")
    assert 11 not in lines


def test_a_year_without_counts_is_an_empty_statement():
    statement = yearly_statement(StoreFactory(), 2019, TODAY)
    assert statement.total.rate is None
    assert statement.missing == []
    assert len(statement.amounts) == 2


def test_a_pickup_of_the_last_night_of_the_year_is_in_the_year_of_the_network():
    store, hub, crate = StoreFactory(), HubFactory(), ContainerTypeFactory()
    at = dt.datetime(2025, 12, 31, 23, 30, tzinfo=dt.UTC)  # half past midnight in Paris
    post_pickup(store, hub, [PickedLine(crate, 1, 0)], key=uuid.uuid4(), occurred_at=at, by=BY)
    assert yearly_statement(store, 2026, TODAY).collected == 12
    assert yearly_statement(store, 2025, TODAY).collected == 0


def test_the_networks_year_adds_the_stores_up_in_a_fixed_number_of_queries(django_assert_num_queries):
    first, second = StoreFactory(name="A"), StoreFactory(name="B")
    record(first, line(100, 80), line(10, 10, SEPTEMBER))
    record(first, line(100, 90))
    record(second, line(10, 20, amount=twenty()))
    record(second, line(99, 99, dt.date(2025, 3, 1)))
    with django_assert_num_queries(3):
        year = network_year(2026)
    assert [(row.store.name, row.months, row.tally.gap) for row in year.lines] == [("A", 2, 10), ("B", 1, -10)]
    assert (year.total.charged, year.total.refunded, year.total.gap_eur) == (120, 120, Decimal("3.00"))
    assert years_with_counts() == [2026, 2025]


@pytest.mark.parametrize(("charged", "refunded", "rate"), [(0, 0, None), (0, 5, None), (3, 2, "66.7"), (100, 120, "120.0"), (10, 0, "0.0")])
def test_the_return_rate_is_refunded_over_charged(charged, refunded, rate):
    assert return_rate(charged, refunded) == (Decimal(rate) if rate else None)
