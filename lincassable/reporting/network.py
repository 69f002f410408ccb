"""The coordinators' week on one page, built from plain rows: what needs a decision first. Asks no database.

Texts come out in the language that is active when they are read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crates.models import ContainerType
from lincassable.messaging.attachments import Attachment
from lincassable.reporting import pictures
from lincassable.reporting.alerts import Alert, AlertGroup
from lincassable.reporting.enums import AlertKind
from lincassable.reporting.stock_board import BoardRow
from lincassable.reporting.weekly import Week
from lincassable.web_addresses import web_address
from pickups.forecast import Urgency
from pickups.models import PickupRequest, Tour


@dataclass(frozen=True)
class Shortened:
    """The first rows of a list, and how many rows it has in all."""

    rows: Sequence
    total: int

    @property
    def more(self) -> int:
        """How many rows are not shown."""
        return self.total - len(self.rows)


@dataclass(frozen=True)
class Late:
    """A store whose last declaration is `days` old, or that never declared since it joined `days` ago."""

    store_id: int
    store_name: str
    days: int
    never: bool

    @property
    def sentence(self) -> str:
        """How late, in words."""
        if self.never:
            return _("has never declared")
        return ngettext("%(days)s day ago", "%(days)s days ago", self.days) % {"days": self.days}


@dataclass(frozen=True)
class Waiting:
    """An open request, in words: whose it is, how old, and what is planned."""

    request: PickupRequest
    days: int
    planned_on: date | None

    @property
    def store(self) -> str:
        """The place that waits."""
        return self.request.store.name

    @property
    def sentence(self) -> str:
        """How old the request is, and the date of its tour if it has one."""
        text = ngettext("%(days)s day", "%(days)s days", self.days) % {"days": self.days}
        if self.planned_on:
            return _("%(age)s, planned on %(date)s") % {"age": text, "date": date_format(self.planned_on, "j F")}
        return text


@dataclass(frozen=True)
class Collected:
    """What trucks took away and left in the whole network, for one kind of container."""

    container: ContainerType
    taken: int
    left: int


@dataclass(frozen=True)
class Decision:
    """Something that somebody must decide.

    Arguments: number, of things; label, what they are; path, the admin's page where it is done.
    """

    number: int
    label: Promise
    path: str

    @property
    def url(self) -> str:
        """The absolute address of the page."""
        return settings.SITE_URL + self.path

    @property
    def sentence(self) -> str:
        """“Open requests without a tour: 3”."""
        return _("%(what)s: %(told)s") % {"what": self.label, "told": self.number}


@dataclass(frozen=True)
class Place:
    """A place of the network's table: its row of the stock board, and when it will be full."""

    row: BoardRow
    full_on: date | None = None

    @property
    def reasons(self) -> list[str]:
        """Why it is there, the most pressing first, in words."""
        row = self.row
        told = [
            _("%(what)s: %(told)s") % {"what": alert.container.short, "told": alert.sentence} if alert.container else alert.sentence
            for alert in row.alerts
        ]
        if row.requested_at:
            asked = date_format(timezone.localtime(row.requested_at), "j F")
            told.insert(0, _("asked for a pickup on %(day)s") % {"day": asked})
        if row.is_late:
            told.append(_("late declaration") if row.declared_at else _("has never declared"))
        if row.is_announced:
            told.append(_("a truck is announced"))
        elif self.full_on and not self._over_full:
            told.append(_("full around %(day)s") % {"day": date_format(self.full_on, "j F")})
        return told

    @property
    def figures(self) -> list[str]:
        """What is there, one text per container: “75 cl: 10 full, 20 empty (25 %)”. What is nearly full is among the reasons."""
        values = [
            {"container": bar.container.short, "full": bar.full, "empty": bar.empty, "percent": bar.percent}
            for bar in self.row.bars
            if bar.container not in self._over_full
        ]
        return [_("%(container)s: %(full)s full, %(empty)s empty (%(percent)s %%)") % each for each in values]

    @property
    def _over_full(self) -> set[ContainerType | None]:
        return {alert.container for alert in self.row.alerts if alert.kind == AlertKind.OVER_FULL}

    @property
    def url(self) -> str:
        """The absolute address of the place's movements."""
        return web_address("stock:movements", self.row.uuid)


@dataclass(frozen=True)
class Held:
    """What the whole network holds of one kind of container; negative balances of places count as they are."""

    container: ContainerType
    full: int
    empty: int

    @property
    def sentence(self) -> str:
        """The figures in words."""
        return _("%(container)s: %(full)s full, %(empty)s empty") % {
            "container": self.container.name,
            "full": self.full,
            "empty": self.empty,
        }


@dataclass(frozen=True)
class Chart:
    """A picture, and the same figures in words for where pictures are not shown."""

    title: str
    picture: Attachment
    text: str


URGENCIES = {
    Urgency.OVERDUE: pictures.DANGER,
    Urgency.SOON: pictures.WARNING,
    Urgency.LATER: pictures.FULL,
    Urgency.UNKNOWN: pictures.EMPTY,
}


@dataclass(frozen=True)
class NetworkWeek:
    """The network on one page.

    Arguments:
        decisions: what waits for somebody, the most pressing first, nothing that waits for nobody. places: the most urgent ones.
        nowhere: what is to be looked at and is at no place.
        requests, late: the open requests and the late declarations, the oldest first. tours: of the week.
        stock: of the whole network. weeks: (Monday, bottles collected) of the last full weeks. urgencies: how many places are full
        already, soon, later, of unknown pace; full_on: the day of each place that has one, by id.
    """

    week: Week
    now: datetime
    requests: Shortened
    alerts: Sequence[AlertGroup]
    late: Shortened
    tours: Sequence[Tour]
    collected: Sequence[Collected]
    declarations: int
    messages_given_up: int
    decisions: Sequence[Decision] = ()
    places: Sequence[Place] = ()
    nowhere: Sequence[Alert] = ()
    stock: Sequence[Held] = ()
    weeks: Sequence[tuple[date, int]] = ()
    urgencies: Mapping[str, int] = field(default_factory=dict)
    full_on: Mapping[int, date] = field(default_factory=dict)

    @property
    def bottles(self) -> int:
        """How many bottles the full containers taken away held, by the catalogue's figure."""
        return sum(row.taken * row.container.bottles for row in self.collected)

    def charts(self) -> list[Chart]:
        """Draw the charts in the language that is active: when places will be full, the stock, the bottles of each week."""
        charts = []
        if any(self.urgencies.values()):
            charts.append(self._forecast_chart())
        if self.stock:
            rows = [
                (row.sentence, [pictures.Piece(max(0, row.full), pictures.FULL), pictures.Piece(max(0, row.empty), pictures.EMPTY)])
                for row in self.stock
            ]
            legend = [(_("full"), pictures.FULL), (_("empty"), pictures.EMPTY)]
            text = "; ".join(row.sentence for row in self.stock)
            charts.append(Chart(_("Stock of the network"), pictures.lines("network-stock", rows, legend), text))
        if any(bottles for _monday, bottles in self.weeks):
            columns = [(f"{monday.isocalendar().week:02d}", bottles) for monday, bottles in self.weeks]
            text = ", ".join(_("week %(week)s: %(bottles)s") % {"week": week, "bottles": bottles} for week, bottles in columns)
            charts.append(Chart(_("Bottles collected each week"), pictures.columns("network-bottles", columns), text))
        return charts

    def _forecast_chart(self) -> Chart:
        counted = [(urgency, self.urgencies.get(urgency, 0)) for urgency in URGENCIES]
        pieces = [pictures.Piece(number, URGENCIES[urgency]) for urgency, number in counted]
        label = ngettext("%(number)s place", "%(number)s places", sum(self.urgencies.values())) % {"number": sum(self.urgencies.values())}
        legend = [(str(urgency.label), URGENCIES[urgency]) for urgency in URGENCIES]
        text = ", ".join(_("%(what)s: %(told)s") % {"what": urgency.label, "told": number} for urgency, number in counted)
        return Chart(_("When places will be full"), pictures.lines("network-forecast", [(label, pieces)], legend), text)
