"""Questions about deposits: which months a store still has to declare, and what a year of counts says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Exists, Min, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone

from crates.models import DepositAmount, DepositCount
from crates.models.deposits import next_month
from crates.queries_collected import SUM_OF_BOTTLES, taken
from stores.merging import PLACE, history_ids, with_merged
from stores.models import Contact, Store

# Months further back are not asked for any more: a coordinator enters them, if they are found.
ASKED_MONTHS = 12


def last_complete_month(today: dt.date | None = None) -> dt.date:
    """Return the first day of the month before the one of `today` (None: the local day)."""
    today = today or timezone.localdate()
    return (today.replace(day=1) - dt.timedelta(days=1)).replace(day=1)


def months_back(last: dt.date, count: int) -> list[dt.date]:
    """Return `count` months up to `last` included, oldest first."""
    months = [last]
    while len(months) < count:
        months.append((months[-1] - dt.timedelta(days=1)).replace(day=1))
    return months[::-1]


def asked_stores(today: dt.date | None = None) -> QuerySet[Store]:
    """Return the active places that are asked for deposit counts: somebody there receives the mails, or they counted within a year."""
    first = months_back(last_complete_month(today), ASKED_MONTHS)[0]
    contacts = Contact.objects.filter(store=OuterRef("pk"), is_active=True, wants_deposit_mails=True)
    counts = DepositCount.objects.filter(store=OuterRef("pk"), month__gte=first)
    return Store.objects.active().filter(Q(Exists(contacts)) | Q(Exists(counts)))


def missing_months(store_ids: Collection[int], today: dt.date | None = None) -> dict[int, list[dt.date]]:
    """Return the months that each store still has to declare, oldest first, by store id; two queries.

    From the first month it ever declared (the last complete one when it never did), at most ASKED_MONTHS back. What a
    coordinator has yet to accept counts as declared. The stores are those that are asked (`asked_stores`).
    """
    last = last_complete_month(today)
    window = months_back(last, ASKED_MONTHS)
    told = DepositCount.objects.filter(Q(is_current=True) | Q(is_held=True), store__in=with_merged(store_ids)).order_by()
    told = told.annotate(place=PLACE)
    first = dict(told.values_list("place").annotate(Min("month")))
    declared = set(told.filter(month__gte=window[0]).values_list("place", "month").distinct())
    return {
        store: [month for month in window if month >= min(first.get(store, last), last) and (store, month) not in declared]
        for store in store_ids
    }


def amounts() -> list[DepositAmount]:
    """Return all deposit amounts, the largest first."""
    return list(DepositAmount.objects.order_by("-amount_eur"))


def counts_in_force(store: Store, months: Iterable[dt.date]) -> dict[tuple[dt.date, int], DepositCount]:
    """Return the counts in force of a store, by (month, id of the amount)."""
    rows = DepositCount.objects.filter(store__in=history_ids(store), month__in=list(months), is_current=True).select_related("amount")
    return {(row.month, row.amount_id): row for row in rows}


def former_counts(store: Store, before: dt.date) -> list[DepositCount]:
    """Return the counts in force of the two years before the month `before`, the newest first."""
    since = months_back(before, 2 * ASKED_MONTHS)[0]
    rows = DepositCount.objects.filter(store__in=history_ids(store), month__gte=since, month__lt=before, is_current=True)
    return list(rows.order_by("-month", "pk"))


def return_rate(charged: int, refunded: int) -> Decimal | None:
    """Return refunded bottles as a percentage of charged ones, to one decimal; None when none was charged."""
    return (Decimal(100) * refunded / charged).quantize(Decimal("0.1"), ROUND_HALF_UP) if charged else None


@dataclass
class Tally:
    """Bottles charged and refunded, and their worth in euros."""

    charged: int = 0
    refunded: int = 0
    charged_eur: Decimal = Decimal("0.00")
    refunded_eur: Decimal = Decimal("0.00")
    is_known: bool = False

    def add(self, charged: int, refunded: int, amount_eur: Decimal) -> None:
        """Count bottles of one amount in."""
        self.charged += charged
        self.refunded += refunded
        self.charged_eur += charged * amount_eur
        self.refunded_eur += refunded * amount_eur
        self.is_known = True

    @property
    def gap(self) -> int:
        """Bottles charged and not refunded."""
        return self.charged - self.refunded

    @property
    def gap_eur(self) -> Decimal:
        """Euros taken and not paid back."""
        return self.charged_eur - self.refunded_eur

    @property
    def rate(self) -> Decimal | None:
        """The return rate, in per cent."""
        return return_rate(self.charged, self.refunded)


@dataclass
class MonthLine:
    """One month of a statement: a tally per amount (in the statement's order), all together, the gap so far, bottles collected."""

    month: dt.date
    tallies: list[Tally]
    total: Tally
    gap_so_far: int = 0
    gap_so_far_eur: Decimal = Decimal("0.00")
    collected: int = 0
    is_missing: bool = False


@dataclass
class Statement:
    """A store's year of deposits."""

    store: Store
    year: int
    amounts: list[DepositAmount]
    lines: list[MonthLine] = field(default_factory=list)
    by_amount: list[Tally] = field(default_factory=list)
    total: Tally = field(default_factory=Tally)

    @property
    def collected(self) -> int:
        """Bottles that tours collected in the year."""
        return sum(line.collected for line in self.lines)

    @property
    def missing(self) -> list[dt.date]:
        """Months that are over and not declared."""
        return [line.month for line in self.lines if line.is_missing]

    @property
    def collected_rate(self) -> Decimal | None:
        """Bottles collected as a percentage of the refunded ones."""
        return return_rate(self.total.refunded, self.collected)


def yearly_statement(store: Store, year: int, today: dt.date | None = None) -> Statement:
    """Return the statement of a store for a calendar year: months that are over, or declared already; four queries.

    Months before the first one ever declared are not missing.
    """
    last = last_complete_month(today)
    everything = amounts()
    counts = DepositCount.objects.filter(store__in=history_ids(store), is_current=True)
    rows = list(counts.filter(month__year=year).select_related("amount").order_by("month"))
    used = [amount for amount in everything if any(row.amount_id == amount.pk for row in rows)]
    used = used or [amount for amount in everything if any(amount.holds_in(dt.date(year, month, 1)) for month in (1, 12))]
    first = counts.aggregate(first=Min("month"))["first"]
    statement = Statement(store, year, used, by_amount=[Tally() for _amount in used])
    collected = bottles_collected(store, year)
    declared = {row.month for row in rows}
    gap, gap_eur = 0, Decimal("0.00")
    for month in (dt.date(year, number, 1) for number in range(1, 13)):
        if month > last and month not in declared:
            continue
        line = MonthLine(month, [Tally() for _amount in used], Tally(), collected=collected.get(month, 0))
        line.is_missing = month not in declared and first is not None and month > first
        for row in (row for row in rows if row.month == month):
            place = used.index(row.amount)
            for tally in (line.tallies[place], line.total, statement.by_amount[place], statement.total):
                tally.add(row.charged, row.refunded, row.amount.amount_eur)
        gap, gap_eur = gap + line.total.gap, gap_eur + line.total.gap_eur
        line.gap_so_far, line.gap_so_far_eur = gap, gap_eur
        statement.lines.append(line)
    return statement


def bottles_collected(store: Store, year: int) -> dict[dt.date, int]:
    """Return how many bottles tours took from a store, by month of a year (local time): full containers by what each holds."""
    zone = ZoneInfo(settings.NETWORK_TIME_ZONE)
    start, end = (dt.datetime(each, 1, 1, tzinfo=zone) for each in (year, year + 1))
    rows = taken(start, end).filter(store__in=history_ids(store)).order_by().annotate(month=TruncMonth("occurred_at", tzinfo=zone))
    return {moment.date(): bottles for moment, bottles in rows.values_list("month").annotate(bottles=SUM_OF_BOTTLES)}


@dataclass
class StoreYear:
    """A store's line in the network's year."""

    store: Store
    tally: Tally
    months: int = 0


@dataclass
class NetworkYear:
    """The deposits of the whole network in a calendar year."""

    year: int
    lines: list[StoreYear]
    total: Tally


def network_year(year: int, stores: QuerySet[Store] | None = None) -> NetworkYear:
    """Return the sums of every store that declared in `year`, by name, and of the network; three queries whatever the history.

    Arguments: `stores`, only those.
    """
    places = Store.objects.all() if stores is None else stores
    counts = DepositCount.objects.filter(is_current=True, month__year=year, store__in=places).order_by()
    found: dict[int, StoreYear] = {}
    known = {store.pk: store for store in places.filter(pk__in=counts.values("store")).select_related("zone").order_by("name", "pk")}
    found = {pk: StoreYear(store, Tally()) for pk, store in known.items()}
    total = Tally()
    sums = counts.values_list("store_id", "amount__amount_eur").annotate(Sum("charged"), Sum("refunded"))
    for store_id, euros, charged, refunded in sums:
        found[store_id].tally.add(charged, refunded, euros)
        total.add(charged, refunded, euros)
    for store_id, _month in counts.values_list("store_id", "month").distinct():
        found[store_id].months += 1
    return NetworkYear(year, list(found.values()), total)


def years_with_counts() -> Sequence[int]:
    """Return the years in which somebody declared, newest first; the present one is always among them."""
    years = {month.year for month in DepositCount.objects.order_by().dates("month", "year")}
    return sorted(years | {timezone.localdate().year}, reverse=True)


__all__ = [
    "ASKED_MONTHS",
    "amounts",
    "asked_stores",
    "bottles_collected",
    "counts_in_force",
    "former_counts",
    "last_complete_month",
    "missing_months",
    "months_back",
    "network_year",
    "next_month",
    "return_rate",
    "yearly_statement",
    "years_with_counts",
]
