"""Where the mails of collection points (`stores.emails`) are stopped: their floor is below the one that keeps people's choices."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from lincassable.accounts.models import User
from lincassable.messaging.services import Prepared
from lincassable.reminders.notices import stoppable
from lincassable.reminders.people import person_of
from lincassable.reminders.registry import USER, Person, Switch, register_switch
from stores import emails
from stores.models import Contact

SWITCHES = {
    "proposal_made": Switch(
        "proposals",
        title=_("Mails about changes that places propose"),
        question=_("Stop the mail about each change that a place proposes? They stay in the list of proposals."),
        done=_("Done: you will not get a mail about each proposed change any more. They stay in the list."),
        people=(USER,),
    ),
    "proposal_answered": Switch(
        "proposal-answers",
        title=_("Answers to the changes you propose"),
        question=_("Stop the mails that answer the changes you propose? What was accepted shows on the store's phone page."),
        done=_("Done: you will not get these answers by mail any more."),
    ),
}


def _person(reader: Contact | User) -> Person:
    if isinstance(reader, Contact):
        return person_of(reader)
    return Person(USER, reader.pk, reader.email, reader.name, reader.language)


def let_through(template: str, mails: emails.Mails) -> list[Prepared]:
    """Return the mails to those who have not stopped them, each with where to stop it. Raises KeyError for an unknown template."""
    return stoppable(SWITCHES[template], [(_person(reader), mail) for reader, mail in mails])


def register() -> None:
    """Make the switches known, and let the mails pass through them."""
    for switch in SWITCHES.values():
        register_switch(switch)
    if let_through not in emails.LET_THROUGH:
        emails.LET_THROUGH.append(let_through)
