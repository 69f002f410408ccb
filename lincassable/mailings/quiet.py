"""Hours at which nobody is written to: a mailing waits until they are over, unless a coordinator says to send anyway."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from stores.days import is_working_day, public_holiday

ONE = dt.timedelta(days=1)


def network_zone() -> ZoneInfo:
    """Return the time zone in which days and hours are typed and shown."""
    return ZoneInfo(settings.NETWORK_TIME_ZONE)


def why(when: dt.datetime) -> str:
    """Return why `when` is a quiet time, in a few words; empty when it is not."""
    local = timezone.localtime(when, network_zone())
    holiday = public_holiday(local.date())
    if holiday:
        return holiday
    if not is_working_day(local.date()):
        return _("weekend")
    first, last = settings.REMINDERS_FROM_HOUR, settings.REMINDERS_TO_HOUR  # nobody is reminded at other hours either
    return "" if first <= local.hour < last else _("before %(first)s:00 or after %(last)s:00") % {"first": first, "last": last}


def opens(when: dt.datetime) -> dt.datetime:
    """Return the first moment from `when` on that is not quiet: `when` itself, or the first hour of a working day."""
    local = timezone.localtime(when, network_zone())
    day, hour = local.date(), local.hour
    if is_working_day(day) and settings.REMINDERS_FROM_HOUR <= hour < settings.REMINDERS_TO_HOUR:
        return when
    if hour >= settings.REMINDERS_TO_HOUR:
        day += ONE
    while not is_working_day(day):
        day += ONE
    return _at(day, settings.REMINDERS_FROM_HOUR)


def closes(when: dt.datetime) -> dt.datetime:
    """Return the moment at which the next quiet time begins, of a `when` that is not quiet."""
    return _at(timezone.localtime(when, network_zone()).date(), settings.REMINDERS_TO_HOUR)


def _at(day: dt.date, hour: int) -> dt.datetime:
    """Return a local hour of a day in UTC; hour 24 is midnight, at the end of it."""
    start = dt.datetime.combine(day + ONE * (hour // 24), dt.time(hour % 24), tzinfo=network_zone())
    return start.astimezone(dt.UTC)
