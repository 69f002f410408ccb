"""What goes wrong with a producer's bottles: by kind, product and month, per 1,000 bottles delivered to it. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from crates.models import BottleMovement
from nonconformities.models import NonConformity, NonConformityKind, ProducerContact
from nonconformities.queries import Line
from references.models import Producer, Reference

_COUNTED: dict[str, Any] = {"reports": Count("pk"), "pieces": Sum("quantity")}


@dataclass(frozen=True)
class Figures:
    """What was seen in a time. Arguments: reports and pieces (bottles or crates) in all; bottles delivered to the producer, None when its
    place is not known; open, still to be settled today; the lines of each table."""

    since: datetime
    until: datetime
    total: Line
    open: int
    by_kind: Sequence[Line]
    by_reference: Sequence[Line]
    by_month: Sequence[Line]

    @property
    def last_day(self) -> date:
        """The last local day of it."""
        return timezone.localtime(self.until - timedelta(microseconds=1)).date()


def rows_of(producer: Producer) -> Any:
    """Return the non-conformities about a producer's bottles that count."""
    return NonConformity.objects.standing().filter(producer=producer)


def _delivered(producer: Producer, since: datetime, until: datetime) -> Any:
    """Return the deliveries of washed bottles to the producer's place, what was corrected left out."""
    moved = BottleMovement.objects.filter(kind="delivered", to_store=producer.store_id, reverses=None, reversed_by=None)
    return moved.filter(occurred_at__gte=since, occurred_at__lt=until).order_by()


def figures_of(producer: Producer, since: datetime, until: datetime) -> Figures:
    """Return what was seen with a producer's bottles from `since` on and before `until`. Eight queries."""
    rows = rows_of(producer).filter(occurred_at__gte=since, occurred_at__lt=until).order_by()
    bottles: int | None = None
    if producer.store_id:
        bottles = _delivered(producer, since, until).aggregate(total=Sum("quantity"))["total"] or 0
    total = rows.aggregate(**_COUNTED)
    return Figures(
        since=since,
        until=until,
        total=Line(str(producer), total["reports"], total["pieces"] or 0, bottles),
        open=rows_of(producer).open().count(),
        by_kind=_by_kind(rows, bottles),
        by_reference=_by_reference(rows),
        by_month=_by_month(producer, rows, since, until),
    )


def _by_kind(rows: Any, bottles: int | None) -> list[Line]:
    kinds = NonConformityKind.objects.in_bulk()
    found = rows.values("kind").annotate(**_COUNTED).order_by("-reports", "kind")
    return [Line(str(kinds[row["kind"]]), row["reports"], row["pieces"], bottles) for row in found]


def _by_reference(rows: Any) -> list[Line]:
    """Return a line per product; how many bottles of each were delivered is not known: one bottle model holds many products."""
    found = list(rows.values("reference").annotate(**_COUNTED).order_by("-reports", "reference"))
    products = Reference.objects.in_bulk([row["reference"] for row in found if row["reference"]])
    names = {pk: f"{product.name} · {product.volume_cl} cl" for pk, product in products.items()}
    return [Line(names.get(row["reference"], _("product not said")), row["reports"], row["pieces"], None) for row in found]


def _by_month(producer: Producer, rows: Any, since: datetime, until: datetime) -> list[Line]:
    month: Any = TruncMonth("occurred_at")
    seen = {row["month"]: row for row in rows.values(month=month).annotate(**_COUNTED)}
    given: dict[Any, int] = {}
    if producer.store_id:
        moved = _delivered(producer, since, until).values(month=month).annotate(bottles=Sum("quantity"))
        given = {row["month"]: row["bottles"] for row in moved}
    nothing = {"reports": 0, "pieces": 0}
    return [
        Line(
            date_format(day, "F Y"),
            seen.get(day, nothing)["reports"],
            seen.get(day, nothing)["pieces"],
            given.get(day, 0) if producer.store_id else None,
        )
        for day in sorted({*seen, *given}, reverse=True)
    ]


def month_before(now: datetime) -> tuple[datetime, datetime]:
    """Return the first moments of last month and of this one, in local time."""
    first = timezone.localtime(now).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    last = first.replace(year=first.year - 1, month=12) if first.month == 1 else first.replace(month=first.month - 1)
    return last, first


def to_summarise(since: datetime, until: datetime) -> list[Producer]:
    """Return the active producers who have something to read about that time: something was seen, and somebody to read it."""
    seen = NonConformity.objects.standing().filter(occurred_at__gte=since, occurred_at__lt=until, producer__isnull=False)
    people = ProducerContact.objects.filter(is_active=True, wants_monthly=True)
    known = Q(pk__in=people.values("producer")) | Q(quality_contacts=None, store__isnull=False)
    return list(Producer.objects.filter(known, is_active=True, pk__in=seen.values("producer")).distinct().order_by("pk"))
