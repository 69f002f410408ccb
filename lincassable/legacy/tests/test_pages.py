"""What imports leave for people to look at: their page in the admin, and their place among the personal data."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from lincassable.accounts import privacy
from lincassable.accounts.privacy import HIDDEN, Identity
from lincassable.accounts.tests.factories import UserFactory
from lincassable.legacy.models import LegacyImport, LegacyRow
from lincassable.legacy.tests.exports import HUB, Export, point, stop
from lincassable.legacy.tests.helpers import bring_in, evening
from stores.models import Contact

pytestmark = pytest.mark.django_db
DIRTY = Export(
    points=(
        point(HUB), point(101, contacts='{"Camille Roche"}', emails="{camille@example.org}", emails_consigne="{compta@example.org}"),
        point(102, emails='{"camille roche at example"}'),
    ),
    stops=(stop(1, 101, "2025-06-10", (3, 0, 0)), stop(2, 999, "2025-06-10", (3, 0, 0)), stop(3, 101, "", (3, 0, 0))),
)  # fmt: skip


@pytest.fixture
def desk(client: Client) -> Client:
    """A coordinator's browser, in English."""
    client.force_login(UserFactory(role="coordinator", language="en"))
    client.cookies["langue"] = "en"
    return client


def test_an_import_is_listed_with_its_moment_its_counts_and_what_it_had_to_say(desk: Client) -> None:
    with translation.override("en"):  # sentences are kept in the language of whoever imports
        bring_in(DIRTY)
        bring_in(DIRTY, None)
    row = LegacyImport.objects.get()
    assert (row.runs, row.at, row.bad_rows, row.warnings) == (2, evening("2025-06-30"), 1, 2)
    page = desk.get(reverse("admin:legacy_legacyimport_changelist"))
    assert page.context["cl"].result_count == 1
    detail = desk.get(reverse("admin:legacy_legacyimport_change", args=[row.pk])).content.decode()
    assert detail.index("collecte.csv") < detail.index("point_de_collecte.csv")  # what cannot be used comes first
    assert "there is no place 999" in detail
    assert desk.get(reverse("admin:legacy_assumedcount_changelist")).context["cl"].result_count == 3
    assert desk.get(reverse("admin:legacy_legacyimport_add")).status_code == 403


def test_a_long_report_is_kept_up_to_a_thousand_lines_the_bad_ones_first(desk: Client) -> None:
    stops = tuple(stop(number, 101 if number < 900 else 999, "", (1, 0, 0)) for number in range(1, 1201))
    bring_in(DIRTY.with_(stops=stops))
    row = LegacyImport.objects.get()
    assert len(row.problems) == 1000
    assert [bad for *_told, bad in row.problems[:302]] == [True] * 301 + [False]
    page = desk.get(reverse("admin:legacy_legacyimport_change", args=[row.pk])).content.decode()
    assert f"{row.bad_rows + row.warnings - 1000} more" in page


def test_those_who_are_asked_for_deposits_there_are_asked_here() -> None:
    bring_in(DIRTY)
    assert dict(Contact.objects.filter(store__source_id="101").values_list("email", "wants_deposit_mails")) == {
        "camille@example.org": False,
        "compta@example.org": True,
    }
    rows = list(DIRTY.points)
    rows[1] = rows[1] | {"emails_consigne": "{compta@example.org,camille@example.org}"}
    bring_in(DIRTY.with_(points=tuple(rows)))
    assert set(Contact.objects.filter(store__source_id="101").values_list("wants_deposit_mails", flat=True)) == {True}


def test_a_person_is_found_and_erased_in_what_imports_remember_and_the_same_export_does_not_bring_them_back() -> None:
    bring_in(DIRTY)
    camille = privacy.widen(Identity("camille@example.org"))
    assert camille.names == {"Camille Roche"}
    assert len(privacy.export(camille)["legacy_row"]) == 2
    assert privacy.erase(camille)["legacy_row"] == 2
    assert "Camille" not in str(list(LegacyRow.objects.values_list("detail", flat=True)))
    assert HIDDEN in str(LegacyImport.objects.get().problems)
    bring_in(DIRTY)
    assert not Contact.objects.filter(email__iexact="camille@example.org").exists()
    assert Contact.objects.filter(email="compta@example.org").exists()
