"""Tours in the admin: composed on one page, moved by the buttons that the table of transitions allows."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from lincassable.base_admin import ModelAdmin, TabularInline, name_fields
from pickups import queries, services
from pickups.admin import calendar, closing, compose, pages, stop_pages
from pickups.admin.common import COLOURS, NothingDeleted, ReadOnly, Told, author
from pickups.admin.forms import StopForm, StopFormSet, TourForm, stop_form
from pickups.models import Carrier, PickupRequest, Stop, StopLine, Tour, TourLog
from stores.models import Store

TOUR_FIELDS = ["date", "departs_at", "hub", "carrier", "vehicle", "zone", "price_eur", "note"]


class StopInline(TabularInline):
    """The stops, with two columns per kind of container; dragged into order."""

    model = Stop
    formset = StopFormSet
    autocomplete_fields = ["store"]
    ordering = ["position", "pk"]
    ordering_field = "position"
    verbose_name_plural = _("stops")

    def get_formset(self, request: HttpRequest, obj: Tour | None = None, **kwargs: Any) -> Any:
        """The form knows the kinds of containers in use."""
        formset = super().get_formset(request, obj, **{**kwargs, "form": stop_form(queries.planned_containers(obj))})
        # Django would refuse to remove a stop because of its planned quantities; the service removes both.
        formset.form = type(formset.form.__name__, (formset.form,), {"hand_clean_DELETE": StopForm.refuse_to_remove_a_visited_stop})
        name_fields(formset.form)  # a new class has new fields
        return formset

    def get_fields(self, request: HttpRequest, obj: Tour | None = None) -> list[str]:
        """Place and rank, quantities, slot, note."""
        quantities = [f"{side}_{kind.pk}" for kind in queries.planned_containers(obj) for side in ("full", "empty")]
        return ["position", "store", *quantities, "window_start", "window_end", "note", "seen"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Stop]:
        """With their lines."""
        return super().get_queryset(request).select_related("store").prefetch_related("lines", "pallets")

    def get_extra(self, request: HttpRequest, obj: Tour | None = None, **kwargs: Any) -> int:
        """One empty row, or as many as chosen requests."""
        return len(chosen_requests(request)) or (0 if obj else 1)


def chosen_requests(request: HttpRequest) -> list[PickupRequest]:
    """Return the open requests that the address of a new tour names (?requests=1,2), by age; none once the form is sent."""
    if request.method != "GET":
        return []
    ids = [int(part) for part in request.GET.get("requests", "").split(",") if part.isdecimal() and len(part) < 19][:60]
    if not ids:
        return []
    return list(PickupRequest.objects.open().filter(pk__in=ids).select_related("store").order_by("store__zone", "requested_at"))


def _most_common(values: list[Any]) -> Any:
    """Return the value that occurs most, None when there is none."""
    counted = Counter(value for value in values if value is not None)
    return counted.most_common(1)[0][0] if counted else None


@admin.register(Tour)
class TourAdmin(Told, NothingDeleted, ModelAdmin):
    """A tour is cancelled, never deleted."""

    form = TourForm
    list_display = ["show_reference", "date", "show_state", "carrier", "vehicle", "hub", "zone", "show_stops"]
    list_display_links = ["show_reference", "date"]
    list_filter = ["state", "date", "carrier", "zone", "hub"]
    search_fields = ["=pk", "carrier__name__unaccent__icontains", "stops__store__name__unaccent__icontains"]
    search_help_text = _("number, carrier or place")
    list_select_related = ["carrier", "vehicle__carrier", "hub", "zone"]
    date_hierarchy = "date"
    warn_unsaved_form = True
    change_form_outer_before_template = "pickups/admin/tour_panel.html"

    # -- the list

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tour]:
        """Tours with their number of stops."""
        return queries.progress(super().get_queryset(request))

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Tour], search_term: str) -> tuple[QuerySet[Tour], bool]:
        """“T-12” is the tour number 12."""
        term = search_term.strip()
        return super().get_search_results(request, queryset, term[2:] if term.upper().startswith("T-") else term)

    @display(description=_("number"), ordering="pk")
    def show_reference(self, tour: Tour) -> str:
        """The number people quote."""
        return tour.reference

    @display(description=_("state"), ordering="state", label=COLOURS)
    def show_state(self, tour: Tour) -> tuple[str, str]:
        """The state, with a colour."""
        return tour.state, tour.get_state_display()

    @display(description=_("stops made"))
    def show_stops(self, tour: Any) -> str:
        """How many stops are made, of how many."""
        return f"{tour.stop_count - tour.open_stop_count} / {tour.stop_count}"

    # -- the form

    def get_fieldsets(self, request: HttpRequest, obj: Tour | None = None) -> list[tuple[Any, dict[str, Any]]]:
        """What decides first."""
        return [(None, {"fields": [("date", "departs_at"), ("hub", "zone"), ("carrier", "vehicle"), "price_eur", "note"]})]

    def get_readonly_fields(self, request: HttpRequest, obj: Tour | None = None) -> list[str]:
        """What the tour's state still lets change stays a field."""
        return [] if obj is None else [name for name in TOUR_FIELDS if name not in services.changeable_fields(obj)]

    def get_inlines(self, request: HttpRequest, obj: Tour | None) -> list[Any]:
        """Stops while they may change; afterwards the table of plan and reality shows them."""
        return [StopInline] if obj is None or services.can_change_stops(obj) else []

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Carriers that work today."""
        if db_field.name == "carrier":
            kwargs["queryset"] = Carrier.objects.filter(is_active=True)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Tomorrow; the zone, hub and carrier that fit the chosen requests, or the only ones there are."""
        stores = [row.store for row in chosen_requests(request)]
        zone = _most_common([store.zone_id for store in stores])
        hubs = list(Store.objects.keeping_stock().active().values_list("pk", flat=True)[:2])
        carriers = list(Carrier.objects.filter(is_active=True, **({"zones": zone} if zone else {})).values_list("pk", flat=True)[:2])
        return {
            "date": timezone.localdate() + timedelta(days=1),
            "zone": zone,
            "hub": _most_common([store.usual_hub_id for store in stores]) or (hubs[0] if len(hubs) == 1 else None),
            "carrier": carriers[0] if len(carriers) == 1 else None,
            **super().get_changeform_initial_data(request),
        }

    def get_formset_kwargs(self, request: HttpRequest, obj: Any, inline: Any, prefix: str) -> dict[str, Any]:
        """Chosen requests become rows, with the quantities that their places suggest."""
        kwargs = super().get_formset_kwargs(request, obj, inline, prefix)
        rows = chosen_requests(request)
        if rows and isinstance(inline, StopInline):
            suggested = queries.suggested_lines([row.store_id for row in rows])
            kwargs["initial"] = [_row(number, row, suggested.get(row.store_id, [])) for number, row in enumerate(rows, start=1)]
        return kwargs

    def save_model(self, request: HttpRequest, obj: Tour, form: Any, change: bool) -> None:
        """Make a new tour through the service; an existing one is changed in one go with its stops (`save_related`)."""
        if not change:
            values = {name: getattr(obj, name) for name in TOUR_FIELDS}
            created = services.create_tour(by=author(request), **values)
            obj.pk, obj._state.adding = created.pk, False

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Hand the whole page to the service: one change, one line in the log, one mail to each person concerned."""
        stops, removed, seen = [], [], {}
        for formset in formsets:
            if isinstance(formset, StopFormSet):
                stops, removed, seen = formset.plans, formset.removed, formset.seen
            formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []
        values = {name: form.cleaned_data[name] for name in form.changed_data if name in TOUR_FIELDS} if change else {}
        services.revise_tour(form.instance, by=author(request), fields=values, stops=stops, removed=removed, seen=seen)

    def response_add(self, request: HttpRequest, obj: Tour, post_url_continue: str | None = None) -> HttpResponse:
        """A new draft is composed next, unless another button says otherwise."""
        answer = super().response_add(request, obj, post_url_continue)
        if "_save" in request.POST and "_popup" not in request.POST:
            return HttpResponseRedirect(reverse("admin:pickups_tour_compose", args=[obj.pk]))
        return answer

    # -- the page's other parts

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Add the state, the buttons, the links and the table of plan and reality."""
        tour = self.get_object(request, object_id)
        panel = pages.panel(request, tour) if tour is not None else {}
        return super().change_view(request, object_id, form_url, {**panel, **(extra_context or {})})

    def get_urls(self) -> list:
        """Add the pages that ask before moving a tour, and the one that records or corrects a stop."""
        ours = [
            path("<int:pk>/move/<str:to>/", self.admin_site.admin_view(self.move_view), name="pickups_tour_move"),
        ]
        return ours + stop_pages.urls(self) + closing.urls(self) + compose.urls(self) + calendar.urls(self.admin_site) + super().get_urls()

    def move_view(self, request: HttpRequest, pk: int, to: str) -> HttpResponse:
        """Ask, then move the tour."""
        return pages.move_page(self, request, pk, to)


def _row(number: int, row: PickupRequest, lines: list[services.PlannedLine]) -> dict[str, Any]:
    """Return the initial values of the stop made from a request."""
    values: dict[str, Any] = {"store": row.store_id, "position": number}
    for line in lines:
        values |= {f"full_{line.container_type.pk}": line.planned_full, f"empty_{line.container_type.pk}": line.planned_empty}
    return values


class StopLineInline(ReadOnly, TabularInline):
    """Planned and actual quantities."""

    model = StopLine
    extra = 0
    fields = [
        "container_type", "planned_full", "loaded_full", "planned_empty", "left_empty",
        "planned_taken_empty", "taken_empty", "planned_left_full", "left_full", "remaining_full",
    ]  # fmt: skip


@admin.register(Stop)
class StopAdmin(ReadOnly, ModelAdmin):
    """All stops of all tours, to look things up; they are changed on their tour's page."""

    list_display = ["store", "show_tour", "show_date", "show_state", "completed_at", "reason"]
    list_filter = ["state", "tour__date", "tour__carrier", "store__zone"]
    search_fields = ["store__name__unaccent__icontains", "store__city__unaccent__icontains", "=tour__pk"]
    list_select_related = ["store", "tour"]
    ordering = ["-tour__date", "-tour", "position"]
    inlines = [StopLineInline]
    fields = [
        "tour",
        "store",
        "position",
        "window_start",
        "window_end",
        "state",
        "completed_at",
        "reason",
        "note",
        "request",
        "is_unplanned",
        "signer_name",
    ]

    @display(description=_("tour"), ordering="tour")
    def show_tour(self, stop: Stop) -> str:
        """The tour's number."""
        return stop.tour.reference

    @display(description=_("date"), ordering="tour__date")
    def show_date(self, stop: Stop) -> Any:
        """The tour's date."""
        return stop.tour.date

    @display(description=_("state"), ordering="state", label=COLOURS)
    def show_state(self, stop: Stop) -> tuple[str, str]:
        """The state, with a colour."""
        return stop.state, stop.get_state_display()


@admin.register(TourLog)
class TourLogAdmin(ReadOnly, ModelAdmin):
    """What happened to all tours, the latest first; each tour's page shows its own."""

    list_display = ["at", "tour", "show_move", "note"]
    list_filter = ["at", "to_state"]
    search_fields = ["=tour__pk", "note__icontains"]
    list_select_related = ["tour"]
    ordering = ["-at", "-pk"]
    fields = ["at", "tour", "from_state", "to_state", "note"]

    @display(description=_("what"))
    def show_move(self, row: TourLog) -> str:
        """The move, or that the plan changed."""
        return row.what
