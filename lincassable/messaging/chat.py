"""The chat channel: rooms of Slack, Mattermost, Discord and the like, by their incoming webhooks."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lincassable.messaging import posting
from lincassable.messaging.channels import Channel, Target
from lincassable.messaging.enums import CHAT, Reason, RoomFormat
from lincassable.messaging.failures import Later, Refused
from lincassable.messaging.models import ChatRoom, Message
from lincassable.messaging.sealing import unseal

LONGEST_URL = 1000  # characters
_MENTION = re.compile(r"@(?=\w)")


def _cipher() -> MultiFernet:
    """Return the cipher of the addresses: SECRET_KEY writes, and its fallbacks can still be read."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [hashlib.sha256(b"lincassable chat room:" + str(key).encode()).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def seal_url(url: str) -> str:
    """Return what the row keeps of the address of a webhook. Raises ValidationError for one that cannot be."""
    try:
        parts = urlsplit(url)
        _port = parts.port
    except ValueError:
        raise ValidationError(_("This address cannot be read: copy it again from the chat program.")) from None
    if not (url.isascii() and url.isprintable()):  # what programs show is percent-encoded; anything else could not be called
        raise ValidationError(_("This address cannot be read: copy it again from the chat program."))
    if parts.scheme != "https" or not parts.hostname or len(url) > LONGEST_URL or parts.username or any(sign.isspace() for sign in url):
        raise ValidationError(_("Give the whole address that the chat program shows for its webhook; it begins with https://."), code="url")
    if not posting.is_outside(parts.hostname):
        sentence = _("%(host)s lies in a private network, which this site does not call.")
        raise ValidationError(sentence % {"host": parts.hostname}, code="private")
    return _cipher().encrypt(url.encode()).decode()


def url_of(room: ChatRoom) -> str:
    """Return the address of the room's webhook. Raises Refused when it cannot be read any more."""
    try:
        return _cipher().decrypt(room.sealed_url.encode()).decode()
    except InvalidToken:
        raise Refused(
            _("The address of this room cannot be read any more (SECRET_KEY has changed): type it again."), Reason.SETTINGS
        ) from None


def host_of(room: ChatRoom) -> str:
    """Return the server of the room, which is no secret; empty when it cannot be read."""
    try:
        return urlsplit(url_of(room)).hostname or ""
    except Refused:
        return ""


def payload(form: str, text: str) -> dict[str, object]:
    """Return what a chat program wants to be posted. What people typed calls nobody (@channel) and makes no markup of links."""
    text = _MENTION.sub("@\u200b", text)
    if form == RoomFormat.DISCORD:
        return {"content": text[:2000], "allowed_mentions": {"parse": []}}
    return {"text": text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")}


class ChatConversation:
    """Each message is a call of its own: rooms live on different servers."""

    def send(self, message: Message) -> str:
        """Post one message to its room; return "". Raises as `Conversation.send` says; no error holds the room's address."""
        room = ChatRoom.objects.filter(pk=int(message.target), is_active=True).first()
        if room is None:
            raise Refused(_("This chat room is no longer there, or is switched off."), Reason.ADDRESS)
        body = json.dumps(payload(room.format, unseal(message.text))).encode()
        status, answer = posting.post(url_of(room), body, content_type="application/json")
        if status in (408, 425, 429) or status >= 500:
            raise Later(f"{status} {answer}")
        if not 200 <= status < 300:
            raise Refused(f"{status} {answer}", Reason.SETTINGS if status in (401, 403, 404, 410) else Reason.CONTENT)
        return ""

    def close(self) -> None:
        """Nothing stays open."""


class ChatChannel(Channel):
    """Chat rooms."""

    name = CHAT
    label = gettext_lazy("chat room")  # type: ignore[assignment]

    def conversation(self) -> ChatConversation:
        """Return what posts to rooms."""
        return ChatConversation()

    def targets(self, topic: str) -> Iterable[Target]:
        """Return the rooms that are told of `topic`."""
        return [target_of(room) for room in ChatRoom.objects.filter(is_active=True, topics__contains=[topic]).order_by("pk")]


def target_of(room: ChatRoom) -> Target:
    """Return the room as a target."""
    return Target(str(room.pk), room.name, room.language)
