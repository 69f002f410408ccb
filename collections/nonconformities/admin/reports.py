"""Non-conformities in the admin: the list, the page with its steps, comments and photos."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from unfold.decorators import action, display

from lincassable.accounts import kinds
from lincassable.accounts.actors import LINK, USER
from lincassable.accounts.models import AccessLink, User
from lincassable.base_admin import ModelAdmin
from lincassable.uploads import serve
from nonconformities import queries, services
from nonconformities.admin.analysis import analysis_page
from nonconformities.admin.filters import ToDoFilter
from nonconformities.admin.steps import STEPS
from nonconformities.enums import Source
from nonconformities.models import NonConformity, NonConformityPhoto
from nonconformities.photo_field import PhotosField, photos_of
from nonconformities.services.handling import DETAILS
from pickups.admin.common import NothingDeleted, Told, author, confirmation, tell

STATE_COLOURS = {
    "reported": "warning", "acknowledged": "info", "started": "info", "resolved": "success", "rejected": "danger", "duplicate": "danger",
}  # fmt: skip
SEVERITY_COLOURS = {"minor": "info", "major": "warning", "critical": "danger"}
ABOUT = ("store", "stop", "batch", "palox", "reference", "producer", "container_type")
LIST = "admin:nonconformities_nonconformity"


class NonConformityForm(forms.ModelForm):
    """What is known of it, and more photos. A new one is due by its kind: no day is asked."""

    photos = PhotosField(label=_("add photos"), required=False)

    class Meta:
        model = NonConformity
        fields = (*DETAILS, "stop", "batch", "first_name", "occurred_at")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("severity", "due_on"):
            if name in self.fields and not self.instance.pk:
                self.fields[name].required = False

    def _get_validation_exclusions(self) -> set[str]:
        """A new row gets its severity, its day and its source from the service, which checks it again whole."""
        return super()._get_validation_exclusions() | (set() if self.instance.pk else {"severity", "due_on", "source"})


@admin.register(NonConformity)
class NonConformityAdmin(Told, NothingDeleted, ModelAdmin):
    """What goes wrong."""

    form = NonConformityForm
    list_display = [
        "show_number", "kind", "show_state", "show_severity", "store", "producer", "quantity", "assignee", "show_due", "recorded_at",
    ]  # fmt: skip
    list_filter = [ToDoFilter, "state", "kind", "severity", "source", "store__zone", "producer"]
    search_fields = [
        "store__name__unaccent__icontains", "store__city__unaccent__icontains", "producer__name__unaccent__icontains",
        "reference__name__unaccent__icontains", "palox__number__icontains", "note__unaccent__icontains",
    ]  # fmt: skip
    search_help_text = _("place, town, producer, product, palox or a word of the note")
    list_select_related = ["kind", "store", "producer", "assignee"]
    autocomplete_fields = ["store", "stop", "batch", "palox", "reference", "producer", "carrier"]
    date_hierarchy = "recorded_at"
    readonly_fields = ["source", "recorded_at"]
    change_form_outer_before_template = "nonconformities/admin/panel.html"
    actions_list = ["to_analysis"]

    def get_fieldsets(self, request: HttpRequest, obj: NonConformity | None = None) -> Any:
        """Asked when it is written: what it is. On the page of one: what was found out, too."""
        what = ["kind", "severity", "quantity", "container_type", "note", "photos"]
        about = ["store", "producer", "reference", "palox", "stop", "batch", *(["carrier"] if obj else [])]
        if obj is None:
            return [
                (None, {"fields": what}),
                (_("about"), {"fields": about}),
                (_("who and when"), {"fields": ["first_name", "occurred_at"]}),
            ]
        found = ["root_cause", "corrective_action", "cost_eur"]
        when = ["due_on", "source", "first_name", "occurred_at", "recorded_at"]
        return [
            (None, {"fields": [*what, "due_on"]}),
            (_("about"), {"fields": about}),
            (_("what was found out"), {"fields": found}),
            (_("who and when"), {"fields": when[1:]}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: NonConformity | None = None) -> list[str]:
        """Where it came from stays."""
        return [*self.readonly_fields, *(["stop", "batch", "first_name", "occurred_at"] if obj else [])]

    @display(description=_("number"), ordering="pk")
    def show_number(self, row: NonConformity) -> str:
        """How people call it."""
        return row.reference_number

    @display(description=_("state"), ordering="state", label=STATE_COLOURS)
    def show_state(self, row: NonConformity) -> tuple[str, str]:
        """The state, with a colour."""
        return row.state, row.get_state_display()

    @display(description=_("severity"), ordering="severity", label=SEVERITY_COLOURS)
    def show_severity(self, row: NonConformity) -> tuple[str, str]:
        """The severity, with a colour."""
        return row.severity, row.get_severity_display()

    @display(description=_("to be over by"), ordering="due_on", label={"late": "danger", "fine": "info"})
    def show_due(self, row: NonConformity) -> Any:
        """The day, red when it is past."""
        return ("late" if row.is_late else "fine", f"{row.due_on:%d/%m/%Y}") if row.is_open else None

    def save_model(self, request: HttpRequest, obj: NonConformity, form: Any, change: bool) -> None:
        """Save through the services."""
        by, pictures = author(request), form.cleaned_data.get("photos") or []
        if change:
            services.change(obj, {name: form.cleaned_data[name] for name in DETAILS if name in form.changed_data}, by=by)
            services.add_photos(obj, photos_of(pictures, uuid.uuid4()), by=by)
            return
        data = form.cleaned_data
        said = services.Report(
            data["kind"],
            **{name: data.get(name) for name in ABOUT},
            **{name: data[name] for name in ("quantity", "note", "first_name", "occurred_at")},
            severity=data.get("severity") or None,
        )
        saved = services.report(said, key=obj.key, source=Source.OFFICE, by=by, photos=photos_of(pictures, obj.key))
        obj.pk = saved.pk

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Add the steps, the photos, the comments and the log."""
        row = self.get_object(request, object_id)
        shown = self._panel(request, row) if row else {}
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def _panel(self, request: HttpRequest, row: NonConformity) -> dict[str, Any]:
        steps = [(code, step) for code, step in STEPS.items() if step.shows(row) and request.user.has_perm(step.permission)]
        comments, lines = list(row.comments.all()), list(row.log.all())
        ids = {one.actor_id for one in [*comments, *lines] if one.actor_kind == USER}
        names = {user.pk: str(user) for user in User.objects.filter(pk__in=ids)}
        cards = AccessLink.objects.filter(pk__in={one.actor_id or 0 for one in [*comments, *lines] if one.actor_kind == LINK})
        behind = kinds.describe(list(cards))

        def who(one: Any) -> str:
            if one.actor_kind == LINK:
                return " · ".join(filter(None, [getattr(one, "first_name", ""), behind.get(one.actor_id or 0)])) or gettext("by link")
            return names.get(one.actor_id or 0, "") if one.actor_kind == USER else gettext("by itself")

        return {
            "row": row,
            "steps": steps,
            "photos": list(row.photos.all()),
            "may_remove": request.user.has_perm("nonconformities.delete_nonconformityphoto"),
            "comments": [(one, who(one)) for one in comments],
            "lines": [(one, who(one)) for one in lines],
            "duplicates": list(row.duplicates.select_related("kind")),
            "recurrent": self._recurrent(row),
        }

    def _recurrent(self, row: NonConformity) -> queries.Recurrent | None:
        """Whether its kind comes again and again at its place."""
        place = row.store and (row.store.merged_into_id or row.store.pk)
        found = queries.recurrent(places=[place]) if place else []
        return next((one for one in found if one.kind.pk == row.kind_id), None)

    @action(description=_("Analysis"), url_path="to-analysis")
    def to_analysis(self, request: HttpRequest) -> HttpResponse:
        """Lead to the analysis."""
        return HttpResponseRedirect(reverse(f"{LIST}_analysis"))

    def get_urls(self) -> list:
        """Add the analysis, the steps and the photos."""
        wrap, name = self.admin_site.admin_view, "nonconformities_nonconformity"
        ours = [
            path("analysis/", wrap(lambda request: analysis_page(self.admin_site, request)), name=f"{name}_analysis"),
            path("<int:pk>/step/<slug:step>/", wrap(never_cache(self.step_view)), name=f"{name}_step"),
            path("<int:pk>/photos/<uuid:photo_uuid>/", wrap(self.photo_view), name=f"{name}_photo"),
            path("<int:pk>/photos/<uuid:photo_uuid>/remove/", wrap(self.remove_view), name=f"{name}_remove_photo"),
        ]
        return ours + super().get_urls()

    def step_view(self, request: HttpRequest, pk: int, step: str) -> HttpResponse:
        """Ask what the step needs, then take it."""
        row, page = get_object_or_404(NonConformity.objects.select_related("kind", "store"), pk=pk), reverse(f"{LIST}_change", args=[pk])
        known = STEPS.get(step)
        if not request.user.has_perm(known.permission if known else "nonconformities.change_nonconformity"):
            raise PermissionDenied
        if known is None:
            raise Http404
        form = (known.form or forms.Form)(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                known.act(row, form.cleaned_data, author(request))
            except ValidationError as error:
                tell(request, error)
            else:
                messages.success(request, gettext("Done: %(what)s") % {"what": known.title})
                return HttpResponseRedirect(page)
        title = f"{known.title} · {row}"
        return confirmation(
            self,
            request,
            title=title,
            sentences=[row.note] if row.note else [],
            form=form,
            button=known.title,
            back=page,
            danger=known.danger,
        )

    def _photo(self, request: HttpRequest, pk: int, photo_uuid: uuid.UUID) -> NonConformityPhoto:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return get_object_or_404(NonConformityPhoto.objects.select_related("nonconformity"), nonconformity=pk, uuid=photo_uuid)

    def photo_view(self, request: HttpRequest, pk: int, photo_uuid: uuid.UUID) -> HttpResponseBase:
        """A photo."""
        photo = self._photo(request, pk, photo_uuid)
        return serve(photo.image, filename=f"NC-{pk:05d}-{photo.position}.webp", content_type="image/webp")

    def remove_view(self, request: HttpRequest, pk: int, photo_uuid: uuid.UUID) -> HttpResponse:
        """Take a photo away for good."""
        if not request.user.has_perm("nonconformities.delete_nonconformityphoto"):
            raise PermissionDenied
        page = reverse(f"{LIST}_change", args=[pk])
        photo = NonConformityPhoto.objects.select_related("nonconformity").filter(nonconformity=pk, uuid=photo_uuid).first()
        if request.method == "POST" and photo is not None:
            services.remove_photo(photo, by=author(request))
            messages.success(request, gettext("The photo is gone."))
        if request.method == "POST" or photo is None:
            return HttpResponseRedirect(page)
        return confirmation(
            self,
            request,
            title=gettext("Remove photo %(number)s of %(row)s") % {"number": photo.position, "row": photo.nonconformity},
            sentences=[gettext("It is deleted for good.")],
            form=forms.Form(),
            button=gettext("Remove it"),
            back=page,
            danger=True,
        )
