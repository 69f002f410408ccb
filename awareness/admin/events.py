"""Animations and events in the admin: written, published, moved, called off; who comes, what to bring, how it went."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from awareness import queries, services
from awareness.admin import month
from awareness.admin.event_panel import panel
from awareness.effects.pages import BeforeAndAfter
from awareness.enums import EventState
from awareness.exports import events_file
from awareness.models import Event, EventItem
from lincassable.base_admin import ModelAdmin, TabularInline
from pickups.admin.common import ReasonForm, Told, author, confirmation, tell
from stores.admin_position import MIDDLE
from stores.geocoding import geocoder

COLOURS = {"draft": "info", "published": "success", "cancelled": "danger", "done": "info"}


class ItemInline(TabularInline):
    """What to bring: the checklist that the team ticks on the phone."""

    model = EventItem
    extra = 0
    hide_title = True
    fields = ["name", "quantity", "is_packed", "position"]
    ordering_field = "position"
    hide_ordering_field = True


class WhenFilter(admin.SimpleListFilter):
    """To come, over, or over without a report."""

    title = _("when")
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The choices."""
        return [("coming", _("to come")), ("over", _("over")), ("unreported", _("over, without a report"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        """Those."""
        now = timezone.now()
        if self.value() == "coming":
            return queryset.filter(ends_at__gt=now)
        if self.value() == "unreported":
            return queryset.filter(pk__in=queries.without_report(now).values("pk"))
        return queryset.filter(ends_at__lte=now) if self.value() == "over" else queryset


@admin.register(Event)
class EventAdmin(BeforeAndAfter, Told, ModelAdmin):
    """The calendar of animations and events."""

    inlines = [ItemInline]
    list_display = ["title", "show_when", "show_place", "kind", "show_state", "show_signups", "show_report"]
    list_filter = [WhenFilter, "state", "kind", "partners", "store__zone"]
    search_fields = [
        "title__unaccent__icontains",
        "store__name__unaccent__icontains",
        "place_name__unaccent__icontains",
        "city__unaccent__icontains",
    ]
    search_help_text = _("title, place or town")
    ordering = ["-starts_at", "pk"]
    autocomplete_fields = ["store", "partners", "team"]
    readonly_fields = ["map_preview"]
    actions_list = ["by_month", "export_csv", "export_xlsx"]
    warn_unsaved_form = True
    change_form_outer_before_template = "awareness/admin/event_panel.html"
    fieldsets = [
        (None, {"fields": ["kind", "title", "starts_at", "ends_at", "description"]}),
        (_("Where"), {"fields": ["store", "place_name", "street", ("postcode", "city"), ("latitude", "longitude"), "map_preview"]}),
        (_("With whom"), {"fields": ["partners", "team", ("visitor_places", "volunteer_places"), "notes"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        """With what the list shows."""
        return queries.with_figures(super().get_queryset(request)).select_related("store", "report")

    class Media:
        css = {"all": ["vendor/leaflet/leaflet.css", "stores/admin.css"]}
        js = ["vendor/leaflet/leaflet.js", "app/map-preview.js", "app/pick-position.js"]

    @display(description=_("map"))
    def map_preview(self, event: Event) -> SafeString:
        """A map to pick the place on, for what is not held in a collection point."""
        known = event.latitude is not None
        lat, lon = (event.latitude, event.longitude) if known else MIDDLE
        context = {"lat": lat, "lon": lon, "label": event.title, "known": known}
        context |= {"tile_url": settings.TILE_URL, "tile_attribution": settings.TILE_ATTRIBUTION}
        context["find_url"] = reverse("admin:stores_store_position") if geocoder() else ""
        return render_to_string("stores/admin/position.html", context)

    @display(description=_("when"), ordering="starts_at")
    def show_when(self, row: Event) -> str:
        """Day and hours."""
        return row.when

    @display(description=_("where"))
    def show_place(self, row: Event) -> str:
        """Place and town."""
        return " · ".join(part for part in (row.where, row.town) if part)

    @display(description=_("state"), ordering="state", label=COLOURS)
    def show_state(self, row: Event) -> tuple[str, str]:
        """The state, with a colour."""
        return row.state, row.get_state_display()

    @display(description=_("signed up"))
    def show_signups(self, row: Event) -> str:
        """How many of how many places, by role."""
        pairs = [(gettext("visitors"), row.visitors, row.visitor_places), (gettext("volunteers"), row.volunteers, row.volunteer_places)]  # type: ignore[attr-defined]
        return ", ".join(f"{name} {number}/{places}" for name, number, places in pairs if places) or "–"

    @display(description=_("people met"), ordering="report__people_met")
    def show_report(self, row: Event) -> Any:
        """What the report says."""
        report = getattr(row, "report", None)
        return report.people_met if report else "–"

    # -- saving

    def save_model(self, request: HttpRequest, obj: Event, form: Any, change: bool) -> None:
        """Save through the service; those who signed up are told of a move."""
        services.save_event(obj, by=author(request))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only drafts are deleted."""
        return super().has_delete_permission(request, obj) and (obj is None or obj.state == EventState.DRAFT)

    def delete_model(self, request: HttpRequest, obj: Event) -> None:
        """Delete through the service."""
        services.delete_event(obj, by=author(request))

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Drafts are deleted one by one, on their page."""
        found = super().get_actions(request)
        found.pop("delete_selected", None)
        return found

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Add the state, the buttons, who comes and how it went."""
        event = self.get_object(request, object_id)
        shown = panel(event, may_change=self.has_change_permission(request, event)) if event else {}
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    # -- pages

    def get_urls(self) -> list:
        """Add the month and the buttons."""
        wrap = self.admin_site.admin_view
        ours = [
            path("calendar/", wrap(lambda request: month.month_page(self.admin_site, request)), name="awareness_event_calendar"),
            path("<int:pk>/publish/", wrap(self.publish_view), name="awareness_event_publish"),
            path("<int:pk>/to-draft/", wrap(self.draft_view), name="awareness_event_to_draft"),
            path("<int:pk>/call-off/", wrap(self.cancel_view), name="awareness_event_cancel"),
        ]
        return ours + super().get_urls()

    def _asked(self, request: HttpRequest, pk: int) -> Event:
        event = get_object_or_404(Event, pk=pk)
        if not self.has_change_permission(request, event):
            raise PermissionDenied
        return event

    def _done(self, request: HttpRequest, event: Event, deed: Any, sentence: str) -> HttpResponse:
        """Do it when it was asked for by POST, and lead back to the event's page."""
        if request.method != "POST":
            raise Http404
        try:
            deed()
            messages.success(request, sentence)
        except ValidationError as error:
            tell(request, error)
        return HttpResponseRedirect(reverse("admin:awareness_event_change", args=[event.pk]))

    def publish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show it to the public."""
        event = self._asked(request, pk)
        sentence = gettext("It is published: the public page and the calendar show it.")
        return self._done(request, event, lambda: services.publish(event, by=author(request)), sentence)

    def draft_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take it back."""
        event = self._asked(request, pk)
        return self._done(request, event, lambda: services.to_draft(event, by=author(request)), gettext("It is a draft again."))

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Call it off: asks why, and says whom it is told."""
        event = self._asked(request, pk)
        form = ReasonForm(request.POST or None, label=_("Why? Those who signed up read this, and the public page says it."), required=True)
        page = reverse("admin:awareness_event_change", args=[event.pk])
        if request.method == "POST" and form.is_valid():
            return self._done(
                request,
                event,
                lambda: services.cancel(event, form.cleaned_data["reason"], by=author(request)),
                gettext("It is cancelled, and those who signed up are told."),
            )
        told = len(queries.coming_people(event))
        sentences = [gettext("Those who signed up are told by mail: %(number)s.") % {"number": told}]
        return confirmation(
            self, request, title=gettext("Cancel “%(event)s”") % {"event": event}, sentences=sentences, form=form,
            button=gettext("Cancel the event"), back=page, danger=True,
        )  # fmt: skip

    @action(description=_("By month"), url_path="by-month")
    def by_month(self, request: HttpRequest) -> HttpResponse:
        """Lead to the month."""
        return HttpResponseRedirect(reverse("admin:awareness_event_calendar"))

    @action(description=_("Export CSV"), url_path="export-csv")
    def export_csv(self, request: HttpRequest) -> HttpResponse:
        """All events, as CSV."""
        return self._export(request, "csv")

    @action(description=_("Export XLSX"), url_path="export-xlsx")
    def export_xlsx(self, request: HttpRequest) -> HttpResponse:
        """All events, as XLSX."""
        return self._export(request, "xlsx")

    def _export(self, request: HttpRequest, suffix: str) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return events_file(Event.objects.exclude(state=EventState.DRAFT).order_by(F("starts_at")), suffix)
