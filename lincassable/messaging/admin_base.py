"""What the admin pages of this app share."""

from __future__ import annotations

from typing import NamedTuple

from django.http import HttpRequest

from lincassable.base_admin import ModelAdmin


class Asker(NamedTuple):
    """The signed-in person, as `delivery` wants to know them (accounts is a floor above)."""

    kind: str
    id: int | None


class ReadOnlyAdmin(ModelAdmin):
    """Rows that nobody types."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds one by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Nobody edits one."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """They go by the rules on personal data, not by hand."""
        return False
