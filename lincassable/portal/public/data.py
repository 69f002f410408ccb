"""Open data: all public points as GeoJSON for whoever wants to show them, and what search engines ask for."""

from __future__ import annotations

import gzip
import hashlib
import json
from typing import Any
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

KEY = "public:points:1"
KEPT_SECONDS = 300
HIDDEN = ("/admin/", "/compte/", "/p/", "/chauffeur/", "/transporteur/", "/tri/", "/inventaire/", "/agenda/")
HIDDEN += ("/equipe/", "/evenements/inscription/")


def collection() -> dict[str, Any]:
    """Return every public place that has a position as a GeoJSON FeatureCollection (RFC 7946): two queries.

    docs/developer.md describes the properties; nothing in them is about a person.
    """
    containers = containers_of()
    features = [
        {
            "type": "Feature",
            "id": str(place.uuid),
            "geometry": {"type": "Point", "coordinates": [place.position[1], place.position[0]]},
            "properties": {
                "name": place.name,
                "kind": place.kind,
                "street": place.street,
                "postcode": place.postcode,
                "city": place.city,
                "opening_hours": place.opening_hours,
                "deposit_practice": place.deposit_practice,
                "containers": containers.get(place.pk, []),
                "note": place.public_note,
                "website": place.website,
                "url": place.url,
            },
        }
        for place in places()
        if place.position
    ]
    return {"type": "FeatureCollection", "features": features}


def written() -> tuple[bytes, bytes, str]:
    """Return the collection as bytes, the same compressed, and its ETag, written anew."""
    content = json.dumps(collection(), ensure_ascii=False, separators=(",", ":")).encode()
    return content, gzip.compress(content, compresslevel=6, mtime=0), f'W/"{hashlib.sha256(content).hexdigest()[:32]}"'


def kept() -> tuple[bytes, bytes, str]:
    """Return what `written` does, at most KEPT_SECONDS old; a cache that is down costs time, nothing else."""
    try:
        found = cache.get(KEY)
        if found is None:
            found = written()
            cache.set(KEY, found, KEPT_SECONDS)
    except (RedisError, OSError):
        found = written()
    return found


@public
@require_safe
def geojson(request: HttpRequest) -> HttpResponseBase:
    """The public points, for maps of other sites: cached, compressed, 304 when nothing changed, open to pages of any site."""
    content, compressed, etag = kept()
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(compressed if packed else content, content_type="application/geo+json; charset=utf-8")
    if packed:
        response["Content-Encoding"] = "gzip"
    response["ETag"] = etag
    answer = get_conditional_response(request, etag=etag, response=response) or response
    answer["Cache-Control"] = f"public, max-age={KEPT_SECONDS}"
    answer["Access-Control-Allow-Origin"] = "*"
    patch_vary_headers(answer, ["Accept-Encoding"])
    return answer


@public
@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """Every public page, for search engines (sitemaps.org, protocol 0.9)."""
    pages = [reverse("public:map"), reverse("public:bottle"), reverse("events:list"), *(event.path for event in Event.objects.coming())]
    pages += [place.path for place in places()]
    lines = "".join(f"<url><loc>{escape(settings.SITE_URL + path)}</loc></url>\n" for path in ["/", *pages])
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{lines}</urlset>\n'
    return HttpResponse(text, content_type="application/xml; charset=utf-8")


@public
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What search engines need not look at, and where the list of pages is."""
    hidden = "".join(f"Disallow: {path}\n" for path in HIDDEN)
    return HttpResponse(f"User-agent: *\n{hidden}\nSitemap: {settings.SITE_URL}{reverse('public:sitemap')}\n", content_type="text/plain")
