"""The mails of requests: which templates exist (templates/mail/), who gets them, and what they need. Decides nothing, writes nothing.

| template | to | when |
| --- | --- | --- |
| pickup_received | the contacts of the place that asked | its wish has arrived |
| pickup_joined | the contacts of the place it is collected through | that wish is collected there |
| pickup_refused | the contacts of all places that asked | a coordinator says no |
| pickup_cancelled | the contacts of the places whose wish ends | a store or a coordinator takes it back |

All have `contact`, `place` (the recipient's), `through` (where the truck stops, when that is another place), `request`,
`page_url` (the place's phone page, "" when its card was revoked) and `unsubscribe_url`. What follows is told by `emails`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from lincassable.accounts import links
from lincassable.accounts.models import AccessLink
from lincassable.messaging import unsubscribing
from lincassable.messaging.services import Prepared, Recipient
from lincassable.reminders.registry import CONTACT
from lincassable.reminders.signing import choices_url
from pickups import queries
from pickups.emails import contacts_for_mails
from pickups.enums import ANNOUNCED_TOUR_STATES, RequestState, StopState
from pickups.models import PickupRequest, RequestPart, Stop
from stores.models import Contact, Store


def received(request: PickupRequest) -> Iterator[Prepared]:
    """Yield the mails that acknowledge an open request, and each part of it, to those who asked and to those who host them.

    Arguments: request, with its store. Each is written once, however often this is called.
    """
    coming = _coming(request.store)
    if not request.for_parts_only:
        yield from _mails("pickup_received", request, [request.store], f"request:{request.pk}", coming=coming)
    for part in request.parts.live().select_related("store").order_by("pk"):
        event = f"part:{part.pk}:{_stamp(part.asked_at)}"
        yield from _mails("pickup_received", request, [part.store], event, coming=coming)
        yield from _mails("pickup_joined", request, [request.store], event, child=part.store, coming=coming)


def closed(request: PickupRequest) -> Iterator[Prepared]:
    """Yield the mails that tell that a request was refused or cancelled, to all places that had asked."""
    template = "pickup_refused" if request.state == RequestState.REFUSED else "pickup_cancelled"
    places = [] if request.for_parts_only else [request.store]
    places += [part.store for part in request.parts.live().select_related("store").order_by("pk")]
    yield from _mails(template, request, places, f"request:{request.pk}", reason=request.reason)


def part_withdrawn(part: RequestPart, request: PickupRequest) -> Iterator[Prepared]:
    """Yield the mails that confirm that the place of `part` has taken back its wish. Arguments: part, withdrawn."""
    event = f"part:{part.pk}:{_stamp(part.updated_at)}"
    yield from _mails("pickup_cancelled", request, [part.store], event, reason="")


def own_wish_withdrawn(request: PickupRequest) -> Iterator[Prepared]:
    """Yield the mails that confirm that a place has taken back its own wish, while others still come to it."""
    event = f"own:{request.pk}:{_stamp(request.updated_at)}"
    yield from _mails("pickup_cancelled", request, [request.store], event, reason="")


def example(template: str, request: PickupRequest) -> Prepared | None:
    """Return the mail `template` as it would go to the first contact of the place that asked: for a preview.

    None without a contact, and for the mail about a place that joins when none has joined.
    """
    joined = RequestPart.objects.live().filter(request=request).select_related("store").order_by("pk").first()
    if template == "pickup_joined" and joined is None:
        return None
    more = {"coming": _coming(request.store), "child": joined.store if joined else request.store, "reason": request.reason}
    return next(_mails(template, request, [request.store], "preview", **more), None)


def page_urls(store_ids: Collection[int]) -> dict[int, str]:
    """Return the addresses of the phone pages of these places, by store id; those without a valid card are absent. One query."""
    found = AccessLink.objects.filter(kind=AccessLink.STORE, object_id__in=store_ids, revoked_at__isnull=True)
    return {link.object_id: links.url(link) for link in found.order_by("pk")}


def _coming(store: Store) -> Stop | None:
    """Return the announced stop of a place, with its tour, if a truck is coming."""
    stops = queries.with_lines(Stop.objects.filter(store=store, state=StopState.TO_DO, tour__state__in=ANNOUNCED_TOUR_STATES))
    return stops.select_related("tour").order_by("tour__date", "pk").first()


def _mails(template: str, request: PickupRequest, places: Iterable[Store], event: str, **context: object) -> Iterator[Prepared]:
    """Yield `template` for each contact of `places` that receives pickup mails. Arguments: event, what it tells of, in its key."""
    by_id = {place.pk: place for place in places}
    pages = page_urls(by_id)
    for contact in contacts_for_mails().filter(store__in=by_id):
        yield _mail(template, request, contact, by_id[contact.store_id], pages.get(contact.store_id, ""), event, context)


def _mail(
    template: str, request: PickupRequest, contact: Contact, place: Store, page_url: str, event: str, context: dict[str, object]
) -> Prepared:
    """Return one mail to one contact."""
    stop = unsubscribing.url(unsubscribing.PICKUP, contact.pk)
    through = request.store if place.pk != request.store_id else None
    told = {"request": request, "contact": contact, "place": place, "through": through, "page_url": page_url}
    return Prepared(
        template,
        Recipient(contact.email, contact.name, contact.language),
        {**told, "unsubscribe_url": stop, "preferences_url": choices_url(CONTACT, contact.pk), **context},
        f"{template.replace('_', '-')}:{event}:contact:{contact.pk}",
        "request",
        request.pk,
        unsubscribing.headers(stop),
    )


def _stamp(moment: datetime) -> str:
    """Return a moment as part of a key."""
    return f"{moment:%Y%m%d%H%M%S%f}"
