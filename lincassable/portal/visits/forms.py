"""The checklist of a visit, the plan of a day, another day for a visit."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from awareness.enums import Answer
from awareness.models import Visit, VisitCriterion
from awareness.services import Checklist, Seen
from lincassable.accounts.models import User
from lincassable.reminders.people import users_with
from nonconformities.photo_field import PhotosField, photos_of
from pickups.stop_forms import MomentField

AGAIN = gettext_lazy("Open the page again, then send the form.")
MOST_CRITERIA = 60  # in one form; more is no form of ours
MISSING = (Answer.NO, Answer.PARTLY)


@dataclass(frozen=True)
class Row:
    """One criterion on the page, with its bound fields. Arguments: task, None when the catalogue proposes none."""

    criterion: VisitCriterion
    answer: forms.BoundField
    remark: forms.BoundField
    task: forms.BoundField | None

    @property
    def help(self) -> str:
        """How to judge it."""
        return self.criterion.said("help")


class ChecklistForm(forms.Form):
    """A checklist: an answer and a remark per criterion, tasks for what is missing, photos.

    Arguments: criteria, the ones that are asked. A form that waited on a phone names its own (`asked_of`): the catalogue may have changed.
    """

    key = forms.UUIDField(widget=forms.HiddenInput, error_messages={"invalid": AGAIN, "required": AGAIN})
    corrects = forms.UUIDField(widget=forms.HiddenInput, required=False, error_messages={"invalid": AGAIN})
    occurred_at = MomentField(widget=forms.HiddenInput, required=False)
    asked = forms.CharField(widget=forms.HiddenInput, max_length=1000)
    photos = PhotosField(label=gettext_lazy("Photos (up to five, without people)"), required=False)
    remark = forms.CharField(
        label=gettext_lazy("What else is to be said? (optional)"),
        max_length=1000,
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("No names of people, please."),
    )
    other_task = forms.CharField(label=gettext_lazy("Another task for this place (optional)"), max_length=200, required=False)
    made_on = forms.DateField(
        label=gettext_lazy("Day of the visit, if it was not today"),
        required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, criteria: list[VisitCriterion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.criteria = criteria
        self.fields["asked"].initial = ",".join(str(each.pk) for each in criteria)
        self.fields["made_on"].widget.attrs["max"] = timezone.localdate().isoformat()
        for each in criteria:
            said = _("Choose an answer: %(criterion)s") % {"criterion": each}
            self.fields[f"c{each.pk}"] = forms.ChoiceField(
                label=str(each), choices=Answer.choices, widget=forms.RadioSelect, error_messages={"required": said, "invalid_choice": said}
            )
            line = forms.TextInput({"class": "form-control", "placeholder": _("Remark (optional)")})
            self.fields[f"r{each.pk}"] = forms.CharField(label=_("Remark (optional)"), max_length=250, required=False, widget=line)
            if each.said("task"):
                self.fields[f"t{each.pk}"] = forms.BooleanField(
                    label=each.said("task"), required=False, widget=forms.CheckboxInput({"class": "form-check-input"})
                )

    @property
    def rows(self) -> list[Row]:
        """What the page shows, criterion by criterion."""
        return [
            Row(each, self[f"c{each.pk}"], self[f"r{each.pk}"], self[f"t{each.pk}"] if f"t{each.pk}" in self.fields else None)
            for each in self.criteria
        ]

    def checklist(self) -> Checklist:
        """Return what was seen; tasks are taken of what is missing only."""
        data = self.cleaned_data
        answers = {each.pk: Seen(data[f"c{each.pk}"], data[f"r{each.pk}"]) for each in self.criteria}
        tasks = [each.said("task") for each in self.criteria if data.get(f"t{each.pk}") and answers[each.pk].answer in MISSING]
        return Checklist(
            answers=answers,
            remark=data["remark"],
            tasks=[*tasks, data["other_task"]],
            made_on=data["made_on"],
            corrects=data["corrects"],
            photos=photos_of(data["photos"], data["key"]),
        )


def asked_of(text: str) -> list[VisitCriterion]:
    """Return the criteria that a form names, as it was made; what it does not name well is left out."""
    ids = [int(part) for part in text.split(",")[:MOST_CRITERIA] if part.isascii() and part.isdigit() and len(part) < 10]
    found = VisitCriterion.objects.in_bulk(ids)
    return [found[pk] for pk in dict.fromkeys(ids) if pk in found]


def blank(visit: Visit) -> ChecklistForm:
    """Return a checklist to fill in, or, of a visit that was made, to correct: what was said is there."""
    criteria = list(VisitCriterion.objects.filter(is_active=True))
    initial: dict[str, Any] = {"key": uuid.uuid4(), "corrects": visit.key, "remark": visit.remark}
    if visit.key:
        answered = list(visit.answers.select_related("criterion").order_by("criterion__position", "criterion"))
        criteria += [row.criterion for row in answered if row.criterion not in criteria]
        for row in answered:
            initial |= {f"c{row.criterion_id}": row.answer, f"r{row.criterion_id}": row.remark}
    return ChecklistForm(initial=initial, criteria=criteria)


def visitors() -> Any:
    """Return the people who may be sent on a visit, by name."""
    return User.objects.filter(pk__in=[person.id for person in users_with("awareness.change_visit")]).order_by("name", "pk")


class WhenForm(forms.Form):
    """A day, and who goes."""

    planned_on = forms.DateField(label=gettext_lazy("Day"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    visitor = forms.ModelChoiceField(User.objects.none(), label=gettext_lazy("Who goes"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people: Any = self.fields["visitor"]
        people.queryset = visitors()
        today = timezone.localdate()
        self.fields["planned_on"].widget.attrs |= {"min": today.isoformat(), "max": (today + timedelta(days=400)).isoformat()}

    def clean_planned_on(self) -> Any:
        """Refuse days that are over, and slips of the finger."""
        day, today = self.cleaned_data["planned_on"], timezone.localdate()
        if not today <= day <= today + timedelta(days=400):
            raise ValidationError(_("Choose today or a day of the coming year."), code="day")
        return day


class ReasonForm(forms.Form):
    """Why a visit is called off."""

    reason = forms.CharField(label=gettext_lazy("Why is it cancelled?"), max_length=250)
