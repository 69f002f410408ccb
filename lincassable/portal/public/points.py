"""The points that our own map draws: the same places as the list, written once for as long as nothing about them changes."""

from __future__ import annotations

import gzip
import hashlib
import json
from typing import Any

from django.core.cache import cache
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.translation import get_language
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from awareness.models import Event
from awareness.queries import upcoming_public
from lincassable.accounts.decorators import public
from lincassable.portal.public.filters import Wish, search
from lincassable.portal.public.places import PUBLIC_KINDS

KEY = "public:map:1"  # the number grows with the form of what is kept
KEPT_SECONDS = 3600
_VERSION = "SELECT count(*), coalesce(sum(xmin::text::bigint), 0), coalesce(sum(hashtid(ctid)), 0) FROM stores_store"


def version() -> str:
    """Return what is another one after any change of any place: some milliseconds for ten thousand places, whoever writes, and by what way.

    A row that is written gets the number of the transaction that writes it, which is larger than that of the row it takes the place of, and
    lies elsewhere: the sum grows with each change, and rows that go or come change the count. Read before the rows: what is kept under a
    version is never older than it.
    """
    with connection.cursor() as cursor:
        cursor.execute(_VERSION)
        return ".".join(str(number) for number in cursor.fetchone())


def written(wish: Wish, coming: list[Event]) -> bytes:
    """Return the points that answer a wish, as JSON.

    `points`: [short id, latitude, longitude, name, what, address, its next event]; an event is [title, when, address] or null.
    `events`: the public ones that are held elsewhere: [latitude, longitude, title, when and where, address]. `near` is [latitude,
    longitude, name] of the town or address that was typed, when the nearest places are told from there.
    """
    suffix = "?embed=1" if wish.embed else ""
    answer = search(wish)
    kinds = {str(kind): str(kind.label) for kind in PUBLIC_KINDS}  # looked up once, not ten thousand times
    by_store = {event.store_id: [event.title, event.when, event.path] for event in reversed(coming)}
    found = [
        [place.short, *place.position, place.name, f"{kinds[place.kind]} · {place.address}", place.path + suffix, by_store.get(place.pk)]
        for place in answer.places
        if place.position
    ]
    told = {place.pk for place in answer.places}
    events = [
        [*event.position, event.title, f"{event.when} · {event.where or event.town}", event.path]
        for event in coming
        if event.position and event.store_id not in told
    ]
    near = [answer.near.latitude, answer.near.longitude, answer.near.name] if answer.near else None
    said: dict[str, Any] = {"points": found, "near": near, "events": events}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"), cls=DjangoJSONEncoder).encode()


def _tag(wish: Wish, coming: list[Event]) -> str:
    """Return the ETag of an answer that depends on places and events alone: known before anything is written."""
    events = [
        [event.pk, event.store_id, event.title, event.when, event.where, event.town, event.path, *(event.position or ())]
        for event in coming
    ]
    known = json.dumps([KEY, get_language(), wish.query(), version(), events], cls=DjangoJSONEncoder)
    return f'W/"{hashlib.sha256(known.encode()).hexdigest()[:32]}"'


def _kept(tag: str) -> bytes | None:
    try:
        return cache.get(f"{KEY}:{tag}")
    except (RedisError, OSError):
        return None  # a cache that is down costs time, nothing else


def _keep(tag: str, packed: bytes) -> None:
    try:
        cache.set(f"{KEY}:{tag}", packed, KEPT_SECONDS)
    except (RedisError, OSError):
        return


@public
@require_safe
def points(request: HttpRequest) -> HttpResponseBase:
    """The points for the parameters of the list, compressed.

    Asked by kind and deposit alone, or by nothing, they are kept, and 304 when nothing has changed; a change is seen at once. What is asked
    by words, by distance, by the clock or by shelves is written each time: it answers with few places, or to few people.
    """
    wish = Wish.of(request.GET)
    coming = list(upcoming_public())
    tag = _tag(wish, coming) if wish.depends_on_places_alone else None
    answer = get_conditional_response(request, etag=tag) if tag else None
    if answer is None:
        packed = (tag and _kept(tag)) or None
        if packed is None:
            packed = gzip.compress(written(wish, coming), compresslevel=6, mtime=0)
            if tag:
                _keep(tag, packed)
        answer = HttpResponse(content_type="application/json")
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            answer["Content-Encoding"] = "gzip"
            answer.content = packed
        else:
            answer.content = gzip.decompress(packed)
    if tag:
        answer["ETag"] = tag
    answer["Cache-Control"] = "no-cache"  # kept by browsers, and asked about each time
    patch_vary_headers(answer, ["Accept-Encoding", "Accept-Language", "Cookie"])
    return answer
