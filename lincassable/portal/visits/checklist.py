"""One visit on the phone: why one goes there, the checklist (it waits on the phone where there is no network), what was seen."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from awareness import services
from awareness.enums import VisitState
from awareness.models import Visit, VisitPhoto
from awareness.visit_chart import chart_of
from awareness.visit_queries import history_of, with_report
from lincassable.accounts.models import User
from lincassable.portal.phone import wants_json
from lincassable.portal.visits.common import actor, coordinator, page, visit_of
from lincassable.portal.visits.forms import ChecklistForm, asked_of, blank
from lincassable.uploads import serve
from pickups.views.common import add_errors


@require_http_methods(["GET", "HEAD", "POST"])
@coordinator
def checklist(request: HttpRequest, visit_uuid: UUID) -> HttpResponse:
    """The checklist of a visit, or what was seen; `?corriger=1` opens it again. POST writes it down, once."""
    visit = visit_of(visit_uuid)
    if request.method == "POST":
        return _receive(request, visit)
    if visit.state == VisitState.DONE and "corriger" not in request.GET:
        seen = with_report(visit.pk)
        context = {"visit": seen, "store": visit.store, "chart": chart_of(history_of(visit.store)), "said": "fait" in request.GET}
        return page(request, "visits/seen.html", {**context, "author": _author(seen)})
    return _form_page(request, visit, blank(visit))


def _author(visit: Visit) -> User | None:
    """Return who sent the checklist, as far as it is known."""
    sent = visit.log.filter(key=visit.key).first()
    return User.objects.filter(pk=sent.actor_id or 0).first() if sent else None


def _form_page(request: HttpRequest, visit: Visit, form: ChecklistForm, status: int = 200) -> HttpResponse:
    last = next((row for row in reversed(history_of(visit.store)) if row.pk != visit.pk), None)
    return page(request, "visits/checklist.html", {**_context(visit, form), "last": last}, status=status)


def _context(visit: Visit, form: ChecklistForm) -> dict[str, Any]:
    """Return what the form needs (templates/visits/_form.html)."""
    return {"visit": visit, "store": visit.store, "form": form, "action": reverse("visits:checklist", args=[visit.uuid])}


def _receive(request: HttpRequest, visit: Visit) -> HttpResponse:
    form = ChecklistForm(request.POST, request.FILES, criteria=asked_of(request.POST.get("asked", "")))
    if form.is_valid():
        data = form.cleaned_data
        try:
            services.report_visit(visit, form.checklist(), key=data["key"], occurred_at=data["occurred_at"], by=actor(request))
        except ValidationError as error:
            form = _refused(request, visit, form, error)
        else:
            target = reverse("visits:checklist", args=[visit.uuid]) + "?fait=1"
            return JsonResponse({"redirect": target}) if wants_json(request) else redirect(target)
    if not wants_json(request):
        return _form_page(request, visit, form, status=422)
    html = render_to_string("visits/_form.html", _context(visit, form), request)
    return JsonResponse({"html": html, "message": " ".join(map(str, form.non_field_errors()))}, status=422)


def _refused(request: HttpRequest, visit: Visit, form: ChecklistForm, error: ValidationError) -> ChecklistForm:
    """Return the form with what was refused; one that crossed another report may replace it when it is sent again, knowingly."""
    if getattr(error, "code", "") == "reported":
        data = request.POST.copy()
        data["corrects"] = str(Visit.objects.values_list("key", flat=True).get(pk=visit.pk))
        form = ChecklistForm(data, request.FILES, criteria=form.criteria)
        form.is_valid()
    add_errors(form, error)
    return form


@require_safe
@coordinator
def photo(request: HttpRequest, visit_uuid: UUID, seen_uuid: UUID) -> HttpResponseBase:
    """A photo of a visit."""
    found = get_object_or_404(VisitPhoto, uuid=seen_uuid, visit__uuid=visit_uuid)
    return serve(found.image, filename=f"visite-{found.position}.webp", content_type="image/webp")
