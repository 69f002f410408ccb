"""The public pages of events: what is coming, one event with its sign-up form, calendars. Reading writes nothing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from awareness import calendar_events, queries, services
from awareness.enums import EventState, SignUpState
from awareness.models import Event
from lincassable.accounts.actors import Actor
from lincassable.accounts.decorators import public, same_origin
from lincassable.accounts.throttle import is_beyond
from lincassable.portal.events.forms import SignUpForm
from lincassable.portal.events.structured import event_data
from lincassable.portal.public.places import places, public_stores
from lincassable.portal.public.structured import script
from lincassable.web_addresses import web_address

ICS = "text/calendar; charset=utf-8"
PAST_SHOWN = 5  # events that are over, at the foot of the list
SAID = {"place": SignUpState.CONFIRMED, "liste": SignUpState.WAITING}


@dataclass(frozen=True)
class Role:
    """What one can sign up as: how many places there are, and how many of them are left."""

    role: str
    places: int
    free: int


@public
@require_safe
def coming(request: HttpRequest) -> HttpResponse:
    """What is coming, the next one first; and the last ones that were held, so that the page is never empty of sense."""
    over = Event.objects.filter(state=EventState.DONE, ends_at__lte=timezone.now()).order_by("-starts_at", "-pk")
    context = {
        "events": list(queries.upcoming_public()),
        "past": list(queries.with_places(over)[:PAST_SHOWN]),
        "feed_url": web_address("events:feed"),
        "canonical": web_address("events:list"),
    }
    return render(request, "events/list.html", context)


def _found(slug: str) -> Event:
    event = queries.event_by_slug(slug)
    if event is None:
        raise Http404
    return event


@public
@same_origin
@require_http_methods(["GET", "HEAD", "POST"])
def event(request: HttpRequest, slug: str) -> HttpResponseBase:
    """One event: when, where, with whom; POST signs somebody up. The same form twice signs up once."""
    found = _found(slug)
    if request.method == "POST":
        return _sign_up(request, found)
    if found.slug != slug:
        return redirect(found.path, permanent=True)
    return _page(request, found, SignUpForm(event=found))


def _page(request: HttpRequest, event: Event, form: SignUpForm, status: int = 200) -> HttpResponse:
    roles = [Role(role, event.places_for(role) or 0, queries.free_places(event, role) or 0) for role in event.roles]
    free = next((role.free for role in roles if role.role == "visitor"), None)
    shop = places(public_stores().filter(pk=event.store_id)) if event.store_id else []
    context: dict[str, Any] = {
        "event": event,
        "partners": list(event.partners.all()),
        "place": shop[0] if shop else None,
        "roles": roles,
        "is_open": event.state == EventState.PUBLISHED and not event.has_begun and bool(roles),
        "for_helpers_only": [role.role for role in roles] == ["volunteer"],
        "is_full": bool(roles) and not any(role.free for role in roles),
        "form": form,
        "said": SAID.get(request.GET.get("inscrit", ""), ""),
        "structured": script(event_data(event, free)),
    }
    return render(request, "events/event.html", context, status=status)


def _sign_up(request: HttpRequest, event: Event) -> HttpResponse:
    form = SignUpForm(request.POST, event=event)
    if not form.is_valid():
        return _page(request, event, form, 422)
    if is_beyond(request, "event-signup", settings.EVENT_SIGNUPS_PER_HOUR):
        form.add_error(None, _("Too many people have signed up from here within the hour. Try again later, or write to us."))
        return _page(request, event, form, 429)
    data = form.cleaned_data
    try:
        done = services.sign_up(
            event,
            role=data["role"],
            first_name=data["first_name"],
            email=data["email"],
            phone=str(data.get("phone") or ""),
            language=get_language() or settings.LANGUAGE_CODE,
            by=Actor.system(),
        )
    except ValidationError as error:
        form.add_error(None, error.messages)  # type: ignore[arg-type]  # sentences
        return _page(request, event, form, 422)
    # The page must not tell who has signed up: an address that was there already gets the answer that a new one would.
    has_place = bool(queries.free_places(event, data["role"])) if done.again else done.signup.state == SignUpState.CONFIRMED
    return redirect(f"{event.path}?inscrit={'place' if has_place else 'liste'}#inscription")


@public
@require_safe
def calendar_file(request: HttpRequest, slug: str) -> HttpResponse:
    """One event, for whoever puts it into their calendar by hand."""
    found = _found(slug)
    response = HttpResponse(calendar_events.file_of(found), content_type=ICS)
    response["Content-Disposition"] = f'attachment; filename="{found.slug}.ics"'
    return response


@public
@require_safe
def feed(request: HttpRequest) -> HttpResponseBase:
    """All public events, to subscribe to: those to come, those of the last weeks, those called off."""
    since = timezone.now() - timedelta(days=settings.CALENDAR_PAST_DAYS)
    events = queries.with_places(Event.objects.seen().filter(ends_at__gte=since)).order_by("starts_at", "pk")
    content = calendar_events.feed(events)
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    response = HttpResponse(content, content_type=ICS)
    response["ETag"] = etag
    response["Content-Disposition"] = 'inline; filename="evenements.ics"'
    answer = get_conditional_response(request, etag=etag, response=response) or response
    answer["Cache-Control"] = "public, max-age=300"
    answer["Access-Control-Allow-Origin"] = "*"
    return answer
