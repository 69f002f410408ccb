"""The one place that says which admin the project uses.

Every app's admin inherits from these names, so that going back to Django's own admin, or forward to a newer unfold,
is a change of this file alone.
"""

from unfold.admin import StackedInline, TabularInline

from lincassable.base_admin import ModelAdmin as Base

__all__ = ["Base", "StackedInline", "TabularInline"]
