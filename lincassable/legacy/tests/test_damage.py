"""Whatever a cell holds, an import names it and goes on; it never breaks off, and the ledger holds."""

from __future__ import annotations

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lincassable.legacy.tests.exports import HUB, Export, declaration, inventory, point, stop
from lincassable.legacy.tests.helpers import assert_holds, bring_in, figures, ledger_size

pytestmark = pytest.mark.django_db
WHOLE = Export(
    points=(
        point(HUB),
        point(
            101, adresse="1 rue, 13100 Aix, France", adresse_code_postal="13100", horaires="9h-12h", info="", emails="{a@example.org}",
            emails_consigne="{}", contacts='["A"]', telephones="{0491000001}", setup_date="2024-01-01", collecte_par_id="",
            stock_casiers_75_plein="", stock_casiers_75_tampon=2, created_at="2024-01-01T10:00:00+00:00",
        ),
        point(102, collecte_par_id=101),
    ),
    tours=({"id": 7, "date": "2025-06-11", "zone_de_collecte_id": 1, "transporteur_id": 1, "point_de_massification_id": HUB,
            "statut": "Réalisé", "type_de_vehicule": "VL", "prix": "240,50", "bon_de_tournee": "", "created_at": "2025-06-01"},),
    stops=(
        stop(1, 101, "2025-06-10", (3, 1, 0), (2, 0, 1), tournee_id=7, creneau_horaire_debut="09:00", creneau_horaire_fin="10:00",
             collecte_nb_bouteilles=36, collecte_nb_fut_vide=0),
        stop(2, 102, "2025-07-10", (3, 1, 0), (2, 0, 1)),
    ),
    inventories=(inventory(1, 101, "2025-06-01T10:00:00+00:00", (9, 9, 9), (1, "", "")),),
    declarations=(declaration(1, 101, "2025-06-09", 3, 9, remplissage_palox=50),),
    deposits=({"id": 1, "date": "2025-05-01", "point_de_collecte_id": 101, "consigne": 9, "deconsigne": 3, "consigne_20": 0,
               "deconsigne_20": 0, "montant": 3},),
    paloxes=({"id": 1, "numero": "PX1", "model": "bois", "statut": "Tri", "point_de_collecte_id": HUB, "format_tri": "mixte"},),
)  # fmt: skip
CELLS = [(name, number, column) for name, rows in vars(WHOLE).items() for number, row in enumerate(rows) for column in row]
NASTY = [
    "", " ", "0", "-1", "1", "101", "102", "7", "999999", "1e9", "-1000000000", "2147483648", "9223372036854775807", "99999999999999999999",
    "NaN", "inf", "douze", "12.5", "12,0", "1 200", "٣", "2025-06-30", "2025-02-30", "30/06/2025", "hier", "0001-01-01", "9999-12-31",
    "2025-06-30T23:30:00+00:00", "2025-06-30T25:00:00", "t", "true", "{", "[1", "{}", "[]", '{"a', '["a", null, 3]', "{a,b,a}", "a\x00b",
    "\ufffd", "Ã©", "é" * 5000, "'; DROP TABLE crates_entry; --", '"', "a;b,c\nd", "%s %(x)s {0}", "casier_x12", "{casier_x12,fut}",
    "x@" + "y" * 300 + ".org",
]  # fmt: skip
damages = st.lists(st.tuples(st.sampled_from(CELLS), st.one_of(st.sampled_from(NASTY), st.text(max_size=12))), min_size=1, max_size=4)


def damaged(changes: list) -> Export:
    tables = {name: [dict(row) for row in rows] for name, rows in vars(WHOLE).items()}
    for (name, number, column), text in changes:
        tables[name][number][column] = text
    return Export(**{name: tuple(rows) for name, rows in tables.items()})


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(damages, st.booleans())
def test_no_cell_can_break_an_import(changes: list, known_before: bool) -> None:
    with transaction.atomic():
        if known_before:
            bring_in(WHOLE)
        bring_in(damaged(changes))
        assert_holds()
        before, shown = ledger_size(), figures()
        bring_in(damaged(changes))
        assert (ledger_size(), figures()) == (before, shown)
        transaction.set_rollback(True)
