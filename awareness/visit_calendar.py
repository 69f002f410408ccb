"""Visits in the calendars that coordinators subscribe to. Decides nothing, writes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from icalendar import Event as Entry

from awareness.enums import VisitState
from awareness.models import Visit
from awareness.visit_mails import entry_of
from lincassable.accounts.models import User
from lincassable.web_addresses import web_address


def network(user: User, since: date, cancelled_since: date) -> Iterator[Entry]:
    """Yield all visits, as a coordinator's calendar shows them. One's own ones take one's time; the others are there to be known.

    Arguments: since, the oldest day shown; cancelled_since, of those called off. One query, however many there are.
    """
    if not user.has_perm("awareness.view_visit"):
        return
    rows = Visit.objects.filter(planned_on__gte=since).exclude(state=VisitState.CANCELLED, planned_on__lt=cancelled_since)
    for visit in rows.select_related("store", "visitor").order_by("planned_on", "position", "pk"):
        is_cancelled = visit.state == VisitState.CANCELLED
        entry = entry_of(visit, sequence=visit.sequence, is_cancelled=is_cancelled, stamp=visit.changed_at)
        is_own = visit.visitor_id == user.pk and not is_cancelled
        entry.add("transp", "OPAQUE" if is_own and visit.hour else "TRANSPARENT")  # a day is not taken by a visit without an hour
        entry.add("url", web_address("visits:checklist", visit.uuid))
        yield entry
