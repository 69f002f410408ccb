"""The ways out. Mail is the first; whoever writes a message says at most what it is about, and never knows how it travels.

A channel is registered by its name, which the rows of the outbox bear. Adding one (SMS, push…) means writing a `Channel`, calling
`register` in an `AppConfig.ready()`, and nothing else: the queue, its retries, the admin's pages and `announce`'s callers stay.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from lincassable.messaging.models import Message


@dataclass(frozen=True)
class Target:
    """Somebody whom a channel reaches.

    Arguments:
        target: what the channel knows them by (at most 100 characters), for instance the number of a chat room.
        name: how they are called on screen. language: `fr` or `en`.
    """

    target: str
    name: str
    language: str = "fr"


class Conversation(Protocol):
    """An open line, used for many messages one after the other and closed at the end."""

    def send(self, message: Message) -> str:
        """Hand over one message and return the number the other side gave it ("" when none).

        Raises Refused (never again), NoServer (nothing of this channel now), any other error (try later).
        """

    def close(self) -> None:
        """End it; never raises."""


class Channel(ABC):
    """One way out."""

    name: str
    label: str

    @abstractmethod
    def conversation(self) -> Conversation:
        """Return a line that is opened by its first message."""

    def targets(self, topic: str) -> Iterable[Target]:
        """Return whom this channel tells about `topic` (see `announcing`); nobody by default: mails are written to people by name."""
        return ()


_channels: dict[str, Channel] = {}


def register(channel: Channel) -> None:
    """Add a way out, or replace the one of the same name."""
    _channels[channel.name] = channel


def unregister(name: str) -> None:
    """Take a way out away; what waits for it is given up when its turn comes."""
    _channels.pop(name, None)


def get(name: str) -> Channel:
    """Return the channel called `name`. Raises ValueError when there is none."""
    if name not in _channels:
        raise ValueError(f"no channel is called “{name}”")
    return _channels[name]


def all_channels() -> list[Channel]:
    """Return every channel, in the order of registration."""
    return list(_channels.values())
