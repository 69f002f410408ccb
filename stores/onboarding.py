"""The way of a place from prospect to active: which steps are done, by whom and when, and who is stuck where.

Some steps tick themselves from what higher floors know (the first declaration): they say so in `automatic`, and are asked each
time, so that nothing has to be kept in step.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from lincassable.accounts.actors import LINK, USER
from lincassable.accounts.models import User
from stores.enums import Status
from stores.models import OnboardingCheck, OnboardingStep, StatusChange, Store

ON_THE_WAY = (Status.PROSPECT, Status.SETTING_UP)


@dataclass(frozen=True)
class Ticked:
    """When a step was done at a place, and by whom: (kind, id) as rows keep it."""

    at: datetime
    author: tuple[str, int | None]


# By code of the step: takes the ids of places, returns when each did it; one query.
automatic: dict[str, Callable[[Collection[int]], Mapping[int, Ticked]]] = {}


@dataclass(frozen=True)
class StepState:
    """A step at a place. who: a name, or empty; from_a_phone: somebody at the place did it; is_automatic: nobody ticks it by hand."""

    step: OnboardingStep
    done_at: datetime | None = None
    who: str = ""
    from_a_phone: bool = False
    note: str = ""
    is_automatic: bool = False


@dataclass(frozen=True)
class Row:
    """A place on its way, the state of each step, and since when it has its status."""

    store: Store
    states: list[StepState]
    since: datetime


def steps() -> list[OnboardingStep]:
    """Return the steps in use, in their order."""
    return list(OnboardingStep.objects.filter(is_active=True))


def states_of(stores: Sequence[Store]) -> dict[int, list[StepState]]:
    """Return the state of each step at each store, by store id; a fixed number of queries."""
    ids, wanted = [store.pk for store in stores], steps()
    by_hand = {(row.store_id, row.step_id): row for row in OnboardingCheck.objects.filter(store__in=ids).order_by("pk")}
    by_itself = {step.pk: automatic[step.code](ids) for step in wanted if step.code in automatic}
    users = User.objects.filter(pk__in={row.actor_id for row in by_hand.values() if row.actor_kind == USER})
    names = {user.pk: str(user) for user in users}
    found: dict[int, list[StepState]] = {}
    for pk in ids:
        found[pk] = [_state(step, pk, by_hand.get((pk, step.pk)), by_itself.get(step.pk), names) for step in wanted]
    return found


def _state(
    step: OnboardingStep, store_id: int, check: OnboardingCheck | None, itself: Mapping[int, Ticked] | None, names: Mapping[int, str]
) -> StepState:
    ticked = itself.get(store_id) if itself else None
    if ticked is not None:
        return StepState(step, ticked.at, from_a_phone=ticked.author[0] == LINK, is_automatic=True)
    if check is None:
        return StepState(step, is_automatic=itself is not None)
    return StepState(step, check.done_at, names.get(check.actor_id or 0, ""), note=check.note, is_automatic=itself is not None)


def open_steps(store: Store) -> list[OnboardingStep]:
    """Return the steps that are not done at `store`."""
    return [state.step for state in states_of([store])[store.pk] if state.done_at is None]


def on_the_way() -> QuerySet[Store]:
    """Return the prospects and the places that are setting up, each with `since`; the longest first."""
    newest = StatusChange.objects.filter(store=OuterRef("pk"), to_status=OuterRef("status")).order_by("-at", "-pk")
    since = Coalesce(Subquery(newest.values("at")[:1]), F("created_at"))
    found = Store.objects.filter(status__in=ON_THE_WAY).select_related("zone")
    return found.annotate(since=since).order_by("since", "pk")


def rows_of(stores: Sequence[Store]) -> list[Row]:
    """Return what the matrix shows of stores from `on_the_way`."""
    states = states_of(stores)
    return [Row(store, states[store.pk], store.since) for store in stores]  # type: ignore[attr-defined]
