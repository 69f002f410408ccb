"""From the sorting table's tablet: signed-in people; a batch may be named by the address."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from crates.models import SortingBatch
from crates.sorting_views import centre_of, person
from lincassable.portal.problems.common import add_errors
from lincassable.portal.problems.forms import SortingReportForm
from nonconformities import services
from nonconformities.enums import Handler, Source
from nonconformities.models import NonConformity
from stores.models import Store

RECENT = 20


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, centre: uuid.UUID) -> HttpResponse:
    """The form; POST writes it down, once."""
    by = person(request, "nonconformities.add_nonconformity")
    place = centre_of(by, centre)
    batch = _batch(place, request.GET.get("lot", ""))
    if request.method != "POST":
        form = SortingReportForm(initial={"key": uuid.uuid4(), "kind": request.GET.get("kind")})
        return _page(request, place, batch, form)
    form = SortingReportForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            said = form.said(store=form.cleaned_data["store"] or place, batch=batch)
            services.report(said, key=form.cleaned_data["key"], source=Source.SORTING, by=by, photos=form.pictures())
        except ValidationError as error:
            add_errors(form, error)
        else:
            return redirect(reverse("problems:sorting", args=[place.uuid]) + "?fait=1")
    return _page(request, place, batch, form, status=422)


def _batch(place: Store, text: str) -> SortingBatch | None:
    """Return the batch that the address names, None when it names none of this centre."""
    try:
        return SortingBatch.objects.filter(centre=place, key=uuid.UUID(text)).first()
    except ValueError:
        return None


def _page(request: HttpRequest, place: Store, batch: SortingBatch | None, form: Any, status: int = 200) -> HttpResponse:
    by = person(request, "nonconformities.add_nonconformity")
    theirs = NonConformity.objects.for_actor(by).filter(Q(source=Source.SORTING) | Q(kind__handled_by=Handler.SORTING))
    rows = theirs.select_related("kind", "store").order_by("-recorded_at", "-pk")[:RECENT]
    action = reverse("problems:sorting", args=[place.uuid]) + (f"?lot={batch.key}" if batch else "")
    context = {"store": place, "batch": batch, "form": form, "rows": list(rows), "action": action, "said": "fait" in request.GET}
    return render(request, "problems/sorting.html", context, status=status)
