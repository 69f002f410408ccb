"""Takes the pictures of the documentation from a running demo: `.venv/bin/python docs/pictures/take.py ADMIN_URL EMAIL PASSWORD QR_URL
CARRIER_EMAIL CARRIER_PASSWORD`.

The words are those that `./run` prints. Needs Debian's chromium and poppler-utils (pdftoppm), and requirements-dev.txt.
"""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urljoin

from playwright.sync_api import Page, sync_playwright

HERE = Path(__file__).resolve().parent
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 800}


def picture(page: Page, name: str, *, whole: bool = False) -> None:
    """Save what `page` shows as `name`.png, the whole of it or only what fits the window."""
    page.wait_for_load_state("networkidle")
    page.screenshot(path=HERE / f"{name}.png", full_page=whole)


def phone_pages(page: Page, card: str) -> None:
    """Take the store's pages."""
    page.goto(card)
    picture(page, "store-home", whole=True)
    page.goto(urljoin(card, "/p/declarer/"))
    picture(page, "store-declare", whole=True)
    page.goto(urljoin(card, "/p/inventaire/"))
    picture(page, "store-count")
    page.goto(urljoin(card, "/p/problemes/signaler/"))
    picture(page, "store-problem")


def public_pages(page: Page, site: str) -> None:
    """Take what anybody sees: the map on a wide screen, the question about a bottle on it too."""
    page.goto(urljoin(site, "/carte/?q=Marseille"))
    page.wait_for_selector("[data-map][data-drawn]")
    picture(page, "public-map")
    page.goto(urljoin(site, "/bouteille/?modele=beer-33"))
    picture(page, "public-bottle")


def sign_in(page: Page, address: str, email: str, password: str) -> None:
    """Open an address that asks who is there."""
    page.goto(address)
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", password)
    page.press("input[name=password]", "Enter")
    page.wait_for_load_state("networkidle")
    page.goto(address)


def office_pages(page: Page, admin: str, email: str, password: str) -> None:
    """Take the pages of a carrier's office."""
    sign_in(page, urljoin(admin, "/transporteur/"), email, password)
    picture(page, "carrier-office")


def slip(page: Page, address: str) -> None:
    """Take the first sheet of a slip."""
    paper = page.context.request.get(address).body()
    command = ["pdftoppm", "-png", "-r", "90", "-f", "1", "-l", "1", "-singlefile", "-", str(HERE / "slip")]
    subprocess.run(command, input=paper, check=True)


def desk_pages(page: Page, admin: str, email: str, password: str) -> str | None:
    """Take the coordinator's pages; return the driver's link of an accepted tour."""
    sign_in(page, admin, email, password)
    picture(page, "admin-home")
    for name, path in (("admin-stock", "stock/"), ("admin-stores", "stores/store/"), ("admin-requests", "pickups/pickuprequest/")):
        page.goto(urljoin(admin, path))
        picture(page, name)
    page.goto(urljoin(admin, "crates/discrepancydecision/inbox/"))
    picture(page, "admin-discrepancies")
    page.goto(urljoin(admin, "pickups/tour/?state__exact=accepted"))
    page.locator("#result_list a[href*='/change/']").first.click()
    picture(page, "admin-tour")
    tour = page.url.split("change/")[0]
    link = page.locator("[data-driver-link]").first
    driver = (link.get_attribute("href") or link.text_content()) if link.count() else None
    slip(page, urljoin(page.url, page.locator("a[href$='slip.pdf']").first.get_attribute("href") or ""))
    page.goto(urljoin(tour, "compose/"))
    picture(page, "admin-compose")
    page.goto(urljoin(admin, "previsions/"))
    picture(page, "admin-forecast")
    mailing_pages(page, admin)
    figures_pages(page, admin)
    problem_pages(page, admin)
    return driver


def mailing_pages(page: Page, admin: str) -> None:
    """Take the audience of a draft, and the mailing that was sent."""
    for name, state, step in (("admin-mailing-audience", "draft", "audience"), ("admin-mailing-follow", "done", "follow")):
        page.goto(urljoin(admin, f"mailings/mailing/?state__exact={state}"))
        page.locator("#result_list a[href*='/change/']").first.click()
        page.goto(urljoin(page.url, f"../{step}/"))
        picture(page, name)


def problem_pages(page: Page, admin: str) -> None:
    """Take a non-conformity in progress, and the page of the producer of whom most are open."""
    page.goto(urljoin(admin, "nonconformities/nonconformity/?state__exact=started"))
    page.locator("#result_list a[href*='/change/']").first.click()
    picture(page, "admin-nonconformity")
    page.goto(urljoin(admin, "nonconformities/producerpage/?o=-2"))
    page.locator("#result_list a[href*='/change/']").first.click()
    page.goto(page.locator("[data-open]").get_attribute("href") or "")
    picture(page, "producer-page")


def figures_pages(page: Page, admin: str) -> None:
    """Take the figures of the network, the sheet for a funder, and what everybody sees."""
    page.goto(urljoin(admin, "chiffres/"))
    picture(page, "admin-figures")
    paper = page.context.request.get(urljoin(admin, "chiffres/bilan.pdf")).body()
    subprocess.run(["pdftoppm", "-png", "-r", "70", "-singlefile", "-", str(HERE / "figures-sheet")], input=paper, check=True)
    page.goto(urljoin(admin, "/chiffres/"))
    picture(page, "public-figures")


def driver_pages(page: Page, link: str) -> None:
    """Take the driver's list of stops and one stop."""
    page.goto(link)
    picture(page, "driver-tour", whole=True)
    page.locator("a[href*='/chauffeur/arret/']").first.click()
    picture(page, "driver-stop", whole=True)
    page.locator("a[data-problem]").click()
    picture(page, "driver-problem")


def main(admin: str, email: str, password: str, card: str, office_email: str, office_password: str) -> None:
    """Take all pictures."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox"])
        phone = browser.new_context(locale="fr-FR", timezone_id="Europe/Paris", viewport=PHONE).new_page()
        desk = browser.new_context(locale="fr-FR", timezone_id="Europe/Paris", viewport=DESK).new_page()
        phone_pages(phone, card)
        public_pages(desk, admin)
        driver = desk_pages(desk, admin, email, password)
        office = browser.new_context(locale="fr-FR", timezone_id="Europe/Paris", viewport=DESK).new_page()
        office_pages(office, admin, office_email, office_password)
        if driver:
            driver_pages(phone, urljoin(admin, driver.strip()))
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:7])
