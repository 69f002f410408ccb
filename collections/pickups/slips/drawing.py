"""Puts a slip on paper: head with the QR code, one row per stop with boxes, totals, and who received."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterable
from dataclasses import dataclass

import segno
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from pickups.enums import StopState, TourState
from pickups.models import StopProof, Tour
from pickups.slips.content import PalletLine, Quantity, Row, Slip, signed_at, slip_of
from pickups.slips.paper import GREY, LIGHT, MARGIN, SOFT, Paper, line_height

logger = logging.getLogger(__name__)
NUMBER, QR = 7.0, 25.0
SHORTEST_ROW = 17.0  # room for a signature
WIDE_COLUMN, NARROWEST_COLUMN = 12.0, 6.2
PAD = 1.0
PALLET_LINE = 6.2


@dataclass(frozen=True)
class Columns:
    """Where each column of the table starts, and how wide it is."""

    place: float
    slot: float
    quantity: float
    pallets: float
    signature: float
    count: int

    @property
    def x_place(self) -> float:
        """Left of the places."""
        return MARGIN + NUMBER

    @property
    def x_slot(self) -> float:
        """Left of the time windows."""
        return self.x_place + self.place

    @property
    def x_quantity(self) -> float:
        """Left of the first quantity."""
        return self.x_slot + self.slot

    @property
    def x_pallets(self) -> float:
        """Left of the pallets."""
        return self.x_quantity + self.quantity * self.count

    @property
    def x_signature(self) -> float:
        """Left of the signatures."""
        return self.x_pallets + self.pallets


def columns_for(count: int, width: float, *, pallets: bool) -> Columns:
    """Return the widths for `count` quantities on a page `width` wide: as much as possible for what is written by hand."""
    slot, signature, pallet = (21.0, 42.0, 32.0) if count <= 12 else (17.0, 36.0, 27.0)
    pallet = pallet if pallets else 0.0
    rest = width - NUMBER - slot - signature - pallet
    quantity = min(17.0, max(NARROWEST_COLUMN, (rest - 62) / max(count, 1)))
    place = rest - quantity * count
    if place > 95:  # few kinds of containers: more room to sign
        signature, place = signature + (place - 95) / 2, 95 + (place - 95) / 2
    return Columns(place, slot, quantity, pallet, signature, count)


def slip_pdf(tour: Tour) -> bytes:
    """Return `tour`'s slip as a PDF, in the current language: planned quantities with boxes to correct by hand, and, for what has been
    recorded, the real quantities, signatures, names and times. Takes 1 to 2 seconds, most of it for the letters.
    """
    return Drawing(slip_of(tour)).draw()


class Drawing:
    """One slip being drawn."""

    def __init__(self, slip: Slip) -> None:
        self.slip, self.tour = slip, slip.tour
        title = _("Tour slip %(reference)s") % {"reference": self.tour.reference}
        day = date_format(self.tour.date, "l j F Y")
        made = _("made on %(moment)s") % {"moment": date_format(timezone.localtime(), "j F Y, H:i")}
        legend = _("On top: planned. In the box: what was really done.")
        if not slip.finished:
            legend = _("On top: planned. In the box: write what was really done, when it differs.")
        self.paper = Paper(
            title=title, head=f"{title} · {day} · {self.tour.carrier}", foot=f"{legend} · {made}", language=get_language() or "fr"
        )
        self.title, self.day = title, day
        # Somebody on the way may put crates on pallets that nobody planned: there is a box for them, unless the vehicle takes none.
        takes_pallets = self.tour.vehicle is None or self.tour.vehicle.pallets > 0
        has_pallets = any(row.pallets for row in slip.rows) or (takes_pallets and not slip.finished)
        self.at = columns_for(len(slip.columns), self.paper.width, pallets=has_pallets)

    def draw(self) -> bytes:
        """Return the document."""
        self.paper.add_page()
        self._head()
        self._table_head()
        for row in self.slip.rows:
            height = self._height(row)
            if height > self.paper.room:
                self.paper.add_page()
                self._table_head()
            self._row(row, height)
        if self.paper.room < 51:  # totals and the last boxes stay together
            self.paper.add_page()
            self._table_head()
        self._totals()
        self._reception()
        return bytes(self.paper.output())

    # -- head

    def _head(self) -> None:
        """Tour, carrier, vehicle, day and hub on the left, the QR code on the right."""
        paper, tour = self.paper, self.tour
        width = paper.width - QR - 4
        paper.write_at(MARGIN, MARGIN, width, self.title, size=15, bold=True)
        y = paper.paragraph(MARGIN, MARGIN + 8, width, f"{self.day} · {self._state()}", size=10, bold=True)
        half = width / 2 - 2
        vehicle = tour.vehicle
        left = _("Carrier: %(carrier)s") % {"carrier": tour.carrier}
        if vehicle:
            left += "\n" + _("Vehicle: %(vehicle)s, payload %(kg)s kg") % {"vehicle": vehicle, "kg": vehicle.payload_kg}
        left += "\n" + _("Departure: %(time)s") % {"time": f"{tour.departs_at:%H:%M}"}
        right = _("Unload at: %(hub)s") % {"hub": tour.hub.name} + f"\n{tour.hub.address}"
        bottom = max(paper.paragraph(MARGIN, y + 1, half, left, size=9), paper.paragraph(MARGIN + half + 4, y + 1, half, right, size=9))
        if tour.note.strip():
            bottom = paper.paragraph(MARGIN, bottom + 1, width, " ".join(tour.note.split())[:400], size=8, bold=True)
        code = io.BytesIO()
        segno.make(self.slip.address, error="m", micro=False).save(code, kind="png", scale=6, border=1)
        paper.image(code, x=paper.w - MARGIN - QR, y=MARGIN, w=QR, h=QR, alt_text=_("QR code of the tour"))
        caption = _("Open the tour")
        paper.write_at(paper.w - MARGIN - QR, MARGIN + QR, QR, caption, size=6.5, align="C", colour=SOFT)
        paper.set_xy(MARGIN, max(bottom, MARGIN + QR + 3.5) + 1.5)

    def _state(self) -> str:
        """What this paper is: a plan to correct by hand, or what happened."""
        if self.tour.state == TourState.DRAFT:
            return _("DRAFT, not sent to the carrier")
        if self.tour.state == TourState.CANCELLED:
            return _("CANCELLED")
        if self.slip.finished:
            return _("as it was done")
        return _("under way") if self.slip.recorded else _("as planned")

    # -- table

    def _table_head(self) -> None:
        """Titles of the columns; upright where they are narrow. On every page."""
        paper, at, y = self.paper, self.at, self.paper.get_y()
        wide = at.quantity >= WIDE_COLUMN or not self.slip.columns
        labels = [f"{column.container.short} · {column.title}" for column in self.slip.columns]
        height = 13.0 if wide else min(44.0, max(map(self._length, labels)) + 3)
        for x, width, title in (
            (MARGIN, NUMBER, _("No.")),
            (at.x_place, at.place, _("Place")),
            (at.x_slot, at.slot, _("Time slot")),
            *([(at.x_pallets, at.pallets, _("Pallets"))] if at.pallets else []),
            (at.x_signature, at.signature, _("Signature")),
        ):
            paper.box(x, y, width, height, fill=LIGHT)
            paper.write_at(x + PAD, y, width - 2 * PAD, title, size=8, bold=True, height=height, align="C")
        if wide:
            self._wide_titles(y)
        else:
            for index, label in enumerate(labels):
                x = at.x_quantity + index * at.quantity
                paper.box(x, y, at.quantity, height, fill=LIGHT)
                paper.upright(x, y, at.quantity, height, label, size=7.5, bold=True)
        paper.set_xy(MARGIN, y + height)

    def _length(self, text: str) -> float:
        self.paper.type_in(7.5, bold=True)
        return self.paper.get_string_width(text)

    def _wide_titles(self, y: float) -> None:
        """Two bands: the container over its directions."""
        paper, at, columns = self.paper, self.at, self.slip.columns
        start = 0
        for index in range(1, len(columns) + 1):
            if index < len(columns) and columns[index].container.pk == columns[start].container.pk:
                continue
            x, width = at.x_quantity + start * at.quantity, (index - start) * at.quantity
            paper.box(x, y, width, 5, fill=LIGHT)
            paper.write_at(x + 0.5, y, width - 1, columns[start].container.short, size=8, bold=True, height=5, align="C")
            start = index
        for index, column in enumerate(columns):
            x = at.x_quantity + index * at.quantity
            paper.box(x, y + 5, at.quantity, 8, fill=LIGHT)
            first, _space, second = column.title.partition(" ")
            paper.write_at(x + 0.5, y + 5.7, at.quantity - 1, first, size=7, align="C")
            paper.write_at(x + 0.5, y + 8.9, at.quantity - 1, second, size=7, align="C")

    def _texts(self, row: Row) -> list[tuple[str, float, bool]]:
        """Return what the cell of a place says: (text, size, bold)."""
        store = row.stop.store
        texts = [(store.name, 9.0, True), (store.address, 7.5, False)]
        texts += [(note, 7.0, False) for note in row.notes]
        if row.paloxes:
            texts.append((_("Paloxes: %(numbers)s") % {"numbers": row.paloxes}, 7.0, False))
        if row.stop.is_unplanned:
            texts.append((_("added on the way"), 7.0, True))
        return [text for text in texts if text[0]]

    def _height(self, row: Row) -> float:
        """Return how high a row must be for everything in it."""
        width = self.at.place - 2 * PAD
        texts = sum(self.paper.height_of(text, width, size, bold=bold) for text, size, bold in self._texts(row))
        pallets = PALLET_LINE * len(self._pallet_lines(row))
        outcome = self.paper.height_of(self._outcome(row), self.at.signature - 2 * PAD, 7)
        return max(SHORTEST_ROW, texts + 2 * PAD, pallets + 2 * PAD, outcome + (14 if row.signature else 4))

    def _row(self, row: Row, height: float) -> None:
        """Draw one stop."""
        paper, at, y = self.paper, self.at, self.paper.get_y()
        paper.box(MARGIN, y, NUMBER, height)
        paper.write_at(MARGIN, y, NUMBER, str(row.number), size=10, bold=True, align="C", height=height)
        paper.box(at.x_place, y, at.place, height)
        below = y + PAD
        for text, size, bold in self._texts(row):
            below = paper.paragraph(at.x_place + PAD, below, at.place - 2 * PAD, text, size=size, bold=bold)
        self._slot(row, y, height)
        for index, quantity in enumerate(row.cells):
            self._quantity(at.x_quantity + index * at.quantity, y, at.quantity, height, quantity)
        if at.pallets:
            self._pallets(self._pallet_lines(row), y, height)
        self._signature(row, y, height)
        paper.set_xy(MARGIN, y + height)

    def _slot(self, row: Row, y: float, height: float) -> None:
        """The time window, the hours of the place that day, and when the truck came."""
        paper, at = self.paper, self.at
        paper.box(at.x_slot, y, at.slot, height)
        x, width, below = at.x_slot + PAD, at.slot - 2 * PAD, y + PAD
        if row.slot:
            paper.write_at(x, below, width, row.slot, size=8, bold=True)
            below += line_height(8)
        if row.hours is not None and not row.recorded:
            hours = _("open %(hours)s") % {"hours": row.hours} if row.hours else _("closed that day")
            below = paper.paragraph(x, below, width, hours, size=6.5, colour=SOFT)
        if row.stop.completed_at:
            came = _("came at %(time)s") % {"time": f"{timezone.localtime(row.stop.completed_at):%H:%M}"}
            paper.paragraph(x, below, width, came, size=7)

    def _quantity(self, x: float, y: float, width: float, height: float, quantity: Quantity, *, fill: bool = False) -> None:
        """The planned number, and under it the box for the real one."""
        paper = self.paper
        paper.box(x, y, width, height, fill=LIGHT if fill else None)
        planned = str(quantity.planned) if quantity.planned or quantity.actual is not None else "–"
        top = max(1.0, height / 2 - 7)
        paper.write_at(x + 0.3, y + top, width - 0.6, planned, size=9, align="C", height=5, strike=quantity.differs, colour=(0, 0, 0))
        wide = min(width - 1.2, 13.0)
        left, box_y = x + (width - wide) / 2, y + top + 5.6
        paper.box(left, box_y, wide, 7.4, fill=(255, 255, 255), strong=True)
        if quantity.actual is not None:
            paper.write_at(left + 0.3, box_y, wide - 0.6, str(quantity.actual), size=10, bold=True, align="C", height=7.4)

    def _pallet_lines(self, row: Row) -> list[PalletLine]:
        """Return the lines of the pallets' cell; of a stop without any, boxes for both types while it is still to do."""
        if row.pallets or row.recorded:
            return row.pallets
        return [PalletLine("taken", "Europe"), PalletLine("taken", "VMF")]

    def _pallets(self, lines: Iterable[PalletLine], y: float, height: float) -> None:
        """Pallets, each with its planned number and its box."""
        paper, at, box, planned = self.paper, self.at, 7.5, 4.5
        paper.box(at.x_pallets, y, at.pallets, height)
        x, below = at.x_pallets + PAD, y + PAD
        left = at.x_pallets + at.pallets - box - PAD
        for line in lines:
            wide = at.pallets - box - planned - 3 * PAD
            paper.write_at(x, below, wide, line.label, size=7, height=2.9)
            paper.write_at(x, below + (2.7 if line.label else 0), wide, line.way, size=6.5, height=2.7 if line.label else 5.4, colour=SOFT)
            paper.box(left, below, box, 5.4, fill=(255, 255, 255), strong=True)
            if line.quantity is not None:
                number = str(line.quantity.planned)
                paper.write_at(left - planned - 0.5, below, planned, number, size=8, height=5.4, align="C", strike=line.quantity.differs)
                if line.quantity.actual is not None:
                    paper.write_at(left, below, box, str(line.quantity.actual), size=9, bold=True, align="C", height=5.4)
            below += PALLET_LINE

    def _outcome(self, row: Row) -> str:
        """How a recorded stop went, in words: nothing when all was done and signed."""
        stop = row.stop
        parts = []
        if stop.state in (StopState.PARTIAL, StopState.MISSED):
            state = capfirst(stop.get_state_display())
            parts.append(_("%(state)s: %(reason)s") % {"state": state, "reason": stop.reason} if stop.reason else state)
        stayed = [line for line in stop.all_lines if line.remaining_full]  # type: ignore[attr-defined]
        if stayed:
            left = ", ".join(f"{line.remaining_full} {line.container_type.short}" for line in stayed)
            parts.append(_("full ones that stayed: %(what)s") % {"what": left})
        if row.signature or stop.signer_name:
            when = signed_at(row)
            time = f"{timezone.localtime(when):%H:%M}" if when else ""
            parts.append(_("Signed by %(name)s, %(time)s") % {"name": stop.signer_name or "–", "time": time})
        elif row.recorded and stop.state != StopState.MISSED:
            parts.append(_("recorded without a signature"))
        return "\n".join(parts)

    def _signature(self, row: Row, y: float, height: float) -> None:
        """The signature, or room for it."""
        paper, at = self.paper, self.at
        paper.box(at.x_signature, y, at.signature, height)
        x, width = at.x_signature + PAD, at.signature - 2 * PAD
        if not row.recorded:
            paper.write_at(x, y + 0.6, width, _("name, time, signature"), size=6, colour=GREY)
            return
        outcome = self._outcome(row)
        high = paper.height_of(outcome, width, 7)
        if row.signature and row.stop.state != StopState.MISSED:
            self._picture(row.signature, x, y + PAD, width, height - high - 2 * PAD - 0.5)
        paper.paragraph(x, y + height - high - PAD, width, outcome, size=7)

    def _picture(self, proof: StopProof, x: float, y: float, width: float, height: float) -> None:
        """Put a signature in its box; one whose file cannot be read leaves the room empty, and the log knows."""
        try:
            with proof.image.open("rb") as file:
                picture = io.BytesIO(file.read())
            self.paper.image(picture, x=x, y=y, w=width, h=height, keep_aspect_ratio=True, alt_text=_("signature"))
        except (OSError, ValueError):
            logger.warning("the signature %s of stop %s cannot be read", proof.pk, proof.stop_id)

    # -- end

    def _totals(self) -> None:
        """Sums of the columns; bottles and kilograms."""
        paper, at, y, height = self.paper, self.at, self.paper.get_y(), 18.5
        stops = len(self.slip.rows)
        label = ngettext("Total of %(count)d stop", "Total of %(count)d stops", stops) % {"count": stops}
        wide = NUMBER + at.place + at.slot
        paper.box(MARGIN, y, wide, height, fill=LIGHT)
        paper.write_at(MARGIN + PAD, y + PAD, wide - 2 * PAD, label, size=10, bold=True)
        below = y + PAD + 4.8
        for text in (
            _("Bottles: %(quantity)s") % {"quantity": _said(self.slip.bottles)},
            _("Brought back: %(quantity)s") % {"quantity": _said(self.slip.weighed(taken=True), " kg")},
            _("Delivered: %(quantity)s") % {"quantity": _said(self.slip.weighed(taken=False), " kg")},
        ):
            paper.write_at(MARGIN + PAD, below, wide - 2 * PAD, text, size=8, height=4)
            below += 4
        for index, quantity in enumerate(self.slip.totals):
            self._quantity(at.x_quantity + index * at.quantity, y, at.quantity, height, quantity, fill=True)
        if at.pallets:
            paper.box(at.x_pallets, y, at.pallets, height, fill=LIGHT)
            self._pallets(self.slip.pallets, y, height)
        paper.box(at.x_signature, y, at.signature, height, fill=LIGHT)
        paper.set_xy(MARGIN, y + height)

    def _reception(self) -> None:
        """Who drove, who received at the hub, and what else is to be said."""
        paper, y, height = self.paper, self.paper.get_y() + 2.5, 28.0
        third = (paper.width - 4) / 3
        counted = ", ".join(f"{row.container_type.short} {row.full}/{row.empty}" for row in self.slip.hub_counts)
        hub = _("Received at %(hub)s: name, time, signature") % {"hub": self.tour.hub.name}
        for index, (title, text) in enumerate(
            (
                (_("Driver: name, kilometres, signature"), ""),
                (hub, _("Counted, full/empty: %(counts)s") % {"counts": counted} if counted else ""),
                (_("Remarks"), ""),
            )
        ):
            x = MARGIN + index * (third + 2)
            paper.box(x, y, third, height)
            below = paper.paragraph(x + PAD, y + 0.8, third - 2 * PAD, title, size=7, colour=SOFT)
            paper.paragraph(x + PAD, below + 0.5, third - 2 * PAD, text, size=8)
        paper.set_xy(MARGIN, y + height + line_height(8))


def _said(quantity: Quantity, unit: str = "") -> str:
    """Return a sum in words: what was planned, or what was done with the plan beside it."""
    if quantity.actual is None:
        return f"{quantity.planned}{unit}"
    return _("%(actual)s (planned %(planned)s)") % {"actual": f"{quantity.actual}{unit}", "planned": quantity.planned}
