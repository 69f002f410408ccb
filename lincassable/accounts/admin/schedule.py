"""The schedule in the project's admin, and what other libraries registered but nobody here needs."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django_celery_beat.admin import CrontabScheduleAdmin as BeatCrontabAdmin
from django_celery_beat.admin import PeriodicTaskAdmin as BeatTaskAdmin
from django_celery_beat.admin import PeriodicTaskForm, TaskSelectWidget
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from lincassable.accounts.base_admin import Base

# Addresses and second factors are handled with the user they belong to; schedules by sun or clock are not used.
for model in (EmailAddress, Authenticator, ClockedSchedule, SolarSchedule, IntervalSchedule, CrontabSchedule, PeriodicTask):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


UNUSED = ("interval", "solar", "clocked")


class TaskSelect(UnfoldAdminSelectWidget, TaskSelectWidget):
    """The list of tasks, in the admin's look."""


class StyledTaskForm(PeriodicTaskForm):
    """The form of a scheduled task, in the admin's look."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "task" in self.fields:
            self.fields["task"].widget = UnfoldAdminTextInputWidget()
        if "regtask" in self.fields:
            self.fields["regtask"].widget = TaskSelect()


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(BeatTaskAdmin, Base):
    """What runs by itself, and when: at moments of the week."""

    form = StyledTaskForm
    fieldsets = tuple(
        (title, {**options, "fields": tuple(name for name in options["fields"] if name not in UNUSED)})
        for title, options in BeatTaskAdmin.fieldsets
    )


@admin.register(CrontabSchedule)
class CrontabScheduleAdmin(BeatCrontabAdmin, Base):
    """Moments of the week at which tasks run."""
