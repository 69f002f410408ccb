"""The gestures of the compose screen: what a POST asks for, turned into changes, written at once or kept for a sent tour."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from pickups import queries, services
from pickups.admin.common import author
from pickups.admin.compose_forms import Typed, typed_rows
from pickups.admin.compose_page import Outcome
from pickups.composing import Pending, Plan, plan_from, plan_of, revision_of, rows_and_mark, rows_of
from pickups.enums import SENT_TOUR_STATES, StopState
from pickups.models import Stop, Tour, Vehicle
from stores.models import Store


def _key(tour: Tour) -> str:
    return f"compose-{tour.pk}"


def kept(request: HttpRequest, tour: Tour) -> Pending:
    """Return the changes that this coordinator collects for a sent tour; nothing for a draft."""
    if tour.state not in SENT_TOUR_STATES:
        return Pending()
    return Pending.from_json(request.session.get(_key(tour), {}))


def forget(request: HttpRequest, tour: Tour) -> None:
    """Drop the collected changes."""
    request.session.pop(_key(tour), None)


def write(request: HttpRequest, tour: Tour, pending: Pending) -> Tour:
    """Write changes through the service, and forget them. Returns the fresh tour.

    Raises ValidationError: what somebody else has changed meanwhile is said, what is collected stays, and a second try overwrites
    knowingly.
    """
    try:
        fresh = services.revise_tour(tour, by=author(request), **revision_of(tour, pending))
    except ValidationError as error:
        if _is_stale(error) and tour.state in SENT_TOUR_STATES:
            now = {stop.store_id: stop.mark for stop in rows_of(tour, Pending())}  # type: ignore[attr-defined]
            pending.seen = {pk: now[pk] for pk in pending.seen if pk in now}
            pending.edited = {pk: plan for pk, plan in pending.edited.items() if pk in now}
            request.session[_key(tour)] = pending.to_json()
        raise
    forget(request, tour)
    return fresh


class Gesture:
    """One POST of the compose screen.

    `do` says what: "add:<place>", "remove:<place>", "up:<place>", "down:<place>", "order" (with `order`, places separated by commas),
    "tour" (with `vehicle` and `departs_at`), "save". Rows that were sent with it are written as well when something was typed there, so
    that no button loses what stands in another row. `plan_seen` is the mark of the plan that the coordinator had before their eyes.
    """

    def __init__(self, request: HttpRequest, tour: Tour) -> None:
        self.request, self.tour = request, tour
        self.pending = kept(request, tour)
        self.is_sent = tour.state in SENT_TOUR_STATES
        stops, self.mark = rows_and_mark(tour, self.pending)
        self.stops = {stop.store_id: stop for stop in stops}
        self.outcome = Outcome()

    def make(self) -> Outcome:
        """Do it. Returns what to say, or what was refused and why: then nothing is written."""
        verb, _colon, target = self.request.POST.get("do", "save").partition(":")
        known: dict[str, Callable[[int], str]] = {
            "add": self._add,
            "remove": self._remove,
            "up": lambda pk: self._step(pk, -1),
            "down": lambda pk: self._step(pk, 1),
            "order": self._order,
            "tour": self._fields,
            "save": lambda _pk: "",
        }
        try:
            rows = [row for row in typed_rows(self.request.POST) if f"{verb}:{target}" != f"remove:{row.store_id}"]
            saved = self._type(rows)
            if not self.outcome.refused:
                said = known.get(verb, known["save"])(int(target) if target.isdecimal() else 0)
                self._finish(said or saved)
        except ValidationError as error:
            self._refuse(error)
        except PermissionDenied as error:
            self.outcome.errors.append(str(error))
        return self.outcome

    def plan_stop(self, stop: Stop, plan: Plan, mark: str) -> Outcome:
        """Plan everything of one stop. Arguments: mark, of the stop as the coordinator saw it. Returns as `make`."""
        try:
            self.pending.edit(stop.store_id, plan, mark)
            self._finish(_("%s: planned.") % stop.store)
        except ValidationError as error:
            self._refuse(error)
        return self.outcome

    # -- the gestures; each returns what to say

    def _type(self, rows: list[Typed]) -> str:
        """Take what was typed in rows."""
        names = []
        for row in rows:
            stop = self.stops.get(row.store_id)
            if stop is None:
                name = Store.objects.filter(pk=row.store_id).values_list("name", flat=True).first()
                self.outcome.errors.append(_("%s is no longer in the tour: somebody else has just taken it out.") % (name or "?"))
                continue
            self.outcome.typed[row.store_id] = row
            try:
                plan = row.plan(plan_of(stop))
            except ValidationError as error:
                self.outcome.row_errors[row.store_id] = error.messages
                continue
            if plan != plan_of(stop):
                self.pending.edit(row.store_id, plan, row.mark)
                names.append(str(stop.store))
        return _("%s: planned.") % ", ".join(names) if names else ""

    def _add(self, pk: int) -> str:
        store = Store.objects.filter(pk=pk).select_related("collected_through").first()
        if store is None:
            raise ValidationError(_("This place no longer exists."), code="gone")
        if pk in self.stops:
            return _("%s is already a stop of this tour.") % store
        if pk not in self.pending.removed:
            services.check_store(self.tour, store)
        lines = queries.suggested_lines([pk]).get(pk, [])
        self.pending.add(pk, plan_from(lines))
        if self.pending.order:
            self.pending.order.append(pk)
        amount = ", ".join(f"{line.planned_full} {line.container_type.short}" for line in lines)
        return (
            _("%(place)s added: %(amount)s.") % {"place": store, "amount": amount}
            if amount
            else _("%s added, nothing planned yet.") % store
        )

    def _remove(self, pk: int) -> str:
        stop = self.stops.get(pk)
        if stop is None:
            return _("This place is no longer in the tour.")
        if stop.state != StopState.TO_DO:
            raise ValidationError(_("%s has already been visited: it stays in the tour.") % stop.store, code="visited")
        self.pending.remove(pk, self.request.POST.get(f"mark_{pk}", ""))
        return _("%s removed.") % stop.store

    def _step(self, pk: int, by: int) -> str:
        """Move a stop one place up or down, among those that are still to do."""
        order = [key for key, stop in self.stops.items() if stop.state == StopState.TO_DO]
        if pk not in order:
            return _("This place is no longer in the tour.")
        here = order.index(pk)
        there = min(max(here + by, 0), len(order) - 1)
        order.insert(there, order.pop(here))
        return self._put(order, pk)

    def _order(self, pk: int) -> str:
        """Take the order that a drag made; `pk` is the place that was dragged."""
        wanted = [int(part) for part in self.request.POST.get("order", "").split(",") if part.strip().isdecimal()]
        known = [key for key, stop in self.stops.items() if stop.state == StopState.TO_DO]
        order = [key for key in dict.fromkeys(wanted) if key in known]
        return self._put(order + [key for key in known if key not in order], pk)

    def _put(self, order: list[int], moved: int) -> str:
        visited = [key for key, stop in self.stops.items() if stop.state != StopState.TO_DO]
        full = [*visited, *order]
        if full != list(self.stops):
            self.pending.order = full
        if moved not in full:
            return _("New order.")
        words = _("%(place)s is now stop %(rank)s of %(count)s.")
        return words % {"place": self.stops[moved].store, "rank": full.index(moved) + 1, "count": len(full)}

    def _fields(self, _pk: int) -> str:
        """Take another vehicle, another hour of departure."""
        post = self.request.POST
        if "vehicle" in post:
            chosen = (
                Vehicle.objects.filter(carrier=self.tour.carrier_id, pk=post["vehicle"]).first() if post["vehicle"].isdecimal() else None
            )
            self.pending.fields["vehicle"] = chosen.pk if chosen else None
        if post.get("departs_at"):
            try:
                hour, minute = map(int, post["departs_at"].split(":")[:2])
            except ValueError:
                raise ValidationError(_("Write the hour of departure like 08:00."), code="time")
            if not (0 <= hour < 24 and 0 <= minute < 60):
                raise ValidationError(_("Write the hour of departure like 08:00."), code="time")
            self.pending.fields["departs_at"] = f"{hour:02}:{minute:02}"
        return _("Vehicle and departure are set.")

    # -- the end of each

    def _finish(self, said: str) -> None:
        """Write a draft's change, keep a sent tour's, and say what happened."""
        saw = self.request.POST.get("plan_seen", "")
        others = bool(saw) and saw != self.mark
        if self.is_sent:
            self.request.session[_key(self.tour)] = self.pending.to_json()
        elif self.pending:
            self.tour = write(self.request, self.tour, self.pending)
        if others:
            said = f"{said} " + _("Somebody else is changing this tour too: what you see now holds their changes and yours.")
        self.outcome.said = said.strip()

    def _refuse(self, error: ValidationError) -> None:
        """Say why nothing was written: at the row when it is about one, above otherwise."""
        touched = [pk for pk in self.pending.edited if pk in self.outcome.typed]
        if _is_stale(error):
            fresh = {stop.store_id: stop for stop in rows_of(self.tour, Pending())}
            touched = [pk for pk in touched if pk in fresh and fresh[pk].mark != self.outcome.typed[pk].mark]  # type: ignore[attr-defined]
            for pk in touched:
                self.outcome.row_errors[pk] = [*error.messages, _("Now planned: %s") % _summary(fresh[pk])]
        elif len(touched) == 1:
            self.outcome.row_errors[touched[0]] = error.messages
        if not self.outcome.row_errors:
            self.outcome.errors += error.messages


def _is_stale(error: ValidationError) -> bool:
    """Whether a service refused because somebody else was there first."""
    return not hasattr(error, "error_dict") and any(one.code == "stale" for one in error.error_list)


def _summary(stop: Stop) -> str:
    """Return the usual quantities of a stop in a few words."""
    lines = (f"{line.container_type.short} {line.planned_full}/{line.planned_empty}" for line in stop.all_lines)  # type: ignore[attr-defined]
    return ", ".join(lines) or "–"
