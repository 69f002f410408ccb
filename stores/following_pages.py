"""Pages of the admin about following places: their timeline, their files, their onboarding, and who is stuck where."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextInputWidget

from lincassable.accounts.models import User
from lincassable.uploads import serve
from stores import directory, onboarding, timeline
from stores.admin_saving import author
from stores.enums import Status
from stores.models import OnboardingStep, Store, StoreFile

TYPES = {"pdf": "application/pdf", "webp": "image/webp"}
PLACES = 50  # per page of the matrix
LATELY, FILES = 10, 5  # on the place's own page


def urls(model_admin: Any) -> list[URLPattern]:
    """Return the addresses of these pages, for the collection points' ModelAdmin."""

    def page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        return model_admin.admin_site.admin_view(never_cache(lambda request, **parts: view(model_admin, request, **parts)))

    return [
        path("onboarding/", page(matrix_page), name="stores_store_matrix"),
        path("files/<uuid:file_uuid>/", page(file_page), name="stores_store_file"),
        path("files/<uuid:file_uuid>/remove/", page(remove_page), name="stores_store_file_remove"),
        path("<int:pk>/timeline/", page(timeline_page), name="stores_store_timeline"),
        path("<int:pk>/files/", page(files_page), name="stores_store_files"),
        path("<int:pk>/onboarding/", page(onboarding_page), name="stores_store_onboarding"),
    ]


def warn_of_open_steps(request: HttpRequest, store: Store) -> None:
    """Say which steps of onboarding are open at a place that has just become active."""
    missing = onboarding.open_steps(store) if store.status == Status.ACTIVE else []
    if missing:
        sentence = _("%(store)s is active, but these steps are still open: %(steps)s.")
        messages.warning(request, sentence % {"store": store, "steps": ", ".join(str(step) for step in missing)})


def following(request: HttpRequest, store: Store) -> SafeString:
    """Return the block of a place's own page: its onboarding, its newest files, what happened last."""
    user: User = request.user  # type: ignore[assignment]
    happened = timeline.page_of(store, user, size=LATELY)
    context = {
        "store": store,
        "states": onboarding.states_of([store])[store.pk],
        "files": list(store.files.all()[:FILES]),
        "file_count": store.files.count(),
        "happenings": happened.happenings,
    }
    return render_to_string("stores/admin/_following.html", context)


def _require(request: HttpRequest, *permissions: str) -> None:
    if not all(request.user.has_perm(f"stores.{permission}") for permission in ("view_store", *permissions)):
        raise PermissionDenied


def _frame(model_admin: Any, request: HttpRequest, title: str, **context: Any) -> dict[str, Any]:
    return {**model_admin.admin_site.each_context(request), "opts": Store._meta, "title": title, **context}


def _number(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def timeline_page(model_admin: Any, request: HttpRequest, pk: int) -> HttpResponse:
    """Show what happened at a place, page by page, all kinds or one."""
    _require(request)
    store = get_object_or_404(Store, pk=pk)
    kinds = timeline.readable(request.user)  # type: ignore[arg-type]
    kind = request.GET.get("kind", "")
    if kind not in {source.kind for source in kinds}:
        kind = ""
    page = timeline.page_of(store, request.user, kind=kind, number=_number(request))  # type: ignore[arg-type]
    title = _("What happened: %(store)s") % {"store": store}
    labels = {source.kind: source.label for source in kinds}
    return TemplateResponse(
        request,
        "stores/admin/timeline.html",
        _frame(model_admin, request, title, store=store, page=page, kinds=kinds, kind=kind, labels=labels),
    )


class FileForm(forms.Form):
    """A file to keep."""

    title = forms.CharField(label=gettext_lazy("title"), max_length=160, widget=UnfoldAdminTextInputWidget)
    file = forms.FileField(
        label=gettext_lazy("file"),
        help_text=gettext_lazy("a PDF or a picture; only coordinators see it"),
        widget=UnfoldAdminFileFieldWidget,
    )


def files_page(model_admin: Any, request: HttpRequest, pk: int) -> HttpResponse:
    """Show the files of a place, and take another one."""
    _require(request, "view_storefile")
    store = get_object_or_404(Store, pk=pk)
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        _require(request, "add_storefile")
        if form.is_valid():
            try:
                directory.keep_file(store, form.cleaned_data["title"], form.cleaned_data["file"], by=author(request))
            except ValidationError as error:
                form.add_error("file", error.messages)
            else:
                messages.success(request, _("The file is kept."))
                return HttpResponseRedirect(request.path)
    title = _("Files: %(store)s") % {"store": store}
    return TemplateResponse(
        request, "stores/admin/files.html", _frame(model_admin, request, title, store=store, form=form, files=store.files.all())
    )


def file_page(model_admin: Any, request: HttpRequest, file_uuid: uuid.UUID) -> HttpResponseBase:
    """Send one file to a coordinator."""
    _require(request, "view_storefile")
    row = get_object_or_404(StoreFile, uuid=file_uuid)
    name = f"{slugify(row.title) or row.uuid.hex[:8]}.{row.extension}"
    return serve(row.file, filename=name, content_type=TYPES.get(row.extension, "application/octet-stream"))


def remove_page(model_admin: Any, request: HttpRequest, file_uuid: uuid.UUID) -> HttpResponse:
    """Ask, then take a file away. A file that is gone already is no mistake of whoever asks twice."""
    _require(request, "delete_storefile")
    row = get_object_or_404(StoreFile.objects.select_related("store"), uuid=file_uuid)
    back = reverse("admin:stores_store_files", args=[row.store_id])
    if request.method == "POST":
        directory.delete_file(row, by=author(request))
        messages.success(request, _("The file “%(title)s” is gone.") % {"title": row.title})
        return HttpResponseRedirect(back)
    title = _("Remove the file “%(title)s”?") % {"title": row.title}
    return TemplateResponse(request, "stores/admin/remove_file.html", _frame(model_admin, request, title, file=row, back=back))


def onboarding_page(model_admin: Any, request: HttpRequest, pk: int) -> HttpResponse:
    """Show the steps of a place, and tick or untick one."""
    _require(request, "view_onboardingcheck")
    store = get_object_or_404(Store, pk=pk)
    if request.method == "POST":
        _require(request, "add_onboardingcheck")
        _tick(request, store)
        return HttpResponseRedirect(request.path)
    title = _("Onboarding: %(store)s") % {"store": store}
    states = onboarding.states_of([store])[store.pk]
    return TemplateResponse(request, "stores/admin/onboarding.html", _frame(model_admin, request, title, store=store, states=states))


def _tick(request: HttpRequest, store: Store) -> None:
    """Do what the pressed button says. Raises Http404 for a step that does not exist."""
    step = OnboardingStep.objects.filter(code=request.POST.get("step", "").replace("\x00", "")[:40], is_active=True).first()
    if step is None:
        raise Http404
    try:
        if request.POST.get("done") == "no":
            _require(request, "delete_onboardingcheck")
            directory.untick(store, step, by=author(request))
        else:
            directory.tick(store, step, by=author(request), note=request.POST.get("note", ""))
    except ValidationError as error:
        for sentence in error.messages:
            messages.error(request, sentence)


def matrix_page(model_admin: Any, request: HttpRequest) -> HttpResponse:
    """Show which places are on their way, and at which step each is stuck."""
    _require(request, "view_onboardingcheck")
    page = Paginator(onboarding.on_the_way(), PLACES).get_page(_number(request))
    rows = onboarding.rows_of(list(page.object_list))
    context = _frame(model_admin, request, _("On their way into the network"), page=page, rows=rows, steps=onboarding.steps())
    return TemplateResponse(request, "stores/admin/matrix.html", context)
