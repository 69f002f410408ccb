"""A store's phone: report, follow, answer. Forms wait on the phone where there is no network."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from lincassable.accounts.decorators import link_required, same_origin
from lincassable.accounts.models import AccessLink
from lincassable.accounts.throttle import is_beyond
from lincassable.portal.phone import another_store, is_for_another, page, store_of, wants_json
from lincassable.portal.problems.common import add_errors
from lincassable.portal.problems.forms import CommentForm, ReportForm
from lincassable.uploads import serve
from nonconformities import services
from nonconformities.enums import Source
from nonconformities.models import NonConformity, NonConformityComment, NonConformityPhoto
from stores.models import Store

SHOWN = 50  # of those that are over


def _rows(request: HttpRequest) -> Any:
    return NonConformity.objects.for_actor(request.actor).select_related("kind", "container_type", "duplicate_of")  # type: ignore[attr-defined]


@link_required(AccessLink.STORE)
@never_cache
@require_safe
def problems(request: HttpRequest) -> HttpResponse:
    """What this place has reported, or others about it, and how far it is."""
    rows = _rows(request).order_by("-recorded_at", "-pk")
    context = {"store": store_of(request), "open": list(rows.open()), "over": list(rows.filter(closed_at__isnull=False)[:SHOWN])}
    return page(request, "problems/list.html", {**context, "said": "fait" in request.GET})


@link_required(AccessLink.STORE, allow_old=True)
@same_origin
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """The form; POST writes it down, once. One queued under a card that was replaced meanwhile is taken."""
    store = store_of(request)
    if request.method != "POST":
        initial = {"key": uuid.uuid4(), "kind": request.GET.get("kind"), "palox": request.GET.get("palox", "")[:40]}
        return page(request, "problems/report.html", _context(store, ReportForm(initial=initial)))
    if is_for_another(request, store):
        return another_store(request)
    form = ReportForm(request.POST, request.FILES)
    if form.is_valid():
        if not NonConformity.objects.filter(key=form.cleaned_data["key"]).exists() and _too_many(request):
            return _later(request, "problems/report.html", _context(store, form))
        try:
            by = request.actor  # type: ignore[attr-defined]
            services.report(form.said(store=store), key=form.cleaned_data["key"], source=Source.STORE, by=by, photos=form.pictures())
        except ValidationError as error:
            add_errors(form, error)
        else:
            return _done(request, reverse("problems:list") + "?fait=1")
    return _wrong(request, "problems/report.html", "problems/_form.html", _context(store, form))


def _context(store: Store, form: ReportForm) -> dict[str, Any]:
    """Return what the form needs (templates/problems/_form.html)."""
    return {"store": store, "form": form, "action": reverse("problems:report"), "scope": store.uuid, "label": store.name}


def _done(request: HttpRequest, address: str) -> HttpResponse:
    return JsonResponse({"redirect": address}) if wants_json(request) else redirect(address)


def _wrong(request: HttpRequest, template: str, part: str, context: dict[str, Any]) -> HttpResponse:
    """Give a form back with its errors, and what was typed."""
    if wants_json(request):
        return JsonResponse({"html": render_to_string(part, context, request)}, status=422)
    return page(request, template, context, status=422)


def _too_many(request: HttpRequest) -> bool:
    """Count one more form of this card; return whether there were too many this hour."""
    return is_beyond(request, "problem", settings.PROBLEM_REPORTS_PER_HOUR, by_card=True)


def _later(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """Refuse a form for now: the phone's queue keeps it and tries again by itself; without it, the form comes back as it was typed."""
    if wants_json(request):
        sentence = gettext("This place has sent a lot within the hour: what comes now stays on this phone and leaves by itself later.")
        return JsonResponse({"message": sentence}, status=429)
    context["form"].add_error(None, gettext("This place has sent a lot within the hour. Send this again later, or call us."))
    return page(request, template, context, status=429)


@link_required(AccessLink.STORE)
@same_origin
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def problem(request: HttpRequest, problem_uuid: uuid.UUID) -> HttpResponse:
    """One: how far it is, the answer, what was written; POST adds a message."""
    store, row, later = store_of(request), get_object_or_404(_rows(request), key=problem_uuid), False
    form = CommentForm(initial={"key": uuid.uuid4()})
    if request.method == "POST":
        if is_for_another(request, store):
            return another_store(request)
        form = CommentForm(request.POST)
        later = form.is_valid() and not NonConformityComment.objects.filter(key=form.cleaned_data["key"]).exists() and _too_many(request)
        if form.is_valid() and not later:
            try:
                services.comment(row, by=request.actor, **form.cleaned_data)  # type: ignore[attr-defined]
            except ValidationError as error:
                add_errors(form, error)
            else:
                return _done(request, reverse("problems:one", args=[row.key]))
    context = {
        "store": store,
        "row": row,
        "form": form,
        "photos": list(row.photos.all()),
        "comments": list(row.comments.filter(is_internal=False)),
        "steps": list(row.log.filter(step__in=["reported", "moved", "reopened"])),
    }
    if later:
        return _later(request, "problems/one.html", context)
    if form.errors:
        return _wrong(request, "problems/one.html", "problems/_comment.html", context)
    return page(request, "problems/one.html", context)


@link_required(AccessLink.STORE)
@require_safe
def photo(request: HttpRequest, problem_uuid: uuid.UUID, picture_uuid: uuid.UUID) -> HttpResponseBase:
    """A photo of one."""
    row = get_object_or_404(_rows(request), key=problem_uuid)
    found = get_object_or_404(NonConformityPhoto, nonconformity=row, uuid=picture_uuid)
    return serve(found.image, filename=f"{row.reference_number}-{found.position}.webp", content_type="image/webp")
