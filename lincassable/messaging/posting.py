"""One HTTPS call to an address that a person typed: to the outside only, no redirect, not for long, not much read.

The name is looked up once and the connection goes to that very address, so that a name server which answers differently a second time
(DNS rebinding) gains nothing. Private networks are out of reach unless CHAT_ALLOW_PRIVATE is set, for a chat server of one's own.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from lincassable.messaging.enums import Reason
from lincassable.messaging.failures import NoServer, Refused

TIMEOUT = 8  # seconds, for each of: connecting, sending, each part of the answer
LONGEST_ANSWER = 300  # bytes that are kept of it


class _PinnedConnection(http.client.HTTPSConnection):
    """HTTPS to `host` by way of one address that was checked."""

    def __init__(self, host: str, port: int, address: str) -> None:
        self._checked, self._tls = address, ssl.create_default_context()
        super().__init__(host, port, timeout=TIMEOUT, context=self._tls)

    def connect(self) -> None:
        """Connect to the checked address; the certificate must be the host's."""
        raw = socket.create_connection((self._checked, self.port), self.timeout)
        try:
            self.sock = self._tls.wrap_socket(raw, server_hostname=self.host)
        except BaseException:
            raw.close()
            raise


def _checked_address(host: str, port: int) -> str:
    """Return an address of `host`. Raises NoServer when it has none, Refused when one is not on the public internet."""
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as error:
        raise NoServer(_("%(host)s is not known.") % {"host": host}) from error
    if not settings.CHAT_ALLOW_PRIVATE and not all(_is_public(address) for address in found):
        raise Refused(_("%(host)s lies in a private network, which this site does not call.") % {"host": host}, Reason.SETTINGS)
    return sorted(found, key=lambda address: (":" in address, address))[0]


def is_outside(host: str) -> bool:
    """Return whether `host`, as somebody types it, may lie outside: no private address, nor this machine. Names are not looked up."""
    name = host.rstrip(".").lower()
    if settings.CHAT_ALLOW_PRIVATE:
        return True
    try:
        return _is_public(name)
    except ValueError:
        return name != "localhost" and not name.endswith((".localhost", ".local", ".internal"))


def _is_public(address: str) -> bool:
    parsed = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(parsed, "ipv4_mapped", None) or getattr(parsed, "sixtofour", None)
    return parsed.is_global and not parsed.is_multicast and (mapped is None or (mapped.is_global and not mapped.is_multicast))


def post(url: str, body: bytes, *, content_type: str) -> tuple[int, str]:
    """Post `body` to `url` (https) and return the status and the beginning of the answer.

    Raises NoServer when it cannot be reached or says nothing, Refused for an address that must not be called. No error holds the path,
    which is a secret.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 443
    if parts.scheme != "https":
        raise Refused(_("Only https addresses are called."), Reason.SETTINGS)
    line = _PinnedConnection(host, port, _checked_address(host, port))
    try:
        line.request("POST", parts.path + (f"?{parts.query}" if parts.query else ""), body, {"Content-Type": content_type})
        answer = line.getresponse()
        return answer.status, answer.read(LONGEST_ANSWER).decode("utf-8", "replace").replace("\x00", "").strip()
    except (OSError, http.client.HTTPException) as error:
        raise NoServer(f"{host}: {type(error).__name__}") from error
    finally:
        line.close()
