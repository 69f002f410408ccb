"""The page on which people get, renew and withdraw the address of a calendar: shared by a store's phone, a carrier's office, the admin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from lincassable.accounts.actors import Actor
from pickups.services.calendar_links import calendar_address, make_calendar, renew_calendar, withdraw_calendar

_DEEDS: dict[str, Callable[..., Any]] = {"make": make_calendar, "renew": renew_calendar, "withdraw": withdraw_calendar}
_QUESTIONS = {"renouveler": "renew", "arreter": "withdraw"}


def do(request: HttpRequest, kind: str, object_id: int, *, by: Actor) -> bool:
    """Do what the sent form's button says with one calendar; return whether it was a known button. Raises PermissionDenied."""
    deed = _DEEDS.get(request.POST.get("do", ""))
    if deed is None:
        return False
    deed(kind, object_id, by=by)
    return True


def box(request: HttpRequest, kind: str, object_id: int) -> dict[str, Any]:
    """Return what components/calendar_address.html shows of one calendar: its address, and the question that the page's address asks."""
    wanted = request.GET.get("agenda", str(object_id)) == str(object_id)
    return {
        "address": calendar_address(kind, object_id),
        "asking": _QUESTIONS.get(request.GET.get("faire", ""), "") if wanted else "",
        "object_id": object_id,
    }
