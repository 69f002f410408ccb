"""Takes the pictures of the documentation from a running demo: `.venv/bin/python docs/pictures/take.py ADMIN_URL EMAIL PASSWORD QR_URL`.

The four words are those that `./run` prints. Needs Debian's chromium and requirements-dev.txt.
"""

import os
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


def desk_pages(page: Page, admin: str, email: str, password: str) -> str | None:
    """Take the coordinator's pages; return the driver's link of an accepted tour."""
    page.goto(admin)
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", password)
    page.press("input[name=password]", "Enter")
    page.wait_for_url("**/admin/")
    page.goto(admin)
    picture(page, "admin-home")
    for name, path in (("admin-stock", "stock/"), ("admin-stores", "stores/store/"), ("admin-requests", "pickups/pickuprequest/")):
        page.goto(urljoin(admin, path))
        picture(page, name)
    page.goto(urljoin(admin, "crates/discrepancydecision/inbox/"))
    picture(page, "admin-discrepancies")
    page.goto(urljoin(admin, "pickups/tour/?state__exact=accepted"))
    page.locator("#result_list a[href*='/change/']").first.click()
    picture(page, "admin-tour")
    link = page.locator("[data-driver-link]").first
    return (link.get_attribute("href") or link.text_content()) if link.count() else None


def driver_pages(page: Page, link: str) -> None:
    """Take the driver's list of stops and one stop."""
    page.goto(link)
    picture(page, "driver-tour", whole=True)
    page.locator("a[href*='/chauffeur/arret/']").first.click()
    picture(page, "driver-stop", whole=True)


def main(admin: str, email: str, password: str, card: str) -> None:
    """Take all pictures."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox"])
        phone = browser.new_context(locale="fr-FR", timezone_id="Europe/Paris", viewport=PHONE).new_page()
        desk = browser.new_context(locale="fr-FR", timezone_id="Europe/Paris", viewport=DESK).new_page()
        phone_pages(phone, card)
        driver = desk_pages(desk, admin, email, password)
        if driver:
            driver_pages(phone, urljoin(admin, driver.strip()))
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:5])
