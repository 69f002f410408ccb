"""Invitations to a pickup, for the mails to a place's contacts (RFC 5546). Decides nothing, writes nothing.

The first invitation, each change (REQUEST) and the withdrawal (CANCEL) carry the same identity and the same organizer, with a growing
sequence: a calendar replaces what it has, and takes it out.
"""

from __future__ import annotations

from typing import Literal

from django.utils import timezone, translation

from lincassable.messaging.services import Attachment, Recipient
from pickups.calendar_events import calendar, invite, stop_event
from pickups.models import Stop

REQUEST: Literal["REQUEST"] = "REQUEST"
CANCEL: Literal["CANCEL"] = "CANCEL"
Method = Literal["REQUEST", "CANCEL"]


def invitation(stop: Stop, *, method: Method, to: Recipient | None = None) -> bytes:
    """Return the `.ics` file of a pickup.

    Arguments:
        stop: with its store and tour; it may have been taken out of the tour already.
        method: REQUEST to invite or to change, CANCEL to withdraw.
        to: who is invited, in their language; without it nobody is named, and most calendars will only show the event.
    Call it after the change was written in the tour's log: the log gives the sequence.
    """
    with translation.override(to.language if to else translation.get_language()):
        event = stop_event(stop, stop.tour, stamp=timezone.now())
        if method == CANCEL:
            event.pop("status")
            event.add("status", "CANCELLED")
        invite(event, to)
        made = calendar(method=method)
        made.add_component(event)
        return made.to_ical()


def attachment(stop: Stop, *, method: Method, to: Recipient) -> Attachment:
    """Return the invitation as a mail carries it: `Prepared(..., attachments=[attachment(stop, method=REQUEST, to=recipient)])`.

    Arguments: as `invitation`; `to`, who receives the mail: calendars only take an invitation that names them.
    """
    return Attachment("collecte.ics", f"text/calendar; method={method}; charset=UTF-8", invitation(stop, method=method, to=to))
