"""What a store's pages show, read in a few queries each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from django.db import connection
from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crates.enums import Unit
from crates.models import ContainerType, Count, Declaration
from crates.queries import StockLine
from lincassable.portal.timeline import PickupNews, pickup_news, visit_text, visit_title
from pickups.enums import StopState
from pickups.models import Stop, StopLine
from stores.enums import Status
from stores.merging import history_ids
from stores.models import Store

# Written out: the phone's form runs it at each opening and each sending, and building it took longer than running it.
_KIND = ContainerType._meta.concrete_fields
_STOCK = f"""
    SELECT {", ".join(f"kind.{field.column}" for field in _KIND)}, used.id IS NOT NULL AS used, used.capacity AS capacity,
        coalesce(used.buffer, 0) AS buffer,
        coalesce(stock_full.quantity, 0) AS "full", coalesce(stock_empty.quantity, 0) AS empty
    FROM crates_containertype AS kind
    LEFT JOIN crates_storecontainer AS used ON used.container_type_id = kind.id AND used.store_id = %s
    LEFT JOIN crates_balance AS stock_full
        ON stock_full.container_type_id = kind.id AND stock_full.store_id = %s AND stock_full.content = 'full'
    LEFT JOIN crates_balance AS stock_empty
        ON stock_empty.container_type_id = kind.id AND stock_empty.store_id = %s AND stock_empty.content = 'empty'
    WHERE kind.is_active ORDER BY kind.position, kind.code
"""  # noqa: S608  the columns are the model's
HISTORY_LENGTH = 20  # declarations, and visits, shown in a store's history


@dataclass(frozen=True)
class Held:
    """What a store holds of one kind of container, how many fit there (None when unknown), and its buffer stock."""

    container: ContainerType
    stock: StockLine
    capacity: int | None
    buffer: int = 0

    @property
    def label(self) -> str:
        """The container's name."""
        return self.container.name

    @property
    def full(self) -> int:
        """Full ones as shown, never below zero."""
        return self.stock.full

    @property
    def empty(self) -> int:
        """Empty ones for a drawing, never below zero."""
        return max(0, self.stock.empty)

    @property
    def rotation(self) -> int:
        """What tours may take away and bring back: the total less the buffer, never below zero."""
        return max(0, self.stock.total - self.buffer)

    @property
    def total(self) -> int:
        """All of them; below zero when more left than was known."""
        return self.stock.total


def stock_lines(store: Store, *, used_only: bool = False) -> list[Held]:
    """Return what `store` uses or holds, in the order of the screens; one query.

    Arguments:
        used_only: leave out what it holds without being listed as using it. A store that lists nothing uses the first
            container of the catalogue, the 75 cl crate.
    """
    with connection.cursor() as cursor:
        cursor.execute(_STOCK, [store.pk] * 3)
        rows = cursor.fetchall()
    names = [field.attname for field in _KIND]
    used, held = [], []
    for *columns, is_used, capacity, buffer, full, empty in rows:
        kind = ContainerType.from_db(connection.alias, names, columns)
        line = Held(kind, StockLine.of(kind, empty, full), capacity, buffer)
        held.append(line)
        if is_used:
            used.append(line)
    chosen = used or held[:1]
    return chosen if used_only else [line for line in held if line in chosen or line.stock.raw_full or line.stock.empty]


@dataclass(frozen=True)
class StoreHome:
    """Everything on a store's phone home."""

    store: Store
    stock: list[Held]
    last_declaration: Declaration | None
    pickup: PickupNews

    @property
    def is_archived(self) -> bool:
        """Whether the place has left the network."""
        return self.store.status == Status.ARCHIVED


def store_home(store: Store) -> StoreHome:
    """Return what the phone home of `store` shows; a constant number of queries."""
    last = _declared(store).order_by("-declared_at", "-pk").first()
    return StoreHome(store, stock_lines(store), last, pickup_news(store))


def _declared(store: Store) -> QuerySet[Declaration]:
    """Return the declarations of a place, and of those that became part of it."""
    return Declaration.objects.filter(store__in=history_ids(store)).exclude(state=Declaration.REFUSED)


@dataclass(frozen=True)
class Said:
    """One line of a declaration in words."""

    code: str
    text: str


@dataclass(frozen=True)
class Receipt:
    """What was declared, and what becomes of it."""

    declaration: Declaration
    lines: list[Said]
    pickup: PickupNews

    @property
    def is_held(self) -> bool:
        """Whether a coordinator looks at it first."""
        return self.declaration.state == Declaration.HELD

    @property
    def is_refused(self) -> bool:
        """Whether it was set aside, or taken back."""
        return self.declaration.state == Declaration.REFUSED

    @property
    def joined_open_request(self) -> bool:
        """Whether the store had already asked when it asked again with this declaration."""
        life = self.pickup.life
        asked = life.part.asked_at if life.part else life.request.requested_at if life.request else None
        return self.declaration.wants_pickup and life.has_asked and asked is not None and asked < self.declaration.received_at

    @property
    def time_was_corrected(self) -> bool:
        """Whether the phone's time was not believed."""
        return self.declaration.claimed_at is not None


def receipt_of(declaration: Declaration, store: Store) -> Receipt:
    """Return the receipt of a declaration of `store`."""
    lines = declaration.lines.select_related("container_type").order_by("container_type__position", "pk")
    return Receipt(declaration, [said(line) for line in lines], pickup_news(store))


def said(line: Count) -> Said:
    """Return one declared line in words: “75 cl crate: 14 full, 40 in all”."""
    parts = []
    if line.container_type.declared_as == Unit.PERCENT and line.fill_percents:
        parts.append(", ".join(f"{percent} %" for percent in line.fill_percents))
    elif line.full is not None:
        parts.append(ngettext("%(count)s full", "%(count)s full", line.full) % {"count": line.full})
    if line.total is not None:
        parts.append(_("%(count)s in all") % {"count": line.total})
    return Said(line.container_type.code, f"{line.container_type.name}: {', '.join(parts)}")


@dataclass(frozen=True)
class Event:
    """Something that happened at a store. kind: "declaration" or "visit"."""

    kind: str
    at: datetime
    title: str
    text: str


def history(store: Store) -> list[Event]:
    """Return the last declarations and visits of `store`, newest first; four queries."""
    lines = Prefetch("lines", queryset=Count.objects.select_related("container_type").order_by("container_type__position", "pk"))
    declarations = _declared(store).prefetch_related(lines).order_by("-declared_at", "-pk")
    events = [
        Event("declaration", row.declared_at, _("Declared"), " · ".join(said(line).text for line in row.lines.all()))
        for row in declarations[:HISTORY_LENGTH]
    ]
    visited = Prefetch("lines", queryset=StopLine.objects.select_related("container_type").order_by("container_type__position", "pk"))
    visits = Stop.objects.filter(store__in=history_ids(store)).exclude(state=StopState.TO_DO)
    stops = visits.prefetch_related(visited).order_by("-completed_at", "-pk")
    events += [
        Event("visit", stop.completed_at, visit_title(stop), visit_text(stop, stop.lines.all()))
        for stop in stops[:HISTORY_LENGTH]
        if stop.completed_at
    ]
    return sorted(events, key=attrgetter("at"), reverse=True)[:HISTORY_LENGTH]
