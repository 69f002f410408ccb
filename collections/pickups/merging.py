"""What pickups carry over when two rows become one place: the open request, the stops still to come, the series, the hub of tours.

A stop that was made stays where it was made. A tour whose stop changes place gets a line in its log, so that calendars follow.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lincassable.accounts.actors import Actor
from pickups.enums import LIVE_TOUR_STATES, OPEN_REQUEST_STATES, SENT_TOUR_STATES, RequestState, StopState, TourState
from pickups.models import Carrier, PickupRequest, RecurringStop, RecurringTour, RequestPart, Stop, Tour
from pickups.services.moves import write_log
from stores.merging import Edit, Part, Plan, ids_of, kept, register
from stores.models import Store, StoreMerge

# Tours whose stops are still to come; a declined one may be sent again.
_OPEN = (*LIVE_TOUR_STATES, TourState.DECLINED)


def _to_come(store_ids: Collection[int]) -> QuerySet[Stop]:
    return Stop.objects.filter(store__in=store_ids, state=StopState.TO_DO, tour__state__in=_OPEN)


class PickupsPart(Part):
    """The pickups' part of a merge."""

    def lock(self, ids: list[int]) -> None:
        """Lock series, then tours, then stops: before places and requests, as everywhere."""
        series = RecurringTour.objects.filter(Q(hub__in=ids) | Q(pk__in=RecurringStop.objects.filter(store__in=ids).values("recurring")))
        list(series.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
        tours = Tour.objects.filter(state__in=_OPEN).filter(Q(hub__in=ids) | Q(pk__in=_to_come(ids).values("tour")))
        list(tours.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
        list(_to_come(ids).select_for_update(of=("self",)).order_by("pk").values_list("pk"))

    def plan(self, loser: Store, winner: Store) -> Plan:
        """Return what goes over."""
        plan = Plan()
        _against(plan, loser, winner)
        stops = list(_to_come([loser.pk]).select_related("tour").order_by("tour__date", "pk"))
        sentence = ngettext("%(count)d planned stop goes over:", "%(count)d planned stops go over:", len(stops))
        names = ", ".join(str(stop.tour) for stop in stops[:5]) + (" …" if len(stops) > 5 else "")
        plan.move(Stop, [stop.pk for stop in stops], f"{sentence} {names.replace('%', '%%')}")
        series = ids_of(RecurringStop.objects.filter(store=loser))
        count = len(series)
        sentence = ngettext("Its place in %(count)d series of tours goes over.", "Its places in %(count)d series of tours go over.", count)
        plan.move(RecurringStop, series, sentence)
        for model, name, rows in (
            (Tour, "hub", Tour.objects.filter(hub=loser, state__in=_OPEN)),
            (RecurringTour, "hub", RecurringTour.objects.filter(hub=loser)),
            (Carrier, "depot", Carrier.objects.filter(depot=loser)),
        ):
            plan.move(model, ids_of(rows), field=name)
        _requests(plan, loser, winner, stops)
        return plan

    def carry(self, merge: StoreMerge, plan: Plan, *, by: Actor) -> None:
        """Write into the log of each tour which place it visits now; a stop without a request gets the winner's open one."""
        stops = [pk for move in plan.moves if move.model == Stop._meta.label for pk in move.ids]
        _note(stops, _("stop: %(before)s → %(after)s (merge of two places)") % {"before": merge.loser, "after": merge.winner}, by=by)

        _unite_notes(plan)

    def returning(self, model: str, ids: list[int]) -> list[int]:
        """Stops that were made and requests that are over stay where that happened."""
        if model == Stop._meta.label:
            return ids_of(Stop.objects.filter(pk__in=ids, state=StopState.TO_DO, tour__state__in=_OPEN))
        return ids

    def undo(self, merge: StoreMerge, *, by: Actor) -> None:
        """Write it back into the logs; a request that no truck is to come for any more waits again."""
        ids = [pk for model, _name, pks in merge.carried.get("moves", []) if model == Stop._meta.label for pk in pks]
        back = _to_come([merge.loser_id]).filter(pk__in=ids).values_list("pk", flat=True)
        _note(list(back), _("stop: %(before)s → %(after)s (merge undone)") % {"before": merge.winner, "after": merge.loser}, by=by)
        coming = Stop.objects.filter(state=StopState.TO_DO, tour__state__in=SENT_TOUR_STATES, request__isnull=False).values("request")
        planned = PickupRequest.objects.filter(store__in=[merge.loser_id, merge.winner_id], state=RequestState.PLANNED)
        planned.exclude(pk__in=coming).update(state=RequestState.RECEIVED)

    def since(self, merge: StoreMerge) -> list[str]:
        """Return how many visits and requests of the winner are later than the merge."""
        visits = Stop.objects.filter(store=merge.winner_id, completed_at__gt=merge.at).count()
        asked = PickupRequest.objects.filter(store=merge.winner_id, requested_at__gt=merge.at).count()
        found = []
        if visits:
            sentence = ngettext("%(count)d pickup made since stays with it.", "%(count)d pickups made since stay with it.", visits)
            found.append(sentence % {"count": visits})
        if asked:
            sentence = ngettext("%(count)d request made since stays with it.", "%(count)d requests made since stay with it.", asked)
            found.append(sentence % {"count": asked})
        return found


def _against(plan: Plan, loser: Store, winner: Store) -> None:
    """Say what a coordinator has to settle first."""
    names = {"loser": loser, "winner": winner}
    coming = _to_come([loser.pk])
    if winner.collected_through_id and (coming.exists() or PickupRequest.objects.open().filter(store=loser).exists()):
        sentence = _("A truck is to stop at “%(loser)s”, but “%(winner)s” is collected through another place: change that first.")
        plan.blockers.append(sentence % names)
    for stop in coming.filter(tour__in=Stop.objects.filter(store=winner).values("tour")).select_related("tour").order_by("pk"):
        plan.blockers.append(_("Both are stops of %(tour)s: take one of them out first.") % {"tour": stop.tour})
    for stop in coming.filter(tour__hub=winner).select_related("tour").order_by("pk"):
        plan.blockers.append(_("“%(winner)s” is the hub of %(tour)s, which stops at the other one.") % {**names, "tour": stop.tour})
    twice = RecurringStop.objects.filter(store=loser, recurring__in=RecurringStop.objects.filter(store=winner).values("recurring"))
    for row in twice.select_related("recurring").order_by("pk"):
        plan.blockers.append(_("Both are part of the series “%(series)s”: take one of them out first.") % {"series": row.recurring})
    if RequestPart.objects.live().filter(store=loser, request__state__in=OPEN_REQUEST_STATES).exists():
        plan.blockers.append(_("“%(loser)s” has joined the open request of another place: withdraw that first.") % names)


def _requests(plan: Plan, loser: Store, winner: Store, stops: list[Stop]) -> None:
    """Carry the open request over, or let that of the winner answer both."""
    mine = PickupRequest.objects.open().filter(store=loser).first()
    theirs = PickupRequest.objects.open().filter(store=winner).first()
    if mine is None:
        if theirs is not None:
            _join_stops(plan, theirs, [stop for stop in stops if stop.request_id is None])
        return
    if theirs is None:
        plan.move(PickupRequest, [mine.pk], _("Its open request goes over."))
        return
    plan.sentences.append(_("Both have asked for a pickup: the request of the place that stays answers both."))
    label, reason = PickupRequest._meta.label, _("joined to that of %(winner)s") % {"winner": winner}
    closed = {"state": str(RequestState.CANCELLED), "reason": reason[:250], "closed_at": timezone.now().isoformat()}
    plan.edits.append(Edit(label, mine.pk, {"state": mine.state, "reason": mine.reason, "closed_at": kept(mine.closed_at)}, closed))
    wider: dict[str, Any] = {"for_parts_only": mine.for_parts_only and theirs.for_parts_only}
    if mine.state == RequestState.PLANNED:
        wider["state"] = str(RequestState.PLANNED)
    plan.edits.append(Edit(label, theirs.pk, {name: kept(getattr(theirs, name)) for name in wider}, wider))
    _join_stops(plan, theirs, [stop for stop in stops if stop.request_id in (None, mine.pk)])
    there = theirs.parts.values("store")
    for part in mine.parts.exclude(store__in=there).order_by("pk"):
        plan.edits.append(Edit(RequestPart._meta.label, part.pk, {"request_id": mine.pk}, {"request_id": theirs.pk}))


def _join_stops(plan: Plan, request: PickupRequest, stops: list[Stop]) -> None:
    plan.edits += [Edit(Stop._meta.label, stop.pk, {"request_id": stop.request_id}, {"request_id": request.pk}) for stop in stops]


def _unite_notes(plan: Plan) -> None:
    """Add what the loser wrote with its wish to the request that answers both. Not kept in the merge: it may name people."""
    edits = [edit for edit in plan.edits if edit.model == PickupRequest._meta.label]
    closed = next((edit.pk for edit in edits if "reason" in edit.after), None)
    open_one = next((edit.pk for edit in edits if "for_parts_only" in edit.after), None)
    if closed is None or open_one is None:
        return
    notes = PickupRequest.objects.in_bulk([open_one, closed])
    note = " · ".join(dict.fromkeys(filter(None, (notes[open_one].note, notes[closed].note))))
    PickupRequest.objects.filter(pk=open_one).update(note=note[-500:])


def _note(stop_ids: list[int], sentence: str, *, by: Actor) -> None:
    """Write a line into the logs of the tours of these stops, which are locked."""
    for tour in Tour.objects.filter(stops__in=stop_ids).distinct().order_by("pk"):
        write_log(tour, tour.state, by=by, note=sentence)


def register_part() -> None:
    """Add it; called once the apps are ready."""
    register(PickupsPart())
