"""Recurring tours in the admin: the series with its places and skipped days, its coming days, pausing it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display

from lincassable.base_admin import ModelAdmin, TabularInline
from pickups import services
from pickups.admin.common import KeptByHistory, Told, author
from pickups.admin.series_forms import PlaceForm, PlaceRows, SeriesForm, SkipRows
from pickups.enums import TourState
from pickups.models import RecurringSkip, RecurringStop, RecurringTour
from pickups.series import look_ahead, made_until
from pickups.services.series import Made

DAYS_SHOWN = 10


class PlaceInline(TabularInline):
    """The places of a series, dragged into order."""

    model = RecurringStop
    form = PlaceForm
    formset = PlaceRows
    extra = 0
    hide_title = True
    fields = ["position", "store", "window_start", "window_end"]
    ordering = ["position", "pk"]
    ordering_field = "position"
    autocomplete_fields = ["store"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[RecurringStop]:
        """With their places."""
        return super().get_queryset(request).select_related("store")


class SkipInline(TabularInline):
    """The days on which it does not drive, and why."""

    model = RecurringSkip
    formset = SkipRows
    extra = 0
    hide_title = True
    fields = ["day", "reason"]


@admin.register(RecurringTour)
class RecurringTourAdmin(Told, KeptByHistory, ModelAdmin):
    """Tours that come back. Their drafts are made ahead, every night and whenever the series is saved."""

    why_stays = staticmethod(services.why_series_stays)
    form = SeriesForm
    list_display = ["name", "show_rhythm", "departs_at", "carrier", "vehicle", "zone", "show_places", "show_next", "is_active"]
    list_filter = ["is_active", "weekday", "carrier", "zone"]
    search_fields = ["name__unaccent__icontains", "carrier__name__unaccent__icontains", "stops__store__name__unaccent__icontains"]
    search_help_text = _("name, carrier or place")
    list_select_related = ["carrier", "vehicle__carrier", "zone", "hub"]
    inlines = [PlaceInline, SkipInline]
    warn_unsaved_form = True
    change_form_outer_before_template = "pickups/admin/series_panel.html"
    fieldsets = [
        (None, {"fields": ["name", ("weekday", "every_weeks"), ("starts_on", "ends_on"), ("weeks_ahead", "departs_at")]}),
        (_("Each tour"), {"fields": [("hub", "zone"), ("carrier", "vehicle"), "price_eur", "note"]}),
    ]

    class Media:
        css = {"all": ["pickups/admin-rows.css"]}

    # -- the list

    def get_queryset(self, request: HttpRequest) -> QuerySet[RecurringTour]:
        """Series with their number of places and their next tour."""
        coming = Q(tours__date__gte=timezone.localdate()) & ~Q(tours__state=TourState.CANCELLED)
        found = super().get_queryset(request)
        return found.annotate(
            place_count=Count("stops", distinct=True), coming_count=Count("tours", filter=coming, distinct=True)
        ).order_by("name")

    @display(description=_("days"), ordering="weekday")
    def show_rhythm(self, series: RecurringTour) -> str:
        """Which day, how often."""
        return rhythm(series)

    @display(description=_("places"), ordering="place_count")
    def show_places(self, series: Any) -> int:
        """How many places."""
        return series.place_count

    @display(description=_("coming tours"), ordering="coming_count")
    def show_next(self, series: Any) -> int:
        """How many of its tours are to come."""
        return series.coming_count

    # -- one series

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Add its coming days."""
        series = self.get_object(request, object_id)
        return super().change_view(request, object_id, form_url, {**(panel(series) if series else {}), **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: RecurringTour, form: Any, change: bool) -> None:
        """Save through the service."""
        services.save_series(obj, by=author(request))

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Save and delete places and skipped days through the services."""
        formset.save(commit=False)
        for row in formset.deleted_objects:
            services.delete_series_row(row, by=author(request))
        for row in [*(row for row, _changed in formset.changed_objects), *formset.new_objects]:
            services.save_series_row(row, by=author(request))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Once the page is saved, let the drafts follow, and say what happened to them."""
        super().save_related(request, form, formsets, change)
        tell_made(request, services.bring_up_to_date(form.instance, timezone.localdate(), by=author(request)))

    def delete_model(self, request: HttpRequest, obj: RecurringTour) -> None:
        """Delete through the service."""
        services.delete_series(obj, by=author(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[RecurringTour]) -> None:
        """Delete each one through the service."""
        for series in queryset:
            services.delete_series(series, by=author(request))

    def get_urls(self) -> list:
        """Add the buttons that pause a series and let it go on."""
        ours = [
            path("<int:pk>/pause/", self.admin_site.admin_view(require_POST(self.pause_view)), name="pickups_recurringtour_pause"),
            path("<int:pk>/resume/", self.admin_site.admin_view(require_POST(self.resume_view)), name="pickups_recurringtour_resume"),
        ]
        return ours + super().get_urls()

    def pause_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Pause the series."""
        return self._switch(request, pk, is_active=False)

    def resume_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Let the series go on."""
        return self._switch(request, pk, is_active=True)

    def _switch(self, request: HttpRequest, pk: int, *, is_active: bool) -> HttpResponse:
        series = get_object_or_404(RecurringTour, pk=pk)
        if not self.has_change_permission(request, series):
            raise PermissionDenied
        page = reverse("admin:pickups_recurringtour_change", args=[pk])
        made = (services.resume_series if is_active else services.pause_series)(series, by=author(request))
        sentence = gettext("%s goes on.") if is_active else gettext("%s is paused: no draft is made until it goes on.")
        messages.success(request, sentence % series)
        tell_made(request, made)
        return HttpResponseRedirect(page)


def rhythm(series: RecurringTour) -> str:
    """Return which day a series drives and how often, in words."""
    words = {"day": series.get_weekday_display(), "count": series.every_weeks}
    return ngettext("every %(day)s", "%(day)s, every %(count)d weeks", series.every_weeks) % words


def panel(series: RecurringTour) -> dict[str, Any]:
    """Return what a series' page shows besides its form: its next days, with those that fall out and why."""
    today = timezone.localdate()
    days = look_ahead(series, today, number=DAYS_SHOWN, today=today)
    if days and days[0].day == today and days[0].tour is None:
        days = days[1:]  # too late for a draft
    everywhere = [warning for warning in (days[0].warnings if days else []) if all(warning in day.warnings or day.skipped for day in days)]
    return {
        "series": series,
        "rhythm": rhythm(series),
        "series_days": days,
        "series_warnings": everywhere,
        "made_until": made_until(series, today),
    }


def tell_made(request: HttpRequest, made: Made) -> None:
    """Say what happened to the drafts of a series."""
    sentences = [
        (len(made.made), ngettext("%d draft was made.", "%d drafts were made.", len(made.made))),
        (
            len(made.changed),
            ngettext("%d untouched draft follows the series.", "%d untouched drafts follow the series.", len(made.changed)),
        ),
        (len(made.withdrawn), ngettext("%d untouched draft was withdrawn.", "%d untouched drafts were withdrawn.", len(made.withdrawn))),
    ]
    told = [sentence % number for number, sentence in sentences if number]
    if told:
        messages.info(request, " ".join(told))
    if made.kept:
        names = ", ".join(tour.reference for tour in made.kept)
        messages.warning(request, gettext("Changed by hand, so they stay as they are: %s.") % names)
