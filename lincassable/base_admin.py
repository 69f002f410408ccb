"""The admin's base classes, in one place: going back to Django's plain admin means changing this file alone."""

from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpRequest
from unfold.admin import ModelAdmin as UnfoldModelAdmin
from unfold.admin import StackedInline as UnfoldStackedInline
from unfold.admin import TabularInline as UnfoldTabularInline

__all__ = ["ModelAdmin", "StackedInline", "TabularInline", "name_fields"]


class ModelAdmin(UnfoldModelAdmin):
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


def name_fields(form: Any) -> None:
    """Name each field of a form's class by its label, for screen readers: rows of a table show only a column's title."""
    for field in form.base_fields.values():
        widget = getattr(field.widget, "widget", field.widget)  # the inner one, of those that carry buttons to add or change
        if field.label and not widget.is_hidden:
            widget.attrs.setdefault("aria-label", field.label)


class TabularInline(UnfoldTabularInline):
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


class StackedInline(UnfoldStackedInline):
    """Rows under a form, one below the other. The library leaves out the errors of a row as a whole; here they are seen."""

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Return the formset's class, whose rows tell all their errors."""
        formset = super().get_formset(request, obj, **kwargs)
        formset.form = type(formset.form.__name__, (ErrorsAtAField, formset.form), {})
        return formset
