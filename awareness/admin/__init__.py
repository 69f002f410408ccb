"""The admin of awareness."""

from awareness.admin import events, partners, trainings

__all__ = ["events", "partners", "trainings"]
