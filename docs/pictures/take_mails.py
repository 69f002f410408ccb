"""Takes a picture of every kind of mail, as a phone (360 px) and a desk (800 px) show it, and writes the contact sheet docs/mails.md:
`LOCAL=1 .venv/bin/python docs/pictures/take_mails.py [--look FOLDER]`.

Works on the demo network (`manage.py seed_demo`), with made-up examples where it has none. Needs Debian's chromium and
requirements-dev.txt. With `--look`, also keeps in FOLDER each mail in dark colours, without images, and as plain text.
"""

from __future__ import annotations

import io
import os
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
sur le réseau de démonstration. Les envois groupés ont leurs propres modèles.

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
            yield kind, mail, html, (str(kind.label), str(kind.to), str(kind.when))


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


def main(folder: Path | None) -> None:
    """Take all pictures and write the contact sheet."""
    target = HERE / "mails"
    target.mkdir(exist_ok=True)
    sheet = [HEAD]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox"])
        for kind, mail, html, (label, to, when) in mails():
            sys.stdout.write(f"{kind.name}\n")
            for width in WIDTHS:
                picture(browser, html, width).save(target / f"{kind.name}-{width}.webp", quality=55, method=6)
            sheet.append(f"## {label}\n\nÀ\u00a0: {to}, {when}. Objet\u00a0: « {mail.subject} » (`{kind.name}`)\n\n")
            shots = (
                f'<img src="pictures/mails/{kind.name}-{width}.webp" width="{width // 2}" alt="{label}, {width} px">' for width in WIDTHS
            )
            sheet.append(" ".join(shots) + "\n\n")
            if folder:
                look(browser, folder, kind.name, html, f"{mail.subject}\n\n{mail.text}")
        browser.close()
    (BASE / "docs" / "mails.md").write_text("".join(sheet))


if __name__ == "__main__":
    sys.path[:0] = [str(BASE), str(BASE / "collections")]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lincassable.settings")
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's synchronous API and the ORM share a thread
    django.setup()
    main(Path(sys.argv[2]) if sys.argv[1:2] == ["--look"] else None)
