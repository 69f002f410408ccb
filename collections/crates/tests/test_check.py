"""check_ledger finds what is wrong, whatever broke it."""

import datetime as dt
import uuid

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from crates.check import check_ledger
from crates.models import Entry, Movement
from crates.services import CountedLine, PickedLine, cancel, post_pickup, record_inventory
from crates.tasks import LedgerWrong, check
from crates.tests.factories import ContainerTypeFactory, HubFactory
from lincassable.accounts.actors import Actor
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db
BY = Actor.system()


@pytest.fixture
def ledger() -> Movement:
    """A count, a pickup, and another pickup that was cancelled."""
    store, hub, kind = StoreFactory(), HubFactory(), ContainerTypeFactory()
    now = timezone.now()
    record_inventory(store, key=uuid.uuid4(), counted_at=now - dt.timedelta(days=2), lines=[CountedLine(kind, 30, 9)], by=BY)
    posted = [
        post_pickup(store, hub, [PickedLine(kind, 5, 4)], key=uuid.uuid4(), occurred_at=now - dt.timedelta(days=1), by=BY) for _ in range(2)
    ]
    cancel(posted[1], by=BY, reason="another shop")
    return posted[0]


def by_hand(sql: str) -> None:
    """Change the ledger as somebody with the keys of the database could: with the triggers off."""
    connection.check_constraints()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql)
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_a_sound_ledger_has_nothing_to_tell(ledger, capsys):
    assert check_ledger() == []
    assert check() == "ok"
    call_command("check_ledger")


@pytest.mark.parametrize(
    ("damage", "findings"),
    [
        ("UPDATE crates_balance SET quantity = quantity + 1 WHERE content = 'full'", 2),
        ("DELETE FROM crates_balance", 4),
        ("UPDATE crates_count SET total = 31", 1),
        ('UPDATE crates_count SET "full" = 8', 1),
        ("UPDATE crates_movement SET occurred_at = occurred_at - interval '1 hour' WHERE cause = 'inventory'", 4),
        ("UPDATE crates_movement SET reverses_id = (SELECT min(id) FROM crates_movement) WHERE reverses_id IS NOT NULL", 1),
    ],
)
def test_damage_is_found_and_told_in_sentences(ledger, damage, findings):
    by_hand(damage)
    wrong = check_ledger()
    assert len(wrong) == findings
    assert all(len(sentence) > 20 for sentence in wrong)


def test_a_line_changed_by_hand_breaks_sum_balance_and_reversal(ledger):
    entry = Entry.objects.filter(movement__reversed_by__isnull=False, store__isnull=False).first()
    by_hand(f"UPDATE crates_entry SET quantity = quantity + 1 WHERE id = {entry.pk}")
    assert len(check_ledger()) == 3


def test_the_command_exits_with_1_and_the_task_fails(ledger, capsys, caplog):
    by_hand("UPDATE crates_count SET total = 31")
    with pytest.raises(CommandError) as stop:
        call_command("check_ledger")
    assert stop.value.returncode == 1
    assert capsys.readouterr().err
    with pytest.raises(LedgerWrong):
        check()
    assert any(record.levelname == "ERROR" for record in caplog.records)


def test_many_findings_are_cut_short():
    kind = ContainerTypeFactory()
    for _ in range(25):
        record_inventory(StoreFactory(), key=uuid.uuid4(), counted_at=timezone.now(), lines=[CountedLine(kind, 3, 1)], by=BY)
    by_hand("UPDATE crates_count SET total = 4")
    wrong = check_ledger()
    assert len(wrong) == 21
    assert "5" in wrong[-1]
