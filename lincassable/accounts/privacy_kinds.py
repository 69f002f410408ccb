"""The kinds of personal data that accounts and messages hold (messaging, below, knows nothing of this table)."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import datetime
from importlib import import_module
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext_lazy as _

from lincassable.accounts import mail_folder
from lincassable.accounts.actors import Actor
from lincassable.accounts.models import AccessLink, User
from lincassable.accounts.privacy import HIDDEN, Identity, PersonalDataKind, hide_in_rows, register
from lincassable.accounts.services import ERASED_DOMAIN, anonymise_user
from lincassable.messaging.attachments import from_rows, to_rows
from lincassable.messaging.models import Message, MessageEvent, RefusedAddress

ERASED_ADDRESS = f"message@{ERASED_DOMAIN}"
MESSAGE_TEXTS = ("subject", "text", "html", "last_error", "to_name")


# -- people with an account


def _people() -> QuerySet[User]:
    return User.objects.exclude(email__endswith=f"@{ERASED_DOMAIN}")


def _users(identity: Identity) -> QuerySet[User]:
    condition = Q(pk__in=[])
    if identity.email:
        condition |= Q(email__iexact=identity.email)
        condition |= Q(pk__in=EmailAddress.objects.filter(email__iexact=identity.email).values("user"))
    return _people().filter(condition)


def purge_users(before: datetime) -> int:
    """Anonymise accounts last used (or made, when never used) before the moment; superusers in service stay."""
    unused = _people().annotate(used_at=Greatest("date_joined", Coalesce("last_login", "date_joined"))).filter(used_at__lt=before)
    users = list(unused.exclude(is_superuser=True, is_active=True))
    for user in users:
        anonymise_user(user, by=Actor.system())
    return len(users)


def export_users(identity: Identity) -> list[dict[str, Any]]:
    """Return the account of a person."""
    return [
        {
            "email": user.email,
            "name": user.name,
            "language": user.language,
            "roles": [group.name for group in user.groups.all()],
            "created": user.date_joined,
            "last_login": user.last_login,
            "other_addresses": list(EmailAddress.objects.filter(user=user).exclude(email=user.email).values_list("email", flat=True)),
        }
        for user in _users(identity).prefetch_related("groups")
    ]


def erase_users(identity: Identity) -> int:
    """Anonymise and close the account of a person."""
    users = list(_users(identity))
    for user in users:
        anonymise_user(user, by=Actor.system())
    return len(users)


# -- messages


def _finished() -> QuerySet[Message]:
    return Message.objects.exclude(state=Message.WAITING)


def purge_message_bodies(before: datetime) -> int:
    """Empty the texts of messages sent or given up, written before the moment; what waits keeps its text."""
    mail_folder.purge(before)
    MessageEvent.objects.filter(message__in=_finished().filter(created_at__lt=before)).exclude(detail="").update(detail="")
    full = _finished().filter(created_at__lt=before).exclude(text="", html="", subject="", last_error="", attachments=[])
    return full.update(text="", html="", subject="", last_error="", headers={}, attachments=[])


def purge_message_addresses(before: datetime) -> int:
    """Make the addresses of messages sent or given up before the moment anonymous."""
    RefusedAddress.objects.filter(lifted_at__lt=before).delete()  # those in force are needed: nothing must be sent there
    known = _finished().filter(created_at__lt=before).exclude(to_email=ERASED_ADDRESS)
    return known.update(to_email=ERASED_ADDRESS, to_name="")


def _messages_to(identity: Identity) -> QuerySet[Message]:
    return Message.objects.filter(to_email__iexact=identity.email) if identity.email else Message.objects.none()


def export_messages(identity: Identity) -> list[dict[str, Any]]:
    """Return the messages sent to a person, and those that mention them."""
    theirs = Message.objects.filter(
        Q(pk__in=_messages_to(identity).values("pk")) | identity.found_in("subject", "text", "to_name") | identity.is_name("to_name")
    )
    columns = ("created_at", "sent_at", "kind", "state", "to_email", "to_name", "language", "subject", "text", "attachments")
    rows: list[dict[str, Any]] = list(theirs.order_by("created_at", "pk").values(*columns))
    if identity.email:
        rows += RefusedAddress.objects.filter(email__iexact=identity.email).values("email", "why", "detail", "since", "lifted_at")
        rows += MessageEvent.objects.filter(message__in=_messages_to(identity)).values("kind", "at", "source", "detail")
    return rows


def erase_messages(identity: Identity) -> int:
    """Empty the messages to a person, cancel those that wait, and hide the person in everybody else's."""
    changed = MessageEvent.objects.filter(message__in=_messages_to(identity)).exclude(detail="").update(detail="")
    for message in _messages_to(identity).select_for_update().order_by("pk"):
        message.to_email, message.to_name, message.headers, message.attachments = ERASED_ADDRESS, "", {}, []
        message.subject = message.text = message.html = message.last_error = ""
        if message.state == Message.WAITING:
            message.state = Message.CANCELLED
        if identity.email in message.dedupe_key.lower():
            message.dedupe_key = "erased:" + hashlib.sha256(message.dedupe_key.encode()).hexdigest()
        message.save()
        changed += 1
    mail_folder.erase(identity)
    changed += _forget_address(identity)
    changed += _drop_files_that_mention(identity)
    return changed + hide_in_rows(Message.objects.all(), MESSAGE_TEXTS, identity)


def _forget_address(identity: Identity) -> int:
    """Delete what is kept about an address that refused mails, and hide the person in what servers answered about others."""
    gone = RefusedAddress.objects.filter(email__iexact=identity.email).delete()[0] if identity.email else 0
    hidden = hide_in_rows(MessageEvent.objects.all(), ["detail"], identity)
    return gone + hidden + hide_in_rows(RefusedAddress.objects.all(), ["detail"], identity)


def _drop_files_that_mention(identity: Identity) -> int:
    """Take out of everybody's messages the files that mention a person: the lines of a calendar are folded, nothing is hidden in them."""
    changed = 0
    for message in Message.objects.exclude(attachments=[]).only("attachments").order_by("pk").iterator(chunk_size=500):
        kept = [file for file in from_rows(message.attachments) if identity.hide_in(file.text) == file.text]
        if len(kept) < len(message.attachments):
            Message.objects.filter(pk=message.pk).update(attachments=to_rows(kept))
            changed += 1
    return changed


# -- the admin's history


# Django writes what changed as JSON with escaped accents: "object": "Ren\u00e9e Dupont".
_OBJECT = re.compile(r"""("object": )("(?:[^"\\]|\\.)*")""")


def _hide_in_change(text: str, identity: Identity) -> str:
    """Hide a person in a change message, also where their name alone is the object that was changed."""
    names = {name.casefold() for name in identity.names}

    def hidden(found: re.Match[str]) -> str:
        said = json.loads(found[2])
        kept = HIDDEN if said.casefold() in names else identity.hide_in(said)
        return found[0] if kept == said else found[1] + json.dumps(kept)

    return identity.hide_in(_OBJECT.sub(hidden, text))


def _log(identity: Identity) -> QuerySet[LogEntry]:
    """Return the lines that may mention a person; accents in JSON are looked for as JSON writes them."""
    condition = identity.found_in("object_repr", "change_message") | identity.is_name("object_repr")
    for name in identity.names:
        condition |= Q(change_message__icontains=json.dumps(name)[1:-1])
    return LogEntry.objects.filter(condition)


def purge_log(before: datetime) -> int:
    """Delete what the admin's history says of before the moment."""
    return LogEntry.objects.filter(action_time__lt=before).delete()[0]


def export_log(identity: Identity) -> list[dict[str, Any]]:
    """Return the lines of the admin's history that mention a person."""
    rows = _log(identity).order_by("action_time").values("action_time", "object_repr", "change_message")
    return [dict(row) for row in rows]


def erase_log(identity: Identity) -> int:
    """Hide a person in the admin's history; what was done, and when, stays."""
    names, changed = {name.casefold() for name in identity.names}, []
    for line in _log(identity).order_by("pk"):
        before = (line.object_repr, line.change_message)
        line.object_repr = HIDDEN if line.object_repr.casefold() in names else identity.hide_in(line.object_repr)
        line.change_message = _hide_in_change(line.change_message, identity)
        if before != (line.object_repr, line.change_message):
            changed.append(line)
    LogEntry.objects.bulk_update(changed, ["object_repr", "change_message"], batch_size=500)
    return len(changed)


# -- devices and sessions


def purge_devices(before: datetime) -> int:
    """Forget the devices of links not used since the moment."""
    return AccessLink.objects.filter(last_used_at__lt=before).exclude(last_device="").update(last_device="")


def purge_sessions(before: datetime) -> int:
    """Delete sessions that are over."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    return 0


def _nothing_to_export(identity: Identity) -> list[dict[str, Any]]:
    return []


def _nothing_to_erase(identity: Identity) -> int:
    return 0


def register_kinds() -> None:
    """Fill the table with what accounts and messages hold."""
    _register_users_and_messages(settings.PERSONAL_DATA_RETENTION_DAYS)
    _register_traces(settings.PERSONAL_DATA_RETENTION_DAYS)


def _register_users_and_messages(days: dict[str, int]) -> None:
    """Who signs in, and what was sent to whom."""
    message = _("address and name of who received a message")
    register(
        PersonalDataKind(
            "inactive_user",
            _("accounts of employees, carriers and sorting centres: e-mail, name, language, last sign-in"),
            _("to sign in, and to receive the weekly report; kept after the last sign-in, then made anonymous"),
            days["inactive_user"],
            purge_users,
            export_users,
            erase_users,
            names=lambda identity: _users(identity).exclude(name="").values_list("name", flat=True),
        )
    )
    register(
        PersonalDataKind(
            "message_body",
            _("texts and files of the messages sent"),
            _("to know what was announced to whom when a pickup is disputed"),
            days["message_body"],
            purge_message_bodies,
            export_messages,
            erase_messages,
        )
    )
    purpose = _("to prove that a message left, and to send none twice")
    register(
        PersonalDataKind(
            "message_address", message, purpose, days["message_address"], purge_message_addresses, _nothing_to_export, _nothing_to_erase
        )
    )


def _register_traces(days: dict[str, int]) -> None:
    """What using the site leaves behind."""
    register(
        PersonalDataKind(
            "admin_log",
            _("history of the administration: who changed what"),
            _("to understand and undo mistakes"),
            days["admin_log"],
            purge_log,
            export_log,
            erase_log,
        )
    )
    register(
        PersonalDataKind(
            "device",
            _("random number of the last phone that used a card or a tour's link, and when"),
            _("to notice a card that is not used, or used elsewhere; it says nothing of the phone or its owner"),
            days["device"],
            purge_devices,
            _nothing_to_export,
            _nothing_to_erase,
        )
    )
    register(
        PersonalDataKind(
            "session",
            _("sessions of people who have signed in"),
            _("to stay signed in from one page to the next"),
            1,
            purge_sessions,
            _nothing_to_export,
            _nothing_to_erase,
        )
    )
