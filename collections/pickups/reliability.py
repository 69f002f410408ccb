"""How reliable a carrier is, and how reliable we are to it. Each figure says how it is computed and holds the rows it counts.

Read from the tours' logs and stops, in a constant number of queries. Tours brought in from elsewhere have stops, but no log: nothing is
known of their answers and changes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from pickups.enums import StopState, TourState
from pickups.models import Carrier, Stop, Tour, TourLog

THEIRS, OURS = "theirs", "ours"
_WAITING = (TourState.AWAITING, TourState.ACCEPTED)  # sent, and the truck has not left


@dataclass(frozen=True)
class Period:
    """Days of tours, both included."""

    since: date
    until: date


@dataclass(frozen=True)
class FigureRow:
    """One thing that a figure looks at.

    Arguments: counts, whether it is on the good side of the figure (what is counted, for a plain number); what, in words; when, the moment.
    """

    tour: Tour
    what: str
    counts: bool
    when: datetime | None = None


@dataclass
class Figure:
    """One figure.

    Arguments:
        key: its name in addresses. side: whose reliability it tells. title, how: what it is, how it is computed.
        rows: what it looks at; share: whether it is told in per cent of its rows, or as a number of rows that count.
    """

    key: str
    side: str
    title: Any
    how: Any
    share: bool = True
    rows: list[FigureRow] = field(default_factory=list)

    @property
    def good(self) -> int:
        """How many rows count."""
        return sum(1 for row in self.rows if row.counts)

    @property
    def percent(self) -> int | None:
        """The share of rows that count, rounded down so that 100 % means all of them; None without rows or for a plain number."""
        return 100 * self.good // len(self.rows) if self.rows and self.share else None

    @property
    def value(self) -> str:
        """The figure in words."""
        if not self.share:
            return str(self.good)
        if not self.rows:
            return "–"
        return _("%(percent)s %% (%(good)s of %(all)s)") % {"percent": self.percent, "good": self.good, "all": len(self.rows)}

    def sorted_rows(self) -> list[FigureRow]:
        """The rows, what went wrong first, then the latest."""
        return sorted(self.rows, key=lambda row: (row.counts == self.share, -row.tour.date.toordinal(), -row.tour.pk))


@dataclass(frozen=True)
class Ask:
    """A tour sent to its carrier, and what became of it.

    Arguments: sent, answer: lines of the tour's log; answer is None while the carrier says nothing.
    """

    tour: Tour
    sent: TourLog
    answer: TourLog | None

    @property
    def days(self) -> float:
        """Days between sending and the answer, or now."""
        return ((self.answer.at if self.answer else timezone.now()) - self.sent.at) / timedelta(days=1)

    @property
    def is_answered(self) -> bool:
        """Whether the carrier said yes or no."""
        return self.answer is not None and self.answer.to_state in (TourState.ACCEPTED, TourState.DECLINED)


def figures(carriers: Collection[Carrier], period: Period) -> list[Figure]:
    """Return the figures of these carriers' tours in a period, theirs first. Four queries, whatever their number.

    Arguments: carriers, usually one; period, of the tours' dates.
    """
    tours = {tour.pk: tour for tour in _tours(carriers, period)}
    logs: dict[int, list[TourLog]] = {}
    for line in TourLog.objects.filter(tour__in=tours).order_by("at", "pk"):
        logs.setdefault(line.tour_id, []).append(line)
    asks = [ask for pk, lines in logs.items() for ask in _asks(tours[pk], lines)]
    stops = list(
        Stop.objects.filter(tour__in=tours).exclude(state=StopState.TO_DO).select_related("store").order_by("tour", "position", "pk")
    )
    return [
        _answered(asks),
        _accepted(asks),
        _stops(stops, tours, StopState.DONE, "done", gettext_lazy("Stops made in full")),
        _stops(stops, tours, StopState.PARTIAL, "partial", gettext_lazy("Stops made in part")),
        _stops(stops, tours, StopState.MISSED, "missed", gettext_lazy("Stops missed")),
        _on_time(stops, tours),
        _notice(asks),
        _changes(tours, logs),
        _cancelled(tours, logs),
    ]


def _tours(carriers: Collection[Carrier], period: Period) -> Iterable[Tour]:
    found = Tour.objects.filter(carrier__in=carriers, date__gte=period.since, date__lte=period.until)
    return found.select_related("carrier").order_by("date", "pk")


def _asks(tour: Tour, lines: Iterable[TourLog]) -> list[Ask]:
    """Return each sending of a tour with its answer; the same tour may be declined, changed and sent again."""
    found: list[Ask] = []
    waiting: TourLog | None = None
    for line in lines:
        if line.from_state == line.to_state:
            continue
        if waiting is not None:
            found.append(Ask(tour, waiting, line))
            waiting = None
        if line.to_state == TourState.AWAITING:
            waiting = line
    return [*found, Ask(tour, waiting, None)] if waiting else found


def _in_days(days: float) -> str:
    whole = int(days)
    return ngettext("%(n)d day", "%(n)d days", whole) % {"n": whole} if whole else _("less than a day")


def _answered(asks: Iterable[Ask]) -> Figure:
    figure = Figure(
        "answered",
        THEIRS,
        gettext_lazy("Answered in time"),
        gettext_lazy(
            "Tours accepted or declined within the days that the carrier gave itself, out of all that were sent. A tour that is still "
            "waiting counts once these days are over; one that we cancelled before the answer does not."
        ),
    )
    for ask in asks:
        late = ask.days > ask.tour.carrier.answer_days
        if ask.is_answered:
            what = _("answered after: %(days)s") % {"days": _in_days(ask.days)}
            figure.rows.append(FigureRow(ask.tour, what, not late, ask.answer.at if ask.answer else None))
        elif ask.answer is None and late:
            figure.rows.append(FigureRow(ask.tour, _("no answer for: %(days)s") % {"days": _in_days(ask.days)}, False, ask.sent.at))
    return figure


def _accepted(asks: Iterable[Ask]) -> Figure:
    how = gettext_lazy("Tours accepted, out of those that were accepted or declined. A tour sent again after a refusal counts again.")
    figure = Figure("accepted", THEIRS, gettext_lazy("Accepted"), how)
    for ask in asks:
        if ask.is_answered and ask.answer is not None:
            yes = ask.answer.to_state == TourState.ACCEPTED
            what = ask.answer.note or (_("accepted") if yes else _("declined"))
            figure.rows.append(FigureRow(ask.tour, what, yes, ask.answer.at))
    return figure


def _stops(stops: Iterable[Stop], tours: dict[int, Tour], state: str, key: str, title: Any) -> Figure:
    how = gettext_lazy("Out of all stops recorded, whatever the reason and whoever is the cause.")
    figure = Figure(key, THEIRS, title, how)
    for stop in stops:
        what = f"{stop.store.name} · {stop.get_state_display()}" + (f" · {stop.reason}" if stop.reason else "")
        figure.rows.append(FigureRow(tours[stop.tour_id], what, stop.state == state, stop.completed_at))
    return figure


def _on_time(stops: Iterable[Stop], tours: dict[int, Tour]) -> Figure:
    tolerance = settings.ON_TIME_TOLERANCE_MINUTES
    how = _(
        "Visits within their time window, give or take %(minutes)s minutes, out of the visits that had one. The moment is that of the "
        "driver's record; a missed stop is counted elsewhere."
    )
    figure = Figure("on_time", THEIRS, gettext_lazy("On time"), how % {"minutes": tolerance})
    for stop in stops:
        if stop.state == StopState.MISSED or stop.completed_at is None or not (stop.window_start or stop.window_end):
            continue
        tour, came = tours[stop.tour_id], timezone.localtime(stop.completed_at)
        what = _("%(store)s · came at %(time)s, window %(window)s") % {
            "store": stop.store.name,
            "time": f"{came:%H:%M}" if came.date() == tour.date else f"{came:%d/%m %H:%M}",
            "window": _window(stop),
        }
        figure.rows.append(FigureRow(tour, what, _is_on_time(stop, tour, came, timedelta(minutes=tolerance)), stop.completed_at))
    return figure


def _window(stop: Stop) -> str:
    start = f"{stop.window_start:%H:%M}" if stop.window_start else "…"
    return f"{start}–{stop.window_end:%H:%M}" if stop.window_end else f"{start}–…"


def _is_on_time(stop: Stop, tour: Tour, came: datetime, tolerance: timedelta) -> bool:
    """Return whether `came` (local) lies in the stop's window on the tour's day."""

    def moment(at: Any) -> datetime:
        return timezone.make_aware(datetime.combine(tour.date, at))

    if stop.window_start and came < moment(stop.window_start) - tolerance:
        return False
    if stop.window_end:
        return came <= moment(stop.window_end) + tolerance
    return came.date() == tour.date


def _notice(asks: Iterable[Ask]) -> Figure:
    how = gettext_lazy("Tours sent at least as many days ahead as the carrier asks for, out of all that were sent.")
    figure = Figure("notice", OURS, gettext_lazy("Sent early enough"), how)
    for ask in asks:
        ahead = (ask.tour.date - timezone.localtime(ask.sent.at).date()).days
        what = _("sent %(ahead)s days ahead, %(wanted)s asked for") % {"ahead": ahead, "wanted": ask.tour.carrier.lead_days}
        figure.rows.append(FigureRow(ask.tour, what, ahead >= ask.tour.carrier.lead_days, ask.sent.at))
    return figure


def _changes(tours: dict[int, Tour], logs: dict[int, list[TourLog]]) -> Figure:
    how = gettext_lazy("Changes of a tour's plan (date, hub, vehicle, stops, quantities) between its sending and its day.")

    def changed(line: TourLog, tour: Tour) -> bool:
        same = line.from_state == line.to_state and line.to_state in _WAITING
        return same and timezone.localtime(line.at).date() <= tour.date

    return _counted("changes", gettext_lazy("Changed after sending"), how, tours, logs, changed)


def _cancelled(tours: dict[int, Tour], logs: dict[int, list[TourLog]]) -> Figure:
    how = gettext_lazy("Tours that we cancelled after they were sent.")

    def cancelled(line: TourLog, _tour: Tour) -> bool:
        return line.to_state == TourState.CANCELLED and line.from_state in _WAITING

    return _counted("cancelled", gettext_lazy("Cancelled after sending"), how, tours, logs, cancelled)


def _counted(
    key: str, title: Any, how: Any, tours: dict[int, Tour], logs: dict[int, list[TourLog]], wanted: Callable[[TourLog, Tour], bool]
) -> Figure:
    """Return the figure that counts the log lines that are `wanted`."""
    figure = Figure(key, OURS, title, how, share=False)
    for pk, lines in logs.items():
        figure.rows += [FigureRow(tours[pk], line.note or line.what, True, line.at) for line in lines if wanted(line, tours[pk])]
    return figure
