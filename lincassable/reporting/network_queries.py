"""What the coordinators' week is read from: some thirty queries for any number of places, a few more for every `PLACES` of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q, Sum
from django.db.models.functions import TruncWeek
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from crates.enums import Cause, Content
from crates.models import Balance, Entry
from crates.queries import catalogue
from crates.queries_collected import SUM_OF_BOTTLES, taken
from lincassable.messaging.models import Message
from lincassable.reporting import discrepancies
from lincassable.reporting.alert_queries import find
from lincassable.reporting.alerts import REGISTRY, AlertGroup, grouped
from lincassable.reporting.enums import COLLECTED_WEEKS, LONGEST_LIST, PLACES, AlertKind
from lincassable.reporting.network import Collected, Decision, Held, NetworkWeek, Place
from lincassable.reporting.queries import counted_declarations, late_declarations, open_requests, reporting_stores, tours_of
from lincassable.reporting.stock_board import Asked, board
from lincassable.reporting.weekly import Week
from pickups.enums import LIVE_TOUR_STATES, StopState, TourState
from pickups.forecast import Forecast, forecasts
from pickups.models import PickupRequest, Stop, Tour
from stores.enums import ProposalState
from stores.models import ChangeProposal, Store


def collected_since(week: Week) -> list[Collected]:
    """Return what trucks took and left in the whole network since last week, per container type."""
    # Corrections are entries like the others, so a wrong visit and its reversal cancel out.
    entries = Entry.objects.filter(occurred_at__gt=week.since, movement__cause__in=[Cause.PICKUP, Cause.DELIVERY])
    entries = entries.filter(store__in=Store.objects.collected()).order_by()
    moved: dict[int, dict[str, int]] = defaultdict(dict)
    for row in entries.values("container_type_id", "content").annotate(moved=Sum("quantity")):
        moved[row["container_type_id"]][row["content"]] = row["moved"]
    rows = [
        Collected(container, taken=-moved[pk].get(Content.FULL, 0), left=moved[pk].get(Content.EMPTY, 0))
        for pk, container in catalogue().items()
        if pk in moved
    ]
    return [row for row in rows if row.taken or row.left]


def collected_weeks(week: Week) -> list[tuple[date, int]]:
    """Return (Monday, bottles that trucks took) of the last COLLECTED_WEEKS whole weeks, the oldest first; one query."""
    zone = ZoneInfo(settings.NETWORK_TIME_ZONE)
    mondays = [week.monday - timedelta(weeks=back) for back in range(COLLECTED_WEEKS, 0, -1)]
    start, end = (datetime.combine(day, datetime.min.time(), tzinfo=zone) for day in (mondays[0], week.monday))
    entries = taken(start, end).order_by().annotate(monday=TruncWeek("occurred_at", tzinfo=zone))
    bottles = entries.values_list("monday").annotate(bottles=SUM_OF_BOTTLES)
    found = {moment.date(): number for moment, number in bottles}
    return [(monday, found.get(monday, 0)) for monday in mondays]


def stock_of_the_network() -> list[Held]:
    """Return what all places hold together, in the order of the screens; kinds of which there is nothing are left out; two queries."""
    sums: dict[int, dict[str, int]] = defaultdict(dict)
    rows = Balance.objects.filter(store__isnull=False).order_by().values_list("container_type_id", "content")
    for kind, content, quantity in rows.annotate(Sum("quantity")):
        sums[kind][content] = quantity
    held = [Held(kind, sums[pk].get(Content.FULL, 0), sums[pk].get(Content.EMPTY, 0)) for pk, kind in catalogue().items() if pk in sums]
    return [row for row in held if row.full or row.empty]


class Outlook:
    """When places will be full, kept small: what the mails to stores told already is not worked out again for the coordinators'."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[str, date | None]] = {}

    def learn(self, found: Iterable[Forecast | None]) -> None:
        """Keep what these forecasts say."""
        self._known.update({each.store_id: (str(each.urgency), each.full_on) for each in found if each is not None})

    def complete(self) -> tuple[dict[str, int], dict[int, date]]:
        """Return how many places are full already, soon, later, or of unknown pace, and the day of each that has one, by id.

        What is not known yet is read, `PLACES` at a time.
        """
        counts: Counter[str] = Counter()
        days: dict[int, date] = {}
        for ids in _chunks():
            if missing := [pk for pk in ids if pk not in self._known]:
                self.learn(forecasts(missing).values())
            for pk, (urgency, day) in ((pk, self._known[pk]) for pk in ids if pk in self._known):
                counts[urgency] += 1
                if day is not None:
                    days[pk] = day
        return dict(counts), days


def _chunks() -> Iterator[list[int]]:
    last, stores = 0, Store.objects.active().collected().filter(collected_through=None).order_by("pk")
    while ids := list(stores.filter(pk__gt=last).values_list("pk", flat=True)[:PLACES]):
        yield ids
        last = ids[-1]


def decisions(alerts: Sequence[AlertGroup], late: int) -> list[Decision]:
    """Return what waits for somebody, the most pressing first, without what waits for nobody."""
    planned = Stop.objects.filter(state=StopState.TO_DO, tour__state__in=LIVE_TOUR_STATES).values("store")
    tours = Tour.objects.order_by()
    requests, tour_list = reverse("admin:pickups_pickuprequest_changelist"), reverse("admin:pickups_tour_changelist")
    proposed = ChangeProposal.objects.filter(state=ProposalState.PROPOSED).count()
    pressing = {AlertKind.OVER_FULL, AlertKind.LOW_EMPTIES}
    unplanned = PickupRequest.objects.open().filter(~Q(store__in=planned)).count()
    found = [
        Decision(Message.objects.filter(state=Message.FAILED).count(), _("Mails that could not be delivered"), _messages()),
        Decision(
            tours.filter(state=TourState.DECLINED).count(), _("Tours that their carrier declined"), f"{tour_list}?state__exact=declined"
        ),
        Decision(unplanned, _("Open requests without a tour"), requests),
        *_alerts([group for group in alerts if group.kind in pressing]),
        Decision(
            tours.filter(state=TourState.AWAITING).count(), _("Tours that wait for their carrier"), f"{tour_list}?state__exact=awaiting"
        ),
        Decision(discrepancies.newest(1).total, _("Discrepancies"), reverse("admin:crates_discrepancydecision_inbox")),
        *_alerts([group for group in alerts if group.kind not in pressing]),
        Decision(proposed, _("Changes that places propose"), reverse("admin:stores_changeproposal_changelist") + "?which=waiting"),
        Decision(late, _("Late declarations"), reverse("stock:board")),
    ]
    return [decision for decision in found if decision.number]


def _messages() -> str:
    return reverse("admin:messaging_message_changelist") + f"?state__exact={Message.FAILED}"


def _alerts(groups: Sequence[AlertGroup]) -> list[Decision]:
    return [
        Decision(group.total, REGISTRY[group.kind].title, f"{reverse('stock:board')}?{urlencode({'alert': group.kind})}")
        for group in groups
    ]


def network_week(week: Week, now: datetime, outlook: Outlook | None = None) -> NetworkWeek:
    """Return the network on one page. outlook: what is known already of when places will be full."""
    stores, alerts = reporting_stores(), [group for group in grouped(find()) if group.total]
    late = late_declarations(stores, now)
    first = board(Asked(size=LONGEST_LIST))
    urgencies, full_on = (outlook or Outlook()).complete()
    return NetworkWeek(
        week=week,
        now=now,
        requests=open_requests(Store.objects.all(), now),
        alerts=alerts,
        late=late,
        tours=tours_of(week, now),
        collected=collected_since(week),
        declarations=counted_declarations().filter(declared_at__gte=week.since).count(),
        messages_given_up=Message.objects.filter(state=Message.FAILED).count(),
        decisions=decisions(alerts, late.total),
        places=[Place(row, full_on.get(row.store_id)) for row in first.rows if row.urgency],
        nowhere=first.nowhere,
        stock=stock_of_the_network(),
        weeks=collected_weeks(week),
        urgencies=urgencies,
        full_on=full_on,
    )
