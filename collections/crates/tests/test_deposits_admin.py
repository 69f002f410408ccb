"""Deposits in the admin: entered, entered again, settled, read as statements, taken away as files."""

import csv
import datetime as dt
import io
import uuid
from decimal import Decimal

import openpyxl
import pytest
import time_machine
from django.urls import reverse

from crates.models import DepositAmount, DepositCount
from crates.services.deposits import DepositLine, record_deposits
from lincassable.accounts.actors import Actor
from lincassable.accounts.tests.factories import UserFactory
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db
BY = Actor.system()
OCTOBER, SEPTEMBER = dt.date(2026, 10, 1), dt.date(2026, 9, 1)


@pytest.fixture(autouse=True)
def _november():
    with time_machine.travel(dt.datetime(2026, 11, 10, 9, tzinfo=dt.UTC), tick=True):
        yield


@pytest.fixture
def desk(client):
    """A coordinator's browser, in English."""
    client.force_login(UserFactory(role="coordinator", language="en"))
    client.cookies["langue"] = "en"
    return client


def amount(euros: str = "0.50") -> DepositAmount:
    return DepositAmount.objects.get(amount_eur=Decimal(euros))


def record(store, charged=100, refunded=80, month=OCTOBER, euros="0.50", **kwargs):
    lines = [DepositLine(month, amount(euros), charged, refunded)]
    return record_deposits(store, lines, **{"key": uuid.uuid4(), "by": BY, **kwargs})[0]


def form(store, month="2026-10-01", **figures):
    return {"key": str(uuid.uuid4()), "store": store.pk, "month": month, **figures}


def fields(charged, refunded, euros="0.50") -> dict[str, str]:
    pk = amount(euros).pk
    return {f"charged_{pk}": charged, f"refunded_{pk}": refunded}


def test_a_coordinator_enters_what_a_store_says_on_the_phone(desk):
    store = StoreFactory()
    data = form(store, **fields("100", "80"), **fields("", "", "0.20"))
    for _twice in range(2):  # a double click
        assert desk.post(reverse("admin:crates_depositcount_add"), data).status_code == 302
    row = DepositCount.objects.get()
    assert (row.store, row.month, row.charged, row.refunded, row.is_current, row.actor_kind) == (store, OCTOBER, 100, 80, True, "user")


@pytest.mark.parametrize(
    "figures", [("", ""), ("100", ""), ("", "5"), ("-1", "5"), ("1.5", "5"), ("many", "5"), ("1000001", "5"), ("9" * 30, "5")]
)
def test_what_cannot_be_is_refused_on_the_page_and_nothing_is_written(desk, figures):
    response = desk.post(reverse("admin:crates_depositcount_add"), form(StoreFactory(), **fields(*figures), **fields("", "", "0.20")))
    assert response.status_code == 200
    assert response.context["adminform"].form.errors
    assert not DepositCount.objects.exists()


@pytest.mark.parametrize("month", ["", "2027-01-01", "2026-10-02", "October"])
def test_a_month_that_is_not_offered_is_refused(desk, month):
    assert desk.post(reverse("admin:crates_depositcount_add"), form(StoreFactory(), month, **fields("1", "1"))).status_code == 200
    assert not DepositCount.objects.exists()


def test_a_month_is_entered_again_from_its_page_with_what_is_in_force(desk):
    row = record(StoreFactory())
    response = desk.get(f"/admin/crates/depositcount/{row.pk}/again/", follow=True)
    initial = response.context["adminform"].form.initial
    assert initial[f"charged_{row.amount_id}"] == 100
    desk.post(reverse("admin:crates_depositcount_add"), form(row.store, **fields("110", "80")))
    row.refresh_from_db()
    assert not row.is_current
    page = desk.get(f"/admin/crates/depositcount/{row.pk}/change/").content.decode()
    assert page.count("<li>", page.index("data-history")) >= 2


def test_the_list_shows_counts_in_force_unless_asked(desk):
    store = StoreFactory()
    record(store)
    record(store, 120)
    record(store, 7, month=SEPTEMBER, held=True)
    address = reverse("admin:crates_depositcount_changelist")
    shown = {
        state: [row.charged for row in desk.get(f"{address}?state={state}").context["cl"].result_list] for state in ("", "held", "replaced")
    }
    assert shown == {"": [120], "held": [7], "replaced": [100]}
    assert len(desk.get(f"{address}?state=all").context["cl"].result_list) == 3


def test_held_counts_are_accepted_or_refused_by_a_button(desk):
    store = StoreFactory()
    first, second = record(store, held=True), record(store, month=SEPTEMBER, held=True)
    assert desk.get(f"/admin/crates/depositcount/{first.pk}/accept/").status_code == 200
    first.refresh_from_db()
    assert first.is_held  # a look changes nothing
    desk.post(f"/admin/crates/depositcount/{first.pk}/accept/")
    desk.post(f"/admin/crates/depositcount/{second.pk}/refuse/")
    assert [row.month for row in DepositCount.objects.filter(is_current=True)] == [OCTOBER]
    assert desk.post(f"/admin/crates/depositcount/{second.pk}/accept/").status_code == 403


def test_the_statement_of_a_store_says_what_the_gap_is_and_which_months_lack(desk):
    store = StoreFactory(name="La Cagette")
    record(store, 100, 80, dt.date(2026, 8, 1))
    record(store, 10, 20, euros="0.20")
    page = desk.get(f"/admin/crates/depositcount/statement/{store.pk}/?year=2026").content.decode()
    assert "data-missing" in page
    assert "September" in page[page.index("data-missing") :]
    assert 'data-month="2026-08"' in page
    assert "8.00" in page  # 20 × 0.50 - 10 × 0.20
    assert desk.get(f"/admin/crates/depositcount/statement/{store.pk}/?year=2025").status_code == 200


@pytest.mark.parametrize("year", ["2027", "1999", "x", "99999999999999", "²"])
def test_a_year_that_is_none_has_no_statement(desk, year):
    store = StoreFactory()
    assert desk.get(f"/admin/crates/depositcount/statement/{store.pk}/?year={year}").status_code == 404
    assert desk.get(f"/admin/crates/depositcount/statement/?year={year}").status_code == 404
    assert desk.get("/admin/crates/depositcount/statement/999999999/").status_code == 404
    assert desk.get("/admin/crates/depositcount/statement/?format=pdf").status_code == 404


def rows_of(response) -> list[list[str]]:
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig")), delimiter=";"))


def test_the_networks_year_lists_every_store_and_comes_as_a_file(desk, django_assert_max_num_queries):
    for name in ("Alpha", "Beta", "Gamma"):
        record(StoreFactory(name=name))
    address = reverse("admin:crates_depositcount_network")
    with django_assert_max_num_queries(9):
        page = desk.get(address).content.decode()
    assert "80.0" in page[page.index("data-network-rate") :]
    table = rows_of(desk.get(f"{address}?format=csv"))
    assert [row[0] for row in table[1:]] == ["Alpha", "Beta", "Gamma"]
    assert table[1][3:] == ["1", "100", "80", "20", "50.00", "10.00", "80.0"]


def test_files_keep_numbers_as_numbers_and_run_no_formula(desk):
    store = StoreFactory(name="=HYPERLINK(1)", city="@cmd")
    record(store, 1200, 80)
    line = rows_of(desk.get("/admin/crates/depositcount/export-csv/"))[1]
    assert line[:7] == ["'=HYPERLINK(1)", "'@cmd", "", "2026-10-01", "0.50", "1200", "80"]
    response = desk.get("/admin/crates/depositcount/export-xlsx/")
    sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
    cells = [cell.value for cell in sheet[2]]
    assert cells[0] == "'=HYPERLINK(1)"
    assert cells[5:8] == [1200, 80, 1120]
    assert cells[3].date() == OCTOBER
    statement = desk.get(f"/admin/crates/depositcount/statement/{store.pk}/?format=xlsx")
    assert openpyxl.load_workbook(io.BytesIO(statement.content)).active.max_row == 11  # ten months are over


def test_an_amount_ends_through_the_service(desk):
    record(StoreFactory())
    row = amount()
    address = reverse("admin:crates_depositamount_change", args=[row.pk])
    data = {"amount_eur": "0.50", "label_fr": "x", "label_en": "x", "valid_from": "2000-01-01", "valid_to": "2026-09-30"}
    desk.post(address, data)
    row.refresh_from_db()
    assert row.valid_to is None
    desk.post(address, {**data, "valid_to": "2026-12-31"})
    row.refresh_from_db()
    assert row.valid_to == dt.date(2026, 12, 31)


@pytest.mark.parametrize("role", ["sorting", "carrier"])
def test_others_see_no_deposits(client, role):
    client.force_login(UserFactory(role=role))
    store = StoreFactory()
    for address in ("", "add/", "statement/", f"statement/{store.pk}/", "export-csv/", "export-xlsx/"):
        assert client.get(f"/admin/crates/depositcount/{address}").status_code in (302, 403)
