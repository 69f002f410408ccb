"""Closures in the admin: on the page of their place, and all of them in one list, with the tours that they upset."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.forms import PaginationInlineFormSet

from lincassable.base_admin import ModelAdmin, StackedInline
from stores import admin_registry, services
from stores.admin_saving import ThroughServices, author
from stores.models import Closure


class ClosureForm(forms.ModelForm):
    """A closure on its own page: days that overlap another one are told at once."""

    def clean(self) -> dict[str, Any]:
        """Say which closure is there already."""
        data = super().clean() or self.cleaned_data
        if data.get("store") and data.get("first_day") and data.get("last_day"):
            days = {name: data[name] for name in ("first_day", "last_day")}
            services.check_closure(Closure(pk=self.instance.pk, store=data["store"], **days))
        return data


class ClosureRows(PaginationInlineFormSet):
    """The closures of one place: no day twice."""

    def clean(self) -> None:
        """Say at the second row that the days are taken."""
        seen: list[dict[str, Any]] = []
        for form in self.forms:
            days = getattr(form, "cleaned_data", None)
            if not days or self._should_delete_form(form) or not days.get("first_day") or not days.get("last_day"):
                continue
            if any(days["first_day"] <= other["last_day"] and days["last_day"] >= other["first_day"] for other in seen):
                form.add_error("first_day", gettext("Another row already closes some of these days: change that one instead."))
            seen.append(days)
        super().clean()


class ClosureInline(StackedInline):
    """The closures of a place that are not over; former ones are in the list of closures."""

    model = Closure
    formset = ClosureRows
    extra = 0
    hide_title = True
    fields = [("first_day", "last_day"), "reason"]
    ordering = ["first_day", "pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Closure]:
        """From today on."""
        return super().get_queryset(request).filter(last_day__gte=timezone.localdate())

    @staticmethod
    def save_rows(request: HttpRequest, formset: BaseInlineFormSet) -> None:
        """Save what the formset changed, through the services: what is taken back first, so that its days are free again."""
        formset.save(commit=False)
        for closure in formset.deleted_objects:
            services.delete_closure(closure, by=author(request))
        for closure in [*(closure for closure, _changed in formset.changed_objects), *formset.new_objects]:
            services.save_closure(closure, by=author(request))
            tell_conflicts(request, closure)


def tell_conflicts(request: HttpRequest, closure: Closure) -> None:
    """Say which tours go to a place while it is closed, and when those that follow closures by themselves will do so."""
    for sentence in admin_registry.closure_conflicts([closure]).get(closure.pk, []):
        messages.warning(request, sentence)
    if closure.last_day >= timezone.localdate():
        sentence = gettext(
            "Drafts of recurring tours that nobody has changed follow this closure tonight; at once, when you save their series."
        )
        messages.info(request, sentence)


class WhenFilter(admin.SimpleListFilter):
    """Closures that are on or to come (what the list opens with), or that are over."""

    title = _("when")
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Now, to come, over, all."""
        return [("now", _("today")), ("coming", _("to come")), ("over", _("over")), ("all", _("all"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Closure]) -> QuerySet[Closure]:
        """Those."""
        today = timezone.localdate()
        conditions = {
            "now": Q(first_day__lte=today, last_day__gte=today),
            "coming": Q(first_day__gt=today),
            "over": Q(last_day__lt=today),
            "all": Q(),
        }
        return queryset.filter(conditions.get(self.value() or "", Q(last_day__gte=today)))


@admin.register(Closure)
class ClosureAdmin(ThroughServices, ModelAdmin):
    """Which places are closed when."""

    form = ClosureForm
    save_row = staticmethod(services.save_closure)
    delete_row = staticmethod(services.delete_closure)
    list_display = ["store", "first_day", "last_day", "reason", "show_conflicts"]
    list_filter = [WhenFilter, "store__zone", "store__kind"]
    search_fields = ["store__name__unaccent__icontains", "store__city__unaccent__icontains", "reason__unaccent__icontains"]
    search_help_text = _("place, town or reason")
    list_select_related = ["store"]
    ordering = ["first_day", "store"]
    autocomplete_fields = ["store"]
    fields = ["store", ("first_day", "last_day"), "reason"]

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list, with the tours that its closures upset: asked once for the page."""
        changelist = super().get_changelist_instance(request)
        conflicts = admin_registry.closure_conflicts(list(changelist.result_list))
        for closure in changelist.result_list:
            closure.conflicts = conflicts.get(closure.pk, [])
        return changelist

    @display(description=_("tours to look at"))
    def show_conflicts(self, closure: Any) -> str:
        """The tours that go there while it is closed."""
        return " ".join(closure.conflicts)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save through the service, and say which tours are upset."""
        super().save_model(request, obj, form, change)
        tell_conflicts(request, obj)
