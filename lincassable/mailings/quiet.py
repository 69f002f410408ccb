"""Hours at which nobody should be written to: told before a mailing begins, never forced."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from stores.days import is_working_day, public_holiday


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
