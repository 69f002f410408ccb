"""Who wants which mails: reading and changing it, wherever it is kept; what waits in the outbox obeys at once."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.apps import apps
from django.db import models, transaction
from django.db.models import Q

from lincassable.accounts.actors import Actor
from lincassable.accounts.models import User
from lincassable.messaging import unsubscribing
from lincassable.messaging.models import Message
from lincassable.reminders.models import ReminderStop
from lincassable.reminders.registry import CARRIER_CONTACT, CONTACT, USER, Person, Switch, switch_of, switches
from lincassable.reminders.signing import Target, choices_url
from lincassable.reminders.signing import address as signed_address
from stores import stops
from stores.models import Contact

logger = logging.getLogger("lincassable.reminders")
# The addresses of `messaging.unsubscribing`, at the foot of mails that are no reminders: whose they are, and which switch they turn.
_FEET = {
    unsubscribing.CONTACT: (CONTACT, "weekly"),
    unsubscribing.USER: (USER, "weekly"),
    unsubscribing.DEPOSIT: (CONTACT, "deposits"),
    unsubscribing.PICKUP: (CONTACT, "pickups"),
    unsubscribing.REMINDER: (CONTACT, "pickup-reminders"),
    unsubscribing.CARRIER_TOURS: (CARRIER_CONTACT, "tours"),
    unsubscribing.CARRIER_REMINDERS: (CARRIER_CONTACT, "tour-reminders"),
    unsubscribing.PRODUCER_EACH: ("producer-contact", "problems"),
    unsubscribing.PRODUCER_MONTHLY: ("producer-contact", "producer-months"),
}
_PEOPLE: dict[str, type[models.Model]] = {CONTACT: Contact, USER: User}


def _column(switch: Switch, kind: str) -> tuple[type[models.Model], str] | None:
    """Return the model and the column that keep a kind of person's choice; None when `ReminderStop` does."""
    path = switch.columns.get(kind)
    if path is None:
        return None
    app, model, column = path.split(".")
    return apps.get_model(app, model), column


def readers(kind: str, person_id: int) -> list[int]:
    """Return the ids of the rows that stand for the same reader: the person's, and those of the same kind with the same address.

    Who runs two shops is a contact of both, and stops a mail once. [] when the person is not there any more.
    """
    # A kind of people that only columns know is asked of their table.
    model = _PEOPLE.get(kind) or next((found[0] for switch in switches() if (found := _column(switch, kind))), None)
    if model is None:
        return []
    address = model._default_manager.filter(pk=person_id).values_list("email", flat=True).first()
    if address is None:
        return []
    same = model._default_manager.filter(email__iexact=address).values_list("pk", flat=True) if address else []
    return sorted({person_id, *same})


def stopped_among(switch: Switch, people: Iterable[Person]) -> set[tuple[str, int]]:
    """Return those among `people`, as (kind, id), who want no mails of this kind. One query per kind of person."""
    by_kind: dict[str, set[int]] = defaultdict(set)
    for person in people:
        if person.kind in switch.people:
            by_kind[person.kind].add(person.id)
    found: set[tuple[str, int]] = set()
    for kind, ids in by_kind.items():
        column = _column(switch, kind)
        if column:
            rows = column[0]._default_manager.filter(**{"pk__in": ids, column[1]: False}).values_list("pk", flat=True)
        else:
            rows = ReminderStop.objects.filter(switch=switch.code, person_kind=kind, person_id__in=ids).values_list("person_id", flat=True)
        found |= {(kind, pk) for pk in rows}
    return found


@dataclass(frozen=True)
class Choice:
    """One kind of mails on the page of choices, and whether the person receives it."""

    switch: Switch
    is_on: bool


def choices_of(kind: str, person_id: int) -> list[Choice]:
    """Return what a person may choose, by title; [] when nobody is there any more. On: for at least one of the rows of the same reader."""
    people = [Person(kind, pk, "") for pk in readers(kind, person_id)]
    if not people:
        return []
    offered = sorted((switch for switch in switches() if kind in switch.people), key=lambda switch: str(switch.title).casefold())
    return [Choice(switch, len(stopped_among(switch, people)) < len(people)) for switch in offered]


@transaction.atomic
def choose(kind: str, person_id: int, wanted: Collection[str], *, by: Actor) -> list[Choice]:
    """Set which kinds of mails a person receives. Again changes nothing.

    Arguments: wanted, the codes of the switches to be on; every other one that the person has goes off. Returns the new choices, [] when
    nobody is there.
    """
    for choice in choices_of(kind, person_id):
        if choice.is_on != (choice.switch.code in wanted):
            _set(choice.switch, kind, person_id, on=choice.switch.code in wanted, by=by)
    return choices_of(kind, person_id)


@transaction.atomic
def stop(target: Target, address: str, *, by: Actor) -> bool:
    """Stop the kinds that a signed address names, and take back what waits in the outbox with that address.

    Arguments: address, the absolute one, as it stands in the headers of the mails. Returns whether the person exists.
    """
    if not readers(target.kind, target.id):
        return False
    for code in target.switches:
        switch = switch_of(code)
        if switch and target.kind in switch.people:
            _set(switch, target.kind, target.id, on=False, by=by)
    take_back(address)
    return True


def stop_mails(foot: str, person_id: int, *, by: Actor) -> bool:
    """Stop what an address of `messaging.unsubscribing` is about, as `stop` does. Arguments: foot, one of its `KINDS`."""
    kind, code = _FEET[foot]
    return stop(Target(kind, person_id, (code,)), unsubscribing.url(foot, person_id), by=by)


def choices_page(foot: str, person_id: int) -> str:
    """Return the absolute address of the page of all choices of whom an address of `messaging.unsubscribing` is about."""
    return choices_url(_FEET[foot][0], person_id)


def _addresses(switch: Switch, kind: str, ids: Collection[int]) -> list[str]:
    """Return every address at which these rows of one reader stop this kind alone."""
    feet = [foot for foot, turned in _FEET.items() if turned == (kind, switch.code)]
    return [address for pk in ids for address in (signed_address(kind, pk, [switch.code]), *(unsubscribing.url(foot, pk) for foot in feet))]


def take_back(*addresses: str) -> int:
    """Cancel the waiting mails that are stopped at these addresses (their List-Unsubscribe header). Returns how many."""
    named = [Q(headers__contains={"List-Unsubscribe": f"<{address}>"}) for address in addresses]
    if not named:
        return 0
    return Message.objects.filter(reduce(or_, named), state=Message.WAITING).update(state=Message.CANCELLED)


def _set(switch: Switch, kind: str, person_id: int, *, on: bool, by: Actor) -> None:
    """Switch one kind of mails for a reader."""
    ids, column = readers(kind, person_id), _column(switch, kind)
    if column:
        column[0]._default_manager.filter(pk__in=ids).update(**{column[1]: on})
    elif on:
        ReminderStop.objects.filter(switch=switch.code, person_kind=kind, person_id__in=ids).delete()
    else:
        rows = [ReminderStop(switch=switch.code, person_kind=kind, person_id=pk) for pk in ids]
        ReminderStop.objects.bulk_create(rows, ignore_conflicts=True)
    if not on:  # what waits for the same reader at another place, too; what tells of several kinds is asked about before it leaves
        take_back(*_addresses(switch, kind, ids))
    if kind == CONTACT:
        emails, what = Contact.objects.filter(pk__in=ids).values_list("email", flat=True), column[1] if column else switch.code
        if on:
            stops.forget(emails, [what])
        else:
            stops.remember(emails, what)
    logger.info("%s of %s %s is switched %s, asked by %s %s", switch.code, kind, ids, "on" if on else "off", by.kind, by.id)


def hold(contact: Contact, codes: Collection[str]) -> None:
    """Let a contact that was typed with an address obey what its reader stopped of the reminders that no column keeps."""
    known = {switch.code for switch in switches() if CONTACT in switch.people and CONTACT not in switch.columns}
    rows = [ReminderStop(switch=code, person_kind=CONTACT, person_id=contact.pk) for code in sorted(known & set(codes))]
    ReminderStop.objects.bulk_create(rows, ignore_conflicts=True)


def lifted(contact: Contact) -> None:
    """Let all reminders that no column keeps go to a contact's reader again: a coordinator was asked to."""
    ReminderStop.objects.filter(person_kind=CONTACT, person_id__in=readers(CONTACT, contact.pk)).delete()


def register() -> None:
    """Ask to be told when a contact gets an address, and when a stop is lifted."""
    if hold not in stops.ON_HELD:
        stops.ON_HELD.append(hold)
        stops.ON_LIFTED.append(lifted)
