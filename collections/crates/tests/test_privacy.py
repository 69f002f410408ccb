"""First names left with declarations: they go after a year, and are found and erased with the person."""

from datetime import UTC, datetime, timedelta

import pytest

from crates.models import Declaration, PaloxEvent
from crates.tests.factories import DeclarationFactory, DiscrepancyDecisionFactory, InventoryFactory, PaloxFactory, SortingBatchFactory
from lincassable.accounts import privacy
from lincassable.accounts.privacy import HIDDEN, Identity
from stores.tests.factories import ContactFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def declared(age_days, **columns):
    at = NOW - timedelta(days=age_days)
    return DeclarationFactory(declared_at=at, received_at=at, **columns)


def test_first_names_and_notes_go_after_a_year_once_and_what_was_declared_stays(time_machine):
    time_machine.move_to(NOW, tick=False)
    old, young = declared(366, first_name="Zoé", note="près de la porte"), declared(364, first_name="Zoé")
    noted = declared(366, note="près de la porte")
    assert privacy.purge()["first_name"] == 2
    assert privacy.purge()["first_name"] == 0
    assert dict(Declaration.objects.values_list("pk", "first_name")) == {old.pk: "", young.pk: "Zoé", noted.pk: ""}
    assert set(Declaration.objects.values_list("note", flat=True)) == {""}


def test_a_contact_s_first_name_is_taken_out_of_their_place_s_declarations_only():
    zoe = ContactFactory(name="Zoé Martin")
    theirs = DeclarationFactory(store=zoe.store, first_name="zoé", note="demander Zoé Martin")
    colleague, elsewhere = DeclarationFactory(store=zoe.store, first_name="Ali"), DeclarationFactory(first_name="Zoé")
    count = InventoryFactory(store=zoe.store, note=f"avec {zoe.email}")
    held = privacy.export(privacy.widen(Identity(zoe.email)))
    assert [row["note"] for row in held["first_name"]] == [theirs.note]
    assert [row["text"] for row in held["ledger_remark"]] == [count.note]
    privacy.erase(Identity(zoe.email))
    for row in (theirs, colleague, elsewhere, count):
        row.refresh_from_db()
    assert (theirs.first_name, theirs.note) == ("", f"demander {HIDDEN}")
    assert (colleague.first_name, elsewhere.first_name) == ("Ali", "Zoé")
    assert count.note == f"avec {HIDDEN}"


def test_a_first_name_given_alone_is_found_wherever_it_was_left():
    DeclarationFactory(first_name="Zoé")
    assert len(privacy.export(Identity(names=frozenset({"ZOÉ"})))["first_name"]) == 1
    privacy.erase(Identity(names=frozenset({"ZOÉ"})))
    assert Declaration.objects.get().first_name == ""


def test_people_named_in_remarks_about_paloxes_batches_and_differences_are_found_and_hidden():
    palox = PaloxEvent.objects.create(palox=PaloxFactory(), at=NOW - timedelta(days=400), state="store", note="chez Zoé Martin, au fond")
    batch = SortingBatchFactory(note="avec Zoé Martin")
    decision = DiscrepancyDecisionFactory(reason="Zoé Martin a recompté")
    zoe = Identity(names=frozenset({"Zoé Martin"}))
    assert len(privacy.export(zoe)["ledger_remark"]) == 3
    privacy.purge()
    palox.refresh_from_db()
    assert palox.note == "chez Zoé Martin, au fond"
    assert privacy.erase(zoe)["ledger_remark"] == 3
    for row, field, left in (
        (palox, "note", f"chez {HIDDEN}, au fond"),
        (batch, "note", f"avec {HIDDEN}"),
        (decision, "reason", f"{HIDDEN} a recompté"),
    ):
        row.refresh_from_db()
        assert getattr(row, field) == left
    assert "ledger_remark" not in privacy.export(zoe)
