"""QR codes of access links, and the A6 card that is stuck near the crates."""

from __future__ import annotations

import io

import segno
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe

from lincassable.accounts.kinds import describe
from lincassable.accounts.links import url
from lincassable.accounts.models import AccessLink

FORMATS = {"png": "image/png", "svg": "image/svg+xml"}


def code_of(link: AccessLink) -> segno.QRCode:
    """Return the QR code of the link's address."""
    # Level M bears 15 % of dirt or scratches; a storeroom has both.
    return segno.make(url(link), error="m", micro=False)


def inline_svg(link: AccessLink) -> SafeString:
    """Return the QR code of `link` as an SVG element that grows to its box, for a page."""
    svg = code_of(link).svg_inline(border=0, omitsize=True, svgclass="card-code", lineclass=None, dark="#000")
    return mark_safe(svg)  # noqa: S308 - drawn by the library from our own address


def code_file(link: AccessLink, suffix: str) -> HttpResponse:
    """Return the QR code of `link` as a file, "png" (20 pixels a module, for print) or "svg". Raises KeyError for another suffix."""
    content_type, out = FORMATS[suffix], io.BytesIO()
    code_of(link).save(out, kind=suffix, scale=20 if suffix == "png" else 10, border=4)
    response = HttpResponse(out.getvalue(), content_type=content_type)
    response["Content-Disposition"] = f'inline; filename="{link.kind}-{link.object_id}-{link.version}.{suffix}"'
    return private(response)


def render_cards(request: HttpRequest, chosen: list[AccessLink]) -> HttpResponse:
    """Return a page with one A6 card per link, in the network's language, whatever the coordinator's."""
    names = describe(chosen)
    cards = [{"link": link, "name": names[link.pk], "code": inline_svg(link)} for link in chosen]
    cards.sort(key=lambda card: str(card["name"]))
    context = {"cards": cards, "contact": settings.ORGANISATION_EMAIL, "ids": ",".join(str(card["link"].pk) for card in cards)}
    with translation.override(settings.LANGUAGE_CODE):
        page = render_to_string("accounts/cards.html", context, request=request)
    return private(HttpResponse(page))


def private(response: HttpResponse) -> HttpResponse:
    """Return `response`, kept out of caches: it opens links."""
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response
