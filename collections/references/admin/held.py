"""Lists of products that came under a replaced card: a coordinator glances at them, then accepts or refuses."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from unfold.decorators import display

from lincassable.base_admin import ModelAdmin
from references import services
from references.enums import ShelfState
from references.models import HeldList, Reference, ShelfItem
from stores.admin_saving import author


class WaitingFilter(admin.SimpleListFilter):
    """Those that wait, and those that are settled."""

    title = _("which")
    parameter_name = "which"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The choices."""
        return [("waiting", _("waiting for an answer")), ("over", _("over"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[HeldList]) -> QuerySet[HeldList]:
        """Those."""
        return queryset.filter(settled_at__isnull=self.value() == "waiting") if self.value() in ("waiting", "over") else queryset


@admin.register(HeldList)
class HeldListAdmin(ModelAdmin):
    """The lists, the newest first."""

    list_display = ["store", "checked_at", "first_name", "show_state"]
    list_filter = [WaitingFilter, "store__zone"]
    search_fields = ["store__name__unaccent__icontains"]
    list_select_related = ["store"]
    ordering = ["-checked_at", "-pk"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Phones write them."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes one."""
        return False

    @display(description=_("state"), label={"waiting": "warning", "accepted": "success", "refused": "danger"})
    def show_state(self, row: HeldList) -> tuple[str, str]:
        """Whether it waits."""
        if row.accepted is None:
            return "waiting", gettext("to be looked at")
        return ("accepted", gettext("taken into account")) if row.accepted else ("refused", gettext("refused"))

    def get_urls(self) -> list[URLPattern]:
        """Add what the two buttons send to."""
        settle = self.admin_site.admin_view(never_cache(require_POST(self.settle_view)))
        return [path("<int:pk>/settle/", settle, name="references_heldlist_settle"), *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """One list: what it says, what is known now, and the answer."""
        row = self.get_object(request, object_id)
        if row is None or not self.has_view_permission(request, row):
            return super().change_view(request, object_id, form_url, extra_context)
        context = {
            **self.admin_site.each_context(request),
            "title": str(row),
            "opts": self.opts,
            "held": row,
            "lines": lines_of(row),
            "may_settle": row.settled_at is None and request.user.has_perm("references.change_heldlist"),
        }
        return TemplateResponse(request, "references/admin/held.html", context)

    def settle_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Accept or refuse."""
        row = get_object_or_404(HeldList, pk=pk)
        if not request.user.has_perm("references.change_heldlist"):
            raise PermissionDenied
        accepts = request.POST.get("answer") == "accept"
        try:
            (services.accept_held_list if accepts else services.refuse_held_list)(row, by=author(request))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, gettext("The list is taken into account.") if accepts else gettext("The list is set aside."))
        return HttpResponseRedirect(reverse("admin:references_heldlist_change", args=[row.pk]))


def lines_of(held: HeldList) -> list[tuple[Reference, str, str]]:
    """Return each product of a list with what it says, and what is known now, in words."""
    words = {str(state): str(label) for state, label in ShelfState.choices}
    now = dict(ShelfItem.objects.filter(store=held.store_id).values_list("reference", "state"))
    products = Reference.objects.filter(pk__in=[int(pk) for pk in held.states]).select_related("producer")
    return [(one, words.get(held.states[str(one.pk)], ""), words.get(now.get(one.pk, ""), "–")) for one in products]
