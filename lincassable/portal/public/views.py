"""The map with its list, and the page of a place. Open to all; nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from awareness.models import Event
from awareness.queries import events_near, events_of_store, upcoming_public
from crates.models import BottleModel, ContainerType
from lincassable.accounts.decorators import public
from lincassable.portal.public import hours
from lincassable.portal.public.filters import Wish, search
from lincassable.portal.public.places import PUBLIC_KINDS, Place, almost_full, better_place, containers_of, place_by_slug
from lincassable.portal.public.products import looked_at, shelf_by_drink
from lincassable.portal.public.structured import place_data, script
from lincassable.web_addresses import web_address
from references.enums import Drink
from stores.enums import DepositPractice

PAGE_SIZE = 30
EVENTS_WITHIN_KM = 10  # of a place: what its page tells beside its own events
MOST_EVENTS = 5


@dataclass(frozen=True)
class Row:
    """A line of the list: the place, whether it is open now (None: unknown), how far it is in words, whether it has hardly any room left,
    its next event or None, and whether it is the one that the map shows."""

    place: Place
    is_open: bool | None
    distance: str
    is_almost_full: bool
    event: Event | None
    is_lit: bool


def distance_in_words(metres: int | None) -> str:
    """Return "300 m" or "2.4 km" in the current language; "" for None."""
    if metres is None:
        return ""
    if metres < 950:
        return _("%(number)s m") % {"number": max(10, round(metres / 10) * 10)}
    from django.utils.formats import number_format

    return _("%(number)s km") % {"number": number_format(metres / 1000, 1)}


@public
@require_safe
@gzip_page
def find_places(request: HttpRequest) -> HttpResponse:
    """Where bottles can be brought back: a list that needs no script, and the map beside it."""
    wish = Wish.of(request.GET)
    found = search(wish)
    lit = request.GET.get("lieu", "")
    index = next((number for number, place in enumerate(found.places) if place.short == lit), None)
    number = request.GET.get("page") if index is None else index // PAGE_SIZE + 1
    page = Paginator(found.places, PAGE_SIZE).get_page(number)
    pages = {
        number: "?" + wish.query(page=number) for number in (page.number - 1, page.number + 1) if 1 <= number <= page.paginator.num_pages
    }
    models = list(BottleModel.objects.filter(is_active=True).order_by("position", "code"))
    context = {
        "wish": wish,
        "page": page,
        "count": _count_in_words(page.paginator.count),
        "rows": _rows(page.object_list, lit),
        "near": found.near,
        "before": pages.get(page.number - 1),
        "after": pages.get(page.number + 1),
        "kinds": [(str(kind), kind.label) for kind in PUBLIC_KINDS],
        "deposits": DepositPractice.choices,
        "drinks": Drink.choices,
        "bottles": models,
        "bottle": next((model for model in models if model.code == wish.bottle), None),
        "suffix": "?embed=1" if wish.embed else "",
        "layout": "public/embed_base.html" if wish.embed else "base.html",
        "points_url": reverse("public:points"),
        "canonical": web_address("public:map"),
    }
    return framed(render(request, "public/map.html", context), wish.embed)


def _rows(found: Sequence[Place], lit: str) -> list[Row]:
    """Return the lines of a page of the list; `lit` is the short id of the place that the map shows. Five queries."""
    ids = [place.pk for place in found]
    answers, full = hours.open_now(found), almost_full(ids)
    events: dict[int | None, Event] = {}
    for event in upcoming_public().filter(store__in=ids):
        events.setdefault(event.store_id, event)
    return [
        Row(place, answers[place.pk], distance_in_words(place.distance_m), place.pk in full, events.get(place.pk), place.short == lit)
        for place in found
    ]


def _count_in_words(number: int) -> str:
    return ngettext("%(number)s collection point", "%(number)s collection points", number) % {"number": number}


def framed(response: HttpResponse, embed: bool) -> HttpResponse:
    """Let other sites show the page in a frame, when it is asked for with `?embed=1`; no other page may be framed."""
    if embed:
        response.xframe_options_exempt = True  # type: ignore[attr-defined]
        response._csp_replace = {"frame-ancestors": settings.MAP_FRAME_ANCESTORS}  # type: ignore[attr-defined]
    return response


@public
@require_safe
@gzip_page
def place(request: HttpRequest, place: str) -> HttpResponseBase:
    """One place: when it is open, what it takes, how the deposit is paid back, how to get there."""
    found = place_by_slug(place)
    if found is None:
        raise Http404
    wish = Wish.of(request.GET)
    suffix = "?embed=1" if wish.embed else ""
    if found.slug != place:
        return redirect(found.path + suffix, permanent=True)
    return framed(render(request, "public/place.html", _place_context(found, wish)), wish.embed)


def _events_around(found: Place) -> tuple[list[Event], list[tuple[Event, str]]]:
    """Return the coming events of a place, and those of others near by with how far they are in words."""
    own = list(events_of_store(found.pk))
    near = [] if found.position is None else events_near(*found.position, EVENTS_WITHIN_KM)
    others = [(event, distance_in_words(distance)) for event, distance in near if event.store_id != found.pk]
    return own, others[:MOST_EVENTS]


def _place_context(found: Place, wish: Wish) -> dict[str, Any]:
    codes = containers_of([found.pk]).get(found.pk, [])
    is_almost_full = bool(almost_full([found.pk]))
    other = better_place(found) if is_almost_full else None
    events, events_around = _events_around(found)
    return {
        "place": found,
        "is_open": hours.open_now([found])[found.pk],
        "week": hours.week(found),
        "containers": list(ContainerType.objects.filter(code__in=codes, bottles__gt=0)),
        "takes_33": bool({"33", "palox"} & set(codes)),
        "takes_75": bool({"75", "palox"} & set(codes)),
        "is_almost_full": is_almost_full,
        "other": other,
        "other_distance": distance_in_words(other.distance_m) if other else "",
        "suffix": "?embed=1" if wish.embed else "",
        "layout": "public/embed_base.html" if wish.embed else "base.html",
        "shelves": shelf_by_drink(found.pk),
        "looked_at": looked_at(found.pk),
        "events": events,
        "events_around": events_around,
        "structured": script(place_data(found)),
    }
