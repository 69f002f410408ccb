"""Secrets do not lie in the outbox: a link's token becomes a reference when a mail is written, and a token when it leaves.

A leaked database must not reveal a link that still opens something, and mails hold such links. Higher floors say in
their `AppConfig.ready()` what their secrets look like.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

# Two signs of Unicode's private area, which no keyboard types; they are taken out of what people wrote.
_OPEN, _CLOSE = "\ue000", "\ue001"
_REFERENCE = re.compile(f"{_OPEN}([a-z]+):([^{_CLOSE}]*){_CLOSE}")


@dataclass(frozen=True)
class Secret:
    """One kind of secret: how it looks, and both ways between it and a reference that reveals nothing.

    Arguments:
        pattern: finds what may be one; its first group is the secret, and ends the match.
    """

    pattern: re.Pattern[str]
    reference: Callable[[str], str | None]
    secret: Callable[[str], str]


_secrets: dict[str, Secret] = {}


def register_secret(name: str, pattern: re.Pattern[str], *, reference: Callable[[str], str | None], secret: Callable[[str], str]) -> None:
    """Keep a kind of secret out of the outbox.

    `name` is in lower-case letters, `pattern` finds what may be one (`Secret`); `reference` turns it into what the row keeps
    (None: it is no secret, leave it), `secret` turns that back when the mail leaves.
    """
    _secrets[name] = Secret(pattern, reference, secret)


def seal(text: str) -> str:
    """Return `text` with its secrets replaced by references."""
    text = text.replace(_OPEN, "").replace(_CLOSE, "")
    for name, kind in _secrets.items():

        def replaced(found: re.Match[str], name: str = name, kind: Secret = kind) -> str:
            whole, secret = found.group(0, 1)
            reference = kind.reference(secret)
            return whole if reference is None else f"{whole.removesuffix(secret)}{_OPEN}{name}:{reference}{_CLOSE}"

        text = kind.pattern.sub(replaced, text)
    return text


def holds_secret(text: str) -> bool:
    """Return whether a secret stands in `text`."""
    return any(kind.reference(found[1]) is not None for kind in _secrets.values() for found in kind.pattern.finditer(text))


def mask(text: str) -> str:
    """Return `text` with an ellipsis for each secret: for previews, whose links must open nothing."""
    return _REFERENCE.sub("…", seal(text))


def unseal(text: str) -> str:
    """Return `text` with its references replaced by the secrets they stand for. Raises KeyError for an unknown kind."""
    if _OPEN not in text:  # most: a mail server waits for the next mail
        return text
    return _REFERENCE.sub(lambda found: _secrets[found.group(1)].secret(found.group(2)), text)
