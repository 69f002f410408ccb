"""Days and hours of mailings: typed in the network's time, kept in UTC; how long a mailing takes, quiet times included."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from lincassable.mailings.quiet import closes, network_zone, opens, why

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


def expected_end(begin: dt.datetime, count: int, per_hour: int, *, any_hour: bool = False) -> dt.datetime:
    """Return when the last of `count` messages is handed over, at `per_hour`, when nothing else holds it up.

    Arguments: any_hour, it does not wait for quiet times to end.
    """
    hours, rest = divmod(max(0, count - 1), per_hour)
    left = dt.timedelta(hours=hours, minutes=rest // per_minute(per_hour))
    if any_hour:
        return begin + left
    now = opens(begin)
    while now + left >= (end := closes(now)):
        left -= end - now
        now = opens(end)
    return now + left


def per_minute(per_hour: int) -> int:
    """Return how many messages a mailing with this rate hands over in one minute: the hour's share, at least one."""
    return max(1, -(-per_hour // 60))


def warnings_of(begin: dt.datetime, end: dt.datetime, *, any_hour: bool = False) -> list[str]:
    """Return what to know before a mailing begins at `begin` and ends about `end`: nights, weekends, public holidays.

    Arguments: any_hour, it is to be sent anyway.
    """
    reason = why(begin)
    if reason and any_hour:
        return [_("It begins at a quiet time (%(reason)s): people may be disturbed.") % {"reason": reason}]
    if reason:
        return [waiting_sentence(begin)]
    late = next(filter(None, map(why, _hours(begin, end))), "")
    if late and any_hour:
        sentence = _(
            "At this rate it ends about %(end)s: part of it leaves at a quiet time (%(reason)s). Begin earlier, or allow more per hour."
        )
        return [sentence % {"end": in_words(end), "reason": late}]
    if late:
        sentence = _("At this rate it ends about %(end)s: it waits at quiet times (%(reason)s) and then goes on.")
        return [sentence % {"end": in_words(end), "reason": late}]
    return []


def waiting_sentence(moment: dt.datetime) -> str:
    """Return until when a mailing waits whose turn comes at the quiet time `moment`, and why."""
    sentence = _("Nothing leaves at quiet times (%(reason)s): it waits until %(when)s, unless you choose to send anyway.")
    return sentence % {"reason": why(moment), "when": in_words(opens(moment))}


def _hours(begin: dt.datetime, end: dt.datetime) -> list[dt.datetime]:
    """Return moments an hour apart, from `begin` to `end`, at most a week of them."""
    count = min(7 * 24, int((end - begin) / dt.timedelta(hours=1)))
    return [begin + dt.timedelta(hours=number) for number in range(1, count + 1)] + [end]
