"""Takes the pictures of trainings, events, materials, visits and what they changed from a running demo:
`.venv/bin/python docs/pictures/take_awareness.py ADMIN_URL EMAIL PASSWORD QR_URL`. The words are those that `./run` prints; needs
what `take.py` needs."""

import os
import re
import sys
from urllib.parse import urljoin

from playwright.sync_api import Page, sync_playwright
from take import DESK, PHONE, picture, sign_in


def desk_pages(page: Page, admin: str, email: str, password: str) -> str:
    """Take the coordinator's pages; return the address of the quiz of the last training that was held."""
    sign_in(page, admin, email, password)
    for name, path in (
        ("admin-trainings", "awareness/training/board/"),
        ("admin-materials", "awareness/material/"),
        ("admin-placements", "awareness/placement/?which=check"),
        ("admin-visits", "awareness/visit/worth/"),
        ("admin-effects", "effets/"),
    ):
        page.goto(urljoin(admin, path))
        picture(page, name)
    page.goto(urljoin(admin, "awareness/event/calendar/"))
    page.locator("a[rel=next]").click()
    picture(page, "admin-events")
    page.goto(urljoin(admin, "awareness/event/?state__exact=published&when=coming"))
    page.locator("#result_list a[href*='/change/']").first.click()
    picture(page, "admin-event")
    page.goto(urljoin(admin, "awareness/training/?state__exact=done"))
    page.locator("#result_list a[href*='/change/']").first.click()
    return page.locator("[data-quiz]").first.get_attribute("href") or ""


def phone_pages(page: Page, card: str, quiz: str) -> None:
    """Take what a store's team and a visitor see."""
    page.goto(card)
    for name, path in (("store-training", "/p/formation/"), ("store-materials", "/p/affiches/"), ("public-events", "/evenements/")):
        page.goto(urljoin(card, path))
        picture(page, name)
    for link in [link.get_attribute("href") or "" for link in page.locator("a.event-name").all()]:
        page.goto(urljoin(card, link))
        if page.locator("[data-free]:not([data-free='0'])").count():
            break
    picture(page, "public-event", whole=True)
    page.goto(urljoin(card, re.sub(r"^https?://[^/]+", "", quiz)))
    picture(page, "quiz")


def checklist(page: Page, admin: str, email: str, password: str) -> None:
    """Take a coordinator's phone: the visits to come, and the checklist of one."""
    sign_in(page, admin, email, password)
    page.goto(urljoin(admin, "/visites/"))
    picture(page, "visits-phone")
    page.locator("a[href*='/visites/fiche/']").first.click()
    picture(page, "visit-checklist")


def main(admin: str, email: str, password: str, card: str) -> None:
    """Take all pictures."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox"])
        phone = browser.new_context(locale="fr-FR", timezone_id="Europe/Paris", viewport=PHONE).new_page()
        desk = browser.new_context(locale="fr-FR", timezone_id="Europe/Paris", viewport=DESK).new_page()
        phone_pages(phone, card, desk_pages(desk, admin, email, password))
        checklist(browser.new_context(locale="fr-FR", timezone_id="Europe/Paris", viewport=PHONE).new_page(), admin, email, password)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:5])
