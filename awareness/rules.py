"""The rules by which teams and coordinators are reminded of events (`lincassable.reminders`)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from awareness import emails, queries
from awareness.enums import EventState, SignUpState
from awareness.models import Event
from lincassable.accounts.models import User
from lincassable.reminders.people import users_with
from lincassable.reminders.registry import USER, Ask, Due, Matter, Person, Rule, Switch, Words, after, before, register

PERMISSION = "awareness.change_event"
EVENTS = Switch(
    "events",
    title=gettext_lazy("Reminders of animations and events"),
    question=gettext_lazy("Stop the reminders of animations and events?"),
    done=gettext_lazy("Done: you will not be reminded of animations and events any more."),
    people=[USER],
)


def _person(user: User) -> Person:
    return Person(USER, user.pk, user.email, user.name, user.language)


def teams(ask: Ask) -> Iterator[Matter]:
    """Yield the events to come, for each of their team."""
    latest = ask.now + timedelta(days=40)
    coming = Event.objects.filter(state=EventState.PUBLISHED, starts_at__gt=ask.now, starts_at__lte=latest, **ask.among("pk"))
    for event in coming.prefetch_related("team").order_by("pk"):
        day = timezone.localtime(event.starts_at).date()
        for user in event.team.all():
            if user.is_active and user.email:
                yield Matter(_person(user), "event", event.pk, day, until=event.starts_at)


def _event(due: Due) -> Event:
    return queries.with_places(Event.objects.all()).get(pk=due.matter.subject_id)


def team_words(due: Due) -> Words:
    """Say what to prepare: where, what to bring, who comes."""
    event = _event(due)
    text = [f"{event.when[:1].upper()}{event.when[1:]}. {', '.join(part for part in (event.where, event.address) if part)}"]
    items = [
        (f"{item.quantity} × " if item.quantity > 1 else "") + item.name + (" ✓" if item.is_packed else "") for item in event.items.all()
    ]
    if items:
        text.append(_("To bring: %(items)s.") % {"items": ", ".join(items)})
    if event.roles:
        text.append(_("Signed up: %(people)s.") % {"people": ", ".join(_people(event))})
    subject = _("To prepare: %(event)s") % {"event": event.title}
    return Words(subject, text, _("Checklist and who comes"), emails.team_url(event), f"{event.title}, {event.when}")


def _people(event: Event) -> list[str]:
    counts = dict.fromkeys(event.roles, 0)
    for role in event.signups.filter(state=SignUpState.CONFIRMED).values_list("role", flat=True):
        counts[role] = counts.get(role, 0) + 1
    words = {
        "visitor": lambda n: ngettext("%(n)s visitor", "%(n)s visitors", n),
        "volunteer": lambda n: ngettext("%(n)s volunteer", "%(n)s volunteers", n),
    }
    return [words[role](number) % {"n": number_format(number)} for role, number in counts.items()]


def unreported(ask: Ask) -> Iterator[Matter]:
    """Yield the events that are over and of which nobody has told how they went: for the team, else for all coordinators."""
    oldest = ask.now - timedelta(days=settings.EVENT_REPORT_NAGGING_DAYS)
    rows = queries.without_report(ask.now).filter(ends_at__gt=oldest, **ask.among("pk")).prefetch_related("team")
    everybody: list[Person] | None = None
    for event in rows:
        team = [_person(user) for user in event.team.all() if user.is_active and user.email]
        if not team:
            everybody = users_with(PERMISSION) if everybody is None else everybody
        for person in team or everybody or []:
            yield Matter(person, "event", event.pk, timezone.localtime(event.ends_at).date())


def report_words(due: Due) -> Words:
    """Ask how it went."""
    event = _event(due)
    text = [_("How did it go? Two minutes on the phone: people met, bottles explained, a photo, what it cost.")]
    subject = _("How did it go? %(event)s") % {"event": event.title}
    return Words(subject, text, _("Write the report"), emails.team_url(event), f"{event.title}, {event.when}")


def register_rules() -> None:
    """Make the rules known; called by AwarenessConfig.ready()."""
    register(
        Rule(
            "event-team",
            title=gettext_lazy("Event to prepare"),
            purpose=gettext_lazy("the team has the checklist and knows who comes"),
            audience=gettext_lazy("the team of the event"),
            plan=before(2, any_day=True),
            priority=30,
            switch=EVENTS,
            find=teams,
            words=team_words,
            heading=gettext_lazy("Events to prepare"),
        )
    )
    register(
        Rule(
            "event-report",
            title=gettext_lazy("Report of an event missing"),
            purpose=gettext_lazy("each event has its figures: people met, bottles explained, cost"),
            audience=gettext_lazy("the team of the event, else the coordinators"),
            plan=after(1, every=6, times=3),
            priority=60,
            switch=EVENTS,
            find=unreported,
            words=report_words,
            heading=gettext_lazy("Reports of events missing"),
        )
    )
