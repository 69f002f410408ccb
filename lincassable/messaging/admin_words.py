"""A message told in words: what kind it is, where it stands, what it is about, what to do. For the admin's pages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lincassable.messaging import announcing, pausing
from lincassable.messaging.enums import CHAT, EMAIL, Fate, Happening, Reason
from lincassable.messaging.kinds import all_kinds, kind_of
from lincassable.messaging.models import Message, MessageEvent

CHANNELS = {EMAIL: gettext_lazy("e-mail"), CHAT: gettext_lazy("chat room")}
LANGUAGES = {"fr": gettext_lazy("French"), "en": gettext_lazy("English")}
OTHER_KINDS = {"mailing": gettext_lazy("Mailing")}
COLOURS = {
    Message.WAITING: "info",
    Message.SENT: "success",
    Message.FAILED: "danger",
    Message.CANCELLED: "warning",
    Fate.DEFERRED: "warning",
    Fate.DELIVERED: "success",
    Fate.BOUNCED: "danger",
    Fate.COMPLAINED: "danger",
}
# What to do about a message that did not leave, or did not arrive; {address} is to whom it goes.
_TO_DO = {
    Reason.NO_SERVER: gettext_lazy(
        "The mail server could not be reached: nothing is wrong with this message. Tell whoever runs the site, "
        "and try again once it answers."
    ),
    Reason.SETTINGS: gettext_lazy(
        "The mail server does not let us in. Whoever runs the site corrects user, password or key in the settings; then try again."
    ),
    Reason.LATER: gettext_lazy(
        "The server asked again and again to come back later: a full mailbox, or too many mails at once. Try again, or call the person."
    ),
    Reason.RECIPIENT: gettext_lazy(
        "The server does not know this address. Correct it below, then try again; correct it at the contact as well."
    ),
    Reason.CONTENT: gettext_lazy(
        "The server refuses the message itself: too large, or taken for unwanted mail. Its answer below says more; "
        "show it to whoever runs the site."
    ),
    Reason.ADDRESS: gettext_lazy("This cannot be an address. Correct it below, then try again; correct it at the contact as well."),
    Reason.REFUSED: gettext_lazy(
        "Nothing is sent to this address since a mail came back or was called unwanted. Give another address below, "
        "or let mails go to this one again (Refused addresses)."
    ),
    Reason.NOT_DUE: gettext_lazy("What it tells was settled before it left: there is nothing to do."),
    Fate.DEFERRED: gettext_lazy("The provider has not handed it over yet and goes on trying: there is nothing to do."),
    Fate.BOUNCED: gettext_lazy("It came back. Correct the address below, then try again; correct it at the contact as well."),
    Fate.COMPLAINED: gettext_lazy("Its reader called it unwanted: nothing is sent to this address any more. Call rather than write."),
}
_AUTHOR = re.compile(r"(user|link|system)(?: (\d+))?")


def kind_label(name: str) -> str:
    """Return what a kind of message is called, for its reader; that of one that is gone is its name."""
    kind = kind_of(name)
    if kind is not None:
        return str(kind.label)
    topics = {topic.name: topic.label for topic in announcing.topics()}
    return str(topics.get(name) or OTHER_KINDS.get(name) or name)


def kind_choices(names: Iterable[str]) -> list[tuple[str, str]]:
    """Return the kinds among `names` with what they are called, by alphabet."""
    return sorted(((name, kind_label(name)) for name in names), key=lambda each: each[1].lower())


def known_kinds() -> list[str]:
    """Return the names of all kinds of messages."""
    return [*(kind.name for kind in all_kinds()), *(topic.name for topic in announcing.topics()), *OTHER_KINDS]


def standing(message: Message) -> tuple[str, str]:
    """Return where a message stands, as (value that has a colour, words): what became of it counts more than that it left."""
    if message.state == Message.SENT and message.fate:
        return message.fate, str(message.get_fate_display())
    return message.state, str(message.get_state_display())


@dataclass(frozen=True)
class Advice:
    """What stands above a message. level: "good", "wait" or "bad"; sentence: what it is, why; to_do: what to do, or empty."""

    level: str
    sentence: str
    to_do: str = ""


def advice(message: Message) -> Advice:
    """Return what to tell a coordinator who looks at one message."""
    if message.state == Message.SENT:
        return _after_leaving(message)
    why = str(message.get_reason_display()) if message.reason else ""
    to_do = str(_TO_DO.get(message.reason, ""))
    if message.state == Message.WAITING:
        return Advice("wait", _waiting(message, why))
    if message.state == Message.CANCELLED:
        sentence = _("It did not leave: %(why)s.") % {"why": why} if why else _("It was withdrawn and did not leave.")
        return Advice("wait", sentence, to_do)
    sentence = _("It could not leave and was given up: %(why)s.") % {"why": why} if why else _("It could not leave and was given up.")
    return Advice(
        "bad", sentence, to_do or _("Correct the address if it is wrong, then try again; the server's answer below may say more.")
    )


def _after_leaving(message: Message) -> Advice:
    to_do = str(_TO_DO.get(message.fate, ""))
    if message.fate == Fate.DELIVERED:
        return Advice("good", _("It has arrived in the mailbox."))
    if message.fate:
        level = "wait" if message.fate == Fate.DEFERRED else "bad"
        return Advice(level, _("It left, then: %(fate)s.") % {"fate": message.get_fate_display()}, to_do)
    if message.channel != EMAIL:
        return Advice("good", _("It has arrived."))
    return Advice("good", _("It has left: the mail server took it. Whether it arrived is told only by providers that report it."))


def _waiting(message: Message, why: str) -> str:
    if pausing.current() is not None:
        return _("It waits: all sending is paused (Queue of messages).")
    if message.next_try_at <= timezone.now():
        return _("It leaves within a minute.")
    when = date_format(timezone.localtime(message.next_try_at), "DATETIME_FORMAT")
    if message.attempts and why:
        return _("It could not leave yet (%(why)s). It is tried again by itself on %(when)s.") % {"why": why, "when": when}
    return _("It leaves on %(when)s.") % {"when": when}


def about(message: Message, user: Any) -> tuple[str, str]:
    """Return what a message tells of, in words, and the address of its page that `user` may open, or empty. At most one query.

    `subject_kind` names a model; this floor knows none, and asks for the one of that name.
    """
    name = re.sub(r"[^a-z]", "", message.subject_kind)
    model = next((each for each in apps.get_models() if name and each._meta.model_name == name), None)
    if model is None or message.subject_id is None:
        return "", ""
    row = model._default_manager.filter(pk=message.subject_id).first()
    label = str(model._meta.verbose_name)
    if row is None:
        return label, ""
    try:
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[row.pk])
    except NoReverseMatch:
        url = ""
    may = user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}")
    return _("%(what)s: %(values)s") % {"what": label, "values": row} if may else label, url if may else ""


@dataclass(frozen=True)
class Line:
    """One thing that happened to a message. detail: what a server or provider said, or who acted."""

    event: MessageEvent
    detail: str


def history(message: Message) -> list[Line]:
    """Return what happened to a message; people by their names. At most two queries."""
    events = list(message.events.all())
    acted = {event.pk: _AUTHOR.fullmatch(event.detail) for event in events if event.kind in (Happening.RETRIED, Happening.CANCELLED)}
    ids = {int(found[2]) for found in acted.values() if found and found[1] == "user" and found[2]}
    users = get_user_model()._default_manager.filter(pk__in=ids).order_by("pk") if ids else ()
    names = {user.pk: str(user) for user in users}
    return [Line(event, _who(acted[event.pk], names) if acted.get(event.pk) else event.detail) for event in events]


def _who(author: Any, names: dict[int, str]) -> str:
    if author[1] == "system":
        return _("the system")
    if author[1] == "user" and author[2]:
        return names.get(int(author[2])) or _("a user whose account is gone")
    return _("a phone page")
