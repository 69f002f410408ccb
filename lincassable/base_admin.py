"""The admin's base classes, in one place: going back to Django's plain admin means changing this file alone."""

from unfold.admin import ModelAdmin, StackedInline, TabularInline

__all__ = ["ModelAdmin", "StackedInline", "TabularInline"]
