"""Events, who signs up for them, and what came of them."""

from awareness.models.events import Event, EventItem, EventLog, Partner
from awareness.models.reports import EventPhoto, EventReport
from awareness.models.signups import SignUp

__all__ = ["Event", "EventItem", "EventLog", "EventPhoto", "EventReport", "Partner", "SignUp"]
