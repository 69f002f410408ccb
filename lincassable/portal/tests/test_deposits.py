"""The deposit form of a store's phone: months still missing, a month opened again, forms from dead spots."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from crates.models import DepositAmount, DepositCount
from crates.palox_numbers import label_url
from crates.services.deposits import DepositLine, record_deposits
from crates.services.paloxes import register_palox
from lincassable.accounts import links
from lincassable.accounts.actors import Actor
from lincassable.accounts.models import AccessLink
from lincassable.accounts.tests.factories import UserFactory
from lincassable.portal.tests.factories import ORIGIN, QUEUE, phone_of
from stores.tests.factories import ContactFactory, StoreFactory

pytestmark = pytest.mark.django_db
PAGE = "/p/consignes/"
AUGUST, SEPTEMBER, OCTOBER = (dt.date(2026, month, 1) for month in (8, 9, 10))


@pytest.fixture(autouse=True)
def _november():
    with time_machine.travel(dt.datetime(2026, 11, 10, 9, tzinfo=dt.UTC), tick=True):
        yield


@pytest.fixture
def store():
    """A shop that declared August, and nothing since."""
    shop = StoreFactory(name="La Cagette")
    record(shop, 300, 200, AUGUST)
    return shop


def amount(euros: str = "0.50") -> DepositAmount:
    return DepositAmount.objects.get(amount_eur=Decimal(euros))


def record(store, charged, refunded, month, euros="0.50", **kwargs):
    line = DepositLine(month, amount(euros), charged, refunded)
    return record_deposits(store, [line], **{"key": uuid.uuid4(), "by": Actor.system(), **kwargs})


def filled(*rows: tuple, **more: object) -> dict[str, object]:
    """A sent form: rows of (month, charged, refunded, euros)."""
    data: dict[str, object] = {"key": str(uuid.uuid4()), "months": ",".join(sorted({row[0] for row in rows}))}
    for month, charged, refunded, *euros in rows:
        pk = amount(*euros).pk
        data |= {f"charged_{month}_{pk}": charged, f"refunded_{month}_{pk}": refunded}
    return {**data, **more}


def send(phone, data, *, queued=False):
    return phone.post(PAGE, data, headers=QUEUE if queued else ORIGIN)


def in_force(store) -> set[tuple]:
    rows = DepositCount.objects.filter(store=store, is_current=True).select_related("amount")
    return {(row.month.month, str(row.amount.amount_eur), row.charged, row.refunded) for row in rows}


def test_the_form_asks_for_every_missing_month_and_shows_the_last_figures(store):
    page = phone_of(store).get(PAGE)
    assert page.context["missing"] == [SEPTEMBER, OCTOBER]
    text = page.content.decode()
    assert 'data-month="2026-09"' in text
    assert "300 charged" in text
    assert 'value="300"' not in text  # shown, not sent by mistake
    assert text.count('inputmode="numeric"') == 8


def test_a_deposit_that_is_not_used_is_prefilled_with_zero(store):
    record(store, 0, 0, AUGUST, "0.20")
    form = phone_of(store).get(PAGE).context["form"]
    assert form[f"charged_2026-10_{amount('0.20').pk}"].value() == 0
    assert form[f"charged_2026-10_{amount().pk}"].value() is None


def test_what_is_filled_in_is_recorded_and_leads_to_its_receipt(store):
    phone = phone_of(store)
    data = filled(("2026-09", "120", "100"), ("2026-09", "", "", "0.20"), ("2026-10", "", ""))
    response = send(phone, data)
    assert response.status_code == 302
    assert response["Location"] == f"/p/consignes/recu/{data['key']}/"
    assert in_force(store) == {(8, "0.50", 300, 200), (9, "0.50", 120, 100)}
    receipt = phone.get(response["Location"])
    assert receipt.context["missing"] == [OCTOBER]
    assert b'data-count="2026-09"' in receipt.content
    assert DepositCount.objects.latest("pk").actor_kind == "link"


def test_the_same_form_twice_counts_once(store):
    phone, data = phone_of(store), filled(("2026-10", "1", "2"))
    first, second = send(phone, data), send(phone, data, queued=True)
    assert second.json() == {"redirect": first["Location"]}
    assert DepositCount.objects.count() == 2


def test_a_declared_month_is_opened_again_corrected_and_keeps_its_history(store):
    phone = phone_of(store)
    page = phone.get(f"{PAGE}?mois=2026-08")
    assert page.context["form"].months == [AUGUST]
    assert page.context["form"][f"charged_2026-08_{amount().pk}"].value() == 300
    send(phone, filled(("2026-08", "310", "200")))
    assert in_force(store) == {(8, "0.50", 310, 200)}
    assert DepositCount.objects.count() == 2
    assert b"2026-08" in phone.get(PAGE).content  # offered for correction


def test_a_declared_figure_cannot_be_emptied_by_mistake(store):
    response = send(phone_of(store), filled(("2026-08", "", "")))
    assert response.status_code == 422
    assert in_force(store) == {(8, "0.50", 300, 200)}


@pytest.mark.parametrize("month", ["2026-11", "2025-10", "2031-01", "x", "", "2026-13", "2026-8"])
def test_a_month_that_cannot_be_opened_is_not_there(store, month):
    assert phone_of(store).get(f"{PAGE}?mois={month}").status_code == 404


@pytest.mark.parametrize(
    "row",
    [
        ("2026-10", "", ""),
        ("2026-10", "5", ""),
        ("2026-10", "", "5"),
        ("2026-10", "-1", "5"),
        ("2026-10", "1.5", "5"),
        ("2026-10", "lots", "5"),
        ("2026-10", "1000001", "5"),
        ("2026-10", "9" * 40, "5"),
        ("2026-12", "5", "5"),
        ("1999-01", "5", "5"),
    ],
)
def test_what_cannot_be_comes_back_with_a_sentence_and_nothing_is_written(store, row):
    phone = phone_of(store)
    response = send(phone, filled(row))
    assert response.status_code == 422
    assert b"data-form-errors" in response.content
    queued = send(phone, filled(row), queued=True)
    assert queued.status_code == 422
    assert "data-outbox" in queued.json()["html"]
    assert in_force(store) == {(8, "0.50", 300, 200)}


@pytest.mark.parametrize("months", ["", "x", "2026-10," * 500, "2026-99"])
def test_a_tampered_list_of_months_breaks_nothing(store, months):
    assert send(phone_of(store), {"key": str(uuid.uuid4()), "months": months}).status_code == 422


def test_a_page_kept_since_last_month_is_taken_for_the_months_it_asked(store):
    data = filled(("2026-09", "7", "7"), occurred_at=(timezone.now() - dt.timedelta(days=3)).isoformat())
    record(store, 9, 9, SEPTEMBER, declared_at=timezone.now() - dt.timedelta(days=1))
    phone = phone_of(store)
    response = send(phone, data, queued=True)
    assert response.status_code == 200
    assert (9, "0.50", 9, 9) in in_force(store)  # declared after the form was filled in
    assert b"alert" in phone.get(response.json()["redirect"]).content


def test_a_form_of_another_place_is_not_counted_here(store):
    other = StoreFactory()
    response = send(phone_of(store), filled(("2026-10", "1", "1"), scope=str(other.uuid)), queued=True)
    assert response.status_code == 409
    assert not DepositCount.objects.filter(month=OCTOBER).exists()


def test_the_receipt_of_another_place_is_not_there(store):
    rows = record(StoreFactory(), 5, 5, OCTOBER)
    assert phone_of(store).get(f"/p/consignes/recu/{rows[0].key}/").status_code == 404
    assert phone_of(store).get(f"/p/consignes/recu/{uuid.uuid4()}/").status_code == 404


def test_without_a_card_nothing_opens_and_nothing_is_taken(store):
    stranger = Client()
    assert stranger.get(PAGE).status_code == 403
    assert send(stranger, filled(("2026-10", "1", "1"))).status_code == 403
    assert phone_of(store).post(PAGE, filled(("2026-10", "1", "1")), headers={"Origin": "https://elsewhere.example"}).status_code == 403
    assert not DepositCount.objects.filter(month=OCTOBER).exists()


def test_what_was_queued_under_a_replaced_card_waits_for_a_coordinator(store):
    phone = phone_of(store)
    links.rotate(AccessLink.objects.get(object_id=store.pk), by=Actor.system())
    assert phone.get(PAGE).status_code == 403
    response = send(phone, filled(("2026-10", "1", "1")), queued=True)
    assert response.status_code == 200
    row = DepositCount.objects.get(month=OCTOBER)
    assert (row.is_held, row.is_current) == (True, False)
    assert b"coordinator" in phone.get(response.json()["redirect"]).content


def test_the_home_leads_to_the_form_only_where_deposits_are_asked_for(store):
    asked, other = StoreFactory(), StoreFactory()
    ContactFactory(store=asked, wants_deposit_mails=True)
    assert b'data-deposit-months="2"' in phone_of(store).get("/p/").content
    assert b'data-deposit-months="1"' in phone_of(asked).get("/p/").content
    assert b"data-deposit-months" not in phone_of(other).get("/p/").content


def test_a_store_that_is_up_to_date_is_thanked(store):
    for month in (SEPTEMBER, OCTOBER):
        record(store, 1, 1, month)
    page = phone_of(store).get(PAGE)
    assert page.context["form"] is None
    assert page.context["others"] == [OCTOBER, SEPTEMBER, AUGUST]


def test_the_form_takes_a_fixed_number_of_queries(store, django_assert_max_num_queries):
    phone = phone_of(store)
    phone.get(PAGE)
    with django_assert_max_num_queries(9):
        phone.get(PAGE)
    with django_assert_max_num_queries(16):
        send(phone, filled(("2026-09", "1", "1"), ("2026-10", "1", "1")))


# -- the code on a palox


def test_whoever_scans_a_palox_learns_whose_it_is_and_nothing_else(client):
    palox = register_palox("INC/00012 é", store=StoreFactory(name="Secret place"), by=Actor.system())
    address = label_url(palox).removeprefix("http://localhost:8000")
    page = client.get(address)
    assert page.status_code == 200
    assert 'data-palox="INC/00012 é"' in page.content.decode()
    assert b"Secret place" not in page.content
    assert b"/admin/" not in page.content


@pytest.mark.parametrize("number", ["INC-404", "x" * 500, "<script>alert(1)</script>", "%00", "a/b/c"])
def test_a_number_that_is_none_is_not_repeated(client, number):
    page = client.get(f"/palox/{number}")
    assert page.status_code == 404
    assert b"<script>alert" not in page.content


def test_a_coordinator_gets_from_the_label_to_the_page_of_the_palox(client):
    palox = register_palox("INC-1", by=Actor.system())
    client.force_login(UserFactory(role="coordinator"))
    assert f"/admin/crates/palox/{palox.pk}/change/".encode() in client.get("/palox/inc-1").content
    client.force_login(UserFactory(role="carrier"))
    assert b"/admin/" not in client.get("/palox/inc-1").content
