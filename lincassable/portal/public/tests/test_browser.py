"""The map and its list in a real browser: with the script, by keyboard, in another site's frame, and without any script at all."""

from __future__ import annotations

import http.server
import threading

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from awareness.enums import EventState
from awareness.tests.factories import EventFactory
from lincassable.portal.public.places import places
from lincassable.portal.tests.factories import use
from references.enums import Drink
from references.models import Producer, Reference, ShelfItem
from stores.tests.factories import StoreFactory

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]
LA_CIOTAT = {"latitude": 43.175, "longitude": 5.605}


@pytest.fixture
def network():
    """Two shops close to each other, one elsewhere that sells beer and has an event."""
    StoreFactory(name="Épicerie du Golfe", city="La Ciotat", latitude="43.174000", longitude="5.605000")
    StoreFactory(name="Le Marché du Port", city="La Ciotat", latitude="43.174500", longitude="5.606000")
    far = StoreFactory(name="Au Forum", city="Arles", latitude="43.676600", longitude="4.627800", deposit_practice="cash")
    use(far, "33", "75")
    producer = Producer.objects.create(name="La Mousse Rousse")
    product = Reference.objects.create(producer=producer, name="Blonde", drink=Drink.BEER, volume_cl=33)
    ShelfItem.objects.create(store=far, reference=product)
    EventFactory(store=far, title="Fête du verre", state=EventState.PUBLISHED)


def violations(page) -> list[str]:
    """Return what axe finds wrong."""
    return [f"{rule['id']}: {rule['nodes'][0]['html']}" for rule in Axe().run(page).response["violations"]]


def show_map(page) -> None:
    """Ask for the map where the screen is narrow."""
    button = page.locator("[data-show-map]")
    if button.count() and button.is_visible():
        button.click()


def open_map(page, address: str, drawn: int) -> None:
    """Open the map, on a phone with its button, and wait until its points are there."""
    page.goto(address)
    show_map(page)
    expect(page.locator("[data-map]")).to_have_attribute("data-drawn", str(drawn))


@pytest.mark.parametrize("size", [(360, 740), (1280, 800)])
def test_map_and_list_say_the_same_and_the_address_can_be_shared(page, live_server, network, size):
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    open_map(page, f"{live_server.url}/carte/", 3)
    expect(page.locator("[data-place]")).to_have_count(3)
    expect(page.locator(".map-cluster")).to_have_count(1)  # the two of La Ciotat
    expect(page.locator(".map-pin.has-event")).to_have_count(1)
    page.fill("#map-q", "arles")
    page.press("#map-q", "Enter")
    expect(page.locator("[data-place]")).to_have_count(1)
    expect(page.locator("[data-map]")).to_have_attribute("data-drawn", "1")
    assert page.url.endswith("/carte/?q=arles")
    page.locator(".map-pin").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".map-popup-name")).to_have_text("Au Forum")
    expect(page.locator("[data-place].is-lit")).to_have_count(1)
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    # Whoever opens the shared address sees the same place with its popup.
    short = page.locator("[data-place].is-lit").get_attribute("data-place")
    assert f"lieu={short}" in page.url
    shared = page.url
    page.goto("about:blank")
    page.goto(shared)
    expect(page.locator(".map-popup-name")).to_have_text("Au Forum")
    expect(page.locator("[data-place].is-lit")).to_have_count(1)
    assert errors == []


def test_a_click_on_the_map_lights_the_line_and_a_line_lights_its_point(page, live_server, network):
    page.set_viewport_size({"width": 1280, "height": 800})
    open_map(page, f"{live_server.url}/carte/?q=ciotat", 2)
    page.locator("[data-place]", has_text="Marché").locator("a").focus()
    expect(page.locator(".map-pin.is-lit, .map-cluster.is-lit")).to_have_count(1)
    if page.locator(".map-cluster").count():
        page.locator(".map-cluster").click()  # zooms in
    expect(page.locator(".map-pin")).to_have_count(2)
    page.locator(".map-pin", has_text="Golfe").click()
    expect(page.locator("[data-place].is-lit")).to_contain_text("Épicerie du Golfe")
    page.get_by_role("link", name="Voir les horaires et l’adresse").or_(page.locator(".leaflet-popup-content a")).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Épicerie du Golfe")


def test_filters_follow_each_choice_and_stay_in_the_address(page, live_server, network):
    open_map(page, f"{live_server.url}/carte/", 3)
    page.locator(".map-filters summary").click()
    page.select_option("#map-drink", "beer")
    expect(page.locator("[data-place]")).to_have_count(1)
    expect(page.locator("[data-map]")).to_have_attribute("data-drawn", "1")
    page.select_option("#map-bottle", "beer-33")
    page.check("#map-33")
    page.select_option("#map-deposit", "cash")
    expect(page.locator("[data-place]")).to_have_count(1)
    for part in ("boisson=beer", "bouteille=beer-33", "33=1", "consigne=cash"):
        page.wait_for_url(lambda address, part=part: part in address)
    address = page.url
    page.goto("about:blank")
    open_map(page, address, 1)
    assert page.locator("#map-drink").input_value() == "beer"
    page.select_option("#map-drink", "milk")
    expect(page.locator("[data-place]")).to_have_count(0)
    expect(page.locator("[data-status]")).to_contain_text("0")


def test_near_me_puts_the_nearest_first_and_a_refusal_says_what_to_do(browser, live_server, network):
    for granted in (True, False):
        permissions = ["geolocation"] if granted else []
        context = browser.new_context(
            locale="fr-FR", geolocation=LA_CIOTAT, permissions=permissions, viewport={"width": 390, "height": 844}
        )
        page = context.new_page()
        open_map(page, f"{live_server.url}/carte/", 3)
        page.locator("[data-near]").click()
        if granted:
            expect(page.locator("[data-place]").first).to_contain_text("La Ciotat")
            expect(page.locator(".place-what").first).to_contain_text("m")
            page.wait_for_url(lambda address: "lat=43.17500&lon=5.60500" in address)
            expect(page.locator(".map-here")).to_have_count(1)
        else:
            expect(page.locator("[data-near-problem]")).not_to_be_empty()
            expect(page.locator("[data-place]")).to_have_count(3)
        context.close()


def test_by_keyboard_alone_one_searches_opens_the_map_and_reaches_a_place(page, live_server, network):
    page.goto(f"{live_server.url}/carte/")
    reached: list[str] = []
    for _step in range(60):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.className || document.activeElement.tagName"))
        if reached[-1] == "map-q":
            page.keyboard.type("arles")
            page.keyboard.press("Enter")
            expect(page.locator("[data-place]")).to_have_count(1)
        if "map-show" in reached[-1]:
            page.keyboard.press("Enter")
            expect(page.locator("[data-map]")).to_have_attribute("data-drawn", "1")
            expect(page.locator("[data-map]")).to_be_focused()
        if "place-name" in reached[-1]:
            break
    assert "map-q" in reached
    assert any("leaflet-control-zoom-in" in name for name in reached)
    assert "place-name" in reached[-1]
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Au Forum")


def test_without_tiles_the_points_stand_on_our_own_ground(page, live_server, network, settings):
    asked: list[str] = []
    page.route("**/tiles.example/**", lambda route: (asked.append(route.request.url), route.abort())[1])
    settings.TILE_URL = "https://tiles.example/{z}/{x}/{y}.png"
    policy = settings.CONTENT_SECURITY_POLICY
    images = [*policy["DIRECTIVES"]["img-src"], "https://tiles.example"]
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {**policy["DIRECTIVES"], "img-src": images}}
    open_map(page, f"{live_server.url}/carte/", 3)
    expect(page.locator("path.map-ground").first).to_be_attached()
    assert asked
    page.route("**/basemap*", lambda route: route.abort())
    page.reload()
    show_map(page)
    expect(page.locator("[data-map]")).to_have_attribute("data-drawn", "3")  # on a plain ground then
    expect(page.locator(".map-pin, .map-cluster")).to_have_count(2)


def test_another_site_shows_the_map_in_a_frame(page, live_server, network):
    """The frame's page comes from another port: another origin."""
    frame = f'<iframe src="{live_server.url}/carte/?embed=1" width="380" height="700" title="Carte"></iframe>'
    document = f"<!doctype html><title>Ville</title>{frame}"

    class Town(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(document.encode())

        def log_message(self, *args: object) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Town)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        page.goto(f"http://127.0.0.1:{server.server_port}/")
        frame = page.frame_locator("iframe")
        frame.locator("[data-show-map]").click()
        expect(frame.locator("[data-map]")).to_have_attribute("data-drawn", "3")
        expect(frame.locator(".site-header")).to_be_hidden()
        frame.locator("#map-q").fill("arles")
        frame.locator("#map-q").press("Enter")
        expect(frame.locator("[data-place]")).to_have_count(1)
        frame.locator("[data-place] .place-name").click()
        expect(frame.get_by_role("heading", level=1)).to_have_text("Au Forum")
        frame.get_by_role("link", name="Tous les points de collecte").click()
        frame.locator("[data-show-map]").click()
        expect(frame.locator("[data-map]")).to_have_attribute("data-drawn", "3")
        assert not page.context.cookies()
    finally:
        server.shutdown()


def test_without_scripts_the_list_searches_filters_and_leads_to_the_place(browser, live_server, network):
    context = browser.new_context(java_script_enabled=False, locale="fr-FR", viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(f"{live_server.url}/carte/")
    expect(page.locator("[data-map]")).to_be_hidden()
    expect(page.locator("[data-show-map]")).to_be_hidden()
    expect(page.locator("[data-near]")).to_be_hidden()
    page.locator(".map-filters summary").click()
    page.select_option("#map-drink", "beer")
    page.locator("[data-map-search] button[type=submit]").click()
    expect(page.locator("[data-place]")).to_have_count(1)
    page.goto(f"{live_server.url}/carte/")
    page.fill("#map-q", "ciotat")
    page.locator("[data-map-search] button[type=submit]").click()
    expect(page.locator("[data-place]")).to_have_count(2)
    page.get_by_role("link", name="Épicerie du Golfe").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Épicerie du Golfe")
    context.close()


@pytest.mark.parametrize(("scheme", "width"), [("light", 360), ("dark", 360), ("light", 1280), ("dark", 1280)])
def test_axe_finds_nothing_on_the_public_pages(browser, live_server, network, scheme, width):
    context = browser.new_context(locale="fr-FR", color_scheme=scheme, viewport={"width": width, "height": 800}, reduced_motion="reduce")
    page = context.new_page()
    place = next(place for place in places() if place.name == "Au Forum")
    addresses = ["/carte/", "/carte/?boisson=beer&q=Cuges", "/carte/?embed=1", "/carte/?q=xyzzy", place.path, "/bouteille/"]
    addresses += ["/bouteille/?modele=beer-33", "/bouteille/?modele=autre", "/"]
    for address in addresses:
        page.goto(live_server.url + address)
        if "carte/?" in address or address == "/carte/":
            assert violations(page) == []
            show_map(page)
            page.wait_for_selector("[data-map][data-drawn]")
        assert (address, violations(page)) == (address, [])
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), address
    context.close()
