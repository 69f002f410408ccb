"""The admin of awareness."""

from awareness.admin import events, materials, partners, trainings, visits

__all__ = ["events", "materials", "partners", "trainings", "visits"]
