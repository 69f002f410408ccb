"""The schedule in the project's admin, and what other libraries registered but nobody here needs."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from celery.schedules import ParseException, crontab
from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
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


class CrontabForm(forms.ModelForm):
    """Moments of the week. What the scheduler itself could not read is refused here: its page would fail on it."""

    class Meta:
        model = CrontabSchedule
        fields = ("timezone", "month_of_year", "day_of_month", "day_of_week", "hour", "minute")

    def clean(self) -> dict[str, Any]:
        """Refuse each part that is not understood, with a sentence."""
        data = super().clean() or self.cleaned_data
        for name in ("month_of_year", "day_of_month", "day_of_week", "hour", "minute"):
            if name in data and not _is_understood(name, data[name]):
                self.add_error(
                    name, _("This is not understood. Write * for all, a number, several (1,15), a range (1-5) or a step (*/10).")
                )
        return self.cleaned_data


def _is_understood(name: str, text: str) -> bool:
    """Return whether both the library's table and the scheduler can read this part of a moment."""
    try:
        CrontabSchedule._meta.get_field(name).run_validators(text)
        crontab(**{name: text})
    except (ValidationError, ParseException, ValueError):
        return False
    return True


@admin.register(CrontabSchedule)
class CrontabScheduleAdmin(BeatCrontabAdmin, Base):
    """Moments of the week at which tasks run."""

    form = CrontabForm
