"""What the ledger's app carries over when two rows become one place: the stock by one transfer, the numbered paloxes, the kinds used.

Movements, counts and declarations stay where they were written. A transfer leaves nothing at the place that went, and undoing takes it
back at its own moment: counts made since at the place that stayed hold, as after every correction.
"""

from __future__ import annotations

import uuid

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crates.enums import Cause
from crates.models import (
    Balance,
    BottleMovement,
    ContainerType,
    Declaration,
    DepositCount,
    Inventory,
    Movement,
    Palox,
    PaloxEvent,
    SortingBatch,
    StoreContainer,
)
from crates.services.ledger import cancel, post_movement
from crates.services.lines import Line
from crates.services.paloxes import see
from lincassable.accounts.actors import Actor
from stores.merging import Part, Plan, ids_of, register
from stores.models import Store, StoreMerge

ORIGIN = "merge"  # what its movements and palox events call it; the id is that of the StoreMerge


class LedgerPart(Part):
    """The ledger's part of a merge."""

    def plan(self, loser: Store, winner: Store) -> Plan:
        """Return what goes over."""
        plan = Plan()
        _wait_for(plan, loser)
        used = StoreContainer.objects.filter(store=winner).values("container_type")
        plan.move(StoreContainer, ids_of(StoreContainer.objects.filter(store=loser).exclude(container_type__in=used)))
        held = _held_at(loser)
        if held:
            plan.sentences.append(_("Its stock goes over by one transfer: %(what)s.") % {"what": ", ".join(held)})
        paloxes = Palox.objects.filter(store=loser).count()
        if paloxes:
            sentence = ngettext("%(count)d numbered palox goes over.", "%(count)d numbered paloxes go over.", paloxes)
            plan.sentences.append(sentence % {"count": paloxes})
        kept = Declaration.objects.filter(store=loser).count() + Inventory.objects.filter(store=loser).count()
        if kept:
            sentence = ngettext(
                "%(count)d declaration or count stays where it was written, and is read on the page of the place that stays.",
                "%(count)d declarations and counts stay where they were written, and are read on the page of the place that stays.",
                kept,
            )
            plan.sentences.append(sentence % {"count": kept})
        return plan

    def carry(self, merge: StoreMerge, plan: Plan, *, by: Actor) -> None:
        """Transfer what the ledger has at the loser, and see its paloxes at the winner."""
        self.transfer(merge, by=by)
        now = timezone.now()
        for palox in Palox.objects.filter(store=merge.loser_id).order_by("pk"):
            key = uuid.uuid4()
            see(palox, palox.state, store=merge.winner, at=now, key=key, by=by, origin=(ORIGIN, merge.pk))

    def transfer(self, merge: StoreMerge, *, by: Actor) -> None:
        """Post one movement of everything that the ledger has at the loser, below zero or above; none when there is nothing."""
        rows = Balance.objects.filter(store=merge.loser_id).exclude(quantity=0).order_by("container_type", "content")
        lines = [
            Line(place, row.container_type_id, row.content, sign * row.quantity)
            for row in rows
            for place, sign in ((merge.loser_id, -1), (merge.winner_id, 1))
        ]
        if lines:
            reason = _("merge of two places")
            movement = post_movement(
                Cause.TRANSFER, occurred_at=timezone.now(), entries=lines, key=uuid.uuid4(), by=by, origin=(ORIGIN, merge.pk), reason=reason
            )
            merge.carried.setdefault("movements", []).append(movement.pk)

    def undo(self, merge: StoreMerge, *, by: Actor) -> None:
        """Take the transfers back, and see the paloxes that are still where the merge put them at the loser."""
        for movement in Movement.objects.filter(pk__in=merge.carried.get("movements", [])).order_by("-pk"):
            if not Movement.objects.filter(reverses=movement).exists():
                cancel(movement, by=by, reason=_("merge of two places undone"))
        now = timezone.now()
        for palox in Palox.objects.filter(store=merge.winner_id).order_by("pk"):
            last = PaloxEvent.objects.filter(palox=palox).order_by("-at", "-pk").first()
            if last is not None and (last.origin_kind, last.origin_id) == (ORIGIN, merge.pk):
                see(palox, palox.state, store=merge.loser, at=now, key=uuid.uuid4(), by=by, origin=(ORIGIN, merge.pk))

    def since(self, merge: StoreMerge) -> list[str]:
        """Return how many declarations and counts of the winner are later than the merge."""
        here = {"store": merge.winner_id}
        count = Declaration.objects.filter(declared_at__gt=merge.at, **here).count()
        count += Inventory.objects.filter(counted_at__gt=merge.at, withdrawn_at=None, **here).count()
        if not count:
            return []
        sentence = ngettext(
            "%(count)d declaration or count made since stays with %(winner)s, and what was counted there holds.",
            "%(count)d declarations and counts made since stay with %(winner)s, and what was counted there holds.",
            count,
        )
        return [sentence % {"count": count, "winner": merge.winner}]


def _wait_for(plan: Plan, loser: Store) -> None:
    """What a coordinator has to settle first: it would take effect at a place that is no more."""
    held = Declaration.objects.filter(store=loser, state=Declaration.HELD).count()
    held += DepositCount.objects.filter(store=loser, is_held=True).values("key").distinct().count()
    if held:
        sentence = ngettext(
            "%(count)d form of “%(loser)s” waits for your glance: accept or refuse it first.",
            "%(count)d forms of “%(loser)s” wait for your glance: accept or refuse them first.",
            held,
        )
        plan.blockers.append(sentence % {"count": held, "loser": loser})
    booked = BottleMovement.objects.filter(Q(from_store=loser) | Q(to_store=loser)).exists()
    if booked or SortingBatch.objects.filter(centre=loser).exists():
        plan.blockers.append(_("Sorted bottles are booked at “%(loser)s”: it must be the one that stays.") % {"loser": loser})


def _held_at(loser: Store) -> list[str]:
    """Return what the ledger has there, kind by kind: “14 full and 26 empty 75 cl crates” in short."""
    found: dict[int, dict[str, int]] = {}
    rows = Balance.objects.filter(store=loser).exclude(quantity=0)
    for kind, content, quantity in rows.values_list("container_type", "content", "quantity"):
        found.setdefault(kind, {})[content] = quantity
    kinds = ContainerType.objects.in_bulk(list(found))
    return [
        _("%(container)s: %(full)s full, %(empty)s empty")
        % {"container": kinds[pk].name, "full": held.get("full", 0), "empty": held.get("empty", 0)}
        for pk, held in sorted(found.items(), key=lambda pair: (kinds[pair[0]].position, pair[0]))
    ]


def register_part() -> None:
    """Add it; called once the apps are ready."""
    register(LedgerPart())
