"""What makes a phone page open without network: its service worker and its manifest.

Used by the store's pages (/p/) and by the driver's (/chauffeur/); each serves its own worker, whose scope is its own folder.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.safestring import mark_safe
from django.utils.translation import get_language

# What templates/base_phone.html loads. A page that needs more passes PHONE_ASSETS + (...).
PHONE_ASSETS = (
    "vendor/bootstrap/bootstrap.min.css",
    "app/app.css",
    "vendor/idb/idb.umd.js",
    "app/stepper.js",
    "app/outbox_store.js",
    "app/outbox.js",
    "app/pwa.js",
    "app/count.js",
    "app/icons.svg",
    "app/logo.svg",
    "app/icons/favicon.svg",
)
BACKGROUND = "#fbf8f1"
THEME = "#216741"


def _version(assets: Sequence[str], pages: Sequence[str]) -> str:
    """Return a short name for this set of files: it changes when a hashed name does, or a source file while developing."""
    parts = [static(name) for name in assets] + list(pages)
    if settings.DEBUG:
        for name in assets:
            path = finders.find(name)
            if isinstance(path, str):
                with open(path, "rb") as file:
                    parts.append(hashlib.sha256(file.read()).hexdigest())
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:12]


def service_worker(
    request: HttpRequest, *, start_url: str, assets: Sequence[str] = PHONE_ASSETS, pages: Sequence[str] = ()
) -> HttpResponse:
    """Return the service worker of the pages under `start_url`.

    Arguments:
        start_url: the folder it serves, "/p/" or "/chauffeur/"; also the page shown for one that was never kept.
        assets: static files to keep, by their names in static/.
        pages: addresses under `start_url` to keep from the first visit on (the start page is kept in any case).

    Serve it from inside that folder ("/p/sw.js"), without login: browsers fetch it without asking anybody.
    """
    every_page = list(dict.fromkeys([start_url, *pages]))
    context = {
        "start_url_json": _js(start_url),
        "assets_json": _js([static(name) for name in assets]),
        "pages_json": _js(every_page),
        "static_url_json": _js(settings.STATIC_URL),
        "version": _version(assets, every_page),
    }
    response = render(request, "portal/sw.js", context, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


def manifest(request: HttpRequest, *, start_url: str, name: str, short_name: str) -> JsonResponse:
    """Return the web manifest that lets a phone put the pages under `start_url` on its home screen.

    Arguments:
        start_url: "/p/" or "/chauffeur/"; also the scope.
        name, short_name: what the phone shows; about 12 characters for the short one.
    """
    icons = [
        {"src": static("app/icons/icon-192.png"), "sizes": "192x192", "type": "image/png", "purpose": "any"},
        {"src": static("app/icons/icon-512.png"), "sizes": "512x512", "type": "image/png", "purpose": "any"},
        {"src": static("app/icons/maskable-512.png"), "sizes": "512x512", "type": "image/png", "purpose": "maskable"},
    ]
    content = {
        "id": start_url,
        "name": str(name),
        "short_name": str(short_name),
        "start_url": start_url,
        "scope": start_url,
        "display": "standalone",
        "lang": get_language() or settings.LANGUAGE_CODE,
        "background_color": BACKGROUND,
        "theme_color": THEME,
        "icons": icons,
    }
    response = JsonResponse(content, content_type="application/manifest+json")
    response["Cache-Control"] = "no-cache"
    return response


def _js(value: object) -> str:
    """Return `value` as JSON that is also safe JavaScript text, marked safe for the worker's template."""
    return mark_safe(json.dumps(value).replace("<", "\\u003c"))  # noqa: S308 - our own constants, JSON-encoded
