"""The rules by which non-conformities that are late remind, and then escalate (`lincassable.reminders`)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lincassable.accounts.models import User
from lincassable.reminders.people import users_with
from lincassable.reminders.registry import CARRIER, USER, Ask, Due, Matter, Parameter, Person, Rule, Switch, Words, after, register
from nonconformities import queries
from nonconformities.enums import Handler
from nonconformities.models import NonConformity
from nonconformities.recipients import PERMISSION, admin_url, carrier_url, handlers, sorting_url

LATE, ESCALATED, RECURRENT = "nonconformity-late", "nonconformity-escalated", "nonconformity-recurrent"
SWITCH = Switch(
    "nonconformities",
    title=gettext_lazy("Reminders of non-conformities"),
    question=gettext_lazy("Stop the reminders of non-conformities?"),
    done=gettext_lazy("Done: you will not be reminded of non-conformities any more."),
    people=[USER],
)


def _open(ask: Ask, days: int = 1) -> list[NonConformity]:
    """Return those that are late since `days` days or more."""
    rows = NonConformity.objects.open().filter(due_on__lte=ask.today - timedelta(days=max(1, days)), **ask.among("pk"))
    return list(rows.select_related("assignee", "kind", "carrier").order_by("pk"))


def _handler(row: NonConformity) -> list[Person]:
    user = row.assignee
    return [Person(USER, user.pk, user.email, user.name, user.language)] if user and user.is_active and user.email else []


def late(ask: Ask) -> Iterator[Matter]:
    """Yield those that should be over: for the person of the office who handles them, all coordinators when nobody does; and for the
    carrier or the sorting centre that handles their kind.
    """
    everybody: list[Person] | None = None
    table: list[Person] | None = None
    for row in _open(ask):
        people = _handler(row)
        if not people:
            everybody = users_with(PERMISSION) if everybody is None else everybody
        if row.kind.handled_by == Handler.SORTING:
            table = [reader.person for reader in handlers(row)] if table is None else table
            others = table
        else:
            others = [reader.person for reader in handlers(row)]
        for person in [*(people or everybody or []), *others]:
            yield Matter(person, "nonconformity", row.pk, row.due_on)


def escalated(ask: Ask) -> Iterator[Matter]:
    """Yield those that are late since so many days, for everybody of the office but who handles them and was reminded already."""
    rows = [row for row in _open(ask, ask.parameters["days"]) if row.assignee_id]
    people = users_with(PERMISSION) if rows else []
    for row in rows:
        for person in people:
            if person.id != row.assignee_id:
                yield Matter(person, "nonconformity", row.pk, row.due_on, start=row.due_on + timedelta(days=ask.parameters["days"]))


def _words(due: Due, row: NonConformity, more: list[str]) -> Words:
    facts = {"row": str(row), "place": row.store.name if row.store else "–", "day": f"{row.due_on:%d/%m/%Y}"}
    text = [_("%(row)s, %(place)s: it should have been over by %(day)s.") % facts, *more]
    return Words(_("Late: %(row)s") % facts, text, _("Open it"), _address(due, row))


def _address(due: Due, row: NonConformity) -> str:
    """Return where this person reads it: the coordination, the carrier's office, the sorting table."""
    person = due.matter.person
    if person.kind == CARRIER:
        return carrier_url(row)
    user = User.objects.filter(pk=person.id).first()
    return admin_url(row) if user is None or user.has_perm(PERMISSION) else sorting_url(row)


def _row(due: Due) -> NonConformity:
    return NonConformity.objects.select_related("kind", "store", "assignee").get(pk=due.matter.subject_id)


def late_words(due: Due) -> Words:
    """Say that it is late."""
    return _words(due, _row(due), [])


def escalated_words(due: Due) -> Words:
    """Say that it is late, and with whom."""
    row = _row(due)
    user: User | None = row.assignee
    return _words(due, row, [_("It is with %(person)s: lend a hand, or take it over.") % {"person": user or _("nobody")}])


def recurrent(ask: Ask) -> Iterator[Matter]:
    """Yield what came again and again at a place, for all coordinators: from the day on which it came once too often."""
    people: list[Person] | None = None
    found = queries.recurrent(ask.now)
    rows = queries.once_too_often(found, ask.now)
    wanted = set(NonConformity.objects.filter(pk__in=rows, **ask.among("pk")).values_list("pk", flat=True)) if rows else set()
    for row in rows.values():
        if row.pk in wanted:
            people = users_with(PERMISSION) if people is None else people
            for person in people:
                yield Matter(person, "nonconformity", row.pk, timezone.localtime(row.recorded_at).date())


def recurrent_words(due: Due) -> Words:
    """Say what comes again, where, and what helps."""
    row = _row(due)
    figures = {"kind": row.kind, "place": row.store.name if row.store else "–", "days": settings.NONCONFORMITY_RECURRENT_DAYS}
    text = [
        _("At %(place)s, the same was reported several times in %(days)d days: %(kind)s.") % figures,
        _("A training of the team or a visit helps: plan one from the page of the last one."),
    ]
    return Words(_("Again and again: %(kind)s, %(place)s") % figures, text, _("Open it"), admin_url(row))


RULES = (
    Rule(
        LATE,
        title=gettext_lazy("Non-conformity late"),
        purpose=gettext_lazy("what goes wrong is settled in time, and the place has its answer"),
        audience=gettext_lazy("who handles it, else the coordinators"),
        plan=after(1, every=3, times=4),
        priority=40,
        switch=SWITCH,
        find=late,
        words=late_words,
        heading=gettext_lazy("Non-conformities late"),
    ),
    Rule(
        ESCALATED,
        title=gettext_lazy("Non-conformity late for long"),
        purpose=gettext_lazy("nobody stays alone with what does not move"),
        audience=gettext_lazy("the other coordinators"),
        plan=after(0, every=7, times=3),
        priority=45,
        switch=SWITCH,
        find=escalated,
        words=escalated_words,
        heading=gettext_lazy("Non-conformities late for long"),
        parameters=(Parameter("days", gettext_lazy("days late"), 7),),
    ),
    Rule(
        RECURRENT,
        title=gettext_lazy("Non-conformity again and again"),
        purpose=gettext_lazy("what comes back at a place is met with a training or a visit, not settled each time anew"),
        audience=gettext_lazy("the coordinators"),
        plan=after(0),
        priority=50,
        switch=SWITCH,
        find=recurrent,
        words=recurrent_words,
        heading=gettext_lazy("Again and again"),
    ),
)


def register_rules() -> None:
    """Make the rules known; called by NonConformitiesConfig.ready()."""
    for rule in RULES:
        register(rule)
