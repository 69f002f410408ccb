"""One place for two rows: the loser's page leads to the winner's, what is still to come goes over, what happened is read there.

Each floor says in its `AppConfig.ready()` what it carries over (`register`). The rows of the past stay where they were written; readers
ask `history_ids`. Everything that was changed is kept in the merge (`StoreMerge.carried`), so that `undo` brings back exactly that.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from lincassable.accounts import links
from lincassable.accounts.actors import LINK, Actor
from lincassable.accounts.models import AccessLink
from stores import services
from stores.enums import Status
from stores.models import Store, StoreMerge

logger = logging.getLogger(__name__)
# Merges wait for one another: they are rare, and each may touch the places of another one.
_ONE_AT_A_TIME = 5_016_001
# The place that a row with a column `store` counts for: its own, or the one that this became part of.
PLACE = Coalesce("store__merged_into_id", "store_id")
_CARDS = (AccessLink.STORE, AccessLink.STORE_CALENDAR)


@dataclass(frozen=True)
class Move:
    """Rows of a model, "app.Model", whose `field` leads to the loser and will lead to the winner."""

    model: str
    field: str
    ids: list[int]


@dataclass(frozen=True)
class Edit:
    """A row that changes otherwise: values by field name (as the database keeps them), before and after."""

    model: str
    pk: int
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass
class Plan:
    """What merging does, or one floor's part of it.

    Arguments: sentences, what a coordinator reads before confirming; blockers, what they have to settle first.
    """

    moves: list[Move] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    blockers: list[str] = field(default_factory=list)

    def move(self, model: type[models.Model], ids: Iterable[int], sentence: str = "", *, field: str = "store") -> list[int]:
        """Note rows to carry over, and the sentence that tells it (with `%(count)d`). Returns their ids."""
        found = list(ids)
        if found:
            self.moves.append(Move(model._meta.label, field, found))
            if sentence:
                self.sentences.append(sentence % {"count": len(found)})
        return found

    def add(self, other: Plan) -> None:
        """Add another floor's part."""
        self.moves += other.moves
        self.edits += other.edits
        self.sentences += other.sentences
        self.blockers += other.blockers


class Part:
    """What one floor carries over; each says what it needs. Asked again later, what has gone over already is not there any more."""

    def lock(self, ids: list[int]) -> None:
        """Lock what comes before the places in the order of locks (series, tours, stops) and concerns these places."""

    def plan(self, loser: Store, winner: Store) -> Plan:
        """Return what goes over. Reads only."""
        return Plan()

    def carry(self, merge: StoreMerge, plan: Plan, *, by: Actor) -> None:
        """Do what is more than rows that change hands (a transfer in the ledger). The rows of `plan`, its own, have changed hands."""

    def returning(self, model: str, ids: list[int]) -> list[int]:
        """Return which of these rows, "app.Model" and ids, may go back when the merge is undone: what happened at the winner stays."""
        return ids

    def undo(self, merge: StoreMerge, *, by: Actor) -> None:
        """Take back what `carry` did. The rows have changed hands again."""

    def since(self, merge: StoreMerge) -> list[str]:
        """Return, in sentences, what happened since at the place that stayed and will stay there when the merge is undone."""
        return []


_parts: list[Part] = []


def register(part: Part) -> None:
    """Let a floor carry its rows over; called once the apps are ready, lower floors first. Registering a kind twice changes nothing."""
    if all(type(known) is not type(part) for known in _parts):
        _parts.append(part)


def kept(value: object) -> Any:
    """Return a value as JSON keeps it and the database takes it back."""
    if isinstance(value, datetime):
        return value.isoformat()
    return value if value is None or isinstance(value, (str, int)) else str(value)


def ids_of(rows: models.QuerySet[Any]) -> list[int]:
    """Return the ids of these rows, in their order."""
    return list(rows.order_by("pk").values_list("pk", flat=True))


# -- reading


def history_ids(store: Store) -> models.QuerySet[Store]:
    """Return a subquery of the ids whose history is this place's: its own, and those of the places merged into it."""
    return Store.objects.filter(Q(pk=store.pk) | Q(merged_into=store.pk)).order_by().values("pk")


def with_merged(store_ids: Collection[int]) -> models.QuerySet[Store]:
    """Return a subquery of these ids and of those of the places that became part of them; `PLACE` says which a row is for."""
    return Store.objects.filter(Q(pk__among=store_ids) | Q(merged_into__among=store_ids)).order_by().values("pk")


def merged_places(store_ids: Collection[int]) -> dict[int, int]:
    """Return the ids of the places that became part of one of these, each with the id of that one."""
    return dict(Store.objects.filter(merged_into__among=store_ids).order_by().values_list("pk", "merged_into_id"))


def is_same_place(one: int, other: Store) -> bool:
    """Return whether what was sent for the place `one` (its id) may be taken for `other`: they are one, or once were.

    A phone may have kept a form from before a merge, or from before it was undone.
    """
    if one == other.pk:
        return True
    pairs = Q(loser=one, winner=other.pk) | Q(loser=other.pk, winner=one)
    return StoreMerge.objects.filter(pairs).exists() or Store.objects.filter(pk=one, merged_into=other.pk).exists()


def preview(loser: Store, winner: Store) -> Plan:
    """Return what merging `loser` into `winner` would do, and what stands against it. Reads only."""
    whole = Plan(blockers=_against(loser, winner))
    if not whole.blockers:
        for part in _parts:
            whole.add(part.plan(loser, winner))
    return whole


def since(merge: StoreMerge) -> list[str]:
    """Return what happened since the merge that undoing leaves at the place that stayed, in sentences."""
    return [sentence for part in _parts for sentence in part.since(merge)]


def _against(loser: Store, winner: Store) -> list[str]:
    """Return why these two cannot be merged, whatever hangs on them."""
    if loser.pk == winner.pk:
        return [_("A place cannot be merged into itself.")]
    names = {"loser": loser, "winner": winner}
    if loser.merged_into_id:
        return [_("“%(loser)s” is already part of “%(winner)s”.") % {"loser": loser, "winner": loser.merged_into}]
    if winner.merged_into_id:
        return [_("“%(winner)s” is itself part of “%(other)s”: choose that one.") % {**names, "other": winner.merged_into}]
    found = []
    if winner.status == Status.ARCHIVED:
        found.append(_("“%(winner)s” is archived: let the other one stay, or make it active first.") % names)
    if loser.keeps_stock != winner.keeps_stock:
        found.append(_("One is a hub or a sorting centre, the other is not: change the kind of one of them first.") % names)
    if winner.collected_through_id == loser.pk or loser.collected_through_id == winner.pk:
        found.append(_("One of them is collected through the other: take that away first.") % names)
    if winner.usual_hub_id == loser.pk or loser.usual_hub_id == winner.pk:
        found.append(_("One of them is the usual hub of the other: take that away first.") % names)
    return found


# -- writing


def merge(loser: Store, winner: Store, *, by: Actor) -> StoreMerge:
    """Make two rows one place: `loser` is archived and leads to `winner`, what is to come goes over, its stock by one transfer.

    Arguments: any copies of the rows; by, the author. Nothing of the past is rewritten.
    Returns the merge; merging the same two again returns the one that stands. Raises ValidationError with every sentence that stands
    against it (see `preview`), PermissionDenied for a card.
    """
    if by.kind == LINK:
        raise PermissionDenied
    with transaction.atomic():
        loser, winner = _locked(loser.pk, winner.pk)
        known = StoreMerge.objects.standing().filter(loser=loser, winner=winner).first()
        if known is not None and loser.merged_into_id == winner.pk:
            return known
        blockers = _against(loser, winner)
        plans = [] if blockers else [(part, part.plan(loser, winner)) for part in _parts]
        blockers += [sentence for _part, plan in plans for sentence in plan.blockers]
        if blockers:
            raise ValidationError(blockers, code="cannot_merge")
        row = StoreMerge(loser=loser, winner=winner, status_before=loser.status, **StoreMerge.author(by))
        row.full_clean()
        row.save()
        _carry_all(row, plans, by=by)
        former = ids_of(Store.objects.filter(merged_into=loser))
        Store.objects.filter(pk__in=former).update(merged_into=winner)
        row.carried["former"] = former
        row.save(update_fields=["carried"])
        _lead([loser.pk, *former], winner.pk)
        loser.merged_into, loser.status = winner, Status.ARCHIVED
        services.save_store(loser, by=by, reason=(_("merged into %(winner)s") % {"winner": winner})[:250])
    _log("merged", row, by)
    return row


def settle(row: StoreMerge, *, by: Actor) -> bool:
    """Carry over what reached the loser after the merge (a late form, a correction of its past). Returns whether anything did.

    What cannot go over stays where it is and is asked again the next time. A merge that was undone is left alone.
    """
    with transaction.atomic():
        loser, winner = _locked(row.loser_id, row.winner_id)
        row = StoreMerge.objects.select_for_update().get(pk=row.pk)
        if row.undone_at is not None or loser.merged_into_id is None:
            return False
        if loser.merged_into_id != winner.pk:
            return False  # the winner went further since: the later merge carries both
        before = repr(row.carried)
        plans = [(part, part.plan(loser, winner)) for part in _parts]
        _carry_all(row, [(part, plan) for part, plan in plans if not plan.blockers], by=by)
        row.save(update_fields=["carried"])
        return repr(row.carried) != before


def undo(row: StoreMerge, *, by: Actor) -> StoreMerge:
    """Make two places of one again: the transfer is taken back, the rows that went over go back, the card opens its own page.

    What happened since stays with the winner (`since`). Rows that went on to somewhere else stay there.
    Returns the fresh row; again changes nothing. Raises ValidationError while the winner is itself part of another place,
    PermissionDenied for a card.
    """
    if by.kind == LINK:
        raise PermissionDenied
    with transaction.atomic():
        loser, winner = _locked(row.loser_id, row.winner_id)
        row = StoreMerge.objects.select_for_update().get(pk=row.pk)
        if row.undone_at is not None:
            return row
        if loser.merged_into_id != winner.pk:
            sentence = _("“%(winner)s” has itself become part of “%(other)s” since: undo that first.")
            raise ValidationError(sentence % {"winner": winner, "other": winner.merged_into or winner}, code="chain")
        former = row.carried.get("former", [])
        back = ids_of(Store.objects.filter(pk__in=former, merged_into=winner))
        loser.merged_into, loser.status = None, Status(row.status_before)
        services.save_store(loser, by=by, reason=(_("merge into %(winner)s undone") % {"winner": winner})[:250])
        Store.objects.filter(pk__in=back).update(merged_into=loser)
        _lead([loser.pk], None)
        _lead(back, loser.pk)
        _give_back(row)
        row.undone_at = timezone.now()
        row.undone_by_kind, row.undone_by_id = by.kind, by.id
        for part in reversed(_parts):
            part.undo(row, by=by)
        row.save(update_fields=["undone_at", "undone_by_kind", "undone_by_id"])
    _log("merge undone", row, by)
    return row


def _locked(loser_id: int, winner_id: int) -> tuple[Store, Store]:
    """Lock the two places and what comes before them in the order of locks; return them fresh."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])
    former = Store.objects.filter(merged_into__in=[loser_id, winner_id]).values_list("pk", flat=True)
    ids = sorted({loser_id, winner_id, *former})
    for part in _parts:
        part.lock(ids)
    list(Store.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk"))
    both = Store.objects.select_related("merged_into").in_bulk([loser_id, winner_id])
    return both[loser_id], both[winner_id]


def _lead(store_ids: list[int], target: int | None) -> None:
    for kind in _CARDS:
        links.lead_to(kind, store_ids, target)


def _carry_all(row: StoreMerge, plans: Iterable[tuple[Part, Plan]], *, by: Actor) -> None:
    """Let the rows of the plans change hands and note which; then whatever else each floor does."""
    for part, plan in plans:
        for move in plan.moves:
            apps.get_model(move.model)._base_manager.filter(pk__in=move.ids).update(**{move.field: row.winner_id})
            row.carried.setdefault("moves", []).append([move.model, move.field, move.ids])
        for edit in plan.edits:
            apps.get_model(edit.model)._base_manager.filter(pk=edit.pk).update(**edit.after)
            row.carried.setdefault("edits", []).append([edit.model, edit.pk, edit.before, edit.after])
        part.carry(row, plan, by=by)


def _give_back(row: StoreMerge) -> None:
    """Let the rows change hands again, the last ones first: those that are still where the merge put them."""
    for model, pk, before, after in reversed(row.carried.get("edits", [])):
        manager = apps.get_model(model)._base_manager
        now = manager.filter(pk__in=_returning(model, [pk])).values(*after).first()
        if now is not None and {name: kept(value) for name, value in now.items()} == after:
            manager.filter(pk=pk).update(**before)
    for model, name, ids in reversed(row.carried.get("moves", [])):
        there = apps.get_model(model)._base_manager.filter(pk__in=_returning(model, ids), **{name: row.winner_id})
        for pk in there.order_by("pk").values_list("pk", flat=True):
            try:
                with transaction.atomic():
                    there.filter(pk=pk).update(**{name: row.loser_id})
            except IntegrityError:  # the like of it is at the loser again: this one stays
                logger.info("%s %s stays where the merge put it", model, pk)


def _returning(model: str, ids: list[int]) -> list[int]:
    for part in _parts:
        ids = part.returning(model, ids)
    return ids


def _log(what: str, row: StoreMerge, by: Actor) -> None:
    fields = {"loser": row.loser_id, "winner": row.winner_id, "actor_kind": by.kind, "actor_id": by.id}
    logger.info("places %s and %s %s", row.loser_id, row.winner_id, what, extra={"fields": fields})
