"""Many movements at once, for imports: the same guards of the database, a few statements per thousand movements.

Written one by one in a single transaction, ten thousand pickups would update the hub's balance ten thousand times, each
time walking past all its earlier versions; by the thousand, it is updated once per thousand.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Max, Q
from django.utils.translation import gettext as _

from crates.enums import Cause
from crates.models import Count, Movement
from crates.services.carry import Pair, changes_of
from crates.services.ledger import lock_stores, put, refuse_future, stores_in
from crates.services.lines import Net
from lincassable.accounts.actors import Actor

CHUNK = 1_000  # movements per statement


@dataclass(frozen=True, slots=True)
class Draft:
    """A movement to be: what `post_movement` takes, with its lines summed (`net_of`)."""

    key: uuid.UUID
    cause: str
    occurred_at: datetime
    net: Net
    reason: str = ""
    source: tuple[str, str] = ("", "")

    def movement(self, by: Actor) -> Movement:
        """The unsaved row."""
        return Movement(
            key=self.key,
            cause=Cause(self.cause),
            occurred_at=self.occurred_at,
            reason=self.reason[:250],
            source=self.source[0],
            source_id=self.source[1],
            **Movement.author(by),
        )


def check_draft(draft: Draft) -> None:
    """Refuse what `post_movement` would refuse. Raises ValidationError for a future moment or when nothing moves."""
    if draft.cause in (Cause.INVENTORY, Cause.DECLARATION):
        raise ValueError(f"{draft.cause}: use record_inventory() or declare()")
    refuse_future(draft.occurred_at)
    if not draft.net:
        raise ValidationError(_("Nothing moves: give at least one number."), code="nothing")


@transaction.atomic
def post_movements(drafts: Sequence[Draft], *, by: Actor) -> None:
    """Record many movements whose keys the ledger does not have, as `post_movement` would one by one.

    Arguments: drafts, checked by `check_draft`; by, the author.
    Raises IntegrityError when the ledger has one of the keys: nothing is kept then.
    """
    lock_stores({store for draft in drafts for store in stores_in(draft.net)})
    pins = last_pins({pair for draft in drafts for pair in changes_of(draft.net)})
    # Only a fact that is older than a count there has to be carried through it; the others are plain additions.
    late = [draft for draft in drafts if _is_late(draft, pins)]
    plain = [draft for draft in drafts if not _is_late(draft, pins)]
    for start in range(0, len(plain), CHUNK):
        _insert(plain[start : start + CHUNK], by)
    for draft in late:
        put(draft.movement(by), draft.net, by=by)


def _insert(drafts: Sequence[Draft], by: Actor) -> None:
    """Write movements, then all their entries by one statement: balances are updated once."""
    movements = Movement.objects.bulk_create([draft.movement(by) for draft in drafts])
    columns: list[list] = [[], [], [], [], [], []]
    for movement, draft in zip(movements, drafts, strict=True):
        for (store, kind, content), quantity in draft.net.items():
            for column, value in zip(columns, (movement.pk, store, kind, content, quantity, movement.occurred_at), strict=True):
                column.append(value)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO crates_entry (movement_id, store_id, container_type_id, content, quantity, occurred_at)
            SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::int[], %s::timestamptz[])
            """,
            columns,
        )


def last_pins(pairs: Iterable[Pair]) -> dict[Pair, datetime]:
    """Return when each (store id, container type id) was last counted, by a count that holds; uncounted ones are absent."""
    stores = {store for store, _type in pairs}
    held = Count.objects.filter(Q(pins_total=True) | Q(pins_full=True), withdrawn=False, store_id__in=stores).order_by()
    rows = held.values_list("store_id", "container_type_id").annotate(Max("at"))
    return {(store, kind): at for store, kind, at in rows}


def _is_late(draft: Draft, pins: Mapping[Pair, datetime]) -> bool:
    return any(pair in pins and draft.occurred_at <= pins[pair] for pair in changes_of(draft.net))
