"""The first day of a new network, whole: from the QR link in a storeroom to the weekly mail.

Chromium, PostgreSQL, a Celery worker of its own process, an SMTP server; once on the embedded Valkey, once on Debian's redis-server.
"""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import ExitStack
from email.message import EmailMessage
from types import SimpleNamespace

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from crates.models import Declaration
from crates.queries import stock_of
from lincassable.accounts import links
from lincassable.accounts.models import AccessLink
from lincassable.accounts.tests.factories import PASSWORD, UserFactory
from lincassable.messaging import broker
from lincassable.messaging.models import Message, TaskRun
from lincassable.messaging.tests.smtp import Mailserver
from lincassable.portal.tests.factories import use
from lincassable.reporting.tasks import weekly_report
from lincassable.reporting.tests.factories import count, say
from pickups.enums import RequestSource, TourState
from pickups.models import PickupRequest, Tour
from pickups.services import request_pickup
from pickups.tests.factories import CarrierFactory, VehicleFactory
from stores.enums import Kind
from stores.models import Store
from stores.tests.factories import ContactFactory, StoreFactory
from tests.worker import BASE, broker_at, environment, redis_server, running_worker, wait_for

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]
REPORTS = ("weekly_store", "weekly_network")
DESK = {"viewport": {"width": 1280, "height": 900}, "has_touch": False}


@pytest.fixture(params=["embedded", pytest.param("debian", marks=pytest.mark.redis_server)])
def house(request, tmp_path, monkeypatch, settings, live_server):
    """Everything that `./run` starts: site, broker, worker; and a mail server that keeps what it gets."""
    monkeypatch.setattr(broker, "_silent_until", 0.0)
    settings.SITE_URL = live_server.url
    with ExitStack() as stack:
        url = ""
        if request.param == "debian":
            url = stack.enter_context(redis_server(tmp_path))
            stack.enter_context(broker_at(url))
        mails = stack.enter_context(Mailserver())
        stack.enter_context(running_worker(tmp_path, broker=url, email_url=mails.url))
        variables = environment(tmp_path, broker=url, EMAIL_URL=mails.url)
        yield SimpleNamespace(mails=mails, url=live_server.url, variables=variables)


@pytest.fixture
def network():
    """A hub, a carrier with a van, three shops with their people; two of them have already asked for a pickup."""
    now = timezone.now()
    hub = StoreFactory(name="Plateforme des Joliettes", kind=Kind.HUB)
    carrier = CarrierFactory(name="Vélo du Port", email="quai@velo.example", language="fr")
    van = VehicleFactory(carrier=carrier)
    shops = [StoreFactory(name=name, usual_hub=hub) for name in ("La Cagette", "Chez Lucette", "Le Bocal")]
    for shop in shops:
        use(shop, "75")
        count(shop, now, total=30)
        ContactFactory(store=shop, email=f"{shop.pk}@boutique.example")
    for shop in shops[1:]:
        say(shop, timezone.now(), full=10)
        request_pickup(shop, by=links_actor(shop), source=RequestSource.STORE)
    people = UserFactory(role="coordinator", email="coordination@lincassable.example")
    return SimpleNamespace(hub=hub, carrier=carrier, van=van, shops=shops, coordinator=people)


def links_actor(shop: Store):
    """The shop's own card, as an author."""
    from lincassable.accounts.actors import Actor

    return Actor.of_link(links.link_for(AccessLink.STORE, shop.pk))


def mails_to(house: SimpleNamespace, address: str) -> list[EmailMessage]:
    """What really arrived for an address."""
    return [mail for mail in house.mails.mails if address in str(mail["To"])]


def mails_of(house: SimpleNamespace, *templates: str) -> list[EmailMessage]:
    """The mails of these templates that really arrived."""
    written = set(Message.objects.filter(kind__in=templates).values_list("subject", "to_email"))
    return [mail for mail in house.mails.mails if (str(mail["Subject"]), mail["To"].addresses[0].addr_spec) in written]


def text_of(mail: EmailMessage) -> str:
    """The plain text of a mail."""
    return mail.get_body(("plain",)).get_content()


def full_and_total(store: Store) -> tuple[int, int]:
    """Full 75 cl crates of a place, and all of them."""
    [line] = [line for line in stock_of(store) if line.container_type.code == "75"]
    return line.full, line.total


@pytest.fixture
def open_device(browser: Browser, browser_context_args: dict):
    """Another person's device: `open_device()` is a page on a phone, `open_device(**DESK)` on a computer. All are put away at the end."""
    opened = []

    def page(**others) -> Page:
        opened.append(browser.new_context(**{**browser_context_args, **others}))
        return opened[-1].new_page()

    yield page
    for context in opened:
        context.close()


def declare(phone: Page, card: str) -> None:
    """The till worker: scan, 14 full crates, come and collect, send, read the receipt."""
    phone.goto(card)
    phone.locator("main a.btn-primary").first.click()
    phone.fill("[name=full_75]", "14")
    phone.check("[name=wants_pickup]")
    phone.locator("form[data-outbox] [type=submit]").click()
    phone.wait_for_url("**/p/recu/**")
    expect(phone.locator("[data-receipt]")).to_contain_text("14")
    expect(phone.locator("[data-pickup=received]")).to_be_visible()


def look_around(desk: Page, house: SimpleNamespace, network: SimpleNamespace) -> None:
    """The coordinator: sign in; the request is on the home, the declaration in its list, the stock on the store's page."""
    desk.goto(f"{house.url}/admin/")
    desk.fill("[name=login]", network.coordinator.email)
    desk.fill("[name=password]", PASSWORD)
    desk.press("[name=password]", "Enter")
    desk.wait_for_selector("[data-block=requests]")
    expect(desk.locator("[data-block=requests]")).to_contain_text("La Cagette")
    desk.goto(f"{house.url}/admin/crates/declaration/")
    expect(desk.locator("#result_list")).to_contain_text("La Cagette")
    desk.goto(f"{house.url}/admin/stores/store/{network.shops[0].pk}/change/")
    expect(desk.locator("[data-store-now]")).to_contain_text("14")


def plan_and_send(desk: Page, house: SimpleNamespace, network: SimpleNamespace) -> Tour:
    """The coordinator: the three requests into a tour for tomorrow, a carrier, a vehicle; send it."""
    desk.goto(f"{house.url}/admin/pickups/pickuprequest/")
    for box in desk.locator("input[name=_selected_action]").all():
        box.check()
    desk.locator("select[name=action]").select_option("plan_selected")
    desk.locator("button[name=index]").click()
    desk.wait_for_url("**/tour/add/**")
    desk.select_option("[name=hub]", str(network.hub.pk))
    desk.select_option("[name=carrier]", str(network.carrier.pk))
    desk.select_option("[name=vehicle]", str(network.van.pk))
    desk.locator("[name=_continue]").click()
    desk.wait_for_selector("[data-tour-state=draft]")
    desk.locator("[data-tour-move=awaiting]").click()
    desk.locator("[data-confirm-form] button[type=submit]").click()
    desk.wait_for_selector("[data-tour-state=awaiting]")
    return Tour.objects.get()


def accept(office: Page, house: SimpleNamespace) -> str:
    """The carrier: the mail's link, accept; returns the driver's link."""
    [mail] = wait_for(lambda: mails_to(house, "quai@velo.example"), what="no mail to the carrier")
    link = re.search(rf"{re.escape(house.url)}/transporteur/\S+", text_of(mail))
    assert link, text_of(mail)
    office.goto(link[0])
    office.locator("form[data-accept] button").click()
    office.wait_for_selector("[data-tour-state=accepted]")
    return office.locator("a[data-driver-link]").first.get_attribute("href") or ""


def drive(phone: Page, link: str, tour: Tour) -> None:
    """The driver: 14 full crates and 12 empty ones at the first shop, 10 and 10 elsewhere; the end."""
    phone.goto(link)
    for stop in tour.stops.select_related("store").order_by("position"):
        phone.locator(f'[data-stop="{stop.uuid}"] a[data-keep]').click()
        full, empty = (14, 12) if stop.store.name == "La Cagette" else (10, 10)
        phone.fill("[name=full_75]", str(full))
        phone.fill("[name=empty_75]", str(empty))
        phone.locator("form[data-outbox] button.btn-primary").click()
        phone.wait_for_selector(f'[data-stop="{stop.uuid}"][data-stop-state=done]')
    phone.locator("form[data-outbox-kind=tour-end] [type=submit]").click()
    phone.wait_for_selector("[data-tour-state=done]")


def run_weekly_report(house: SimpleNamespace) -> str:
    """`manage.py weekly_report --now`, as a process of its own."""
    command = [sys.executable, "manage.py", "weekly_report", "--now"]
    done = subprocess.run(command, cwd=BASE, env=house.variables, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_first_day_from_the_qr_link_to_the_weekly_mail(house, network, open_device):
    shop = network.shops[0]
    addresses = [f"{store.pk}@boutique.example" for store in network.shops]
    phone = open_device()
    declare(phone, links.url(links.link_for(AccessLink.STORE, shop.pk)))
    assert full_and_total(shop) == (14, 30)
    assert PickupRequest.objects.get(store=shop).declaration == Declaration.objects.get(store=shop)

    desk = open_device(**DESK)
    look_around(desk, house, network)
    tour = plan_and_send(desk, house, network)
    assert set(tour.stops.values_list("store__name", flat=True)) == {store.name for store in network.shops}
    assert not mails_of(house, "tour_confirmed_store"), "no store is told a date before the carrier has accepted"

    driver_link = accept(open_device(), house)
    confirmed = wait_for(lambda: len(found := mails_of(house, "tour_confirmed_store")) == 3 and found, what="no confirmation to the stores")
    assert sorted(mail["To"].addresses[0].addr_spec for mail in confirmed) == sorted(addresses)
    phone.goto(f"{house.url}/p/")
    expect(phone.locator("[data-pickup=announced]")).to_be_visible()

    drive(open_device(), driver_link, tour)
    assert Tour.objects.get().state == TourState.DONE
    assert full_and_total(shop) == (0, 28)
    assert [full_and_total(store) for store in network.shops[1:]] == [(0, 30), (0, 30)]
    assert full_and_total(network.hub) == (34, 2)
    assert not PickupRequest.objects.open().exists()
    phone.goto(f"{house.url}/p/")
    expect(phone.locator("[data-pickup=collected]")).to_contain_text("14")

    weekly_mails(house, network, addresses)


def weekly_mails(house: SimpleNamespace, network: SimpleNamespace, addresses: list[str]) -> None:
    """One mail each, with the numbers of the day; a second run, by hand or by the scheduler, sends nothing more."""
    everyone = [*addresses, network.coordinator.email]
    run_weekly_report(house)
    weekly = wait_for(lambda: len(found := mails_of(house, *REPORTS)) == 4 and found, what="the weekly mails did not arrive")
    assert sorted(str(mail["To"].addresses[0].addr_spec) for mail in weekly) == sorted(everyone)
    to_shop = next(mail for mail in weekly if addresses[0] in str(mail["To"]))
    for number in ("14", "12", "28"):
        assert number in text_of(to_shop)
    assert f"{house.url}/p/" in text_of(to_shop)
    assert to_shop.get_body(("html",)) is not None
    to_coordinator = next(mail for mail in weekly if network.coordinator.email in str(mail["To"]))
    assert "34" in text_of(to_coordinator)
    before = len(house.mails.mails)
    run_weekly_report(house)
    assert broker.ask(weekly_report)
    wait_for(TaskRun.objects.filter(name="reporting.weekly_report", succeeded=True).exists, what="the worker did not run the task")
    wait_for(lambda: not Message.objects.filter(state=Message.WAITING).exists())
    assert len(house.mails.mails) == before
    assert not Message.objects.filter(state=Message.FAILED).exists()
