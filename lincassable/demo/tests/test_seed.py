"""The demo network: believable, deterministic, and as lawful as any other ledger."""

import datetime as dt
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Sum
from django.utils import timezone

from crates.check import check_ledger
from crates.enums import BottleStage, PaloxState
from crates.models import Balance, Declaration, DepositCount, DiscrepancyDecision, Entry, Movement, Palox, SortingBatch
from crates.queries_bottles import bottle_stock, losses
from lincassable.accounts.models import User
from lincassable.demo.services import ADMIN_EMAIL, NotEmpty, admin_password, demo_store, seed
from lincassable.reporting.discrepancies import inbox
from pickups.enums import RequestState, TourState
from pickups.models import Carrier, PickupRequest, RecurringTour, SlipUpload, Stop, StopPalox, Tour, TourLog
from pickups.queries_slips import tours_without_slip
from pickups.reliability import Period, figures
from stores.enums import Kind, Status
from stores.models import Closure, Contact, Store

TODAY = dt.date(2026, 6, 17)  # a Wednesday


@pytest.fixture
def network(db, time_machine_on_demo_day):
    return seed(scale=0.3, seed_number=1, today=TODAY)


@pytest.fixture
def time_machine_on_demo_day():
    import time_machine

    with time_machine.travel(dt.datetime(2026, 6, 17, 8, 0, tzinfo=dt.UTC), tick=True):
        yield


def test_the_ledger_of_the_demo_network_is_sound(network):
    assert check_ledger() == []
    assert Entry.objects.aggregate(total=Sum("quantity"))["total"] == 0
    assert Balance.objects.count() > 50


def test_every_screen_has_something_to_show(network):
    assert Store.objects.filter(kind=Kind.HUB).count() == 3
    assert Store.objects.filter(kind=Kind.SORTING).count() == 1
    assert set(Tour.objects.values_list("state", flat=True)) >= {TourState.CLOSED, TourState.DONE, TourState.ACCEPTED, TourState.DRAFT}
    assert PickupRequest.objects.filter(state=RequestState.RECEIVED).exists()
    assert {series.tours.filter(state=TourState.DRAFT, date__gt=TODAY).exists() for series in RecurringTour.objects.all()} == {True}
    assert not Carrier.objects.exclude(prices__valid_from__lte=TODAY).exists()
    assert Closure.objects.filter(last_day__gte=TODAY).count() >= 2
    first, last = Declaration.objects.earliest("declared_at"), Declaration.objects.latest("declared_at")
    assert (last.declared_at - first.declared_at).days > 500
    assert last.declared_at.date() < TODAY


def test_pickups_of_the_history_move_what_their_lines_say(network):
    stop = Stop.objects.filter(lines__loaded_full__gt=0).order_by("pk").first()
    movement = Movement.objects.get(origin_kind="stop", origin_id=stop.pk)
    for line in stop.lines.all():
        taken = movement.entries.filter(store=stop.store, container_type=line.container_type, content="full").aggregate(n=Sum("quantity"))[
            "n"
        ]
        assert (taken or 0) == -line.loaded_full


def test_the_same_seed_makes_the_same_network(db, time_machine_on_demo_day):
    from django.db import transaction

    def portrait():
        made = seed(scale=0.1, seed_number=7, today=TODAY)
        names = list(Store.objects.order_by("name", "pk").values_list("name", "city", "latitude"))
        stock = list(
            Balance.objects.order_by("store__name", "store__source_id", "container_type", "content").values_list("quantity", flat=True)
        )
        return made, names, stock

    portraits = []
    for _ in range(2):
        with transaction.atomic():
            portraits.append(portrait())
            transaction.set_rollback(True)
    assert portraits[0] == portraits[1]


def test_seeding_refuses_a_network_that_is_in_use(network):
    with pytest.raises(NotEmpty):
        seed(scale=0.1, seed_number=1, today=TODAY)
    with pytest.raises(CommandError, match="empty database"):
        call_command("seed_demo", stdout=StringIO())
    before = Store.objects.count()
    call_command("seed_demo", "--if-empty", stdout=StringIO())
    assert Store.objects.count() == before


def test_contacts_of_the_demo_network_pass_the_forms_own_checks(network):
    for contact in Contact.objects.all()[:40]:
        contact.full_clean()
    for store in Store.objects.all():
        store.full_clean(exclude=["collected_through", "usual_hub", "zone"])


def test_demo_access_prints_an_account_and_a_card_that_open(network, client):
    out = StringIO()
    call_command("demo_access", "--url", "http://localhost:9000", stdout=out)
    admin, card, office = out.getvalue().splitlines()
    assert admin == f"Admin: http://localhost:9000/admin/ {ADMIN_EMAIL} {admin_password()}"
    assert card.startswith("QR: http://localhost:9000/p/")
    response = client.get(card.removeprefix("QR: http://localhost:9000"))
    assert response.status_code == 302
    assert demo_store().name in client.get(response["Location"]).content.decode()
    assert User.objects.get(email=ADMIN_EMAIL).check_password(admin_password())
    where, email, password = office.removeprefix("Carrier: ").split()
    user = User.objects.get(email=email)
    assert (where, user.check_password(password)) == ("http://localhost:9000/transporteur/", True)
    client.force_login(user)
    assert "data-tour=" in client.get("/transporteur/").content.decode()


def test_the_inbox_shows_each_kind_of_difference_with_its_explanation(network):
    page = inbox()
    assert page.total == network["differences"] == 5
    likeliest = {line.explanations[0].kind for line in page.lines}
    assert likeliest == {"total_mirrored", "not_recorded", "mirrored", "neighbour", "lost"}
    assert all(line.cost_eur for line in page.lines if line.difference < 0)
    assert set(DiscrepancyDecision.objects.values_list("decision", flat=True)) == {"recorded", "dismissed"}


def test_shops_of_the_demo_network_declare_their_deposits(network):
    shops = Store.objects.filter(kind=Kind.SHOP, status=Status.ACTIVE)
    telling = shops.filter(deposit_counts__isnull=False).distinct().count()
    assert 0.3 < telling / shops.count() < 0.9
    assert DepositCount.objects.filter(is_current=False).exists()
    assert DepositCount.objects.filter(month=dt.date(2026, 5, 1)).exists()
    assert not DepositCount.objects.filter(month__gt=dt.date(2026, 5, 1)).exists()
    assert Contact.objects.filter(wants_deposit_mails=True).exists()


def test_numbered_paloxes_of_the_demo_network_are_where_their_last_event_says(network):
    assert Palox.objects.count() == 60
    assert Palox.objects.filter(state=PaloxState.STORE).exists()
    for palox in Palox.objects.all():
        last = palox.events.order_by("-at", "-pk").first()
        assert (last.state, last.store_id, last.at) == (palox.state, palox.store_id, palox.last_seen_at)
    assert StopPalox.objects.filter(palox=None).count() == 1


def test_what_reaches_the_sorting_centre_is_sorted_washed_and_delivered(network):
    counted = losses(dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime(2026, 6, 17, tzinfo=dt.UTC))
    assert 1 < counted.reject_percent < 6
    assert counted.accepted > counted.washed > counted.delivered > 0
    assert {line.stage for line in bottle_stock()} == set(BottleStage.values)
    assert not [line for line in bottle_stock() if line.is_doubtful]
    batch = SortingBatch.objects.order_by("pk").first()
    assert batch.movement.origin_id == batch.pk
    emptied = sum(batch.intakes.values_list("quantity", flat=True))
    assert batch.movement.entries.filter(content="empty").aggregate(n=Sum("quantity"))["n"] == emptied > 0
    centre = Store.objects.get(kind=Kind.SORTING)
    assert min(Balance.objects.filter(store=centre).values_list("quantity", flat=True)) >= 0


def test_carriers_of_the_demo_network_have_signed_papers_some_missing_ones_and_figures(network):
    papers = list(SlipUpload.objects.all())
    assert papers
    assert all(paper.file.read(5) == b"%PDF-" for paper in papers)
    assert tours_without_slip(0).exists()
    carriers = list(Carrier.objects.filter(users__isnull=False))
    found = {figure.key: figure for figure in figures(carriers, Period(TODAY - dt.timedelta(days=365), TODAY))}
    assert 80 < found["accepted"].percent < 100
    assert 70 < found["on_time"].percent < 100
    assert found["changes"].good
    for line in TourLog.objects.filter(to_state=TourState.DONE).select_related("tour"):
        assert timezone.localtime(line.at).date() == line.tour.date
