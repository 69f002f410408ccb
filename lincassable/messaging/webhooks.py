"""Where mail providers tell what became of our mails: `/mails/suivi/<provider>/`.

Anybody can call it, so: only the provider in use, with its signature or the secret of MAIL_WEBHOOK_SECRET, of bounded size and rate.
django-anymail checks the signature and reads the provider's own format; nothing else of it is used.
"""

from __future__ import annotations

import hashlib
import importlib
import logging
import time
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from lincassable.messaging import tracking
from lincassable.messaging.enums import Happening

logger = logging.getLogger("lincassable.messaging")
# Providers that sign each call, and the setting that holds the key; with it, no other secret is needed.
SIGNATURES = {
    "mailgun": "MAILGUN_WEBHOOK_SIGNING_KEY",
    "mandrill": "MANDRILL_WEBHOOK_KEY",
    "resend": "RESEND_SIGNING_SECRET",
    "sendgrid": "SENDGRID_TRACKING_WEBHOOK_VERIFICATION_KEY",
    "mailersend": "MAILERSEND_SIGNING_SECRET",
    "postal": "POSTAL_WEBHOOK_KEY",
    "unisender_go": "UNISENDER_GO_API_KEY",
}
KINDS = {
    "sent": Happening.ACCEPTED,
    "delivered": Happening.DELIVERED,
    "deferred": Happening.DEFERRED,
    "bounced": Happening.BOUNCED,
    "rejected": Happening.BOUNCED,
    "failed": Happening.BOUNCED,
    "complained": Happening.COMPLAINED,
}
HARD_REASONS = ("bounced", "invalid", "spam")
_TYPE_FIELDS = {"event", "type", "bouncetype", "bounce_type", "severity", "bouncesubtype"}


@csrf_exempt
@never_cache
@require_http_methods(["POST", "HEAD"])
def events(request: HttpRequest, provider: str) -> HttpResponse:
    """Take the events of one call; 200 when all are kept, so that the provider forgets them."""
    if provider != settings.MAIL_PROVIDER:
        raise Http404
    if request.method == "HEAD":  # some providers try the address when it is typed in
        return HttpResponse()
    if not (settings.MAIL_WEBHOOK_SECRET or settings.ANYMAIL.get(SIGNATURES.get(provider, ""))):
        logger.error("the webhooks of %s are refused: set MAIL_WEBHOOK_SECRET or its signing key", provider)
        return HttpResponse("no secret is set for webhooks\n", status=503, content_type="text/plain")
    if _too_many():
        return HttpResponse("too many calls, come back later\n", status=429, content_type="text/plain", headers={"Retry-After": "60"})
    if _too_big(request):
        return HttpResponse("too big\n", status=413, content_type="text/plain")
    try:
        found = _read(request, provider)
    except SuspiciousOperation:
        logger.warning("a webhook without the right signature or secret was refused")
        return HttpResponse("signature or secret missing or wrong\n", status=403, content_type="text/plain")
    except ImproperlyConfigured:
        logger.exception("the webhooks of %s cannot be read with these settings", provider)
        return HttpResponse("not set up\n", status=503, content_type="text/plain")
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, OSError):
        logger.warning("a webhook of %s could not be read", provider, exc_info=True)
        return HttpResponse("cannot be read\n", status=400, content_type="text/plain")
    for event in found:
        told = told_by(event, provider)
        if told is not None:
            tracking.record(told)
    return HttpResponse()


def _too_many() -> bool:
    """Count this call, and return whether there were too many this minute. Without a cache, nobody counts."""
    key = f"mail-webhook:{int(time.time() // 60)}"
    try:
        cache.add(key, 0, 120)
        return cache.incr(key) > settings.MAIL_WEBHOOK_RATE_LIMIT
    except Exception:
        logger.warning("the calls of webhooks cannot be counted", exc_info=True)
        return False


def _too_big(request: HttpRequest) -> bool:
    try:
        return len(request.body) > settings.MAIL_WEBHOOK_MAX_BYTES
    except RequestDataTooBig:
        return True


def _read(request: HttpRequest, provider: str) -> list[Any]:
    """Return the events of the call, its signature checked. Raises SuspiciousOperation, or ValueError and the like for nonsense."""
    module = importlib.import_module(f"anymail.webhooks.{provider}")
    views = [getattr(module, name) for name in dir(module) if name.endswith("TrackingWebhookView")]
    view = next(each for each in views if each.__module__ == module.__name__)
    named = {"warn_if_no_basic_auth": False} if hasattr(view, "warn_if_no_basic_auth") else {}
    reader = type("_Reader", (view,), named)()
    reader.setup(request)
    reader.run_validators(request)
    return list(reader.parse_events(request))


def told_by(event: Any, provider: str) -> tracking.Told | None:
    """Return what matters of an event in django-anymail's form; None for openings, clicks and the like, which we do not follow."""
    kind = KINDS.get(str(event.event_type))
    if kind is None:
        return None
    reason, recipient, provider_id = _said(event.reject_reason), _said(event.recipient), _said(event.message_id)
    soft = _is_soft(event.esp_event)
    at = event.timestamp or timezone.now()
    details = [_said(part) for part in (event.description, event.mta_response, reason) if part]
    metadata = event.metadata if isinstance(event.metadata, dict) else {}
    own = "|".join([str(event.event_type), at.isoformat() if event.timestamp else "", recipient, provider_id])
    return tracking.Told(
        source=provider,
        event_id=_said(event.event_id) or hashlib.sha256(own.encode()).hexdigest(),
        kind=kind,
        at=at,
        reference=_said(metadata.get("message")),
        provider_id=provider_id,
        recipient=recipient,
        hard=kind == Happening.COMPLAINED or (kind == Happening.BOUNCED and not soft and reason in HARD_REASONS),
        detail=" · ".join(details),
    )


def _said(value: Any) -> str:
    """Return what a provider said as a text that the database keeps."""
    return str(value or "").replace("\x00", "")


def _is_soft(raw: Any) -> bool:
    """Whether the provider calls the bounce a passing one (a full mailbox, a server away): the address stays good."""
    if not isinstance(raw, dict):
        return False
    said = {str(value).lower() for key, value in raw.items() if str(key).lower() in _TYPE_FIELDS}
    said |= {
        str(value).lower()
        for inner in raw.values()
        if isinstance(inner, dict)
        for key, value in inner.items()
        if str(key).lower() in _TYPE_FIELDS
    }
    return any(word in each for each in said for word in ("soft", "transient", "temporary"))
