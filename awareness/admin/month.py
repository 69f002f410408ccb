"""A month of animations and events in the admin."""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from awareness import queries
from awareness.models import Event
from pickups.month import read_month
from stores.days import public_holiday


@dataclass
class Day:
    """A day of the page, with the events that begin on it."""

    day: date
    is_inside: bool
    is_today: bool
    is_past: bool
    holiday: str
    events: list[Event] = field(default_factory=list)

    @property
    def is_off(self) -> bool:
        """Whether it is a weekend's day or a holiday."""
        return self.day.weekday() >= 5 or bool(self.holiday)


def weeks_of(first: date) -> list[list[Day]]:
    """Return the weeks that hold the month of `first`, with their events. Two queries."""
    today = timezone.localdate()
    weeks = [
        [Day(day, day.month == first.month, day == today, day < today, public_holiday(day) or "") for day in week]
        for week in calendar.Calendar().monthdatescalendar(first.year, first.month)
    ]
    days = {day.day: day for week in weeks for day in week}
    zone = ZoneInfo(settings.NETWORK_TIME_ZONE)
    start, end = datetime.combine(weeks[0][0].day, time.min, zone), datetime.combine(weeks[-1][-1].day + timedelta(days=1), time.min, zone)
    for event in queries.with_places(Event.objects.filter(starts_at__gte=start, starts_at__lt=end)).order_by("starts_at", "pk"):
        days[timezone.localtime(event.starts_at, zone).date()].events.append(event)
    return weeks


def month_page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """A month of events. `?month=2026-11`; what cannot be read is this month."""
    if not request.user.has_perm("awareness.view_event"):
        raise PermissionDenied
    first = read_month(request.GET.get("month"))
    before, after = first - timedelta(days=1), first + timedelta(days=32)
    weeks = weeks_of(first)
    context: dict[str, Any] = {
        **site.each_context(request),
        "title": _("Events by month"),
        "opts": Event._meta,
        "first": first,
        "weeks": weeks,
        "count": sum(len(day.events) for week in weeks for day in week if day.is_inside),
        "previous": before if before.year >= 2000 else None,
        "following": after.replace(day=1) if after.year <= 2100 else None,
        "may_add": request.user.has_perm("awareness.add_event"),
    }
    return TemplateResponse(request, "awareness/admin/month.html", context)
