"""Visits of coordinators, on their phone: the day, its plan, the checklist."""
