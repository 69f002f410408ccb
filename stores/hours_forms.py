"""A form for opening hours: a week, two windows a day, and public holidays. On the store's phone and in the admin."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stores.hours import DAYS, Week, Window, text_of, week_of


class Row(NamedTuple):
    """One day of the form: its name, and its four fields."""

    name: str
    fields: list[forms.BoundField]


def _time_field(label: str) -> forms.TimeField:
    widget = forms.TimeInput(format="%H:%M", attrs={"type": "time", "class": "form-control"})
    return forms.TimeField(label=label, required=False, widget=widget)


class WeekForm(forms.Form):
    """Opening hours by day. Arguments: hours, the text to start from; what a week cannot say leaves the form empty."""

    holidays = forms.BooleanField(label=gettext_lazy("Closed on public holidays"), required=False)

    def __init__(self, *args: Any, hours: str = "", **kwargs: Any) -> None:
        week = week_of(hours)
        kwargs["initial"] = {**(initial_of(week) if week else {}), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        self.is_beyond_a_week = bool(hours) and week is None
        labels = (_("%(day)s, from"), _("%(day)s, until"), _("%(day)s, again from"), _("%(day)s, again until"))
        for number, day in enumerate(DAYS):
            for label, name in zip(labels, names_of(day), strict=True):
                self.fields[name] = _time_field(label % {"day": WEEKDAYS[number]})

    @property
    def rows(self) -> Iterator[Row]:
        """The days, Monday first."""
        for number, day in enumerate(DAYS):
            yield Row(str(WEEKDAYS[number]), [self[name] for name in names_of(day)])

    def clean(self) -> dict[str, Any]:
        """Say at its day what is not a window; the whole is in `cleaned_data["opening_hours"]`."""
        data = super().clean() or self.cleaned_data
        days: list[tuple[Window, ...]] = []
        for day in DAYS:
            try:
                days.append(_windows([data.get(name) for name in names_of(day)]) if not self._wrong(day) else ())
            except ValidationError as error:
                days.append(())
                self.add_error(names_of(day)[0], error)
        text = text_of(Week(tuple(days), bool(data.get("holidays"))))
        if not text and not self.errors:
            raise ValidationError(_("Give the hours of at least one day."), code="empty")
        data["opening_hours"] = text
        return data

    def _wrong(self, day: str) -> bool:
        return any(name in self.errors for name in names_of(day))


def names_of(day: str) -> tuple[str, str, str, str]:
    """Return the names of a day's fields: from and until, again from and until."""
    low = day.lower()
    return f"{low}_from", f"{low}_until", f"{low}_from_2", f"{low}_until_2"


def initial_of(week: Week) -> dict[str, Any]:
    """Return what the form starts from."""
    values: dict[str, Any] = {"holidays": week.holidays}
    for day, windows in zip(DAYS, week.days, strict=True):
        moments = [moment for window in windows for moment in window]
        values |= dict(zip(names_of(day), moments, strict=False))
    return values


def _windows(moments: list[time | None]) -> tuple[Window, ...]:
    """Return a day's windows in order. Raises ValidationError when half of one is missing, or when they touch or cross."""
    windows: list[Window] = []
    for start, end in (moments[:2], moments[2:]):
        if start is None and end is None:
            continue
        if start is None or end is None or start == end:
            raise ValidationError(_("Give when it opens and when it closes."), code="half")
        windows.append((start, end))
    if len(windows) == 2 and not windows[0][0] < windows[0][1] < windows[1][0]:
        raise ValidationError(_("The second time must begin after the end of the first."), code="order")
    return tuple(windows)
