"""What awareness carries over when two rows become one place: what is still to be held, wishes, open orders, what stands there.

What was held stays where it was held, and is read there (`stores.merging.history_ids`). Nobody is written to: the place is the same
one; calendars take its name from the next version.
"""

from __future__ import annotations

from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from awareness.enums import OPEN_ORDERS, EventState, OrderState, TrainingState, VisitState
from awareness.models import Event, EventLog, MaterialOrder, Placement, Training, TrainingWish, Visit
from lincassable.accounts.actors import Actor
from stores.merging import Edit, Part, Plan, ids_of, kept, register
from stores.models import Store, StoreMerge

_STANDS = ("state", "quantity", "placed_on", "checked_on")


def _to_come() -> Q:
    """Events that are not over, drafts whatever their day; a cancelled one may take place after all."""
    return Q(state=EventState.DRAFT) | (~Q(state=EventState.DONE) & Q(ends_at__gt=timezone.now()))


class AwarenessPart(Part):
    """The part of events, trainings and materials in a merge."""

    def lock(self, ids: list[int]) -> None:
        """Lock events, trainings and orders that may be put in place: before places, as everywhere."""
        list(Event.objects.filter(_to_come(), store__in=ids).select_for_update(of=("self",)).order_by("pk").values_list("pk"))
        planned = Training.objects.filter(store__in=ids, state=TrainingState.PLANNED)
        list(planned.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
        visits = Visit.objects.filter(store__in=ids, state=VisitState.PLANNED)
        list(visits.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
        coming = MaterialOrder.objects.filter(store__in=ids, state__in=(OrderState.PREPARED, OrderState.SENT))
        list(coming.select_for_update(of=("self",)).order_by("pk").values_list("pk"))

    def plan(self, loser: Store, winner: Store) -> Plan:
        """Return what goes over."""
        plan = Plan()
        events = ids_of(Event.objects.filter(_to_come(), store=loser))
        plan.move(Event, events, ngettext("%(count)d event to come goes over.", "%(count)d events to come go over.", len(events)))
        trainings = ids_of(Training.objects.filter(store=loser, state=TrainingState.PLANNED))
        sentence = ngettext("%(count)d planned training goes over.", "%(count)d planned trainings go over.", len(trainings))
        plan.move(Training, trainings, sentence)
        _wishes(plan, loser, winner)
        _visits(plan, loser, winner)
        _orders(plan, loser, winner)
        _placements(plan, loser, winner)
        return plan

    def carry(self, merge: StoreMerge, plan: Plan, *, by: Actor) -> None:
        """Let calendars take the new version, and write into the log of each event where it is held now."""
        words = {"before": merge.loser, "after": merge.winner}
        _changed(_moved(plan), _("place: %(before)s → %(after)s (merge of two places)") % words, by=by)

    def returning(self, model: str, ids: list[int]) -> list[int]:
        """What was held, or has come, since the merge stays where that happened."""
        if model == Event._meta.label:
            return ids_of(Event.objects.filter(_to_come(), pk__in=ids))
        if model == Training._meta.label:
            return ids_of(Training.objects.filter(pk__in=ids, state=TrainingState.PLANNED))
        if model == Visit._meta.label:
            return ids_of(Visit.objects.filter(pk__in=ids).exclude(state=VisitState.DONE))
        if model == MaterialOrder._meta.label:
            return ids_of(MaterialOrder.objects.filter(pk__in=ids).exclude(state=OrderState.PLACED))
        return ids

    def undo(self, merge: StoreMerge, *, by: Actor) -> None:
        """Let calendars take the version before again, and write it into the logs."""
        moved = {label: [pk for model, _name, pks in merge.carried.get("moves", []) if model == label for pk in pks] for label in _LABELS}
        back = {label: ids_of(model._default_manager.filter(pk__in=moved[label], store=merge.loser_id)) for label, model in _LABELS.items()}
        words = {"before": merge.winner, "after": merge.loser}
        _changed(back, _("place: %(before)s → %(after)s (merge undone)") % words, by=by)

    def since(self, merge: StoreMerge) -> list[str]:
        """Return how many events and trainings of the winner were held since the merge."""
        here = {"store": merge.winner_id, "starts_at__gt": merge.at}
        held = Event.objects.filter(ends_at__lte=timezone.now(), **here)
        count = held.exclude(state__in=(EventState.DRAFT, EventState.CANCELLED)).count()
        count += Training.objects.filter(state=TrainingState.DONE, **here).count()
        if not count:
            return []
        sentence = ngettext(
            "%(count)d event or training held since stays with it.", "%(count)d events and trainings held since stay with it.", count
        )
        return [sentence % {"count": count}]


_LABELS: dict[str, type[Event] | type[Training] | type[Visit]] = {model._meta.label: model for model in (Event, Training, Visit)}


def _moved(plan: Plan) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {label: [] for label in _LABELS}
    for move in plan.moves:
        if move.model in found:
            found[move.model] += move.ids
    return found


def _changed(rows: dict[str, list[int]], note: str, *, by: Actor) -> None:
    """Count a change of these events and trainings, which are locked, and write it into the logs of the events."""
    for label, model in _LABELS.items():
        model._default_manager.filter(pk__in=rows[label]).update(sequence=F("sequence") + 1, changed_at=timezone.now())
    for event in Event.objects.filter(pk__in=rows[Event._meta.label]).order_by("pk"):
        EventLog.objects.create(event=event, to_state=event.state, note=note[:500], **EventLog.author(by))


def _wishes(plan: Plan, loser: Store, winner: Store) -> None:
    """The open wish for a training goes over, or that of the winner stands for both."""
    mine = TrainingWish.objects.filter(store=loser, settled_at=None).first()
    if mine is None:
        return
    if not TrainingWish.objects.filter(store=winner, settled_at=None).exists():
        plan.move(TrainingWish, [mine.pk], _("Its wish for a training goes over."))
        return
    settled = {"settled_at": timezone.now().isoformat()}
    plan.edits.append(Edit(TrainingWish._meta.label, mine.pk, {"settled_at": None}, settled))
    plan.sentences.append(_("Both ask for a training: the wish of the place that stays stands for both."))


def _visits(plan: Plan, loser: Store, winner: Store) -> None:
    """The planned visit goes over, or that of the winner stands for both."""
    mine = Visit.objects.filter(store=loser, state=VisitState.PLANNED).first()
    if mine is None:
        return
    other = Visit.objects.filter(store=winner, state=VisitState.PLANNED).first()
    if other is None:
        plan.move(Visit, [mine.pk], _("Its planned visit goes over."))
        return
    reason = _("joined to that of %(winner)s") % {"winner": winner}
    before = {"state": str(VisitState.PLANNED), "cancel_reason": ""}
    plan.edits.append(Edit(Visit._meta.label, mine.pk, before, {"state": str(VisitState.CANCELLED), "cancel_reason": reason[:250]}))
    words = {"day": other.when}
    plan.sentences.append(_("Both have a planned visit: one stands for both, %(day)s.") % words)


def _orders(plan: Plan, loser: Store, winner: Store) -> None:
    """Open orders go over; of what both wait for, the winner's order stands for both, with the larger quantity."""
    theirs = {row.material_id: row for row in MaterialOrder.objects.filter(store=winner, state=OrderState.ORDERED)}
    moved, label, joined = [], MaterialOrder._meta.label, _("joined to that of %(winner)s") % {"winner": winner}
    for mine in MaterialOrder.objects.filter(store=loser, state__in=OPEN_ORDERS).select_related("material").order_by("pk"):
        other = theirs.get(mine.material_id) if mine.state == OrderState.ORDERED else None
        if other is None:
            moved.append(mine.pk)
            continue
        closed = {"state": str(OrderState.REFUSED), "answer": joined[:250]}
        plan.edits.append(Edit(label, mine.pk, {"state": mine.state, "answer": mine.answer}, closed))
        if mine.quantity > other.quantity:
            # With the state: once it is prepared, the stock has moved, and undoing leaves its quantity alone.
            before, after = ({"state": other.state, "quantity": row.quantity} for row in (other, mine))
            plan.edits.append(Edit(label, other.pk, before, after))
        words = {"material": mine.material, "quantity": max(mine.quantity, other.quantity)}
        plan.sentences.append(_("Both have ordered “%(material)s”: one order stands for both, of %(quantity)s.") % words)
    sentence = ngettext("%(count)d open order of material goes over.", "%(count)d open orders of material go over.", len(moved))
    plan.move(MaterialOrder, moved, sentence)


def _placements(plan: Plan, loser: Store, winner: Store) -> None:
    """What only the loser lists goes over; of what both list, what was looked at last holds."""
    theirs = {row.material_id: row for row in Placement.objects.filter(store=winner)}
    moved = []
    for mine in Placement.objects.filter(store=loser).order_by("pk"):
        other = theirs.get(mine.material_id)
        if other is None:
            moved.append(mine.pk)
        elif mine.checked_on > other.checked_on:
            before, after = ({name: kept(getattr(row, name)) for name in _STANDS} for row in (other, mine))
            plan.edits.append(Edit(Placement._meta.label, other.pk, before, after))
    sentence = ngettext("%(count)d material that stands there goes over.", "%(count)d materials that stand there go over.", len(moved))
    plan.move(Placement, moved, sentence)


def register_part() -> None:
    """Add it; called once the apps are ready."""
    register(AwarenessPart())
