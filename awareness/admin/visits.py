"""Visits in the admin: planned, moved, called off, what was seen; those most worth making; the criteria of the checklist."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from awareness import services
from awareness.effects.pages import BeforeAndAfter
from awareness.enums import VisitState
from awareness.models import Visit, VisitCriterion, VisitPhoto
from awareness.visit_chart import chart_of
from awareness.visit_exports import visits_file
from awareness.visit_queries import history_of, with_report
from awareness.visit_urgency import worth_making
from lincassable.base_admin import ModelAdmin
from pickups.admin.common import NothingDeleted, ReasonForm, Told, author, confirmation, tell
from pickups.queries import authors
from stores.enums import Status
from stores.models import Store

COLOURS = {"planned": "info", "done": "success", "cancelled": "danger"}
LIST = "admin:awareness_visit"


class ToReportFilter(admin.SimpleListFilter):
    """What is still to be done about them."""

    title, parameter_name = _("when"), "when"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The choices."""
        return [("coming", _("to come")), ("unreported", _("not reported yet")), ("low", _("score below one half"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Visit]) -> QuerySet[Visit]:
        """Return the visits of the choice."""
        today, planned = timezone.localdate(), queryset.filter(state=VisitState.PLANNED)
        if self.value() == "coming":
            return planned.filter(planned_on__gte=today)
        if self.value() == "unreported":
            return planned.filter(planned_on__lt=today)
        return queryset.filter(score__lt=50) if self.value() == "low" else queryset


class VisitForm(forms.ModelForm):
    """A planned visit; what the service would refuse is told at its field, and nothing typed is lost."""

    def clean_planned_on(self) -> date:
        """Refuse a day that is over, unless it stays as it was."""
        day: date = self.cleaned_data["planned_on"]
        if day < timezone.localdate() and day != self.instance.planned_on:
            raise ValidationError(gettext("This day is over: choose today or a later one."), code="past")
        return day

    def clean_store(self) -> Store:
        """Refuse a place that has a planned visit, or left the network."""
        store: Store = self.cleaned_data["store"]
        if store.pk != self.instance.store_id and store.status == Status.ARCHIVED:
            raise ValidationError(gettext("This place is no longer part of the network: choose another one."), code="archived")
        if Visit.objects.planned().filter(store=store).exclude(pk=self.instance.pk).exists():
            raise ValidationError(gettext("A visit of this place is already planned."), code="planned")
        return store


@admin.register(Visit)
class VisitAdmin(BeforeAndAfter, Told, NothingDeleted, ModelAdmin):
    """Visits, the latest day first."""

    form = VisitForm
    list_display = ["store", "show_when", "show_state", "visitor", "show_score", "urgency"]
    list_filter = [ToReportFilter, "state", "visitor", "store__zone"]
    search_fields = ["store__name__unaccent__icontains", "store__city__unaccent__icontains", "reason__unaccent__icontains"]
    search_help_text = _("place, town or a word of the reason")
    list_select_related = ["store", "visitor"]
    date_hierarchy = "planned_on"
    ordering = ["-planned_on", "position", "pk"]
    autocomplete_fields = ["store", "visitor"]
    actions = ["export_chosen"]
    actions_list = ["to_worth", "to_phone", "export_csv", "export_xlsx"]
    warn_unsaved_form = True
    change_form_outer_before_template = "awareness/admin/visit_panel.html"
    fieldsets = [
        (None, {"fields": ["store", ("planned_on", "visitor"), ("hour", "duration_min"), "position"]}),
        (_("Why"), {"fields": ["reason", "notes"]}),
    ]

    def has_change_permission(self, request: HttpRequest, obj: Visit | None = None) -> bool:
        """Only what is planned is changed here; the checklist of what was made is corrected on its own page."""
        return super().has_change_permission(request, obj) and (obj is None or obj.state == VisitState.PLANNED)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Whoever plans one makes it, unless they say otherwise."""
        return {"visitor": request.user.pk, **super().get_changeform_initial_data(request)}

    @display(description=_("when"), ordering="planned_on")
    def show_when(self, row: Visit) -> str:
        """Day, and the hour if it is agreed."""
        return row.when

    @display(description=_("state"), ordering="state", label=COLOURS)
    def show_state(self, row: Visit) -> tuple[str, str]:
        """The state, with a colour."""
        return row.state, row.get_state_display()

    @display(description=_("score"), ordering="score")
    def show_score(self, row: Visit) -> str:
        """The score, in percent."""
        return "–" if row.score is None else f"{row.score} %"

    def save_model(self, request: HttpRequest, obj: Visit, form: Any, change: bool) -> None:
        """Save through the service; a visitor who did not do it is told."""
        services.save_visit(obj, by=author(request))

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Add the state, the buttons, and what was seen."""
        visit = self.get_object(request, object_id)
        shown = panel(visit, request, may_change=self.has_change_permission(request, visit)) if visit else {}
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    # -- pages

    def get_urls(self) -> list:
        """Add those worth making, calling off, and a photo's removal."""
        wrap = self.admin_site.admin_view
        ours = [
            path("worth/", wrap(self.worth_view), name="awareness_visit_worth"),
            path("<int:pk>/call-off/", wrap(self.cancel_view), name="awareness_visit_cancel"),
            path("photo/<int:pk>/remove/", wrap(self.photo_view), name="awareness_visit_photo_remove"),
        ]
        return ours + super().get_urls()

    def worth_view(self, request: HttpRequest) -> HttpResponse:
        """The visits most worth making, and how their urgency is counted."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("The visits most worth making this week"),
            "opts": self.opts,
            "worth": worth_making(),
            "may_plan": self.has_change_permission(request),
        }
        return TemplateResponse(request, "awareness/admin/visits_worth.html", context)

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Call a visit off: asks why."""
        visit = get_object_or_404(Visit.objects.select_related("store"), pk=pk)
        if not self.has_change_permission(request):
            raise PermissionDenied
        page = reverse(f"{LIST}_change", args=[visit.pk])
        form = ReasonForm(request.POST or None, label=_("Why? Whoever plans the next one reads this."), required=True)
        if request.method == "POST" and form.is_valid():
            try:
                services.cancel_visit(visit, form.cleaned_data["reason"], by=author(request))
                messages.success(request, gettext("The visit is cancelled."))
            except ValidationError as error:
                tell(request, error)
            return HttpResponseRedirect(page)
        title = gettext("Cancel the visit of %(store)s") % {"store": visit.store}
        button = gettext("Cancel the visit")
        return confirmation(self, request, title=title, sentences=[visit.when], form=form, button=button, back=page, danger=True)

    def photo_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take a photo away for good: somebody is on it. Asks once more, with room for a word."""
        photo = get_object_or_404(VisitPhoto.objects.select_related("visit__store"), pk=pk)
        if not request.user.has_perm("awareness.delete_visitphoto"):
            raise PermissionDenied
        page = reverse(f"{LIST}_change", args=[photo.visit_id])
        if request.method == "POST":
            services.delete_visit_photo(photo, by=author(request))
            messages.success(request, gettext("The photo is removed."))
            return HttpResponseRedirect(page)
        form = ReasonForm(None, label=_("A word (optional, not kept)"), required=False)
        title = gettext("Remove photo %(number)s of the visit of %(store)s") % {"number": photo.position, "store": photo.visit.store}
        sentences = [gettext("Its file is deleted: it cannot be brought back.")]
        button = gettext("Remove the photo")
        return confirmation(self, request, title=title, sentences=sentences, form=form, button=button, back=page, danger=True)

    @action(description=_("Most worth making"), url_path="to-worth")
    def to_worth(self, request: HttpRequest) -> HttpResponse:
        """Lead to those most worth making."""
        return HttpResponseRedirect(reverse(f"{LIST}_worth"))

    @action(description=_("My visits, on the phone"), url_path="to-phone")
    def to_phone(self, request: HttpRequest) -> HttpResponse:
        """Lead to the phone's pages."""
        return HttpResponseRedirect(reverse("visits:home"))

    @action(description=_("Export CSV"), url_path="export-csv")
    def export_csv(self, request: HttpRequest) -> HttpResponse:
        """All visits, as CSV."""
        return self._export(request, Visit.objects.all(), "csv")

    @action(description=_("Export XLSX"), url_path="export-xlsx")
    def export_xlsx(self, request: HttpRequest) -> HttpResponse:
        """All visits, as XLSX."""
        return self._export(request, Visit.objects.all(), "xlsx")

    @admin.action(description=_("Export the chosen visits (XLSX)"), permissions=["view"])
    def export_chosen(self, request: HttpRequest, queryset: QuerySet[Visit]) -> HttpResponse:
        """The chosen ones, as XLSX."""
        return self._export(request, queryset, "xlsx")

    def _export(self, request: HttpRequest, visits: QuerySet[Visit], suffix: str) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return visits_file(visits, suffix)


def panel(visit: Visit, request: HttpRequest, *, may_change: bool) -> dict[str, Any]:
    """Return the context of templates/awareness/admin/visit_panel.html."""
    seen, log = with_report(visit.pk), list(visit.log.all())
    names = authors(log)
    return {
        "visit": seen,
        "log": [(line, names.get((line.actor_kind, line.actor_id), "")) for line in log],
        "chart": chart_of(history_of(visit.store)),
        "may_cancel": may_change and visit.state == VisitState.PLANNED,
        "may_remove": request.user.has_perm("awareness.delete_visitphoto"),
    }


@admin.register(VisitCriterion)
class VisitCriterionAdmin(NothingDeleted, ModelAdmin):
    """The criteria of the checklist. One that is no longer looked at is taken out of use; what was answered stays."""

    list_display = ["show_name", "weight", "position", "is_active"]
    ordering = ["position", "pk"]
    fieldsets = [
        (None, {"fields": [("weight", "position", "is_active")]}),
        (_("In French"), {"fields": ["name_fr", "help_fr", "task_fr"]}),
        (_("In English"), {"fields": ["name_en", "help_en", "task_en"]}),
    ]

    @display(description=_("criterion"))
    def show_name(self, row: VisitCriterion) -> str:
        """The criterion."""
        return str(row)
