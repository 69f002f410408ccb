"""Opening hours on a collection point's admin page: a week to fill in, and the text for what a week cannot say.

The text stays the truth (`Store.opening_hours`). What was sent is read by the choice beside it: the week, or the text; a form
sent without a choice (an importer of pages, a test) means the text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminTextInputWidget

from stores.hours import DAYS, week_of
from stores.hours_forms import WeekForm, names_of
from stores.models import Store

WEEK, TEXT = "week", "text"
LONGEST = 400  # characters, as the column


@dataclass
class Typed:
    """What was sent: which of the two counts, the text, and the fields of the week by name."""

    mode: str
    text: str = ""
    fields: dict[str, str] = field(default_factory=dict)

    @property
    def form(self) -> WeekForm:
        """The week as it was typed; a day with “as the day above” takes that day's hours, a day without hours is closed."""
        values = {name: value for name, value in self.fields.items() if not name.endswith(("_same", "_closed"))}
        for number, day in enumerate(DAYS):
            if number and self.fields.get(f"{day.lower()}_same"):
                above = zip(names_of(day), names_of(DAYS[number - 1]), strict=True)
                values |= {name: values.get(source, "") for name, source in above}
        return WeekForm(values)

    @property
    def torn(self) -> list[str]:
        """The names of days that are ticked closed and have hours all the same."""
        return [
            str(WEEKDAYS[number])
            for number, day in enumerate(DAYS)
            if self.fields.get(f"{day.lower()}_closed")
            and not self.fields.get(f"{day.lower()}_same")
            and any(self.fields.get(name) for name in names_of(day))
        ]


class HoursWidget(forms.Widget):
    """The choice, the week and the text. Fields of the week are called `opening_hours-mo_from` and so on."""

    template_name = "stores/hours_widget.html"

    class Media:
        css = {"all": ["stores/hours.css"]}
        js = ["stores/hours.js"]

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Typed | str | None:
        """Return what was sent."""
        text = data.get(name)
        if f"{name}-mode" not in data:
            return text
        start = f"{name}-"
        fields = {key.removeprefix(start): value for key, value in data.items() if key.startswith(start) and key != f"{name}-mode"}
        return Typed(TEXT if data[f"{name}-mode"] == TEXT else WEEK, text or "", fields)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Something was sent when either the text or the choice was."""
        return name not in data and f"{name}-mode" not in data

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Show what is kept, or again what was typed."""
        context = super().get_context(name, None, attrs)
        typed = value if isinstance(value, Typed) else None
        text = typed.text if typed else (value or "")
        week = WeekForm(typed.fields, prefix=None) if typed else WeekForm(hours=text)
        beyond = bool(text) and week_of(text) is None
        mode = typed.mode if typed else (TEXT if beyond else WEEK)
        errors = typed.form.errors if typed and mode == WEEK else {}
        context["widget"] |= {
            "text": text, "mode": mode, "beyond": beyond, "days": list(_days(name, week, errors)),
            "letters": UnfoldAdminTextInputWidget().attrs["class"],
            "holidays": bool(week["holidays"].value()),
        }  # fmt: skip
        return context


def _days(name: str, week: WeekForm, errors: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give each day's fields to the template: names, values as HH:MM, what is wrong."""
    known = bool(week.initial)
    for number, day in enumerate(DAYS):
        boxes = []
        for field_name in names_of(day):
            value = week[field_name].value()
            shown = value.strftime("%H:%M") if hasattr(value, "strftime") else (value or "")
            boxes.append({"name": f"{name}-{field_name}", "label": week.fields[field_name].label, "value": shown})
        wrong = [message for field_name in names_of(day) for message in errors.get(field_name, [])]
        same = f"{day.lower()}_same"
        yield {
            "code": day, "title": str(WEEKDAYS[number]), "boxes": boxes, "errors": wrong, "first": number == 0, "same": f"{name}-{same}",
            "is_same": bool(week.data.get(same)), "shut": f"{name}-{day.lower()}_closed",
            "is_shut": bool(week.data.get(f"{day.lower()}_closed")) if week.is_bound else known and not any(box["value"] for box in boxes),
        }  # fmt: skip


class HoursField(forms.CharField):
    """Opening hours as text, out of the week or of the text itself."""

    widget = HoursWidget

    def clean(self, value: Any) -> str:
        """Return the text. Raises ValidationError naming the days that cannot be."""
        if not isinstance(value, Typed):
            return super().clean(value)
        if value.mode == TEXT:
            return super().clean(value.text)
        if value.torn:
            raise ValidationError([_("%(day)s: tick closed, or give hours, not both.") % {"day": day} for day in value.torn])
        if not any(value.fields.get(name) for day in DAYS for name in names_of(day)):
            return ""  # nobody knows; closed for good is a status
        week = value.form
        if not week.is_valid():
            raise ValidationError(list(_told(week)))
        return super().clean(week.cleaned_data["opening_hours"])

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare texts; what cannot be read has changed."""
        try:
            return super().has_changed(initial, self.clean(data))
        except ValidationError:
            return True


def _told(week: WeekForm) -> Iterator[str]:
    """Say what is wrong, each with its day."""
    for number, day in enumerate(DAYS):
        for message in dict.fromkeys(message for name in names_of(day) for message in week.errors.get(name, [])):
            yield _("%(day)s: %(problem)s") % {"day": WEEKDAYS[number], "problem": message}
    yield from map(str, week.non_field_errors())


def hours_field() -> HoursField:
    """Return the field for a form of places."""
    column = Store._meta.get_field("opening_hours")
    return HoursField(label=column.verbose_name, required=False, max_length=LONGEST, validators=column.validators)
