"""The card on paper, printed by a real browser."""

import re
import subprocess
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from conftest import CHROMIUM
from lincassable.accounts import kinds
from lincassable.accounts.tests.factories import AccessLinkFactory, UserFactory

MILLIMETRE = 72 / 25.4  # points
LONG = "Association pour la consigne et le réemploi du Pays d'Aix, magasin de producteurs et café (Aix-en-Provence)"


@pytest.mark.django_db
@pytest.mark.chromium
def test_each_card_fills_one_a6_page_however_long_its_name(client, tmp_path, monkeypatch):
    monkeypatch.setattr(kinds, "_labels", {"store": lambda ids: dict.fromkeys(ids, LONG)})
    client.force_login(UserFactory(role="coordinator"))
    ids = ",".join(str(AccessLinkFactory().pk) for _ in range(3))
    page = client.get(f"/admin/accounts/accesslink/cards/?ids={ids}").content.decode()
    for name in ("card.css", "logo.svg"):
        (tmp_path / name).write_bytes(Path(finders.find(f"app/{name}")).read_bytes())
    (tmp_path / "cards.html").write_text(page.replace("/static/app/", ""))
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-pdf-header-footer"]
    command += [f"--user-data-dir={tmp_path / 'profile'}", f"--print-to-pdf={tmp_path / 'cards.pdf'}", f"file://{tmp_path / 'cards.html'}"]
    subprocess.run(command, check=True, timeout=60, capture_output=True)
    pages = re.findall(rb"/MediaBox ?\[0 0 ([0-9.]+) ([0-9.]+)\]", (tmp_path / "cards.pdf").read_bytes())
    assert len(pages) == 3
    for width, height in pages:
        assert (float(width) / MILLIMETRE, float(height) / MILLIMETRE) == pytest.approx((105, 148), abs=0.5)
