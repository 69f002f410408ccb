"""The rules by which non-conformities that are late remind, and then escalate (`lincassable.reminders`)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lincassable.accounts.models import User
from lincassable.reminders.people import users_with
from lincassable.reminders.registry import USER, Ask, Due, Matter, Parameter, Person, Rule, Switch, Words, after, register
from nonconformities.emails import PERMISSION, admin_url
from nonconformities.models import NonConformity

LATE, ESCALATED = "nonconformity-late", "nonconformity-escalated"
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
    return list(rows.select_related("assignee").order_by("pk"))


def _handler(row: NonConformity) -> list[Person]:
    user = row.assignee
    return [Person(USER, user.pk, user.email, user.name, user.language)] if user and user.is_active and user.email else []


def late(ask: Ask) -> Iterator[Matter]:
    """Yield those that should be over, for who handles them; for all coordinators when nobody does."""
    everybody: list[Person] | None = None
    for row in _open(ask):
        people = _handler(row)
        if not people:
            everybody = users_with(PERMISSION) if everybody is None else everybody
        for person in people or everybody or []:
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
    return Words(_("Late: %(row)s") % facts, text, _("Open it"), admin_url(row))


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


def register_rules() -> None:
    """Make the rules known; called by NonConformitiesConfig.ready()."""
    register(
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
        )
    )
    register(
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
        )
    )
