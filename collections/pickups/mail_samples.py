"""Made-up tours and pickups: what a text of a mail is tried on, and where the examples of its variables come from."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _


def place(name: str = "Épicerie des Halles", address: str = "4 place des Halles, 26000 Valence") -> SimpleNamespace:
    """Return a place."""
    return SimpleNamespace(name=name, address=address)


def _line(name: str, short: str, full: int, empty: int, stayed: int) -> SimpleNamespace:
    quantities = {"planned_full": full, "planned_empty": empty, "planned_taken_empty": 0, "planned_left_full": 0}
    done = {"loaded_full": full, "left_empty": empty, "taken_empty": 0, "left_full": 0, "stayed": stayed}
    return SimpleNamespace(container_type=SimpleNamespace(name=name, short=short), **quantities, **done)


def stop(where: SimpleNamespace | None = None, start: int = 9) -> SimpleNamespace:
    """Return a stop with its lines."""
    lines = [_line(_("75 cl crate"), "75 cl", 14, 12, 3), _line(_("33 cl crate"), "33 cl", 6, 8, 0)]
    moments = {"window_start": time(start), "window_end": time(start + 2), "completed_at": datetime(2026, 5, 13, 8, 20, tzinfo=UTC)}
    reason = _("the door of the storeroom was locked")
    return SimpleNamespace(store=where or place(), all_lines=lines, shares=[], reason=reason, **moments)


def tour() -> SimpleNamespace:
    """Return a tour that its carrier has been asked to drive."""
    phone = SimpleNamespace(as_national="04 75 00 01 02")
    return SimpleNamespace(
        reference="T-2741",
        date=date(2026, 5, 12),
        departs_at=time(8, 30),
        sent_at=datetime(2026, 5, 4, 7, 40, tzinfo=UTC),
        vehicle=_("12 t truck with tail lift"),
        note=_("Ring at the back door."),
        carrier=SimpleNamespace(name="Transports Martin", contact_name="Paul Martin", phone=phone),
        hub=place("Plateforme de Valence", "12 rue des Ateliers, 26000 Valence"),
    )


def link(path: str = "page") -> str:
    """Return an address that opens nothing."""
    return f"{settings.SITE_URL}/{path}/"


def of_carrier() -> dict[str, Any]:
    """Return what the mails to a carrier show."""
    stops = [stop(), stop(place("Cave du Centre", "21 rue Madier, 26000 Valence"), 10)]
    changes = [_("Another day: it was on Monday."), _("A stop more: Cave du Centre.")]
    shown = {"stops": stops, "total": stops[0].all_lines, "link": link("tour"), "changes": changes}
    return {"tour": tour(), "unsubscribe_url": link("stop"), "reason": _("The truck is at the garage."), **shown}


def of_coordinator() -> dict[str, Any]:
    """Return what the mails about a tour to coordinators show."""
    warnings = [SimpleNamespace(sentence=_("The load is 200 kg too heavy for this vehicle."))]
    return {**of_carrier(), "before": _("19 t truck"), "warnings": warnings}


def of_store() -> dict[str, Any]:
    """Return what the mails about a pickup to a place show."""
    at = place()
    shown = {"tour": tour(), "stop": stop(at), "place": at, "through": None, "date_before": date(2026, 5, 11)}
    left = [line for line in shown["stop"].all_lines if line.stayed]
    return {**shown, "left": left, "reason": _("The road is closed."), "page_url": link("p"), "unsubscribe_url": link("stop")}


def of_visit() -> dict[str, Any]:
    """Return what the mails after a truck's visit show, to a place that is collected through another one."""
    there = place("Cave du Centre", "21 rue Madier, 26000 Valence")
    return {**of_store(), "stop": stop(there), "through": there}


def of_request() -> dict[str, Any]:
    """Return what the mails about a request to a place show."""
    at = place()
    who = SimpleNamespace(name=_("Ana"))
    shown = {"request": SimpleNamespace(state="received"), "contact": who, "place": at, "coming": None}
    more = {"through": place("Cave du Centre"), "child": place("Biocoop Sud"), "reason": _("We come again in September.")}
    return {**shown, **more, "page_url": link("p"), "unsubscribe_url": link("stop")}
