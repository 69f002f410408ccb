"""The admin's base classes, in one place: going back to Django's plain admin means changing this file alone."""

from typing import Any

from django.http import HttpRequest
from unfold.admin import ModelAdmin, StackedInline
from unfold.admin import TabularInline as UnfoldTabularInline

__all__ = ["ModelAdmin", "StackedInline", "TabularInline", "name_fields"]


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
