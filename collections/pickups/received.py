"""“Request received”: the mails that acknowledge wishes to be collected. No reminders: they answer what was just asked."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from lincassable.messaging.announcing import announce
from lincassable.messaging.models import Message
from lincassable.messaging.services import enqueue_many
from lincassable.web_addresses import web_address
from pickups import emails_requests
from pickups.enums import RequestSource
from pickups.models import PickupRequest

NEW_REQUEST = "pickup_request"  # the news that chat rooms can ask for
TELL_FOR = timedelta(days=1)  # a request that is older is no longer acknowledged


def tell_received(request_id: int | None = None) -> int:
    """Write the mails that acknowledge requests; those written already are not written again. Returns how many are new.

    Arguments: request_id, the one that was just made; None for all of the last day, in case the worker was not asked.
    """
    recent = PickupRequest.objects.open().filter(updated_at__gte=timezone.now() - TELL_FOR).exclude(source=RequestSource.FORECAST)
    joined = PickupRequest.objects.open().filter(parts__updated_at__gte=timezone.now() - TELL_FOR).exclude(source=RequestSource.FORECAST)
    found = set(recent.values_list("pk", flat=True)) | set(joined.values_list("pk", flat=True)) if request_id is None else {request_id}
    written = 0
    for pk in sorted(found):
        with transaction.atomic():
            request = PickupRequest.objects.open().filter(pk=pk).select_related("store").first()
            written += enqueue_many(emails_requests.received(request)) if request else 0
            if request is not None:
                announce_request(request)
    return written


def announce_request(request: PickupRequest) -> None:
    """Tell the chat rooms that want to hear of requests; once per request."""
    url = web_address("admin:pickups_pickuprequest_change", request.pk)
    context = {"place": str(request.store), "note": request.note, "url": url}
    announce(NEW_REQUEST, context=context, dedupe_key=f"request:{request.pk}", subject_kind="request", subject_id=request.pk)


def acknowledgement_still_due(message: Message) -> bool:
    """Whether the mail that acknowledges a request still holds: it may have been closed meanwhile."""
    return PickupRequest.objects.open().filter(pk=message.subject_id or 0).exists()
