"""Pages of the admin about places that are one: likely duplicates, what merging two of them would do, and undoing it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from unfold.decorators import action, display

from lincassable.base_admin import ModelAdmin
from stores import duplicates, merging
from stores.admin_saving import author
from stores.models import DistinctPlaces, Store, StoreMerge

PAIRS = 25  # per page
MAY_MERGE, MAY_UNDO, MAY_TELL_APART = "stores.add_storemerge", "stores.change_storemerge", "stores.add_distinctplaces"


def _require(request: HttpRequest, permission: str) -> None:
    if not (request.user.has_perm(permission) and request.user.has_perm("stores.view_store")):
        raise PermissionDenied


class MergesPlaces:
    """Mixin of the collection points' ModelAdmin: the pages about duplicates, an action for two chosen places, and what a page says."""

    change_form_before_template = "stores/admin/_merged.html"
    admin_site: Any

    def get_urls(self) -> list[URLPattern]:
        """Add the pages."""

        def page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
            return self.admin_site.admin_view(never_cache(view))

        ours = [
            path("duplicates/", page(self.duplicates_view), name="stores_store_duplicates"),
            path("duplicates/<int:one>/<int:two>/apart/", page(require_POST(self.apart_view)), name="stores_store_apart"),
            path("<int:loser>/merge-into/<int:winner>/", page(self.merge_view), name="stores_store_merge"),
        ]
        return [*ours, *super().get_urls()]  # type: ignore[misc]

    def has_merge_permission(self, request: HttpRequest) -> bool:
        """Whether the user may merge places."""
        return request.user.has_perm(MAY_MERGE)

    @action(description=_("Duplicates"), url_path="find-duplicates", permissions=["merge"])
    def find_duplicates(self, request: HttpRequest) -> HttpResponse:
        """Lead to the likely duplicates."""
        return HttpResponseRedirect(reverse("admin:stores_store_duplicates"))

    @admin.action(description=_("Merge these two places"), permissions=["merge"])
    def merge_two(self, request: HttpRequest, queryset: QuerySet[Store]) -> HttpResponse | None:
        """Lead to the page that shows what merging the two chosen places does; the one that was there first is proposed to stay."""
        ids = list(queryset.order_by("pk").values_list("pk", flat=True)[:3])
        if len(ids) != 2:
            messages.error(request, gettext("Choose exactly two places."))
            return None
        return HttpResponseRedirect(reverse("admin:stores_store_merge", args=[ids[1], ids[0]]))

    def duplicates_view(self, request: HttpRequest) -> HttpResponse:
        """Show the likely duplicates, the surest first."""
        _require(request, MAY_MERGE)
        page = Paginator(duplicates.pairs(), PAIRS).get_page(request.GET.get("page"))
        recent = StoreMerge.objects.standing().select_related("loser", "winner")[:10]
        context = {"title": gettext("Likely duplicates"), "page": page, "recent": recent, "apart": DistinctPlaces.objects.count()}
        return TemplateResponse(request, "stores/admin/duplicates.html", self._frame(request, **context))

    def apart_view(self, request: HttpRequest, one: int, two: int) -> HttpResponse:
        """Remember that two places are not the same."""
        _require(request, MAY_TELL_APART)
        first, second = get_object_or_404(Store, pk=one), get_object_or_404(Store, pk=two)
        try:
            duplicates.tell_apart(first, second, by=author(request))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            sentence = gettext("Noted: “%(one)s” and “%(two)s” are two places. They are not proposed again.")
            messages.success(request, sentence % {"one": first, "two": second})
        return HttpResponseRedirect(reverse("admin:stores_store_duplicates"))

    def merge_view(self, request: HttpRequest, loser: int, winner: int) -> HttpResponse:
        """Show what merging does and what stands against it; do it when confirmed."""
        _require(request, MAY_MERGE)
        goes, stays = get_object_or_404(Store, pk=loser), get_object_or_404(Store, pk=winner)
        status = 200
        if request.method == "POST":
            try:
                row = merging.merge(goes, stays, by=author(request))
            except ValidationError as error:
                for sentence in error.messages:
                    messages.error(request, sentence)
                status = 422
                goes, stays = Store.objects.get(pk=loser), Store.objects.get(pk=winner)
            else:
                sentence = gettext("“%(loser)s” is now part of “%(winner)s”. Its printed card goes on working.")
                messages.success(request, sentence % {"loser": goes, "winner": stays})
                return HttpResponseRedirect(reverse("admin:stores_storemerge_change", args=[row.pk]))
        context = {
            "title": gettext("Merge two places"),
            "loser": goes,
            "winner": stays,
            "plan": merging.preview(goes, stays),
            "rows": compared(goes, stays),
        }
        return TemplateResponse(request, "stores/admin/merge.html", self._frame(request, **context), status=status)

    def _frame(self, request: HttpRequest, **context: Any) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "opts": Store._meta, **context}


def compared(loser: Store, winner: Store) -> list[tuple[str, str, str, bool]]:
    """Return what the two places say of themselves, side by side: label, loser, winner, whether they differ."""
    rows = [
        (gettext("kind"), loser.get_kind_display(), winner.get_kind_display()),
        (gettext("status"), loser.get_status_display(), winner.get_status_display()),
        (gettext("zone"), str(loser.zone or ""), str(winner.zone or "")),
        (gettext("address"), loser.address, winner.address),
        (gettext("opening hours"), loser.opening_hours, winner.opening_hours),
        (gettext("contacts"), _people(loser), _people(winner)),
        (gettext("external id"), loser.source_id, winner.source_id),
        (gettext("created"), f"{loser.created_at:%d/%m/%Y}", f"{winner.created_at:%d/%m/%Y}"),
    ]
    return [(label, one, other, one != other) for label, one, other in rows]


def _people(store: Store) -> str:
    return ", ".join(" ".join(filter(None, [str(contact), contact.email])) for contact in store.contacts.all()[:10])


@admin.register(StoreMerge)
class StoreMergeAdmin(ModelAdmin):
    """Which places became part of which, and the way back."""

    list_display = ["loser", "winner", "at", "show_state"]
    list_filter = [("undone_at", admin.EmptyFieldListFilter)]
    search_fields = ["loser__name__unaccent__icontains", "winner__name__unaccent__icontains"]
    list_select_related = ["loser", "winner"]
    ordering = ["-at", "-pk"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Places are merged on the page that shows what it does."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A merge is undone, not deleted."""
        return False

    @display(description=_("state"), label={"stands": "success", "undone": "info"})
    def show_state(self, row: StoreMerge) -> tuple[str, str]:
        """Whether it stands."""
        return ("undone", gettext("undone")) if row.undone_at else ("stands", gettext("stands"))

    def get_urls(self) -> list[URLPattern]:
        """Add what the button sends to."""
        undo = self.admin_site.admin_view(never_cache(require_POST(self.undo_view)))
        return [path("<int:pk>/undo/", undo, name="stores_storemerge_undo"), *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """One merge: who, when, what went over, and one button to undo it."""
        row = self.get_object(request, object_id)
        if row is None or not self.has_view_permission(request, row):
            return super().change_view(request, object_id, form_url, extra_context)
        chained = row.undone_at is None and row.loser.merged_into_id != row.winner_id
        context = {
            **self.admin_site.each_context(request),
            "title": str(row),
            "opts": self.opts,
            "merge": row,
            "since": merging.since(row) if row.undone_at is None else [],
            "carried": carried(row),
            "chained": row.loser.merged_into if chained else None,
            "may_undo": row.undone_at is None and not chained and request.user.has_perm(MAY_UNDO),
        }
        return TemplateResponse(request, "stores/admin/merged.html", context)

    def undo_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make two places of one again."""
        _require(request, MAY_UNDO)
        row = get_object_or_404(StoreMerge, pk=pk)
        try:
            merging.undo(row, by=author(request))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            sentence = gettext("“%(loser)s” is a place of its own again.")
            messages.success(request, sentence % {"loser": row.loser})
        return HttpResponseRedirect(reverse("admin:stores_storemerge_change", args=[row.pk]))


def carried(row: StoreMerge) -> list[tuple[str, int]]:
    """Return how many rows of each kind went over, by plural name."""
    found: dict[str, int] = {}
    for model, _field, ids in row.carried.get("moves", []):
        name = str(apps.get_model(model)._meta.verbose_name_plural)
        found[name] = found.get(name, 0) + len(ids)
    return sorted(found.items())


@admin.register(DistinctPlaces)
class DistinctPlacesAdmin(ModelAdmin):
    """Pairs that look alike and are two places; deleting a line lets the pair be proposed again."""

    list_display = ["first", "second", "at"]
    search_fields = ["first__name__unaccent__icontains", "second__name__unaccent__icontains"]
    list_select_related = ["first", "second"]
    ordering = ["-at", "-pk"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Noted on the page of likely duplicates."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing to change about it."""
        return False
