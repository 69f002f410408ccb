"""The admin's base classes, in one place: going back to Django's plain admin means changing this file alone."""

from functools import cache
from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.widgets import AutocompleteMixin
from django.core.exceptions import NON_FIELD_ERRORS, FieldDoesNotExist, ValidationError
from django.db.models import DateField
from django.http import HttpRequest
from unfold.admin import ModelAdmin as UnfoldModelAdmin
from unfold.admin import StackedInline as UnfoldStackedInline
from unfold.admin import TabularInline as UnfoldTabularInline

__all__ = ["ModelAdmin", "StackedInline", "TabularInline", "name_fields", "readable"]


class _Readable:
    """Mixin of widgets that look up what was chosen: a value that cannot be a key is no choice.

    The field says so at itself; showing it again, Django would ask the database and fail (Django 5.2, `AutocompleteMixin.optgroups`).
    """

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        """Return the options of the values that can be keys of the chosen table."""
        widget: Any = self
        return super().optgroups(name, [each for each in value if _can_be_key(widget.field.remote_field, each)], attr)  # type: ignore[misc]


def _can_be_key(remote: Any, value: Any) -> bool:
    """Return whether `value`, as a browser sent it, can be a key of the table that `remote` leads to."""
    column = remote.model._meta.get_field(getattr(remote, "field_name", None) or remote.model._meta.pk.name)
    try:
        column.run_validators(column.to_python(value))
    except (ValidationError, TypeError, ValueError, OverflowError):
        return False
    return True


def _of_address(model: Any, name: str, text: Any) -> Any:
    """Return what an address says of the column `name` as a form takes it, None for what it cannot be."""
    try:
        column = model._meta.get_field(name)
    except FieldDoesNotExist:
        return text  # a field of the form's own
    if column.many_to_many or not column.concrete:
        return text
    if column.remote_field:
        return text if _can_be_key(column.remote_field, text) else None
    try:
        return column.to_python(text) if isinstance(column, DateField) else text
    except (ValidationError, ValueError, OverflowError):
        return None


@cache
def _readable(kind: type) -> type:
    """Return the widget class `kind` with `_Readable`."""
    return type(kind.__name__, (_Readable, kind), {})


def readable(widget: Any) -> Any:
    """Guard `widget`, one that looks up what was chosen (`AutocompleteMixin`), against what cannot be a key. Returns it."""
    kind: Any = type(widget)
    widget.__class__ = _readable(kind)
    return widget


class _ReadableChoices:
    """Mixin of admins: fields that look up what was chosen never fail on what cannot be a key."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Return the form field, its widget guarded."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        widget = getattr(getattr(field, "widget", None), "widget", getattr(field, "widget", None))  # the inner one, beside “add”
        if isinstance(widget, AutocompleteMixin):
            readable(widget)
        return field


class ModelAdmin(_ReadableChoices, UnfoldModelAdmin):
    """The admin of a table."""

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Return the list; an address that nobody can look up (a NUL, a year without end) leads back to the whole list.

        Raises IncorrectLookupParameters, which Django answers in that way; the database would answer with an error.
        """
        if any("\x00" in text for _name, texts in request.GET.lists() for text in texts):
            raise IncorrectLookupParameters
        try:
            return super().get_changelist_instance(request)
        except OverflowError as error:
            raise IncorrectLookupParameters from error

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **kwargs: Any) -> Any:
        """Return the form's page. Where nothing of a row can be changed, there is nothing to save: only “close” stays."""
        inlines = context.get("inline_admin_formsets", ())
        editable = any(each.has_add_permission or each.has_change_permission or each.has_delete_permission for each in inlines)
        if kwargs.get("change") and not editable and not context["adminform"].form.fields:
            context |= {"show_save": False, "show_save_and_continue": False, "show_save_and_add_another": False}
        return super().render_change_form(request, context, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Return what the address says of a new row, but what its columns cannot hold: the form would fail instead of coming empty."""
        return {
            name: value
            for name, text in super().get_changeform_initial_data(request).items()
            if (value := _of_address(self.model, name, text)) is not None
        }


def name_fields(form: Any) -> None:
    """Name each field of a form's class by its label, for screen readers: rows of a table show only a column's title."""
    for field in form.base_fields.values():
        widget = getattr(field.widget, "widget", field.widget)  # the inner one, of those that carry buttons to add or change
        if field.label and not widget.is_hidden:
            widget.attrs.setdefault("aria-label", field.label)


class TabularInline(_ReadableChoices, UnfoldTabularInline):
    """Rows under a form, as a table whose fields have names."""

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Return the formset's class, each of its fields named by its label."""
        formset = super().get_formset(request, obj, **kwargs)
        name_fields(formset.form)
        return formset


class ErrorsAtAField:
    """Mixin of forms: what is wrong with a row as a whole is told at its first field, where the page shows errors."""

    def full_clean(self) -> None:
        """Check the row, then move the errors that belong to no field."""
        super().full_clean()  # type: ignore[misc]
        form: Any = self
        errors = form._errors.pop(NON_FIELD_ERRORS, None)
        if errors:
            first = next(field.name for field in form if not field.is_hidden)
            form._errors.setdefault(first, form.error_class(renderer=form.renderer)).extend(errors)


class StackedInline(_ReadableChoices, UnfoldStackedInline):
    """Rows under a form, one below the other. The library leaves out the errors of a row as a whole; here they are seen."""

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Return the formset's class, whose rows tell all their errors."""
        formset = super().get_formset(request, obj, **kwargs)
        formset.form = type(formset.form.__name__, (ErrorsAtAField, formset.form), {})
        return formset
