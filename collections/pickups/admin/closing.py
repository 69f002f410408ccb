"""Closing a tour in the admin: its differences and their answers, its figures; the list of closed tours."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from lincassable.base_admin import ModelAdmin
from lincassable.exporting import table_file
from pickups import queries, services
from pickups.admin.closing_forms import DifferenceForm, WayForm
from pickups.admin.common import ReadOnly, author, tell
from pickups.closing_figures import figures_of
from pickups.differences import Difference, expected_at_hub, unanswered
from pickups.enums import TourState
from pickups.models import Stop, Tour, TourClosing, TourDifference


def urls(model_admin: ModelAdmin) -> list[URLPattern]:
    """Return the address of the page that closes a tour."""

    def view(request: HttpRequest, pk: int) -> HttpResponse:
        return close_page(model_admin, request, pk)

    return [path("<int:pk>/close/", model_admin.admin_site.admin_view(view), name="pickups_tour_close")]


def panel(tour: Tour) -> dict[str, Any]:
    """Return what a tour's page shows of its closing: figures once closed, how many differences wait for an answer."""
    over = tour.state in (TourState.DONE, TourState.CLOSED)
    return {
        "closing": TourClosing.objects.filter(tour=tour).first() if tour.state == TourState.CLOSED else None,
        "differences_left": len(unanswered(tour)) if over else 0,
        "is_over": over,
    }


def close_page(model_admin: ModelAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Show what does not agree and ask about each difference; keep the answers, and close when none is left."""
    tour = get_object_or_404(Tour.objects.select_related("carrier", "hub", "vehicle"), pk=pk)
    if not model_admin.has_change_permission(request, tour):
        raise PermissionDenied
    stops = list(queries.with_lines(tour.stops.all()))
    forms = [DifferenceForm(difference=difference, stops=stops) for difference in unanswered(tour)]
    way = WayForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        forms = [DifferenceForm(request.POST, difference=form.difference, stops=stops) for form in forms]
        done = _receive(request, tour, forms, way)
        if done is not None:
            return done
        tour.refresh_from_db()
        stops = list(queries.with_lines(tour.stops.all()))
        forms = _left(request, tour, stops, forms)
    return TemplateResponse(request, "pickups/admin/close.html", _context(model_admin, request, tour, stops, forms, way))


def _receive(request: HttpRequest, tour: Tour, forms: list[DifferenceForm], way: WayForm) -> HttpResponse | None:
    """Keep the answers, and close the tour when that was asked. Returns where to go on; None to show the page again."""
    if [form for form in [*forms, way] if not form.is_valid()]:  # every form is looked at
        return None
    replies = [form.reply(rest_is_right=way.cleaned_data["rest"]) for form in forms]
    try:
        left = services.answer_differences(tour, [reply for reply in replies if reply is not None], by=author(request))
    except ValidationError as error:
        _add_errors(request, forms, error)
        return None
    here, back = (reverse(f"admin:pickups_tour_{name}", args=[tour.pk]) for name in ("close", "change"))
    if request.POST.get("action") != "close" or tour.state == TourState.CLOSED:
        messages.success(request, gettext("Your answers are kept."))
        return None if left else HttpResponseRedirect(back if tour.state == TourState.CLOSED else here)
    if left:
        sentence = ngettext("%(count)d difference has no answer yet.", "%(count)d differences have no answer yet.", len(left))
        messages.error(request, sentence % {"count": len(left)})
        return None
    return _close(request, tour, way, back)


def _close(request: HttpRequest, tour: Tour, way: WayForm, back: str) -> HttpResponse | None:
    """Close the tour; None when it cannot be, which is told."""
    given = way.cleaned_data
    before = Tour.objects.filter(pk=tour.pk).values_list("state", flat=True).first()
    try:
        services.close_tour(tour, by=author(request), note=given["note"], distance_m=way.distance_m, duration_min=given["duration_min"])
    except ValidationError as error:
        tell(request, error)
        return None
    if before == TourState.CLOSED:
        messages.info(request, gettext("%(tour)s had been closed by somebody else meanwhile: nothing changed.") % {"tour": tour.reference})
    else:
        messages.success(request, gettext("%(tour)s is closed.") % {"tour": tour.reference})
    return HttpResponseRedirect(back)


def _add_errors(request: HttpRequest, forms: list[DifferenceForm], error: ValidationError) -> None:
    """Put each sentence at its difference; what is about none of them at the top."""
    by_code = {form.difference.code: form for form in forms}
    for code, sentences in (error.message_dict if hasattr(error, "error_dict") else {"": error.messages}).items():
        for sentence in sentences:
            if code in by_code:
                by_code[code].add_error(None, sentence)
            else:
                messages.error(request, sentence)


def _left(request: HttpRequest, tour: Tour, stops: list[Stop], sent: list[DifferenceForm]) -> list[DifferenceForm]:
    """Return the forms of what still waits: as they were sent, with their errors; new questions empty."""
    before = {form.difference: form for form in sent}
    return [before.get(difference) or DifferenceForm(difference=difference, stops=stops) for difference in unanswered(tour)]


def _context(
    model_admin: ModelAdmin, request: HttpRequest, tour: Tour, stops: list[Stop], forms: list[DifferenceForm], way: WayForm
) -> dict[str, Any]:
    """Return what the page shows."""
    answers = list(tour.differences.exclude(answer="").select_related("stop__store", "container_type").order_by("answered_at", "pk"))
    names = queries.authors(answers)
    counts = {count.container_type_id: count for count in tour.hub_counts.all()}
    expected = expected_at_hub(stops)
    kinds = {line.container_type_id: line.container_type for stop in stops for line in stop.all_lines}  # type: ignore[attr-defined]
    kinds |= {count.container_type_id: count.container_type for count in tour.hub_counts.select_related("container_type")}
    ordered = sorted(kinds.values(), key=lambda kind: (kind.position, kind.code))
    return {
        **model_admin.admin_site.each_context(request),
        "opts": Tour._meta,
        "title": gettext("Close %s") % tour,
        "tour": tour,
        "stops_to_do": [stop for stop in stops if stop.state == "to_do"],
        "may_close": tour.state == TourState.DONE,
        "is_closed": tour.state == TourState.CLOSED,
        "groups": [(stop, list(found)) for stop, found in groupby(forms, key=lambda form: form.difference.stop)],
        "left": len(forms),
        "way": way,
        "figures": figures_of(tour),
        "closing": TourClosing.objects.filter(tour=tour).first(),
        "hub": [(kind, *expected.get(kind.pk, (0, 0)), counts.get(kind.pk)) for kind in ordered],
        "is_counted": bool(counts),
        "answers": [{"row": row, "question": _question(row), "author": names[row.actor_kind, row.actor_id]} for row in answers],
        "back": reverse("admin:pickups_tour_change", args=[tour.pk]),
    }


def _question(row: TourDifference) -> str:
    """Return the sentence of a difference that was answered."""
    difference = Difference(row.kind, row.measure, row.expected, row.found, row.stop, row.container_type, row)  # type: ignore[arg-type]
    return difference.sentence


@admin.register(TourClosing)
class TourClosingAdmin(ReadOnly, ModelAdmin):
    """Closed tours and their figures; as a file as well."""

    list_display = [
        "show_tour",
        "show_date",
        "show_carrier",
        "show_km",
        "cost_eur",
        "show_kg",
        "bottles",
        "show_co2",
        "show_per_bottle",
        "show_late",
    ]
    list_filter = ["tour__date", "tour__carrier", "tour__zone", "tour__hub"]
    list_select_related = ["tour__carrier", "tour__zone", "tour__hub"]
    search_fields = ["=tour__pk", "tour__carrier__name__unaccent__icontains"]
    search_help_text = _("number or carrier")
    ordering = ["-tour__date", "-tour"]
    list_per_page = 50
    actions_list = ["export_csv", "export_xlsx"]
    fields = [
        "tour",
        "closed_at",
        "distance_m",
        "duration_min",
        "cost_eur",
        "load_g",
        "bottles",
        "co2_low_g",
        "co2_g",
        "co2_high_g",
        "note",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[TourClosing]:
        """With whether something arrived after the closing that nobody has answered."""
        return with_late(super().get_queryset(request))

    @display(description=_("tour"), ordering="tour")
    def show_tour(self, row: TourClosing) -> str:
        """The number people quote."""
        return row.tour.reference

    @display(description=_("date"), ordering="tour__date")
    def show_date(self, row: TourClosing) -> Any:
        """The tour's day."""
        return row.tour.date

    @display(description=_("carrier"), ordering="tour__carrier__name")
    def show_carrier(self, row: TourClosing) -> Any:
        """Who drove."""
        return row.tour.carrier

    @display(description=_("km"), ordering="distance_m")
    def show_km(self, row: TourClosing) -> Any:
        """The way."""
        return row.distance_km

    @display(description=_("kg"), ordering="load_g")
    def show_kg(self, row: TourClosing) -> int:
        """The load brought back."""
        return row.load_kg

    @display(description=_("CO₂e (kg)"), ordering="co2_g")
    def show_co2(self, row: TourClosing) -> str:
        """Typical; the range is told per bottle."""
        return str(row.co2_kg[1]) if row.co2_high_g else "–"

    @display(description=_("CO₂e per bottle (g)"))
    def show_per_bottle(self, row: TourClosing) -> str:
        """Typical, with its range."""
        found = row.co2_per_bottle
        return "–" if found is None else f"{found[1]} ({found[0]}–{found[2]})"

    @display(description=_("to look into"), label={"late": "warning"})
    def show_late(self, row: Any) -> tuple[str, Any] | str:
        """Whether something arrived after the closing."""
        return ("late", _("arrived after the closing")) if row.is_late else ""

    @action(description=_("Export CSV"), url_path="export-csv")
    def export_csv(self, request: HttpRequest) -> HttpResponse:
        """All closed tours, as CSV."""
        return self._export(request, "csv")

    @action(description=_("Export XLSX"), url_path="export-xlsx")
    def export_xlsx(self, request: HttpRequest) -> HttpResponse:
        """All closed tours, as XLSX."""
        return self._export(request, "xlsx")

    def _export(self, request: HttpRequest, suffix: str) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return closings_file(self.get_queryset(request), suffix)


def with_late(rows: QuerySet[TourClosing]) -> QuerySet[TourClosing]:
    """Return closings with `is_late`: something that nobody has answered arrived after them."""
    return rows.annotate(is_late=Exists(TourDifference.objects.filter(tour=OuterRef("tour"), answer="")))


def closings_file(rows: QuerySet[TourClosing], suffix: str) -> HttpResponse:
    """Return closed tours as a file, the latest first."""
    headers = [
        gettext("tour"),
        gettext("date"),
        gettext("carrier"),
        gettext("zone"),
        gettext("hub"),
        gettext("km"),
        gettext("duration (min)"),
        gettext("cost (€)"),
        gettext("kg"),
        gettext("bottles"),
        gettext("CO₂e, low (g)"),
        gettext("CO₂e (g)"),
        gettext("CO₂e, high (g)"),
        gettext("CO₂e per bottle (g)"),
        gettext("€ per bottle"),
        gettext("closed"),
        gettext("to look into"),
        gettext("note"),
    ]
    chosen = rows.select_related("tour__carrier", "tour__zone", "tour__hub").order_by("-tour__date", "-tour")
    return table_file(f"tournees-closes-{timezone.localdate():%Y-%m-%d}", headers, _file_rows(chosen), suffix=suffix)


def _file_rows(rows: QuerySet[TourClosing]) -> Iterator[list[Any]]:
    for row in rows.iterator(chunk_size=500):
        per_bottle = row.co2_per_bottle
        gases = [row.co2_low_g, row.co2_g, row.co2_high_g] if row.co2_high_g else [None] * 3
        late = gettext("arrived after the closing") if row.is_late else ""  # type: ignore[attr-defined]
        yield [
            row.tour.reference,
            row.tour.date,
            row.tour.carrier.name,
            row.tour.zone and row.tour.zone.name,
            row.tour.hub.name,
            row.distance_km,
            row.duration_min,
            row.cost_eur,
            row.load_kg,
            row.bottles,
            *gases,
            per_bottle and per_bottle[1],
            row.cost_per_bottle,
            row.closed_at,
            late,
            row.note,
        ]
