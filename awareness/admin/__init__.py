"""The admin of awareness."""

from awareness.admin import events, partners

__all__ = ["events", "partners"]
