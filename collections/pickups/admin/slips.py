"""Slips in the admin: the PDF of a tour, the signed papers that came back, the tours whose slip is missing."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display
from unfold.views import ChangeList

from lincassable.base_admin import ModelAdmin
from pickups import queries, services
from pickups.admin.common import Told, author
from pickups.models import SlipUpload, Tour
from pickups.office_forms import SlipForm
from pickups.queries_slips import tours_without_slip
from pickups.views.slips import pdf_response, slip_response, take_slip

PER_PAGE = 50


class SlipList(ChangeList):
    """The list, with who sent each slip, in two queries more."""

    def get_results(self, request: HttpRequest) -> None:
        """Fetch the page, then the names."""
        super().get_results(request)
        rows = list(self.result_list)
        names = queries.authors(rows) if rows else {}
        for row in rows:
            row.author_name = names[row.actor_kind, row.actor_id]
        self.result_list = rows


@admin.register(SlipUpload)
class SlipUploadAdmin(Told, ModelAdmin):
    """Signed papers, sent by carriers, drivers and coordinators. They are looked at, and deleted when sent by mistake."""

    list_display = ["show_tour", "uploaded_at", "show_author", "show_carrier", "show_file"]
    list_display_links = None
    list_filter = ["uploaded_at", "tour__carrier"]
    search_fields = ["=tour__pk", "tour__carrier__name__unaccent__icontains"]
    search_help_text = gettext_lazy("tour number or carrier")
    list_select_related = ["tour__carrier"]
    ordering = ["-uploaded_at", "-pk"]
    fields = ["show_tour", "uploaded_at", "show_author_alone", "show_file"]
    readonly_fields = ["show_tour", "uploaded_at", "show_author_alone", "show_file"]

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """“T-12” is the tour number 12."""
        term = search_term.strip()
        return super().get_search_results(request, queryset, term[2:] if term.upper().startswith("T-") else term)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[SlipList]:
        """The list that knows who sent what."""
        return SlipList

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Slips are sent from their tour's page."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """A slip does not change."""
        return False

    @display(description=gettext_lazy("tour"), ordering="tour__date")
    def show_tour(self, slip: SlipUpload) -> str:
        """The tour, and the way to all its slips."""
        return format_html('<a class="underline" href="{}">{}</a>', tour_slips_url(slip.tour), slip.tour)

    @display(description=gettext_lazy("carrier"), ordering="tour__carrier")
    def show_carrier(self, slip: SlipUpload) -> str:
        """Whose tour it was."""
        return slip.tour.carrier.name

    @display(description=gettext_lazy("sent by"))
    def show_author(self, slip: Any) -> str:
        """Who sent it, on the list."""
        return slip.author_name

    @display(description=gettext_lazy("sent by"))
    def show_author_alone(self, slip: SlipUpload) -> str:
        """Who sent it, on its own page."""
        return queries.authors([slip])[slip.actor_kind, slip.actor_id]

    @display(description=gettext_lazy("file"))
    def show_file(self, slip: SlipUpload) -> str:
        """The way to the file."""
        label = _("open (%(format)s)") % {"format": slip.extension.upper()}
        url = reverse("admin:pickups_slipupload_file", args=[slip.pk])
        return format_html('<a class="underline" href="{}" target="_blank">{}</a>', url, label)

    def delete_model(self, request: HttpRequest, obj: SlipUpload) -> None:
        """Delete through the service: the tour's log keeps it."""
        services.delete_slip(obj, by=author(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[SlipUpload]) -> None:
        """Delete each slip through the service."""
        for slip in queryset:
            services.delete_slip(slip, by=author(request))

    def get_urls(self) -> list:
        """Add the pages of a tour's slips, the files, and the list of what is missing."""
        view = self.admin_site.admin_view
        ours = [
            path("missing/", view(self.missing_view), name="pickups_slips_missing"),
            path("tour/<int:tour_pk>/", view(self.tour_view), name="pickups_tour_slips"),
            path("tour/<int:tour_pk>/slip.pdf", view(self.pdf_view), name="pickups_tour_slip"),
            path("<path:object_id>/file/", view(self.file_view), name="pickups_slipupload_file"),
        ]
        return ours + super().get_urls()

    def _tour(self, request: HttpRequest, pk: int) -> Tour:
        """Return the tour that `request` may see. Raises PermissionDenied, Http404."""
        if not request.user.has_perm("pickups.view_tour") or not self.has_view_permission(request):
            raise PermissionDenied
        return get_object_or_404(Tour.objects.select_related("carrier", "hub", "vehicle"), pk=pk)

    def pdf_view(self, request: HttpRequest, tour_pk: int) -> HttpResponse:
        """The slip of a tour as a PDF."""
        return pdf_response(self._tour(request, tour_pk))

    def file_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """A signed paper."""
        slip = self.get_object(request, object_id)
        if slip is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_permission(request, slip):
            raise PermissionDenied
        return slip_response(slip)

    def tour_view(self, request: HttpRequest, tour_pk: int) -> HttpResponse:
        """A tour's slips: look at them, send one more."""
        tour = self._tour(request, tour_pk)
        form = SlipForm()
        if request.method == "POST":
            if not request.user.has_perm("pickups.add_slipupload"):
                raise PermissionDenied
            form = take_slip(request, tour)
            if not form.errors:
                messages.success(request, _("The slip is kept with the tour."))
                return HttpResponseRedirect(request.path)
        slips = list(tour.slip_uploads.order_by("uploaded_at", "pk"))
        names = queries.authors(slips) if slips else {}
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Slips of %(tour)s") % {"tour": tour},
            "tour": tour,
            "form": form,
            "slips": [{"slip": slip, "author": names[slip.actor_kind, slip.actor_id]} for slip in slips],
            "may_upload": services.can_upload(tour) and request.user.has_perm("pickups.add_slipupload"),
            "may_delete": self.has_delete_permission(request),
        }
        return TemplateResponse(request, "pickups/admin/tour_slips.html", context, status=422 if form.errors else 200)

    def missing_view(self, request: HttpRequest) -> HttpResponse:
        """Tours that are done and whose signed slip has not come."""
        if not request.user.has_perm("pickups.view_tour"):
            raise PermissionDenied
        asked = request.GET.get("days", "")
        days = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 5 else settings.SLIP_MISSING_DAYS
        page = Paginator(queries.progress(tours_without_slip(days)), PER_PAGE).get_page(request.GET.get("page"))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Missing slips"),
            "page": page,
            "days": days,
            "query": f"days={days}",
        }
        return TemplateResponse(request, "pickups/admin/missing_slips.html", context)


def tour_slips_url(tour: Tour) -> str:
    """Return the address of the page with a tour's slips."""
    return reverse("admin:pickups_tour_slips", args=[tour.pk])
