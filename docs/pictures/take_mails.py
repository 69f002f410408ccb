"""Takes a picture of every kind of mail, as a phone (360 px) and a desk (800 px) show it, and writes the contact sheet docs/mails.md:
`LOCAL=1 .venv/bin/python docs/pictures/take_mails.py [--look FOLDER] [KIND …]`.

Works on the demo network (`manage.py seed_demo`), with made-up examples where it has none. Needs Debian's chromium and
requirements-dev.txt. With `--look`, also keeps in FOLDER each mail in dark colours, without images, and as plain text.
With names of kinds, only those are taken again; what the sheet says about the others stays.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import django
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

HERE = Path(__file__).resolve().parent
BASE = HERE.parent.parent
WIDTHS = {360: 740, 800: 600}
LANGUAGE = "fr"
HEAD = """# Les mails du réseau

Tous les mails que le logiciel envoie, tels qu’on les lit sur un téléphone et sur un ordinateur. Les textes se changent dans
l’administration, sous *Textes des mails* (voir [coordinator.md](coordinator.md)). Images faites par `docs/pictures/take_mails.py`
sur le réseau de démonstration. Les textes des envois groupés s’écrivent dans leurs propres pages, *Envois groupés*.

"""


def mails() -> Iterator[tuple]:
    """Yield each kind with its mail in French: on real data of the demo when there are, else on its sample."""
    from django.utils import translation

    from lincassable.accounts.models import User
    from lincassable.messaging import rendering
    from lincassable.messaging.kinds import all_kinds
    from lincassable.messaging.texts import previews

    user = User.objects.filter(groups__name="coordinator").earliest("pk")
    for kind in all_kinds():
        choices = kind.subject.search(user, "") if kind.subject else []
        found = (previews.about(kind, LANGUAGE, user, choice.key) for choice in choices)
        shown = next((each for each in found if each), None) or previews.about(kind, LANGUAGE, user, None)
        mail = rendering.render_delivered(kind.name, shown.to, shown.context)
        html = previews.harmless(mail.html)
        for address, data in shown.pictures.items():
            html = html.replace(address, data)
        with translation.override(LANGUAGE):
            yield kind.name, mail, html, (str(kind.label), str(kind.to), str(kind.when))
    yield mailing()


def mailing() -> tuple:
    """Return a mailing of the demo as one of its recipients gets it: its texts are written anew for each of them."""
    from lincassable.mailings.audience import Person
    from lincassable.mailings.enums import MAIL
    from lincassable.mailings.models import MailingRecipient
    from lincassable.mailings.personalising import known_of, shown
    from lincassable.messaging.texts import previews

    row = MailingRecipient.objects.filter(contact__language=LANGUAGE, message__isnull=False).select_related("mailing").earliest("pk")
    person = Person(row.store_id, row.contact_id, row.contact.email, LANGUAGE)
    mail = shown(row.mailing, person, known_of(row.mailing, [person]))
    about = ("Envoi groupé", "les contacts des points choisis", "quand la coordination l’a décidé")
    return MAIL, mail, previews.harmless(mail.html), about


def picture(browser: Browser, html: str, width: int, *, dark: bool = False, images: bool = True) -> Image.Image:
    """Return what a window of `width` pixels shows of a mail, the whole of it."""
    page = browser.new_page(viewport={"width": width, "height": WIDTHS[width]}, color_scheme="dark" if dark else "light")
    page.route("**/*", lambda route: route.abort())
    page.set_content(html if images else html.replace('src="data:', 'src="none:'))
    if page.evaluate("document.documentElement.scrollWidth") > width:
        sys.stdout.write(f"  wider than {width} px\n")
    shot = page.screenshot(full_page=True)
    page.close()
    return Image.open(io.BytesIO(shot)).convert("RGB")


def look(browser: Browser, folder: Path, name: str, html: str, text: str) -> None:
    """Keep what is not shown in the documentation: dark colours, no images, plain text."""
    folder.mkdir(parents=True, exist_ok=True)
    picture(browser, html, 360, dark=True).save(folder / f"{name}-dark.png")
    picture(browser, html, 360, images=False).save(folder / f"{name}-bare.png")
    (folder / f"{name}.txt").write_text(text)


def sections(sheet: Path) -> dict[str, str]:
    """Return what the sheet says about each kind, by its name."""
    parts = sheet.read_text().split("\n## ")[1:] if sheet.exists() else []
    return {name[1]: f"## {part.strip()}\n\n" for part in parts if (name := re.search(r"\(`([a-z_]+)`\)$", part, re.MULTILINE))}


def main(folder: Path | None, wanted: list[str]) -> None:
    """Take the pictures, of the kinds `wanted` or of all, and write the contact sheet."""
    target = HERE / "mails"
    target.mkdir(exist_ok=True)
    sheet, known = [HEAD], sections(BASE / "docs" / "mails.md") if wanted else {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox"])
        for name, mail, html, (label, to, when) in mails():
            if name in known and name not in wanted:
                sheet.append(known[name])
                continue
            sheet.append(f"## {label}\n\nÀ\u00a0: {to}, {when}. Objet\u00a0: « {mail.subject} » (`{name}`)\n\n")
            shots = (f'<img src="pictures/mails/{name}-{width}.webp" width="{width // 2}" alt="{label}, {width} px">' for width in WIDTHS)
            sheet.append(" ".join(shots) + "\n\n")
            sys.stdout.write(f"{name}\n")
            for width in WIDTHS:
                picture(browser, html, width).save(target / f"{name}-{width}.webp", quality=55, method=6)
            if folder:
                look(browser, folder, name, html, f"{mail.subject}\n\n{mail.text}")
        browser.close()
    (BASE / "docs" / "mails.md").write_text("".join(sheet))


if __name__ == "__main__":
    sys.path[:0] = [str(BASE), str(BASE / "collections")]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lincassable.settings")
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's synchronous API and the ORM share a thread
    django.setup()
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--look", type=Path, metavar="FOLDER")
    asked.add_argument("kinds", nargs="*", metavar="KIND")
    given = asked.parse_args()
    main(given.look, given.kinds)
