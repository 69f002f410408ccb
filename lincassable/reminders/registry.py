"""The registry of reminder rules. The floors fill it in `AppConfig.ready()`; the engine (`engine`) reads it.

A rule says what there is to remind of (`find`) and in which words; the engine does the rest: which day, which hour, once, together with
whatever else the person is to be told that day, not to those who stopped it, and asked again just before the mail leaves.
docs/developer.md, “Adding a reminder”, has an example.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise

Text = str | Promise
CONTACT, USER, CARRIER, CARRIER_CONTACT = "contact", "user", "carrier", "carrier-contact"
STORE_PAGE = "store-page"  # as the address of a button: the phone page of the place that the matter is about


class Timing(StrEnum):
    """Which way the days of a rule are counted."""

    BEFORE = "before"  # so many days before something happens
    AFTER = "after"  # so many days after it has become true


@dataclass(frozen=True)
class Plan:
    """When a rule reminds. A coordinator may change each of these (ReminderRule).

    Arguments:
        timing: which way days are counted. steps: of BEFORE, the days before, the earliest first.
        first, every, times: of AFTER: days after the start, days between two reminders (0: only one), how many in all.
        catch_up: for how many days a reminder that was not sent on its day is still sent.
        hour: the local hour from which on the mail is written. any_day: also on weekends and public holidays.
    """

    timing: Timing
    steps: tuple[int, ...] = ()
    first: int = 0
    every: int = 0
    times: int = 1
    catch_up: int = 6
    hour: time = time(9)
    any_day: bool = False


def before(*steps: int, hour: time = time(9), any_day: bool = False) -> Plan:
    """Return the plan “so many days before”, once per step: `before(7, 1)`. It ends when the thing happens."""
    return Plan(Timing.BEFORE, steps=tuple(sorted(steps, reverse=True)), catch_up=max(steps), hour=hour, any_day=any_day)


def after(first: int = 0, *, every: int = 0, times: int = 1, catch_up: int = 6, hour: time = time(9), any_day: bool = False) -> Plan:
    """Return the plan “`first` days after, then every so many days, so many times at most”."""
    return Plan(Timing.AFTER, first=first, every=every, times=times, catch_up=catch_up, hour=hour, any_day=any_day)


@dataclass(frozen=True, slots=True)
class Person:
    """Who is reminded. kind and id name a row: CONTACT of stores.Contact, USER of accounts.User, CARRIER and CARRIER_CONTACT of pickups."""

    kind: str
    id: int
    email: str
    name: str = ""
    language: str = "fr"


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing to remind of, as a rule's `find` yields it, once per person.

    Arguments:
        person: who is to be reminded.
        subject_kind, subject_id: the row it is about ("store", 12): what `Ask.only` names when it is asked again before sending.
        day: the day that counts: of BEFORE the day on which it happens, of AFTER the one on which it became true. It is part of the key:
            when it changes, reminding starts anew.
        start: the day from which AFTER counts, when that is another than `day` (one that may shift without starting anew).
        days: the exact days of the reminders, when the plan's counting does not fit. not_before: a moment before which none is written.
        until: the moment from which on it is pointless; of BEFORE, the end of `day` unless given.
        informed: when the person was last told in another way: who was told since a reminder fell due needs none.
        facts: what `words` and `mail` need; keep it small, thousands may be held at once.
        about: (kind, id) of the row on whose page the mail is listed; (subject_kind, subject_id) unless given.
    """

    person: Person
    subject_kind: str
    subject_id: int
    day: date
    start: date | None = None
    days: tuple[date, ...] = ()
    not_before: datetime | None = None
    until: datetime | None = None
    informed: datetime | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    about: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """A matter whose time has come.

    Arguments:
        rule: its code. matter: what. step: which reminder it is, from 0. day: the day on which it fell due.
        earlier: how many reminders of the same matter this person has had before.
    """

    rule: str
    matter: Matter
    step: int
    day: date
    earlier: int = 0

    @property
    def person(self) -> Person:
        """Who is reminded."""
        return self.matter.person

    @property
    def facts(self) -> Mapping[str, Any]:
        """What `find` left for the words."""
        return self.matter.facts

    @property
    def key(self) -> tuple[str, str, int, date, int, str, int]:
        """What is told once: rule, subject, its day, the step, the person."""
        matter = self.matter
        return (self.rule, matter.subject_kind, matter.subject_id, matter.day, self.step, matter.person.kind, matter.person.id)


@dataclass(frozen=True)
class Words:
    """A reminder in words, in the language that is active.

    Arguments:
        subject: of a mail about this alone, and the heading in a mail about several things.
        text: its paragraphs. button, url: what to do about it, and where (absolute, or STORE_PAGE); "" for none.
        line: in a list of several of the same rule; also the reason shown to coordinators. The first paragraph unless given.
    """

    subject: str
    text: Sequence[str]
    button: str = ""
    url: str = ""
    line: str = ""

    @property
    def short(self) -> str:
        """One line."""
        return self.line or (self.text[0] if self.text else self.subject)


@dataclass(frozen=True)
class OwnMail:
    """A mail of a rule's own template (templates/mail/<template>.*), used when it is the only thing to tell. The context also gets
    `unsubscribe_url` and `preferences_url`."""

    template: str
    context: Mapping[str, Any]


@dataclass(frozen=True)
class Parameter:
    """A figure of a rule that coordinators may change, besides its plan: “days without a declaration”. maximum, minimum: included."""

    code: str
    label: Text
    default: int
    minimum: int = 0
    maximum: int = 3650


@dataclass(frozen=True)
class Ask:
    """What `find` is asked.

    Arguments:
        now: the moment, aware; today: its local day. plan: as it holds today. parameters: by code.
        only: subject ids; when given, nothing else needs to be looked at (the engine drops what is not asked for anyway).
    """

    now: datetime
    today: date
    plan: Plan
    parameters: Mapping[str, int] = field(default_factory=dict)
    only: Collection[int] | None = None

    def among(self, column: str) -> dict[str, Collection[int]]:
        """Return the filter of a queryset for `only`: `Training.objects.filter(**ask.among("pk"))`."""
        return {} if self.only is None else {f"{column}__in": self.only}


@dataclass(frozen=True)
class Switch:
    """What a person stops with one click: one kind of reminder.

    Arguments:
        code: in the signed address, [a-z-]+.
        title: how it is called. question, done: the page before and after.
        people: the kinds of people who may (not “carrier”: a company's main address keeps receiving what concerns its tours).
        columns: where the choice is kept, by kind of person: {"contact": "stores.Contact.wants_pickup_reminders"}. Without a column the
            engine keeps it (ReminderStop).
    """

    code: str
    title: Text
    question: Text
    done: Text
    people: Collection[str] = (CONTACT,)
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Rule:
    """One rule of the registry.

    Arguments:
        code: short and stable, [a-z-]+. title, purpose, audience: its name, what it is for, who gets it, in words.
        plan: when, unless coordinators changed it. priority: the lower, the earlier in a mail about several things (10 … 90).
        switch: what its mails let one stop; several rules may share one.
        find: yields the matters of the whole network, by chunks (`people.chunks`), so that neither queries nor memory grow with each place.
        words: a due in words, in the person's language.
        heading: of its part in a mail that has several of this rule.
        mail: the own mails of dues, in their order, when the plain one made from `words` is not enough; templates: their names.
        parameters: other figures to set. on: whether it runs unless switched off.
        own_days: the matters name their days themselves, so that there are none to set.
    """

    code: str
    title: Text
    purpose: Text
    audience: Text
    plan: Plan
    priority: int
    switch: Switch
    find: Callable[[Ask], Iterable[Matter]]
    words: Callable[[Due], Words]
    heading: Text = ""
    mail: Callable[[Sequence[Due]], Sequence[OwnMail]] | None = None
    templates: Sequence[str] = ()
    parameters: Sequence[Parameter] = ()
    on: bool = True
    own_days: bool = False

    def with_plan(self, **changes: Any) -> Rule:
        """Return the rule with parts of its plan changed."""
        return replace(self, plan=replace(self.plan, **changes))


_rules: dict[str, Rule] = {}
_switches: dict[str, Switch] = {}


def register(rule: Rule) -> None:
    """Add a rule, or replace the one of the same code. Call it in `AppConfig.ready()`."""
    from lincassable.messaging.delivery import BEFORE_SEND
    from lincassable.reminders import before_send

    _rules[rule.code] = rule
    register_switch(rule.switch)
    for template in rule.templates:
        BEFORE_SEND[template] = before_send.still_due


def register_switch(switch: Switch) -> None:
    """Let a person stop a kind of mails on the page of their choices; `register` does it for the switch of a rule."""
    _switches[switch.code] = switch


def rules() -> list[Rule]:
    """Return the rules, by priority."""
    return sorted(_rules.values(), key=lambda rule: (rule.priority, rule.code))


def rule_of(code: str) -> Rule | None:
    """Return the rule of a code; None when nobody has registered it."""
    return _rules.get(code)


def switches() -> list[Switch]:
    """Return the switches, in the order of registration."""
    return list(_switches.values())


def switch_of(code: str) -> Switch | None:
    """Return the switch of a code; None when nobody has registered it."""
    return _switches.get(code)
