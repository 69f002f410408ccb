"""The admin of people, access links, the schedule and personal data."""

from lincassable.accounts.admin import links, schedule, users

__all__ = ["links", "schedule", "users"]
