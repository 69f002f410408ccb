"""The rules by which teams, places and coordinators are reminded (`lincassable.reminders`)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from awareness import emails, queries, training_mails, visit_mails, visit_rules
from awareness.enums import EventState, OrderState, SignUpState, TrainingState
from awareness.material_queries import low_since, running_low, with_stock
from awareness.models import Event, Material, MaterialOrder, Training
from lincassable.accounts.models import User
from lincassable.reminders.people import contacts_of, store_pages, users_with
from lincassable.reminders.registry import (
    CONTACT,
    USER,
    Ask,
    Due,
    Matter,
    Person,
    Rule,
    Switch,
    Words,
    after,
    before,
    register,
    register_switch,
)
from lincassable.web_addresses import web_address

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


TRAININGS = Switch(
    "trainings",
    title=gettext_lazy("Reminders of trainings"),
    question=gettext_lazy("Stop the reminders of trainings?"),
    done=gettext_lazy("Done: you will not be reminded of trainings any more."),
    people=[CONTACT, USER],
)


def trainings(ask: Ask) -> Iterator[Matter]:
    """Yield the trainings to come, for the contacts of the place and the trainer."""
    latest = ask.now + timedelta(days=40)
    rows = Training.objects.coming(ask.now).filter(starts_at__lte=latest, **ask.among("pk")).select_related("store", "trainer")
    found = list(rows)
    people = contacts_of({training.store_id for training in found})
    for training in found:
        day, facts = timezone.localtime(training.starts_at).date(), {"place": training.store.name}
        trainer = [_person(training.trainer)] if training.trainer and training.trainer.is_active and training.trainer.email else []
        for person in [*people.get(training.store_id, []), *trainer]:
            told = training.changed_at if person.kind == CONTACT else None
            yield Matter(person, "training", training.pk, day, until=training.starts_at, informed=told, facts=facts)


def training_words(due: Due) -> Words:
    """Say when and where."""
    training = Training.objects.select_related("store").get(pk=due.matter.subject_id)
    words = {"place": training.store.name, "when": training.when, "minutes": training.duration_min}
    text = [_("Training of the team at %(place)s: %(when)s, %(minutes)s minutes.") % words]
    subject = _("Training soon: %(place)s") % words
    if due.person.kind == USER:
        return Words(subject, text, _("Open the training"), _admin(training.pk))
    return Words(subject, [*text, _("If something stands in the way, answer this mail.")])


def _admin(pk: int) -> str:
    return web_address("admin:awareness_training_change", pk)


def unrecorded(ask: Ask) -> Iterator[Matter]:
    """Yield the trainings that should be over and of which nobody has said how many came: for the trainer, else the coordinators."""
    rows = Training.objects.filter(
        state=TrainingState.PLANNED, starts_at__range=(ask.now - timedelta(days=60), ask.now), **ask.among("pk")
    ).select_related("trainer", "store")
    everybody: list[Person] | None = None
    for training in rows.order_by("pk"):
        if training.ends_at > ask.now:
            continue
        trainer = training.trainer
        people = [_person(trainer)] if trainer and trainer.is_active and trainer.email else []
        if not people:
            everybody = users_with("awareness.change_training") if everybody is None else everybody
        for person in people or everybody or []:
            yield Matter(
                person, "training", training.pk, timezone.localtime(training.starts_at).date(), facts={"place": training.store.name}
            )


def unrecorded_words(due: Due) -> Words:
    """Ask how many came."""
    text = [_("How many people were at the training at %(place)s, and which support was used?") % due.facts]
    return Words(_("Training to record: %(place)s") % due.facts, text, _("Open the training"), _admin(due.matter.subject_id))


MATERIALS = Switch(
    "materials",
    title=gettext_lazy("Reminders of posters and stickers"),
    question=gettext_lazy("Stop the reminders of posters and stickers?"),
    done=gettext_lazy("Done: you will not be reminded of posters and stickers any more."),
    people=[CONTACT, USER],
)


def unplaced(ask: Ask) -> Iterator[Matter]:
    """Yield the orders that are on their way, for the contacts of the place: are they in place?"""
    orders = list(MaterialOrder.objects.filter(state=OrderState.SENT, **ask.among("pk")).select_related("store").order_by("pk"))
    people = contacts_of({order.store_id for order in orders})
    for order in orders:
        for person in people.get(order.store_id, []):
            yield Matter(person, "material_order", order.pk, timezone.localtime(order.changed_at).date(), facts={"place": order.store.name})


def unplaced_words(due: Due) -> Words:
    """Ask whether it stands."""
    order = MaterialOrder.objects.select_related("material", "store").get(pk=due.matter.subject_id)
    words = {"order": str(order), "place": order.store.name}
    text = [_("%(order)s are on their way to %(place)s since some days. Are they in place? One tap says so.") % words]
    page = store_pages([order.store_id]).get(order.store_id, "")
    return Words(_("In place? %(order)s") % words, text, _("Open the page of the store") if page else "", page)


def low(ask: Ask) -> Iterator[Matter]:
    """Yield the materials that run low at the office, for the coordinators."""
    found = [material for material in running_low() if ask.only is None or material.pk in ask.only]
    people = users_with("awareness.change_material") if found else []
    for material in found:
        since = low_since(material)
        day = timezone.localtime(since).date() if since else ask.today.replace(month=1, day=1)
        for person in people:
            yield Matter(person, "material", material.pk, day, start=day)


def low_words(due: Due) -> Words:
    """Say how many are left."""
    material: Any = with_stock(Material.objects.all()).get(pk=due.matter.subject_id)
    words = {"material": str(material), "stock": material.stock, "minimum": material.minimum}
    text = [_("%(material)s: %(stock)s left at the office, %(minimum)s wanted at least.") % words]
    page = web_address("admin:awareness_material_change", material.pk)
    return Words(_("Running low: %(material)s") % words, text, _("Open the material"), page)


RULES = (
    Rule(
        "event-team",
        title=gettext_lazy("Event to prepare"),
        purpose=gettext_lazy("The team has its checklist and knows who comes."),
        audience=gettext_lazy("the team of the event"),
        plan=before(2, any_day=True),
        priority=30,
        switch=EVENTS,
        find=teams,
        words=team_words,
        heading=gettext_lazy("Events to prepare"),
    ),
    Rule(
        "event-report",
        title=gettext_lazy("Report of an event missing"),
        purpose=gettext_lazy("An event is over and its figures are missing: people met, bottles explained, cost."),
        audience=gettext_lazy("the team of the event, else the coordinators"),
        plan=after(1, every=6, times=3),
        priority=60,
        switch=EVENTS,
        find=unreported,
        words=report_words,
        heading=gettext_lazy("Reports of events missing"),
    ),
    Rule(
        "training-coming",
        title=gettext_lazy("Training coming"),
        purpose=gettext_lazy("A training comes soon: the team of the place is there when the trainer comes."),
        audience=gettext_lazy("the contacts of the place and the trainer"),
        plan=before(2),
        priority=30,
        switch=TRAININGS,
        find=trainings,
        words=training_words,
        heading=gettext_lazy("Trainings coming"),
    ),
    Rule(
        "training-unrecorded",
        title=gettext_lazy("Training to record"),
        purpose=gettext_lazy("A training is over and nobody has written down who was trained."),
        audience=gettext_lazy("the trainer, else the coordinators"),
        plan=after(1, every=7, times=3),
        priority=60,
        switch=TRAININGS,
        find=unrecorded,
        words=unrecorded_words,
        heading=gettext_lazy("Trainings to record"),
    ),
    Rule(
        "material-unplaced",
        title=gettext_lazy("Material not in place"),
        purpose=gettext_lazy("Material was sent and nobody has said where it stands."),
        audience=gettext_lazy("the contacts of the place"),
        plan=after(10, every=14, times=2),
        priority=60,
        switch=MATERIALS,
        find=unplaced,
        words=unplaced_words,
        heading=gettext_lazy("Materials not in place"),
    ),
    Rule(
        "material-low",
        title=gettext_lazy("Material running low"),
        purpose=gettext_lazy("Few are left: new ones should be printed in time."),
        audience=gettext_lazy("the coordinators"),
        plan=after(0, every=14, times=3),
        priority=70,
        switch=MATERIALS,
        find=low,
        words=low_words,
        heading=gettext_lazy("Materials running low"),
    ),
)


def register_rules() -> None:
    """Make the rules known, and the switches of the mails that are no reminders; called by AwarenessConfig.ready()."""
    for rule in (*RULES, *visit_rules.RULES):
        register(rule)
    for switch in (training_mails.SWITCH, visit_mails.SWITCH):
        register_switch(switch)
