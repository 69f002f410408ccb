"""The rules by which visitors are reminded (`lincassable.reminders`): a visit comes, or nobody has said what was seen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from awareness.models import Visit
from awareness.visit_mails import page_of
from lincassable.reminders.people import users_with
from lincassable.reminders.registry import USER, Ask, Due, Matter, Person, Rule, Switch, Words, after, before

PERMISSION = "awareness.change_visit"
NAGGING_DAYS = 60  # an older visit that was never reported is asked about no more
VISITS = Switch(
    "visits",
    title=gettext_lazy("Reminders of visits"),
    question=gettext_lazy("Stop the reminders of visits?"),
    done=gettext_lazy("Done: you will not be reminded of visits any more."),
    people=[USER],
)


def _visitor(visit: Visit) -> list[Person]:
    """Return who makes it, as somebody to remind."""
    user = visit.visitor
    return [Person(USER, user.pk, user.email, user.name, user.language)] if user and user.is_active and user.email else []


def coming(ask: Ask) -> Iterator[Matter]:
    """Yield the visits to come, for the visitor; one that was planned or changed since a reminder fell due needs none."""
    latest = ask.today + timedelta(days=40)
    rows = Visit.objects.planned().filter(planned_on__range=(ask.today, latest), **ask.among("pk"))
    for visit in rows.select_related("visitor", "store"):
        for person in _visitor(visit):
            yield Matter(person, "visit", visit.pk, visit.planned_on, informed=visit.changed_at, facts={"place": visit.store.name})


def coming_words(due: Due) -> Words:
    """Say where, and why."""
    visit = Visit.objects.select_related("store").get(pk=due.matter.subject_id)
    words = {"place": visit.store.name, "when": visit.when}
    text = [_("Visit of %(place)s: %(when)s.") % words, ", ".join(part for part in (visit.store.address, visit.reason) if part)]
    text += [_("Open the checklist once before you leave: it then works without network.")]
    return Words(_("Visit soon: %(place)s") % words, [each for each in text if each], _("Open the checklist"), page_of(visit))


def unreported(ask: Ask) -> Iterator[Matter]:
    """Yield the visits whose day is over and of which nobody has said what was seen: for the visitor, else the coordinators."""
    rows = Visit.objects.planned().filter(
        planned_on__gte=ask.today - timedelta(days=NAGGING_DAYS), planned_on__lt=ask.today, **ask.among("pk")
    )
    everybody: list[Person] | None = None
    for visit in rows.select_related("visitor", "store"):
        people = _visitor(visit)
        if not people:
            everybody = users_with(PERMISSION) if everybody is None else everybody
        for person in people or everybody or []:
            yield Matter(person, "visit", visit.pk, visit.planned_on, facts={"place": visit.store.name})


def unreported_words(due: Due) -> Words:
    """Ask what was seen."""
    visit = Visit.objects.select_related("store").get(pk=due.matter.subject_id)
    words = {"place": visit.store.name, "when": visit.when}
    text = [_("The visit of %(place)s was planned for %(when)s. What was seen? Send the checklist, or move or cancel the visit.") % words]
    return Words(_("Visit to report: %(place)s") % words, text, _("Open the checklist"), page_of(visit))


RULES = (
    Rule(
        "visit-coming",
        title=gettext_lazy("Visit coming"),
        purpose=gettext_lazy("A visit is planned for tomorrow: where, why, and the checklist to open before one leaves."),
        audience=gettext_lazy("the visitor"),
        plan=before(1),
        priority=30,
        switch=VISITS,
        find=coming,
        words=coming_words,
        heading=gettext_lazy("Visits coming"),
    ),
    Rule(
        "visit-unreported",
        title=gettext_lazy("Visit to report"),
        purpose=gettext_lazy("The day of a visit is over and nobody has said what was seen."),
        audience=gettext_lazy("the visitor, else the coordinators"),
        plan=after(1, every=5, times=3),
        priority=60,
        switch=VISITS,
        find=unreported,
        words=unreported_words,
        heading=gettext_lazy("Visits to report"),
    ),
)
