"""The guided count: one kind of container per screen, its earlier answers travelling in the same form."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crates.models import ContainerType
from crates.queries_counts import Known
from crates.services import CountedLine
from lincassable.portal.forms import LARGEST, LenientMomentField
from lincassable.widgets import LeapStepperInput

SUMMARY = "summary"


@dataclass(frozen=True)
class Step:
    """One screen of the count. known: what to compare with once the figures are in."""

    number: int
    container: ContainerType
    known: Known
    empty: forms.BoundField
    full: forms.BoundField
    again: forms.BoundField
    is_current: bool

    @property
    def last(self) -> str:
        """The last inventory in words, shown after the figures were given."""
        if self.known.last_at is None:
            return _("Nothing was ever counted here.")
        when = date_format(timezone.localtime(self.known.last_at), "j F Y")
        if self.known.last_full is None:
            return _("Last count on %(when)s: %(total)s.") % {"when": when, "total": self.known.last_total}
        facts = {"when": when, "total": self.known.last_total, "full": self.known.last_full}
        return _("Last count on %(when)s: %(total)s, of which %(full)s full.") % facts


def texts() -> dict[str, str]:
    """Return the sentences that the server and static/app/count.js both fill in; names in braces are the figures."""
    return {
        "counted": _("{name}: {total} counted, {empty} empty and {full} full."),
        "expected": _("Expected: {expected}."),
        "again": _("Please count once more, then go on: your second count holds."),
        "skipped": _("{name}: not counted."),
        "required": _("Write both numbers: 0 when there are none."),
        "nothing": _("Count at least one kind of container."),
    }


class CountForm(forms.Form):
    """Empty and full containers of each kind.

    Arguments:
        containers: the kinds to count, in the order of the screens.
        known: what is known of each, by id; missing ones have never been there.
    """

    key = forms.UUIDField(widget=forms.HiddenInput, error_messages={"invalid": gettext_lazy("Open the page again, then send the form.")})
    occurred_at = LenientMomentField(widget=forms.HiddenInput, required=False)
    note = forms.CharField(
        label=gettext_lazy("Something to tell us (optional)"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, containers: Sequence[ContainerType], known: Mapping[int, Known], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.containers = list(containers)
        self.known = {kind.pk: known.get(kind.pk, Known(kind, 0, 0)) for kind in self.containers}
        for kind in self.containers:
            for name, label in ((f"empty_{kind.code}", gettext_lazy("Empty")), (f"full_{kind.code}", gettext_lazy("Full"))):
                self.fields[name] = forms.IntegerField(
                    label=label, min_value=0, max_value=LARGEST, required=False, widget=LeapStepperInput({"max": LARGEST})
                )
            self.fields[f"again_{kind.code}"] = forms.BooleanField(required=False, widget=forms.HiddenInput)

    @classmethod
    def blank(cls, containers: Sequence[ContainerType], known: Mapping[int, Known]) -> CountForm:
        """Return a form to fill in, with a key of its own."""
        return cls(containers=containers, known=known, initial={"key": uuid.uuid4()})

    @classmethod
    def sent(cls, data: QueryDict, containers: Sequence[ContainerType], known: Mapping[int, Known]) -> CountForm:
        """Return the form that came in; its answers may still be changed by `skip` and `ask_again`."""
        return cls(data.copy(), containers=containers, known=known)

    # -- one screen after the other

    def steps(self, current: str) -> list[Step]:
        """Return the screens; the one of the container whose code is `current` is shown."""
        return [
            Step(
                number,
                kind,
                self.known[kind.pk],
                self[f"empty_{kind.code}"],
                self[f"full_{kind.code}"],
                self[f"again_{kind.code}"],
                kind.code == current,
            )
            for number, kind in enumerate(self.containers, start=1)
        ]

    def after(self, code: str) -> str:
        """Return the screen that follows the one of container `code`; `SUMMARY` at the end."""
        codes = [kind.code for kind in self.containers]
        place = codes.index(code) + 1 if code in codes else 0
        return codes[place] if place < len(codes) else SUMMARY

    def before(self, code: str) -> str:
        """Return the screen before the one of container `code` (or before the summary)."""
        codes = [kind.code for kind in self.containers]
        place = codes.index(code) if code in codes else len(codes)
        return codes[max(0, place - 1)]

    def figures(self, kind: ContainerType) -> tuple[int | None, int | None]:
        """Return (empty, full) as typed; None where nothing (valid) was."""
        data = getattr(self, "cleaned_data", {})
        return data.get(f"empty_{kind.code}"), data.get(f"full_{kind.code}")

    def check(self, kind: ContainerType, *, required: bool) -> bool:
        """Say at the fields what is wrong with one screen's answers; return whether they are right."""
        figures = self.figures(kind)
        for name, figure in zip(("empty", "full"), figures, strict=True):
            field = f"{name}_{kind.code}"
            if figure is None and field not in self.errors and (required or any(each is not None for each in figures)):
                self.add_error(field, texts()["required"])
        return not any(f"{name}_{kind.code}" in self.errors for name in ("empty", "full"))

    def is_surprising(self, kind: ContainerType) -> bool:
        """Whether this container should be counted once more: far from what is expected, and not counted again yet."""
        empty, full = self.figures(kind)
        again = self.cleaned_data.get(f"again_{kind.code}")
        return empty is not None and full is not None and not again and self.known[kind.pk].is_surprised_by(empty + full)

    def ask_again(self, kind: ContainerType) -> None:
        """Remember that this container was asked about twice: the second answer is taken."""
        self.data[f"again_{kind.code}"] = "on"  # type: ignore[index]

    def skip(self, kind: ContainerType) -> None:
        """Forget what was typed about a container: it is not counted."""
        for name in ("empty", "full"):
            self.data[f"{name}_{kind.code}"] = ""  # type: ignore[index]

    def said(self, kind: ContainerType) -> str:
        """Return one container's answer in words, with what was expected."""
        empty, full = self.figures(kind)
        if empty is None or full is None:
            return texts()["skipped"].format(name=kind.name)
        counted = texts()["counted"].format(name=kind.name, total=empty + full, empty=empty, full=full)
        return f"{counted} {texts()['expected'].format(expected=self.known[kind.pk].expected)}" if self.known[kind.pk].is_known else counted

    def lines(self) -> list[CountedLine]:
        """Return what was counted, one line per kind that was not skipped."""
        counted = [(kind, *self.figures(kind)) for kind in self.containers]
        return [CountedLine(kind, empty + full, full) for kind, empty, full in counted if empty is not None and full is not None]
