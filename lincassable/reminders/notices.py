"""Mails that tell of something at once, and are no reminders: who has stopped their kind gets none, who has not finds where to stop it.

An app registers a `Switch` (`registry.register_switch`) and lets its mails through `stoppable` before they are written.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from lincassable.messaging import unsubscribing
from lincassable.messaging.services import Prepared
from lincassable.reminders.registry import Person, Switch
from lincassable.reminders.signing import address, choices_url
from lincassable.reminders.stopping import stopped_among


def stoppable(switch: Switch, mails: Iterable[tuple[Person, Prepared]]) -> list[Prepared]:
    """Return the mails to those who have not stopped this kind, each with where to stop it in its context and in its headers.

    The context gets `unsubscribe_url` and `preferences_url`, as `mail/_stop.html` and `.txt` show them: "" for people who may not stop it
    (a company's main address). One query per kind of person.
    """
    told = list(mails)
    stopped = stopped_among(switch, [person for person, _mail in told])
    return [_with_stop(switch, person, mail) for person, mail in told if (person.kind, person.id) not in stopped]


def _with_stop(switch: Switch, person: Person, mail: Prepared) -> Prepared:
    stop = address(person.kind, person.id, [switch.code]) if person.kind in switch.people else ""
    shown = {"unsubscribe_url": stop, "preferences_url": choices_url(person.kind, person.id) if stop else ""}
    return replace(mail, context={**mail.context, **shown}, headers={**mail.headers, **(unsubscribing.headers(stop) if stop else {})})
