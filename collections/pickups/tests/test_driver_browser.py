"""A whole tour on a small phone, with the network cut in the middle; two phones at once; forms given back. In a real browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from crates.models import Movement
from crates.queries import stock_of
from crates.services.catalogue import use_container
from lincassable.accounts import links
from lincassable.accounts.models import AccessLink
from pickups.enums import StopState, TourState
from pickups.models import HubCount, Stop, Tour
from pickups.tests.factories import container
from stores.models import Store
from stores.tests.factories import ContactFactory, StoreFactory
from tests.pictures import WIDE, exif_of_a_phone, picture

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]
KEPT = (
    "async (count) => (await Promise.all((await caches.keys()).map(async (k) => (await (await caches.open(k)).keys()))))"
    ".flat().filter((r) => r.url.includes('/chauffeur/arret/') || r.url.includes('/chauffeur/ajouter/')).length >= count"
)


@pytest.fixture
def browser_context_args(browser_context_args: dict) -> dict:
    """A small phone."""
    return {**browser_context_args, "viewport": {"width": 360, "height": 740}}


@pytest.fixture
def made(scene, settings, live_server):
    """An accepted tour of three stores whose links lead to the test server, and a store nearby that is not on it."""
    settings.SITE_URL = live_server.url
    made = scene(TourState.ACCEPTED, stores=3)
    Store.objects.filter(pk=made.stores[0].pk).update(access_notes="Portail vert, code 12", opening_hours="Mo-Su 08:00-20:00")
    ContactFactory(store=made.stores[0], phone="+33612345678", name="Alex")
    use_container(made.stores[0], container("palox"), by=made.coordinator)
    return made


@pytest.fixture
def phone(page):
    """A phone on which nothing may go wrong in silence."""
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if "Content Security Policy" in message.text else None)
    yield page
    assert not errors


@pytest.fixture
def photo(tmp_path) -> Path:
    """A photo of 12 megapixels that says where it was taken."""
    path = tmp_path / "IMG_0001.jpg"
    path.write_bytes(picture(WIDE, colour="green", exif=exif_of_a_phone()))
    return path


def link_of(tour: Tour) -> str:
    """Return the address that opens the tour on a phone."""
    return links.url(links.link_for(AccessLink.TOUR, tour.pk))


def broken_rules(page) -> list[str]:
    """Return what axe finds wrong on the page."""
    return [f"{rule['id']}: {rule['nodes'][0]['html']}" for rule in Axe().run(page).response["violations"]]


def too_small(page) -> list[str]:
    """Return what a thumb would miss: visible controls under 48 pixels high, links within sentences left out."""
    script = """() => [...document.querySelectorAll('main button, main .btn, main select, main summary, main input:not([type=hidden])')]
        .filter((e) => e.offsetParent && !e.classList.contains('btn-check') && e.getBoundingClientRect().height < 47.5)
        .map((e) => e.outerHTML.slice(0, 90))"""
    return page.evaluate(script)


def open_stop(phone, stop: Stop) -> None:
    """Open a stop from the list."""
    phone.locator(f'[data-stop="{stop.uuid}"] a[data-keep]').click()
    phone.wait_for_selector("form.stop-form")


def sign(phone) -> None:
    """Draw a signature with the finger."""
    canvas = phone.locator("canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    phone.mouse.move(box["x"] + 30, box["y"] + 80)
    phone.mouse.down()
    for step in range(20):
        phone.mouse.move(box["x"] + 30 + step * 10, box["y"] + 80 + (step % 5) * 12)
    phone.mouse.up()
    expect(phone.locator("canvas")).to_be_visible()


def take_photo(phone, path: Path) -> None:
    """Choose a photo, and wait until the phone has made it smaller."""
    before = phone.locator("[data-photo-list] li").count()
    phone.set_input_files("input[name=photos]", path)
    expect(phone.locator("[data-photo-list] li")).to_have_count(before + 1)


def send(phone) -> None:
    """Send the form of the stop."""
    phone.locator("form.stop-form .actions button").click()


def record_with_network(phone, stop: Stop, photo: Path) -> None:
    """Record a stop with everything it may tell."""
    open_stop(phone, stop)
    phone.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert (broken_rules(phone), too_small(phone)) == ([], [])
    phone.locator("input[name=full_75]").fill("13")
    phone.locator("input[name=taken_empty_33]").fill("2")
    phone.locator("textarea[name=paloxes_taken]").fill("INC-7")
    phone.locator("select[name=pallet_0_type]").select_option("vmf")
    phone.locator("input[name=pallet_0_number]").fill("1")
    take_photo(phone, photo)
    phone.locator("input[name=signer_name]").fill("Mme Durand")
    sign(phone)
    send(phone)
    phone.wait_for_selector(f'[data-stop="{stop.uuid}"][data-stop-state="done"]')


def queued(phone, number: int) -> None:
    """Wait until so many forms are kept on the phone, and go back to the list."""
    phone.wait_for_selector(f'[data-outbox-status][data-outbox-waiting="{number}"]', state="attached")
    phone.locator(".page-back").click()
    phone.wait_for_selector("[data-tour-page]")


def record_in_the_dead_spot(phone, second: Stop, third: Stop, near: Store, photo: Path) -> None:
    """Record a stop partly done with two photos and a signature, a missed one, and one that nobody had planned."""
    open_stop(phone, second)
    phone.locator("label[for=id_outcome_1]").click()
    phone.locator("input[name=full_75]").fill("7")
    phone.locator("input[name=stayed_75]").fill("3")
    phone.locator("[name=reason]").fill("plus de place")
    take_photo(phone, photo)
    take_photo(phone, photo)
    sign(phone)
    send(phone)
    queued(phone, 1)
    expect(phone.locator(f'[data-stop="{second.uuid}"] [data-queued]')).to_be_visible()
    open_stop(phone, third)
    phone.locator("label[for=id_outcome_2]").click()
    phone.locator("[name=reason]").fill("rideau baissé")
    send(phone)
    queued(phone, 2)
    phone.locator("a[href='/chauffeur/ajouter/']").click()
    phone.locator("#store-filter").fill("epicerie vois")
    expect(phone.locator("select[name=store]")).to_have_value(str(near.uuid))
    phone.locator("input[name=full_75]").fill("4")
    send(phone)
    queued(phone, 3)


def assert_everything_arrived_once(made, near: Store) -> None:
    """Look at what the server has of the tour."""
    first, second, _third, _added = made.stops
    assert Movement.objects.count() == 3
    assert {line.container_type.code: line.raw_full for line in stock_of(made.tour.hub)}["75"] == 24
    assert sorted(first.proofs.values_list("kind", flat=True)) == ["photo", "signature"]
    assert sorted(second.proofs.values_list("kind", flat=True)) == ["photo", "photo", "signature"]
    assert max(proof.image.width for proof in first.proofs.all()) <= 1600
    assert (first.pallets.get().actual, first.paloxes.get().number, first.signer_name) == (1, "INC-7", "Mme Durand")
    line = second.lines.get(container_type__code="75")
    assert (line.loaded_full, line.remaining_full) == (7, 3)
    assert made.tour.stops.get(store=near).is_unplanned


def test_a_whole_tour_with_the_network_cut_in_the_middle_arrives_once(phone, context, made, photo):
    near = StoreFactory(name="Épicerie voisine")
    first, second, third = made.stops
    phone.goto(link_of(made.tour))
    phone.wait_for_selector("body[data-sw-ready]")
    phone.wait_for_function(KEPT, arg=4)
    assert (broken_rules(phone), too_small(phone)) == ([], [])
    record_with_network(phone, first, photo)
    context.set_offline(True)
    record_in_the_dead_spot(phone, second, third, near, photo)
    assert broken_rules(phone) == []
    assert Movement.objects.count() == 1
    context.set_offline(False)
    phone.wait_for_selector('[data-outbox-status][data-outbox-waiting="0"]', state="attached")
    phone.wait_for_selector(f'[data-stop="{second.uuid}"][data-stop-state="partial"]')  # the list fetches itself again
    phone.wait_for_selector(f'[data-stop="{third.uuid}"][data-stop-state="missed"]')
    assert broken_rules(phone) == []
    assert_everything_arrived_once(made, near)
    phone.locator("form[data-outbox-kind=tour-end] summary").click()
    phone.locator("input[name=hub_full_75]").fill("23")
    phone.locator("form[data-outbox-kind=tour-end] button[type=submit]").click()
    phone.wait_for_selector('[data-tour-state="done"]')
    assert HubCount.objects.get(container_type__code="75").full == 23
    assert broken_rules(phone) == []


def test_two_phones_on_a_tour_see_each_other_and_double_nothing(phone, browser, browser_context_args, made):
    stop = made.stops[0]
    other_context = browser.new_context(**browser_context_args)
    other = other_context.new_page()
    for each in (phone, other):
        each.goto(link_of(made.tour))
        each.wait_for_selector("body[data-sw-ready]")
        open_stop(each, stop)
    other_context.set_offline(True)
    other.locator("input[name=full_75]").fill("9")
    send(other)
    other.wait_for_selector('[data-outbox-status][data-outbox-waiting="1"]', state="attached")
    phone.locator("input[name=full_75]").fill("12")
    send(phone)
    phone.wait_for_selector(f'[data-stop="{stop.uuid}"][data-stop-state="done"]')
    other_context.set_offline(False)
    other.wait_for_url(re.compile("deja=1"))
    expect(other.locator("[data-stop-state=done]")).to_contain_text("12")
    assert broken_rules(other) == []
    other.locator("[data-next-stop]").click()
    other.wait_for_selector("form.stop-form")
    other_context.close()
    assert Movement.objects.count() == 1


def test_what_the_server_gives_back_keeps_photos_and_the_signature_even_after_the_page_was_closed(phone, context, made, photo):
    stop = made.stops[0]
    phone.goto(link_of(made.tour))
    phone.wait_for_selector("body[data-sw-ready]")
    phone.wait_for_function(KEPT, arg=3)
    open_stop(phone, stop)
    context.set_offline(True)
    take_photo(phone, photo)
    sign(phone)
    phone.locator("input[name=full_75]").fill("13")
    phone.locator("label[for=id_outcome_1]").click()  # partly done, and no word why
    send(phone)
    phone.wait_for_selector('[data-outbox-status][data-outbox-waiting="1"]', state="attached")
    phone.goto(phone.url)
    context.set_offline(False)
    phone.wait_for_selector('[data-outbox-status][data-outbox-problems="1"]', state="attached")
    phone.locator("[data-outbox-status] .btn-outline-primary").click()
    expect(phone.locator("[data-photo-list] li")).to_have_count(1)
    phone.locator("[name=reason]").fill("plus de place")
    send(phone)
    phone.wait_for_selector(f'[data-stop="{stop.uuid}"][data-stop-state="partial"]')
    assert sorted(stop.proofs.values_list("kind", flat=True)) == ["photo", "signature"]


def test_a_photo_may_be_removed_and_a_signature_cleared_before_sending(phone, made, photo):
    stop = made.stops[0]
    phone.goto(link_of(made.tour))
    open_stop(phone, stop)
    take_photo(phone, photo)
    take_photo(phone, photo)
    phone.locator("[data-photo-list] button").first.click()
    expect(phone.locator("[data-photo-list] li")).to_have_count(1)
    sign(phone)
    phone.locator("[data-signature-clear]").click()
    send(phone)
    phone.wait_for_selector(f'[data-stop="{stop.uuid}"][data-stop-state="done"]')
    assert [proof.kind for proof in stop.proofs.all()] == ["photo"]


def test_a_driver_is_told_at_the_field_what_is_wrong(phone, made):
    stop = made.stops[0]
    phone.goto(link_of(made.tour))
    open_stop(phone, stop)
    phone.locator("label[for=id_outcome_1]").click()
    phone.locator("[data-step='1']").first.click()
    send(phone)
    expect(phone.locator("[data-form-errors]")).to_be_visible()
    expect(phone.locator("input[name=full_75]")).to_have_value("11")
    assert broken_rules(phone) == []
    phone.locator("[name=reason]").fill("plus de place")
    send(phone)
    phone.wait_for_selector(f'[data-stop="{stop.uuid}"][data-stop-state="partial"]')
    assert Stop.objects.get(pk=stop.pk).reason == "plus de place"


def test_without_javascript_a_stop_is_recorded_all_the_same_with_its_photo(browser, made, browser_context_args, photo):
    context = browser.new_context(**{**browser_context_args, "java_script_enabled": False})
    page, stop = context.new_page(), made.stops[0]
    page.goto(link_of(made.tour))
    page.locator(f'[data-stop="{stop.uuid}"] a[data-keep]').click()
    page.locator("input[name=full_75]").fill("9")
    page.set_input_files("input[name=photos]", photo)
    send(page)
    page.wait_for_selector(f'[data-stop="{stop.uuid}"][data-stop-state="done"]')
    context.close()
    assert Stop.objects.get(pk=stop.pk).state == StopState.DONE
    assert stop.proofs.count() == 1


def test_what_waited_under_a_replaced_link_leaves_once_the_new_one_is_opened(phone, context, made):
    stop = made.stops[0]
    phone.goto(link_of(made.tour))
    phone.wait_for_selector("body[data-sw-ready]")
    phone.wait_for_function(KEPT, arg=3)
    open_stop(phone, stop)
    context.set_offline(True)
    phone.locator("input[name=full_75]").fill("13")
    send(phone)
    phone.wait_for_selector('[data-outbox-status][data-outbox-waiting="1"]', state="attached")
    links.rotate(links.link_for(AccessLink.TOUR, made.tour.pk), by=made.coordinator)
    context.set_offline(False)
    phone.wait_for_selector('[data-outbox-status][data-outbox-problems="1"]', state="attached")  # refused, and kept on the phone
    assert not Movement.objects.exists()
    phone.goto(link_of(made.tour))
    phone.wait_for_selector(f'[data-stop="{stop.uuid}"][data-stop-state="done"]')
    assert Movement.objects.count() == 1
