"""Days and hours of mailings: typed in the network's time, kept in UTC; how long a mailing takes; what is a quiet hour."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from lincassable.mailings.quiet import network_zone, why

# Nobody plans a mailing for the year after next; a year typed wrong is noticed.
FURTHEST = dt.timedelta(days=366)


def moment(day: dt.date, hour: dt.time) -> dt.datetime:
    """Return the moment (UTC) of a local day and hour; of an hour that comes twice (autumn), the first one.

    Raises ValidationError for an hour that the clocks jump over (spring).
    """
    local = dt.datetime.combine(day, hour, tzinfo=network_zone())
    found = local.astimezone(dt.UTC)
    if found.astimezone(network_zone()).replace(tzinfo=None) != local.replace(tzinfo=None):
        sentence = _("There is no %(hour)s on %(day)s: the clocks go forward in that night. Choose another hour.")
        raise ValidationError(sentence % {"hour": f"{hour:%H:%M}", "day": date_format(day, "l j F Y")}, code="no_such_hour")
    return found


def check_begin(begin: dt.datetime, now: dt.datetime) -> None:
    """Raise ValidationError for a begin in the past (a minute of typing is forgiven) or too far away."""
    if begin < now - dt.timedelta(minutes=1):
        sentence = _("%(when)s is over: choose a later day or hour, or send now.")
        raise ValidationError(sentence % {"when": in_words(begin)}, code="past")
    if begin > now + FURTHEST:
        raise ValidationError(_("That is more than a year away: check the year."), code="too_far")


def in_words(when: dt.datetime) -> str:
    """Return a moment in the network's time, in words."""
    return date_format(timezone.localtime(when, network_zone()), "l j F Y, H:i")


def expected_end(begin: dt.datetime, count: int, per_hour: int) -> dt.datetime:
    """Return when the last of `count` messages is handed over, at `per_hour`, when nothing else holds it up."""
    hours, rest = divmod(max(0, count - 1), per_hour)
    return begin + dt.timedelta(hours=hours, minutes=rest // per_minute(per_hour))


def per_minute(per_hour: int) -> int:
    """Return how many messages a mailing with this rate hands over in one minute: the hour's share, at least one."""
    return max(1, -(-per_hour // 60))


def warnings_of(begin: dt.datetime, end: dt.datetime) -> list[str]:
    """Return what to know before a mailing begins at `begin` and ends about `end`: quiet hours, weekends, public holidays."""
    found = []
    if reason := why(begin):
        found.append(_("It begins at a quiet time (%(reason)s): people may be disturbed.") % {"reason": reason})
    elif reason := next(filter(None, map(why, _hours(begin, end))), ""):
        sentence = _(
            "At this rate it ends about %(end)s: part of it leaves at a quiet time (%(reason)s). Begin earlier, or allow more per hour."
        )
        found.append(sentence % {"end": in_words(end), "reason": reason})
    return found


def _hours(begin: dt.datetime, end: dt.datetime) -> list[dt.datetime]:
    """Return moments an hour apart, from `begin` to `end`, at most a week of them."""
    count = min(7 * 24, int((end - begin) / dt.timedelta(hours=1)))
    return [begin + dt.timedelta(hours=number) for number in range(1, count + 1)] + [end]
