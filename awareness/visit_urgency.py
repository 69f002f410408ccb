"""How urgent a visit of each place is, out of 100, and why, in words: the network's own rule, explained on the page that uses it.

Five reasons give points, at most `VISIT_POINTS[reason]` each; their sum is the urgency. A reason gives the share of its points that says
how far things have gone: none below its threshold, half at it, all at twice (or three times) that. Nothing here writes.
A fixed number of queries for the whole network; rows are read as tuples, places only of those that are returned.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db.models import Case, Max, Q, Sum, When
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from awareness.enums import TrainingState, VisitState, WishReason
from awareness.models import Training, TrainingWish, Visit
from awareness.training_queries import TRAINED_KINDS, months_later
from crates.models import Declaration, DepositCount
from crates.queries_collected import BOTTLES, taken
from nonconformities.models import NonConformity, NonConformityKind
from stores.merging import PLACE, with_merged
from stores.models import Store

BEST = 5
RETURN_MONTHS = 6  # complete ones, of deposits declared
Only = dict[str, Any]  # which places are looked at, as a filter of rows that have one; empty for all
CACHED_SECONDS, _CACHED = 600, "awareness:visits:worth"


@dataclass(frozen=True)
class Facts:
    """What is known of a place. Arguments: since, when it joined; problems, (kind's id, reports) that recur; returns, (charged, refunded);
    bottles, collected (lately, in the same days a year before); score, of the last visit."""

    since: datetime
    declared: datetime | None = None
    trained: datetime | None = None
    wish: str = ""
    training_planned: bool = False
    problems: tuple[tuple[int, int], ...] = ()
    returns: tuple[int, int] = (0, 0)
    bottles: tuple[int, int] = (0, 0)
    visited: datetime | None = None
    score: int | None = None


@dataclass(frozen=True)
class Part:
    """One reason. Arguments: code, of VISIT_POINTS; share, 0 to 1 of its points; points, what it adds to the urgency; words, in the
    current language."""

    code: str
    share: float
    points: int
    words: str

    @property
    def most(self) -> int:
        """What it could add."""
        return int(settings.VISIT_POINTS[self.code])


@dataclass(frozen=True)
class Worth:
    """A place worth a visit: why, the greatest reason first, and how urgent out of 100."""

    store: Store
    parts: list[Part] = field(default_factory=list)

    @property
    def urgency(self) -> int:
        """The sum of the points of all reasons."""
        return sum(part.points for part in self.parts)

    @property
    def reason(self) -> str:
        """Why, in words."""
        semicolon = pgettext("punctuation", ";")
        said = f"{semicolon} ".join(part.words for part in self.parts)
        return f"{said[:1].upper()}{said[1:]}." if said else ""


# -- the rule


def _beyond(value: float, threshold: float, full: float) -> float:
    """Return the share: 0 below `threshold`, ½ at it, 1 from `full` on, straight in between (`full` may lie below it: less is worse)."""
    if full == threshold:
        return 1.0 if value >= threshold else 0.0
    way = (value - threshold) / (full - threshold)
    return 0.0 if way < 0 else 0.5 + 0.5 * min(1.0, way)


def _stale(facts: Facts, now: datetime) -> float:
    late = settings.DECLARATION_LATE_DAYS
    return _beyond((now - (facts.declared or facts.since)).days, late, 3 * late)


def _problems(facts: Facts, now: datetime) -> float:
    number = sum(reports for _kind, reports in facts.problems)
    return _beyond(number, settings.NONCONFORMITY_RECURRENT, 2 * settings.NONCONFORMITY_RECURRENT) if number else 0.0


def _training(facts: Facts, now: datetime) -> float:
    if facts.training_planned:
        return 0.0
    return 1.0 if facts.wish or facts.trained is None else _due(facts.trained, settings.TRAINING_EVERY_MONTHS, now)


def _low_rate(facts: Facts) -> float:
    charged, refunded = facts.returns
    if charged < max(1, settings.VISIT_LEAST_BOTTLES) or not settings.VISIT_LOW_RETURN_PERCENT:
        return 0.0
    return _beyond(100 * refunded / charged, settings.VISIT_LOW_RETURN_PERCENT, 0)


def _fall(facts: Facts) -> float:
    lately, before = facts.bottles
    return _beyond(100 - 100 * lately / before, settings.VISIT_FALL_PERCENT, 100) if before >= max(1, settings.VISIT_LEAST_BOTTLES) else 0.0


def _returns(facts: Facts, now: datetime) -> float:
    """A low return rate, or a fall of what is collected: what says more."""
    return max(_low_rate(facts), _fall(facts))


def _low_score(facts: Facts) -> float:
    if facts.score is None or facts.score >= settings.VISIT_LOW_SCORE:
        return 0.0
    return _beyond(facts.score, settings.VISIT_LOW_SCORE, 0)


def _visit(facts: Facts, now: datetime) -> float:
    """Never or long ago, or a low score: what says more."""
    if facts.visited is None:
        return 1.0
    return max(_low_score(facts), _due(facts.visited, settings.VISIT_EVERY_MONTHS, now))


def _due(last: datetime, months: int, now: datetime) -> float:
    """Return the share of something that should be done again after so many months: all of it after twice that."""
    day, today = timezone.localtime(last).date(), timezone.localtime(now).date()
    if (today - day).days < 28 * months:  # no month is shorter: most places need no calendar
        return 0.0
    due, full = (months_later(day, number * months) for number in (1, 2))
    return _beyond((today - day).days, (due - day).days, (full - day).days)


SHARES: dict[str, Callable[[Facts, datetime], float]] = {
    "stale": _stale,
    "problems": _problems,
    "training": _training,
    "returns": _returns,
    "visit": _visit,
}


def _words(code: str, facts: Facts, now: datetime, kinds: Mapping[int, str]) -> str:
    """Say a reason that counts, in the current language."""
    if code == "stale":
        days = number_format((now - (facts.declared or facts.since)).days)
        return _("no declaration for %(days)s days") % {"days": days} if facts.declared else _("has never declared anything")
    if code == "problems":
        said = [_("%(kind)s (%(count)s times)") % {"kind": kinds.get(kind, ""), "count": reports} for kind, reports in facts.problems]
        words: dict[str, Any] = {"days": settings.NONCONFORMITY_RECURRENT_DAYS, "problems": ", ".join(said)}
        return _("comes back within %(days)s days: %(problems)s") % words
    if code == "visit":
        return _visit_words(facts, now)
    return _training_words(facts) if code == "training" else _returns_words(facts)


def _month(moment: datetime | None) -> str:
    return date_format(timezone.localtime(moment), "F Y") if moment else ""


def _training_words(facts: Facts) -> str:
    if facts.wish:
        return _("asks for a training: %(why)s") % {"why": WishReason(facts.wish).label}
    return _("last trained in %(month)s") % {"month": _month(facts.trained)} if facts.trained else _("its team was never trained")


def _returns_words(facts: Facts) -> str:
    low = _low_rate(facts)
    if low and low >= _fall(facts):
        charged, refunded = facts.returns
        return _("only %(percent)s %% of its bottles come back") % {"percent": round(100 * refunded / charged)}
    words = {name: number_format(number, force_grouping=True) for name, number in zip(("lately", "before"), facts.bottles, strict=True)}
    return _("%(lately)s bottles collected lately, %(before)s in the same months a year ago") % words


def _visit_words(facts: Facts, now: datetime) -> str:
    if facts.visited is None:
        return _("never visited")
    words = {"month": _month(facts.visited), "score": facts.score}
    if _low_score(facts) > _due(facts.visited, settings.VISIT_EVERY_MONTHS, now):
        return _("%(score)s %% at the last visit, in %(month)s") % words
    return _("last visited in %(month)s") % words


def points_of(facts: Facts, now: datetime) -> dict[str, tuple[float, int]]:
    """Return the share and the points of each reason that counts, by code."""
    shares = {code: share(facts, now) for code, share in SHARES.items()}
    found = {code: (share, int(settings.VISIT_POINTS[code] * share + 0.5)) for code, share in shares.items() if share}
    return {code: pair for code, pair in found.items() if pair[1]}


def parts_of(facts: Facts, now: datetime, kinds: Mapping[int, str]) -> list[Part]:
    """Return the reasons that count, in words, the greatest first. Arguments: kinds, names of kinds of non-conformities by id."""
    rows = points_of(facts, now).items()
    parts = [Part(code, share, points, _words(code, facts, now, kinds)) for code, (share, points) in rows]
    return sorted(parts, key=lambda part: -part.points)


# -- the network


def worth_making(
    number: int | None = BEST, *, now: datetime | None = None, among: Collection[int] | None = None, any_time: bool = False
) -> list[Worth]:
    """Return the places most worth a visit, the most urgent first; of equals, the one that more bottles come from.

    Arguments: number, how many at most (None: all that have a reason); now, the moment (None: the present one); among, ids of places to
    look at only; any_time, also those that have a visit planned or were visited within VISIT_REST_DAYS.
    Active places with a sales team only. Thirteen queries at most, however large the network.
    """
    now = now or timezone.now()
    facts = facts_of(now, among)
    left_out = set() if any_time else _left_out(facts, now)
    return _said(ranked({pk: known for pk, known in facts.items() if pk not in left_out}, now)[:number], now)


def worth_lately(number: int = BEST) -> list[Worth]:
    """Return the places most worth a visit as they were some minutes ago, for a page that is opened all day; four queries, mostly.

    A place for which a visit was planned or made since is left out.
    """
    now = timezone.now()
    known = cache.get(_CACHED)
    if known is None:
        facts = facts_of(now)
        left_out = _left_out(facts, now)
        known = ranked({pk: row for pk, row in facts.items() if pk not in left_out}, now)[: 4 * number]
        cache.set(_CACHED, known, CACHED_SECONDS)
    since = Q(state=VisitState.PLANNED) | Q(done_at__gt=now - timedelta(days=settings.VISIT_REST_DAYS))
    settled = set(Visit.objects.filter(since, store__in=[pk for pk, _facts in known]).order_by().values_list("store", flat=True))
    return _said([row for row in known if row[0] not in settled][:number], now)


def ranked(facts: Mapping[int, Facts], now: datetime) -> list[tuple[int, Facts]]:
    """Return the places that have a reason, by id, the most urgent first; of equals, the one that more bottles come from."""
    sums = ((pk, known, sum(points for _share, points in points_of(known, now).values())) for pk, known in facts.items())
    rows = [(-urgency, -known.bottles[0], pk) for pk, known, urgency in sums]
    return [(pk, facts[pk]) for urgency, _bottles, pk in sorted(rows) if urgency]


def _said(rows: list[tuple[int, Facts]], now: datetime) -> list[Worth]:
    """Return the places with their reasons in words."""
    kinds = {kind.pk: str(kind) for kind in NonConformityKind.objects.all()}
    stores = Store.objects.select_related("zone").in_bulk([pk for pk, _facts in rows])
    return [Worth(stores[pk], parts_of(facts, now, kinds)) for pk, facts in rows if pk in stores]


def _left_out(facts: Mapping[int, Facts], now: datetime) -> set[int]:
    """Return the places that a visit is planned for, or that were visited lately."""
    rest = now - timedelta(days=settings.VISIT_REST_DAYS)
    planned = set(Visit.objects.planned().order_by().values_list("store", flat=True))
    return planned | {pk for pk, known in facts.items() if known.visited and known.visited > rest}


def facts_of(now: datetime, among: Collection[int] | None = None) -> dict[int, Facts]:
    """Return what is known of every active place with a sales team, by its id. A fixed number of queries, each grouped by place."""
    places = Store.objects.active().filter(kind__in=TRAINED_KINDS)
    only: Only = {}
    if among is not None:
        places, only = places.filter(pk__in=among), {"store__in": with_merged(among)}
    since = dict(places.order_by().values_list("pk", "created_at"))
    declared = _newest(Declaration.objects.filter(state=Declaration.POSTED, declared_at__lte=now, **only), "declared_at")
    held = Training.objects.filter(state=TrainingState.DONE, people__gt=0, starts_at__lte=now, **only)
    trained, wishes = _newest(held, "starts_at"), _wishes(only)
    coming = set(Training.objects.coming(now).filter(**only).order_by().values_list("store", flat=True))
    problems, returns, bottles, visits = _recurring(now, only), _deposits(now, only), _bottles(now, only), _visits(now, only)
    return {
        pk: Facts(
            since=joined,
            declared=declared.get(pk),
            trained=trained.get(pk),
            wish=wishes.get(pk, ""),
            training_planned=pk in coming,
            problems=problems.get(pk, ()),
            returns=returns.get(pk, (0, 0)),
            bottles=bottles.get(pk, (0, 0)),
            visited=visits[pk][0] if pk in visits else None,
            score=visits[pk][1] if pk in visits else None,
        )
        for pk, joined in since.items()
    }


def _newest(rows: Any, column: str) -> dict[int, datetime]:
    """Return the newest moment by place; what a merged place did counts for the one that stayed."""
    return dict(rows.order_by().annotate(place=PLACE).values_list("place").annotate(at=Max(column)))


def _wishes(only: Only) -> dict[int, str]:
    return dict(TrainingWish.objects.filter(settled_at=None, **only).order_by().annotate(place=PLACE).values_list("place", "reason"))


def _recurring(now: datetime, only: Only) -> dict[int, tuple[tuple[int, int], ...]]:
    """Return the kinds of non-conformities that recur, with how many reports, by place (see `nonconformities.queries.recurrent`)."""
    since = now - timedelta(days=settings.NONCONFORMITY_RECURRENT_DAYS)
    rows: Any = (
        NonConformity.objects.standing().filter(occurred_at__gte=since, occurred_at__lte=now, store__isnull=False, **only).order_by()
    )
    counted = (
        rows.annotate(place=PLACE)
        .values_list("place", "kind")
        .annotate(reports=Sum(1))
        .filter(reports__gte=settings.NONCONFORMITY_RECURRENT)
    )
    found: dict[int, tuple[tuple[int, int], ...]] = {}
    for place, kind, reports in counted.order_by("-reports", "kind"):
        found[place] = (*found.get(place, ()), (kind, reports))
    return found


def _deposits(now: datetime, only: Only) -> dict[int, tuple[int, int]]:
    """Return the bottles charged and refunded in the last complete months, by place."""
    first = timezone.localtime(now).date().replace(day=1)
    start = _months_before(first, RETURN_MONTHS)
    rows: Any = DepositCount.objects.filter(is_current=True, month__gte=start, month__lt=first, **only).order_by()
    sums = rows.annotate(place=PLACE).values_list("place").annotate(Sum("charged"), Sum("refunded"))
    return {place: (charged, refunded) for place, charged, refunded in sums}


def _months_before(first: date, months: int) -> date:
    year, month = divmod(first.year * 12 + first.month - 1 - months, 12)
    return date(year, month + 1, 1)


def _bottles(now: datetime, only: Only) -> dict[int, tuple[int, int]]:
    """Return the bottles that tours took lately, and in the same days a year before, by place."""
    span, year = timedelta(days=settings.VISIT_FALL_DAYS), timedelta(days=365)
    lately = Q(occurred_at__gt=now - span, occurred_at__lte=now)
    before = Q(occurred_at__gt=now - span - year, occurred_at__lte=now - year)
    pickups: Any = taken().filter(lately | before, **only).order_by()
    figures = {
        "new": Sum(Case(When(lately, then=BOTTLES), default=0)),
        "old": Sum(Case(When(before, then=BOTTLES), default=0)),
    }
    sums = pickups.annotate(place=PLACE).values_list("place").annotate(**figures)
    return {place: (max(0, new or 0), max(0, old or 0)) for place, new, old in sums}


def _visits(now: datetime, only: Only) -> dict[int, tuple[datetime, int | None]]:
    """Return the last visit that was made of each place, and its score."""
    made: Any = Visit.objects.filter(state=VisitState.DONE, done_at__lte=now, **only).annotate(place=PLACE)
    last = made.order_by("place", "-done_at", "-pk").distinct("place").values_list("place", "done_at", "score")
    return {place: (at, score) for place, at, score in last}
