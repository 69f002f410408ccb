"""Open data: all public points as GeoJSON for whoever wants to show them, and what search engines ask for."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from xml.sax.saxutils import escape

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from awareness.models import Event
from lincassable.accounts.decorators import public
from lincassable.portal.public.places import containers_of, places
from lincassable.web_addresses import web_address

KEY = "public:points:2"
KEPT_SECONDS = 300
HIDDEN = ("/admin/", "/compte/", "/p/", "/chauffeur/", "/transporteur/", "/tri/", "/inventaire/", "/agenda/")
HIDDEN += ("/equipe/", "/producteur/", "/visites/", "/evenements/inscription/", "/formation/", "/rappels/", "/desabonnement/")
_FEATURE = (
    '{"type":"Feature","id":"%s","geometry":{"type":"Point","coordinates":[%r,%r]},"properties":{"name":%s,"kind":%s,"street":%s,'
    '"postcode":%s,"city":%s,"opening_hours":%s,"deposit_practice":%s,"containers":[%s],"note":%s,"website":%s,"url":%s}}'
)
_text: Callable[[str], str] = json.encoder.encode_basestring  # a text as JSON has it, quotes included


def collection() -> str:
    """Return every public place that has a position as a GeoJSON FeatureCollection (RFC 7946): two queries.

    docs/developer.md describes the properties; nothing in them is about a person. Written line by line: a dictionary for each of ten
    thousand places, then its JSON, takes three times as long (benchmarks/map.py).
    """
    containers = {store: ",".join(map(_text, codes)) for store, codes in containers_of().items()}
    features = ",".join(
        _FEATURE
        % (
            place.uuid,
            place.position[1],
            place.position[0],
            _text(place.name),
            _text(place.kind),
            _text(place.street),
            _text(place.postcode),
            _text(place.city),
            _text(place.opening_hours),
            _text(place.deposit_practice),
            containers.get(place.pk, ""),
            _text(place.public_note),
            _text(place.website),
            _text(place.url),
        )
        for place in places()
        if place.position
    )
    return f'{{"type":"FeatureCollection","features":[{features}]}}'


@dataclass(frozen=True)
class Written:
    """The collection as bytes, the same compressed, and its ETag."""

    plain: bytes
    packed: bytes
    etag: str


def written() -> Written:
    """Write the collection anew."""
    content = collection().encode()
    return Written(content, gzip.compress(content, compresslevel=6, mtime=0), f'W/"{hashlib.sha256(content).hexdigest()[:32]}"')


def _kept_etag() -> str | None:
    try:
        return cache.get(KEY)
    except (RedisError, OSError):
        return None  # a cache that is down costs time, nothing else


def _kept_bytes(etag: str | None, form: str) -> bytes | None:
    try:
        return cache.get(f"{KEY}:{etag}:{form}") if etag else None
    except (RedisError, OSError):
        return None


def _keep(new: Written) -> None:
    """Keep what was written for KEPT_SECONDS, each form apart: an answer fetches from the cache what it sends, and a 304 the ETag alone."""
    forms = {f"{KEY}:{new.etag}:{form}": getattr(new, form) for form in ("plain", "packed")}
    try:
        cache.set_many(forms, KEPT_SECONDS + 60)
        cache.set(KEY, new.etag, KEPT_SECONDS)
    except (RedisError, OSError):
        return


@public
@require_safe
def geojson(request: HttpRequest) -> HttpResponseBase:
    """The public points, for maps of other sites: cached, compressed, 304 when nothing changed, open to pages of any site."""
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    etag = _kept_etag()
    answer = get_conditional_response(request, etag=etag) if etag else None
    if answer is None:
        form = "packed" if packed else "plain"
        content = _kept_bytes(etag, form)
        if etag is None or content is None:
            new = written()
            _keep(new)
            etag, content = new.etag, getattr(new, form)
        response = HttpResponse(content, content_type="application/geo+json; charset=utf-8")
        if packed:
            response["Content-Encoding"] = "gzip"
        answer = get_conditional_response(request, etag=etag, response=response) or response
    answer["ETag"] = str(etag)
    answer["Cache-Control"] = f"public, max-age={KEPT_SECONDS}"
    answer["Access-Control-Allow-Origin"] = "*"
    patch_vary_headers(answer, ["Accept-Encoding"])
    return answer


@public
@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """Every public page, for search engines (sitemaps.org, protocol 0.9)."""
    pages = [reverse(name) for name in ("public:map", "public:bottle", "events:list", "reporting:public_figures")]
    pages += [event.path for event in Event.objects.coming()]
    pages += [place.path for place in places()]
    lines = "".join(f"<url><loc>{escape(settings.SITE_URL + path)}</loc></url>\n" for path in ["/", *pages])
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{lines}</urlset>\n'
    return HttpResponse(text, content_type="application/xml; charset=utf-8")


@public
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What search engines need not look at, and where the list of pages is."""
    hidden = "".join(f"Disallow: {path}\n" for path in HIDDEN)
    return HttpResponse(f"User-agent: *\n{hidden}\nSitemap: {web_address('public:sitemap')}\n", content_type="text/plain")
