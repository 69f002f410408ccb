"""The phone page of an event's team: what to bring, who comes, and the report. By the event's secret link, or signed in."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from awareness import queries, services
from awareness.enums import SignUpRole, SignUpState
from awareness.models import Event, EventPhoto, EventReport
from lincassable.accounts.actors import Actor
from lincassable.accounts.decorators import link_required, public, same_origin
from lincassable.accounts.models import AccessLink
from lincassable.accounts.opening import open_link as open_access_link
from lincassable.portal.events.forms import ReportForm
from lincassable.uploads import serve


@dataclass(frozen=True)
class Door:
    """How the pages of one event are reached: by its link, or signed in by its public id."""

    event: Event
    by: Actor
    is_staff: bool

    def url(self, page: str) -> str:
        """Return the address of "team" or "report"."""
        if self.is_staff:
            return reverse(f"events:staff_{page}", args=[self.event.uuid])
        return reverse("events:team" if page == "team" else "events:team_report")

    def photo_url(self, photo: EventPhoto) -> str:
        """Return the address of a photo."""
        if self.is_staff:
            return reverse("events:staff_photo", args=[self.event.uuid, photo.uuid])
        return reverse("events:team_photo", args=[photo.uuid])


def _by_link(request: HttpRequest) -> Door:
    link = request.link.link  # type: ignore[attr-defined]
    return Door(get_object_or_404(queries.with_places(Event.objects.all()), pk=link.object_id), request.actor, False)  # type: ignore[attr-defined]


def _signed_in(request: HttpRequest, event_uuid: UUID) -> Door:
    """Raises PermissionDenied for whoever may not write reports, Http404 for an event that is not there."""
    if not request.user.has_perm("awareness.change_eventreport"):
        raise PermissionDenied
    event = get_object_or_404(queries.with_places(Event.objects.all()), uuid=event_uuid)
    return Door(event, Actor.of_user(request.user), True)  # type: ignore[arg-type]  # signed in, says the permission


@public
@require_safe
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """Open the link of a mail: the phone keeps it, the address bar does not."""
    return open_access_link(request, token, AccessLink.EVENT, reverse("events:team"))


@link_required(AccessLink.EVENT)
@same_origin
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sheet(request: HttpRequest) -> HttpResponse:
    """What to bring, and who comes; POST ticks what is packed."""
    return _sheet(request, _by_link(request))


@same_origin
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def staff_sheet(request: HttpRequest, event_uuid: UUID) -> HttpResponse:
    """The same, signed in."""
    return _sheet(request, _signed_in(request, event_uuid))


def _sheet(request: HttpRequest, door: Door) -> HttpResponse:
    event = door.event
    if request.method == "POST":
        services.set_packed(event, set(request.POST.getlist("packed")), by=door.by)
        return redirect(door.url("team") + "?fait=1")
    people = queries.coming_people(event)
    context = {
        "event": event,
        "partners": list(event.partners.all()),
        "items": list(event.items.all()),
        "volunteers": [one for one in people if one.role == SignUpRole.VOLUNTEER and one.state == SignUpState.CONFIRMED],
        "visitors": [one for one in people if one.role == SignUpRole.VISITOR and one.state == SignUpState.CONFIRMED],
        "waiting": sum(one.state == SignUpState.WAITING for one in people),
        "has_report": EventReport.objects.filter(event=event).exists(),
        "report_url": door.url("report"),
        "saved": request.GET.get("fait") == "1",
    }
    return render(request, "events/team.html", context)


@link_required(AccessLink.EVENT)
@same_origin
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """How it went: read, written, corrected."""
    return _report(request, _by_link(request))


@same_origin
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def staff_report(request: HttpRequest, event_uuid: UUID) -> HttpResponse:
    """The same, signed in."""
    return _report(request, _signed_in(request, event_uuid))


def _report(request: HttpRequest, door: Door) -> HttpResponse:
    known = EventReport.objects.filter(event=door.event).first()
    if request.method != "POST":
        names = ("people_met", "bottles_explained", "mood", "cost_eur", "note")
        initial = {name: getattr(known, name) for name in names} if known else {}
        return _report_page(request, door, ReportForm(initial=initial))
    form = ReportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _report_page(request, door, form, 422)
    data = form.cleaned_data
    try:
        told = {name: data[name] or 0 for name in ("people_met", "bottles_explained", "cost_eur")}
        services.save_report(door.event, mood=data["mood"], note=data["note"], by=door.by, **told)
    except ValidationError as error:
        form.add_error(None, error.messages)  # type: ignore[arg-type]  # sentences
        return _report_page(request, door, form, 422)
    for photo in data["photos"]:
        try:
            services.add_photo(door.event, photo, has_consent=data["has_consent"], by=door.by)
        except ValidationError as error:
            form.add_error("photos", error.messages)  # type: ignore[arg-type]
    if form.errors:
        return _report_page(request, door, form, 422, saved=True)
    return redirect(door.url("report") + "?fait=1")


def _report_page(request: HttpRequest, door: Door, form: ReportForm, status: int = 200, *, saved: bool = False) -> HttpResponse:
    context = {
        "event": door.event,
        "form": form,
        "photos": [(photo, door.photo_url(photo)) for photo in door.event.photos.all()],
        "saved": saved or request.GET.get("fait") == "1",
        "too_early": not door.event.has_begun,
        "team_url": door.url("team"),
    }
    return render(request, "events/report.html", context, status=status)


@link_required(AccessLink.EVENT)
@require_safe
def photo(request: HttpRequest, photo_uuid: UUID) -> HttpResponseBase:
    """A photo of this event."""
    return _photo(_by_link(request), photo_uuid)


@require_safe
def staff_photo(request: HttpRequest, event_uuid: UUID, photo_uuid: UUID) -> HttpResponseBase:
    """The same, signed in."""
    return _photo(_signed_in(request, event_uuid), photo_uuid)


def _photo(door: Door, photo_uuid: UUID) -> HttpResponseBase:
    found = get_object_or_404(EventPhoto, uuid=photo_uuid, event=door.event)
    return serve(found.picture, filename=f"{door.event.slug}.webp", content_type="image/webp")
