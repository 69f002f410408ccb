"""The mails about events and trainings, and what their texts may say, for `messaging.kinds`. The contexts are those of `emails`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from awareness import emails, training_mails, visit_mail_kinds
from awareness.models import Event, SignUp, Training
from lincassable.messaging.kinds import Choice, Kind, Subject, Variable, part, register
from lincassable.messaging.services import Prepared

MOST = 20  # choices offered at once
TITLE = Variable("title", gettext_lazy("title of the event"), "{{ event.title }}")
WHEN = Variable("when", gettext_lazy("day and hours of the event"), "{{ event.when }}")
WHERE = Variable(
    "where", gettext_lazy("place and address of the event"), "{% if event.where %}{{ event.where }}, {% endif %}{{ event.address }}"
)
URL = Variable("event_url", gettext_lazy("address of the event's public page"), "{{ event.url }}")
FACTS = part("event", gettext_lazy("what, when and where, as a list"), "_event")
LINK = Variable("link", gettext_lazy("address of the page on which one withdraws"), "{{ link }}")
REASON = Variable("reason", gettext_lazy("why it is cancelled"), "{{ event.cancel_reason }}")
ANSWER = Variable(
    "answer",
    gettext_lazy("a sentence: a place became free, or thanks for helping, or see you there"),
    '{% if promoted %}{% translate "A place has become free, and it is yours." %}'
    '{% elif signup.role == "volunteer" %}{% translate "Thank you for helping: we are counting on you." %}'
    '{% else %}{% translate "You have a place. See you there!" %}{% endif %}',
)
FORMER = Variable(
    "former",
    gettext_lazy("when it was planned before; empty when only the place changed back"),
    "{% if before %}{{ before.when }}{% endif %}",
)
ALL = (TITLE, WHEN, WHERE, URL, FACTS)


def _sample() -> dict[str, Any]:
    """Return a made-up event, and somebody who comes."""
    event = SimpleNamespace(
        title=_("The bottle that comes back"),
        when=_("Saturday 12 December 2026, 14:00 to 17:00"),
        where="Place du Marché",
        address="13200 Arles",
        url=f"{settings.SITE_URL}/evenements/",
        cancel_reason=_("A storm is announced."),
    )
    before = SimpleNamespace(when=_("Friday 11 December 2026, 14:00 to 17:00"), where=event.where, address=event.address)
    signup = SimpleNamespace(first_name="Inès", role="visitor", state="confirmed")
    return {"event": event, "signup": signup, "promoted": False, "before": before, "link": f"{settings.SITE_URL}/evenements/"}


def search(user: Any, typed: str) -> Sequence[Choice]:
    """Return the events for which somebody has signed up and whose title holds `typed`, the newest first."""
    if not user.has_perm("awareness.view_signup"):
        return []
    found = Event.objects.filter(signups__isnull=False, title__unaccent__icontains=typed.strip()).distinct().order_by("-starts_at", "-pk")
    return [Choice(event.pk, f"{event.title} · {event.starts_at:%d/%m/%Y}") for event in found[:MOST]]


def _preview(mails: Callable[[SignUp], Iterable[Prepared]]) -> Callable[[Any, int], Prepared | None]:
    """Return what shows a mail as the first person who signed up for an event would get it."""

    def preview(user: Any, key: int) -> Prepared | None:
        if not user.has_perm("awareness.view_signup"):
            return None
        signup = SignUp.objects.select_related("event__store").filter(event=key).order_by("pk").first()
        return next(iter(mails(signup)), None) if signup else None

    return preview


def register_kinds() -> None:
    """Make the mails about events known."""
    about, who = Subject(gettext_lazy("event"), search), gettext_lazy("who signed up")
    rows: list[tuple[str, Any, Any, tuple[Variable, ...], Callable[[SignUp], Iterable[Prepared]]]] = [
        ("event_signup", gettext_lazy("Event: you have a place"), gettext_lazy("when they sign up, or a place becomes free"),
         (ANSWER, *ALL, LINK), emails.confirmed),
        ("event_waiting", gettext_lazy("Event: waiting list"), gettext_lazy("when they sign up and no place is left"),
         (*ALL, LINK), emails.waiting),
        ("event_withdrawn", gettext_lazy("Event: off the list"), gettext_lazy("when they withdraw"), ALL, emails.withdrawn),
        ("event_changed", gettext_lazy("Event: moved"), gettext_lazy("when its day, hour or place changes"), (FORMER, *ALL, LINK),
         lambda signup: emails.changed(signup.event, signup.event)),
        ("event_cancelled", gettext_lazy("Event: cancelled"), gettext_lazy("when it is called off"), (REASON, *ALL),
         lambda signup: emails.cancelled(signup.event)),
        ("event_reminder", gettext_lazy("Event: reminder"), gettext_lazy("some days before"), (*ALL, LINK),
         lambda signup: [emails.reminder(signup)]),
    ]  # fmt: skip
    register(Kind(name, label, who, when, variables, _sample, about, _preview(mails)) for name, label, when, variables, mails in rows)
    register(_training_kinds())
    register(visit_mail_kinds.kinds())


PLACE = Variable("place", gettext_lazy("name of the place"), "{{ place.name }}")
TRAINING_WHEN = Variable("when", gettext_lazy("day and hour of the training"), "{{ training.when }}")
TRAINING_FACTS = part("training", gettext_lazy("when and where, as a list"), "_training")
TRAINING_REASON = Variable("reason", gettext_lazy("why it is cancelled"), "{{ training.cancel_reason }}")
MOVED = Variable(
    "introduction",
    gettext_lazy("a sentence: we come, or the training moves"),
    '{% if moved %}{% translate "The training of your sales team moves. Here is what holds now:" %}'
    '{% else %}{% translate "We come to train your sales team:" %}{% endif %}',
)


def _training_sample() -> dict[str, Any]:
    """Return a made-up training."""
    training = SimpleNamespace(when=_("Tuesday 12 January 2027 at 09:00"), duration_min=45, cancel_reason=_("The trainer is ill."))
    place = SimpleNamespace(name="Épicerie des Halles", address="1 rue des Halles, 13200 Arles")
    foot = {"unsubscribe_url": f"{settings.SITE_URL}/stop/", "preferences_url": f"{settings.SITE_URL}/choices/"}
    return {"training": training, "place": place, "contact": SimpleNamespace(name="Ana"), "moved": False, **foot}


def _search_trainings(user: Any, typed: str) -> Sequence[Choice]:
    """Return the trainings of the places whose name holds `typed`, the newest first."""
    if not user.has_perm("awareness.view_training"):
        return []
    found = Training.objects.filter(store__name__unaccent__icontains=typed.strip()).select_related("store").order_by("-starts_at", "-pk")
    return [Choice(training.pk, str(training)) for training in found[:MOST]]


def _training_preview(mails: Callable[[Training], Iterable[Prepared]]) -> Callable[[Any, int], Prepared | None]:
    """Return what shows a mail as the first contact of the place would get it."""

    def preview(user: Any, key: int) -> Prepared | None:
        found = (
            Training.objects.select_related("store").filter(pk=key) if user.has_perm("awareness.view_training") else Training.objects.none()
        )
        return next((mail for training in found for mail in mails(training)), None)

    return preview


def _training_kinds() -> list[Kind]:
    about, who = Subject(gettext_lazy("training"), _search_trainings), gettext_lazy("the contacts of the place")
    return [
        Kind("training_planned", gettext_lazy("Training planned or moved"), who, gettext_lazy("when it is planned, or moves"),
             (MOVED, PLACE, TRAINING_WHEN, TRAINING_FACTS), _training_sample, about, _training_preview(training_mails.invitation)),
        Kind("training_cancelled", gettext_lazy("Training cancelled"), who, gettext_lazy("when it is called off"),
             (PLACE, TRAINING_WHEN, TRAINING_FACTS, TRAINING_REASON), _training_sample, about,
             _training_preview(lambda training: training_mails.cancelled(training, sequence=training.sequence))),
    ]  # fmt: skip
