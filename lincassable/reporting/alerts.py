"""What must be looked at in the stock: one registry for the stock board, the coordinators' report and the stores' own mail.

An alert has one key: its kind, its place and its container. A place whose containers are nearly all full is told so once:
that it has few empty ones left is the same news, and not said again. Thresholds are settings (docs/operator.md).
Finding them is `alert_queries`; here is what they are, how they are recognised, and their words.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crates.models import ContainerType
from lincassable.reporting.enums import LONGEST_LIST, AlertKind


@dataclass(frozen=True)
class Alert:
    """One thing to look at.

    Arguments:
        store_id: None for paloxes that are nowhere in particular. container: None when it is not about one kind of them.
        figure, other: numbers of containers, paloxes or declarations; what they count depends on the kind (see `REGISTRY`).
        since: the oldest moment concerned, when it is known.
    """

    kind: AlertKind
    store_id: int | None
    store_name: str
    container: ContainerType | None
    figure: int
    other: int = 0
    since: datetime | None = None

    @property
    def key(self) -> tuple[str, int, int]:
        """What makes it one alert: its kind, its place, its container (0: none)."""
        return (self.kind, self.store_id or 0, self.container.pk if self.container else 0)

    @property
    def percent(self) -> int:
        """The figure in % of the other one; 0 without it."""
        return round(100 * self.figure / self.other) if self.other else 0

    @property
    def title(self) -> str:
        """What lists of such alerts are called."""
        return str(REGISTRY[self.kind].title)

    @property
    def sentence(self) -> str:
        """The alert in words, for a coordinator, in the current language."""
        return REGISTRY[self.kind].told(self)

    @property
    def sentence_for_store(self) -> str:
        """The alert in the words of the store's own mail."""
        told = REGISTRY[self.kind].for_store
        return told(self) if told else self.sentence


@dataclass(frozen=True)
class AlertGroup:
    """The first alerts of one kind, and how many there are in all."""

    kind: AlertKind
    rows: Sequence[Alert]
    total: int

    @property
    def title(self) -> str:
        """What the list is called."""
        return str(REGISTRY[self.kind].title)

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.total - len(self.rows)


@dataclass(frozen=True)
class Rule:
    """How one kind of alert is found and told.

    Arguments:
        title: of a list of such alerts. sql: rows (store_id, container_type_id, figure, other, since) from the steps of
        `stock_sql`, `{line}` being the lines looked at. told: an alert in words. in_the_past: whether it means something for a past moment.
        for_store: its words in the store's own mail; None when that mail does not tell it.
    """

    title: Promise
    sql: str
    told: Callable[[Alert], str]
    in_the_past: bool = True
    for_store: Callable[[Alert], str] | None = None


# Full ones leave in the order in which they came: as many as came in since `old_before` are younger, the rest is older. What
# is recorded at one moment is netted first, so that a corrected pickup does not count as crates that came in.
OLD = """
    SELECT l.store_id, l.container_type_id, l."full" - fresh.added AS figure, l."full" AS other, %(old_before)s::timestamptz AS since
    FROM {line} AS l, LATERAL (
        SELECT coalesce(sum(net.quantity) FILTER (WHERE net.quantity > 0), 0)::bigint AS added FROM (
            SELECT sum(e.quantity) AS quantity FROM crates_entry AS e
            WHERE e.store_id = l.store_id AND e.container_type_id = l.container_type_id AND e.content = 'full'
                AND e.occurred_at > %(old_before)s AND e.occurred_at <= %(moment)s
            GROUP BY e.occurred_at
        ) AS net
    ) AS fresh WHERE l.is_active AND l."full" > 0 AND fresh.added < l."full"
"""


def _over_full(alert: Alert) -> str:
    values = {"full": alert.figure, "room": alert.other, "percent": alert.percent}
    return _("%(full)s full for a room of %(room)s (%(percent)s %%)") % values


def _low(alert: Alert) -> str:
    number = max(alert.figure, 0)
    return ngettext("%(number)s empty one left", "%(number)s empty ones left", number) % {"number": number}


def _low_for_store(alert: Alert) -> str:
    return _("%(container)s: %(left)s. Tell us if you need more.") % {"container": _name(alert), "left": _low(alert)}


def _old(alert: Alert) -> str:
    values = {"number": alert.figure, "months": settings.OLD_BOTTLES_MONTHS}
    return (
        ngettext(
            "%(number)s full one for more than %(months)s months", "%(number)s full ones for more than %(months)s months", alert.figure
        )
        % values
    )


def _old_for_store(alert: Alert) -> str:
    told = {"container": _name(alert), "old": _old(alert)}
    return _("%(container)s: %(old)s. Put the oldest in front, so that they leave first.") % told


def _negative(alert: Alert) -> str:
    return _("%(full)s full, %(empty)s empty in the ledger: something was not recorded") % {"full": alert.figure, "empty": alert.other}


def _unseen(alert: Alert) -> str:
    values = {"number": alert.figure, "months": settings.PALOX_UNSEEN_MONTHS}
    return (
        ngettext("%(number)s palox not seen for %(months)s months", "%(number)s paloxes not seen for %(months)s months", alert.figure)
        % values
    )


def _unseen_for_store(alert: Alert) -> str:
    return _("%(paloxes)s: please scan the label of each one that is at your place.") % {"paloxes": _unseen(alert)}


def _held(alert: Alert) -> str:
    return ngettext("%(number)s declaration to be looked at", "%(number)s declarations to be looked at", alert.figure) % {
        "number": alert.figure
    }


def _name(alert: Alert) -> str:
    return alert.container.name if alert.container else ""


REGISTRY: dict[AlertKind, Rule] = {
    AlertKind.OVER_FULL: Rule(
        gettext_lazy("Nearly full, no truck announced"),
        'SELECT store_id, container_type_id, "full" AS figure, room AS other, NULL::timestamptz AS since FROM {line} WHERE is_over',
        _over_full,
    ),
    AlertKind.LOW_EMPTIES: Rule(
        gettext_lazy("Few empty ones left"),
        "SELECT store_id, container_type_id, empty AS figure, room AS other, NULL::timestamptz AS since FROM {line} "
        "WHERE is_low AND NOT is_over",
        _low,
        for_store=_low_for_store,
    ),
    AlertKind.OLD_BOTTLES: Rule(gettext_lazy("Bottles that wait for too long"), OLD, _old, for_store=_old_for_store),
    AlertKind.NEGATIVE: Rule(
        gettext_lazy("Stock below zero"),
        "SELECT store_id, container_type_id, raw_full AS figure, raw_empty AS other, NULL::timestamptz AS since FROM {line} "
        "WHERE raw_full < 0 OR raw_empty < 0",
        _negative,
    ),
    AlertKind.PALOX_UNSEEN: Rule(
        gettext_lazy("Paloxes not seen for long"),
        # Those of a place that is not looked at (archived) are nowhere in particular too, lest nobody hears of them.
        "SELECT place.id AS store_id, NULL::bigint AS container_type_id, count(*) AS figure, 0::bigint AS other, "
        "min(coalesce(palox.last_seen_at, palox.created_at)) AS since "
        "FROM crates_palox AS palox LEFT JOIN place ON place.id = palox.store_id "
        "WHERE palox.state <> 'lost' AND coalesce(palox.last_seen_at, palox.created_at) < %(unseen_before)s GROUP BY place.id",
        _unseen,
        in_the_past=False,
        for_store=_unseen_for_store,
    ),
    AlertKind.HELD: Rule(
        gettext_lazy("Declarations to be looked at"),
        "SELECT store_id, NULL::bigint AS container_type_id, count(*) AS figure, 0::bigint AS other, min(declared_at) AS since "
        "FROM crates_declaration WHERE state = 'held' GROUP BY store_id",
        _held,
        in_the_past=False,
    ),
}


def grouped(alerts: Iterable[Alert], limit: int = LONGEST_LIST) -> list[AlertGroup]:
    """Return one list per kind of alert, empty ones included, each shortened to `limit` rows."""
    by_kind: dict[AlertKind, list[Alert]] = defaultdict(list)
    for alert in alerts:
        by_kind[alert.kind].append(alert)
    return [AlertGroup(kind, by_kind[kind][:limit], len(by_kind[kind])) for kind in REGISTRY]
