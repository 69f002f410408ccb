"""What people may stop of the mails about non-conformities, besides the reminders (`rules`). Shown on the page of their choices."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from lincassable.reminders.registry import CONTACT, USER, Switch, register_switch
from nonconformities.recipients import PRODUCER_CONTACT

PROBLEMS = Switch(
    "problems",
    title=_("Mails about problems: what becomes of them, and messages"),
    question=_("Stop the mails about problems: what becomes of them, and messages? You still see them on your page."),
    done=_("Done: you will not receive mails about problems any more. You still see them on your page."),
    people=(CONTACT, USER, PRODUCER_CONTACT),
    columns={PRODUCER_CONTACT: "nonconformities.ProducerContact.wants_each"},
)
MONTHS = Switch(
    "producer-months",
    title=_("Monthly summary of what was seen with your bottles"),
    question=_("Stop the monthly summary of what was seen with your bottles? You still see it on your page."),
    done=_("Done: you will not get the monthly summary any more. The network's coordinators can switch it on again."),
    people=(PRODUCER_CONTACT,),
    columns={PRODUCER_CONTACT: "nonconformities.ProducerContact.wants_monthly"},
)
NEW = Switch(
    "new-problems",
    title=_("Mails about new non-conformities"),
    question=_("Stop the mail about each new non-conformity? They stay in the list, and late ones are still recalled to you."),
    done=_("Done: you will not get a mail about each new non-conformity any more. They stay in the list."),
    people=(USER,),
)
GIVEN = Switch(
    "given-problems",
    title=_("Mails about non-conformities that are given to you"),
    question=_("Stop the mail when a non-conformity is given to you? It stays in your list, and is still recalled to you when it is late."),
    done=_("Done: you will not get a mail any more when a non-conformity is given to you. It stays in your list."),
    people=(USER,),
)


def register_switches() -> None:
    """Make them known."""
    for switch in (PROBLEMS, MONTHS, NEW, GIVEN):
        register_switch(switch)
