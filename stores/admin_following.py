"""What coordinators keep about places, in the admin: tags, notes and tasks; the list of tasks opens with what is mine."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldBooleanSwitchWidget

from lincassable.accounts.models import User
from lincassable.base_admin import ModelAdmin, StackedInline
from stores import directory, following_pages
from stores.admin_saving import ThroughServices, author
from stores.models import OnboardingStep, StoreNote, StoreTask, Tag


@admin.register(Tag)
class TagAdmin(ModelAdmin):
    """Words to find places again by."""

    list_display = ["name"]
    search_fields = ["name__unaccent__icontains"]


def office() -> QuerySet[User]:
    """Return the people whom a task can be given to: active users of the admin."""
    return User.objects.filter(is_active=True, groups__name__in=["coordinator", "administrator"]).distinct().order_by("name", "email")


class FollowsPlaces:
    """Mixin of the collection points' ModelAdmin: the block about following a place, and the pages behind it."""

    def get_urls(self) -> list[Any]:
        """The pages about following, then the others."""
        return [*following_pages.urls(self), *super().get_urls()]  # type: ignore[misc]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Remember who looks: what is shown below depends on it."""
        if obj is not None:
            obj.looked_at_by = request
        return super().get_form(request, obj, change, **kwargs)  # type: ignore[misc]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Tags are few: each is a box to tick."""
        if db_field.name == "tags":
            kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget
        return super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[misc]

    @display(description=_("following"))
    def following(self, store: Any) -> Any:
        """Onboarding, files, what happened."""
        request = getattr(store, "looked_at_by", None)
        return following_pages.following(request, store) if request is not None else ""


@admin.register(OnboardingStep)
class OnboardingStepAdmin(ModelAdmin):
    """What a place has to do before it takes part. A step that places have ticked is put out of use, not deleted."""

    list_display = ["name_fr", "name_en", "position", "is_active"]
    search_fields = ["name_fr__unaccent__icontains", "name_en__icontains"]
    fields = [("name_fr", "name_en"), "code", ("position", "is_active")]

    def get_readonly_fields(self, request: HttpRequest, obj: OnboardingStep | None = None) -> list[str]:
        """The code of a step that exists stays: what ticks itself is found by it."""
        return ["code"] if obj else []


class NoteInline(StackedInline):
    """The notes about a place, on its page: the newest first."""

    model = StoreNote
    extra = 0
    hide_title = True
    fields = ["text", "written"]
    readonly_fields = ["written"]
    ordering = ["-written_at", "-pk"]
    per_page = 10

    @display(description=_("written"))
    def written(self, note: StoreNote) -> str:
        """When."""
        return f"{timezone.localtime(note.written_at):%d/%m/%Y %H:%M}" if note.pk else ""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Three lines are enough to begin with."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "text" and field is not None:
            field.widget.attrs["rows"] = 3
        return field

    @staticmethod
    def save_rows(request: HttpRequest, formset: BaseInlineFormSet) -> None:
        """Save what the formset changed, through the services."""
        formset.save(commit=False)
        for note in formset.deleted_objects:
            directory.delete_note(note, by=author(request))
        for note in [*(note for note, _changed in formset.changed_objects), *formset.new_objects]:
            directory.save_note(note, by=author(request))


class TaskForm(forms.ModelForm):
    """A task, and whether it is done."""

    done = forms.BooleanField(label=_("Done"), required=False, widget=UnfoldBooleanSwitchWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["done"] = self.instance.done_at is not None


def save_task(request: HttpRequest, form: Any) -> None:
    """Save the task of a form, and say whether it is done."""
    task = directory.save_task(form.instance, by=author(request))
    if form.cleaned_data.get("done") and task.done_at is None:
        directory.finish_task(task, by=author(request))
    elif not form.cleaned_data.get("done") and task.done_at is not None:
        directory.reopen_task(task, by=author(request))


class TaskInline(StackedInline):
    """What is still to do about a place; what is done is in the list of tasks, and among what happened."""

    model = StoreTask
    form = TaskForm
    extra = 0
    hide_title = True
    fields = ["title", ("due_on", "assignee"), "done"]
    ordering = ["due_on", "pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[StoreTask]:
        """Those that are open."""
        return super().get_queryset(request).filter(done_at=None)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Tasks are given to people of the office."""
        if db_field.name == "assignee":
            kwargs["queryset"] = office()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @staticmethod
    def save_rows(request: HttpRequest, formset: BaseInlineFormSet) -> None:
        """Save what the formset changed, through the services."""
        formset.save(commit=False)
        for task in formset.deleted_objects:
            directory.delete_task(task, by=author(request))
        gone = {task.pk for task in formset.deleted_objects}
        for form in formset.forms:
            if form.has_changed() and form.cleaned_data.get("title") and form.instance.pk not in gone:
                save_task(request, form)


class WhoseFilter(admin.SimpleListFilter):
    """My tasks, those of nobody, and all."""

    title = _("for")
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The choices."""
        return [("mine", _("me")), ("nobody", _("nobody yet"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[StoreTask]) -> QuerySet[StoreTask]:
        """Those."""
        conditions = {"mine": Q(assignee=request.user), "nobody": Q(assignee=None)}
        return queryset.filter(conditions.get(self.value() or "", Q()))


class StateFilter(admin.SimpleListFilter):
    """Tasks that are open (what the list opens with), overdue or done."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The choices."""
        return [("overdue", _("overdue")), ("done", _("done")), ("all", _("all"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[StoreTask]) -> QuerySet[StoreTask]:
        """Those."""
        conditions = {"overdue": Q(done_at=None, due_on__lt=timezone.localdate()), "done": Q(done_at__isnull=False), "all": Q()}
        return queryset.filter(conditions.get(self.value() or "", Q(done_at=None)))


@admin.register(StoreTask)
class StoreTaskAdmin(ThroughServices, ModelAdmin):
    """Everything to do about places, the most urgent first."""

    form = TaskForm
    delete_row = staticmethod(directory.delete_task)
    list_display = ["title", "store", "due_on", "show_state", "assignee"]
    list_filter = [StateFilter, WhoseFilter, "store__zone"]
    list_select_related = ["store", "assignee"]
    search_fields = ["title__unaccent__icontains", "store__name__unaccent__icontains", "store__city__unaccent__icontains"]
    search_help_text = _("task, place or town")
    autocomplete_fields = ["store"]
    fields = ["store", "title", ("due_on", "assignee"), "done"]
    ordering = ["due_on", "pk"]
    actions = ["finish"]

    @display(description=_("state"), label={"open": "info", "overdue": "danger", "done": "success"})
    def show_state(self, task: StoreTask) -> tuple[str, str]:
        """Open, overdue or done."""
        if task.done_at is not None:
            return "done", gettext("done")
        return ("overdue", gettext("overdue")) if task.due_on < timezone.localdate() else ("open", gettext("to do"))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Tasks are given to people of the office."""
        if db_field.name == "assignee":
            kwargs["queryset"] = office()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: StoreTask, form: Any, change: bool) -> None:
        """Save through the services."""
        save_task(request, form)

    @admin.action(description=_("Done"), permissions=["change"])
    def finish(self, request: HttpRequest, queryset: QuerySet[StoreTask]) -> None:
        """Say that the chosen tasks are done."""
        for task in queryset:
            directory.finish_task(task, by=author(request))
        self.message_user(request, gettext("Noted: done."), "SUCCESS")
