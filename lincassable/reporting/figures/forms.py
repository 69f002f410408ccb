"""What the pages of figures can be asked by their address; each refusal is a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lincassable.accounts.actors import Actor
from lincassable.reporting.figures.asked import Asked
from lincassable.reporting.figures.enums import Dimension, Preset
from lincassable.reporting.figures.periods import BEGINNING, Period, period_of
from lincassable.reporting.stock_forms import DayInput
from pickups.models import Carrier
from references.models import Producer
from stores.models import Store, Zone

FURTHEST = timedelta(days=2 * 366)  # plans further away are slips of the finger
MOST_CHOICES = 8  # places offered when a name is not enough
DAYS = {"period", "since", "until"}
UNKNOWN = _("There is no such place: search it by its name.")


class FiguresForm(forms.Form):
    """Which days, which part of the network, by what. Nothing given: this year, everything, by zone."""

    period = forms.ChoiceField(label=_("period"), required=False, choices=Preset.choices)
    since = forms.DateField(label=_("first day"), required=False, widget=DayInput, input_formats=["%Y-%m-%d"])
    until = forms.DateField(label=_("last day"), required=False, widget=DayInput, input_formats=["%Y-%m-%d"])
    zone = forms.ModelChoiceField(Zone.objects.order_by("name"), label=_("zone"), required=False, empty_label=_("all"))
    carrier = forms.ModelChoiceField(Carrier.objects.order_by("name"), label=_("carrier"), required=False, empty_label=_("all"))
    producer = forms.ModelChoiceField(Producer.objects.order_by("name"), label=_("producer"), required=False, empty_label=_("all"))
    place = forms.CharField(label=_("collection point"), required=False, max_length=160, help_text=_("a part of its name"))
    store = forms.IntegerField(required=False, validators=[MinValueValidator(0, UNKNOWN), MaxValueValidator(2**62, UNKNOWN)])
    by = forms.ChoiceField(required=False, choices=Dimension.choices)
    before = forms.BooleanField(required=False)

    def __init__(self, data: Any, *, by: Actor) -> None:
        super().__init__(data)
        self.actor, self.offered, self.store_name = by, list[Store](), ""
        # 0 means “none”: what a line of the table opens.
        self.none_of = [name for name in ("zone", "carrier", "producer") if data.get(name) == "0"]
        for name in self.none_of:
            self.fields[name] = forms.CharField(label=self.fields[name].label, required=False, widget=forms.HiddenInput)
        for name in ("since", "until"):
            self.fields[name].error_messages["invalid"] = _("This is not a day. Write it like 2026-05-01.")
        for name in ("zone", "carrier", "producer", "period", "by"):
            self.fields[name].error_messages["invalid_choice"] = _("This is not in the list any more: choose again.")
        self.fields["store"].error_messages["invalid"] = UNKNOWN

    def clean(self) -> dict[str, Any]:
        """Check the days together, and find the place."""
        given = super().clean() or {}
        days = [name for name in ("since", "until") if given.get(name)]
        if days and not given.get("period"):
            given["period"] = str(Preset.FREE)
        if days and given.get("period") != Preset.FREE:
            self.add_error(days[0], gettext("To use these days, choose the period “from one day to another”; else empty them."))
        elif given.get("period") == Preset.FREE and not self.errors.keys() & DAYS:
            self._check_days(given)
        self._find_place(given)
        return given

    def _check_days(self, given: dict[str, Any]) -> None:
        first, last = given.get("since"), given.get("until")
        if first is None and last is None:
            raise ValidationError(gettext("Choose the first day and the last day of the period."))
        if first and last and first > last:
            raise ValidationError(gettext("The period ends before it begins: change one of the two days."))
        if first and first < BEGINNING:
            raise ValidationError(gettext("Nothing is that old: choose a first day from the year 2000 on."))
        furthest = last or first
        if furthest and furthest > timezone.localdate() + FURTHEST:
            raise ValidationError(gettext("This day is too far away: choose one within two years."))

    def _find_place(self, given: dict[str, Any]) -> None:
        stores = Store.objects.for_actor(self.actor).filter(merged_into=None)
        key, text = given.get("store"), (given.get("place") or "").strip()
        if text:
            found = list(
                stores.filter(Q(name__unaccent__icontains=text) | Q(city__unaccent__icontains=text)).order_by("name", "pk")[
                    : MOST_CHOICES + 1
                ]
            )
            exact = [store for store in found if store.name.casefold() == text.casefold()]
            self.offered = [] if len(found) == 1 or len(exact) == 1 else found[:MOST_CHOICES]
            if not found:
                self.add_error("place", gettext("No place has this name. Try a part of it, or its town."))
            elif self.offered:
                self.add_error("place", gettext("Several places have this name: choose one."))
            else:
                key = (exact or found)[0].pk
        given["store"] = key
        if key:
            self.store_name = stores.filter(pk=key).values_list("name", flat=True).first() or ""
            if not self.store_name:
                given["store"] = None
                self.add_error("place", UNKNOWN)

    def asked(self, *, by: Dimension | None = None) -> Asked:
        """Return what is asked; what is wrong is left out. Arguments: by, told apart by this when the address says nothing."""
        given = getattr(self, "cleaned_data", {})
        filters = {Dimension(name): getattr(given[name], "pk", given[name]) for name in ("zone", "carrier", "producer") if given.get(name)}
        filters |= {Dimension(name): 0 for name in self.none_of}
        if given.get("store") is not None:
            filters[Dimension.STORE] = given["store"]
        chosen = Dimension(given["by"]) if given.get("by") else by
        return Asked(self._period(given), filters, chosen, bool(given.get("before")))

    def _period(self, given: dict[str, Any]) -> Period:
        preset = Preset(given.get("period") or Preset.YEAR)
        if preset != Preset.FREE:
            return period_of(preset)
        if self.errors.keys() & {"__all__", *DAYS}:
            return period_of(Preset.YEAR)
        today = timezone.localdate()
        first, last = given.get("since"), given.get("until")
        last = last or max(today, first or today)
        return Period(first or last.replace(month=1, day=1), last, timezone.now())

    @property
    def sentences(self) -> Sequence[str]:
        """What is wrong, in words, each with the name of its field."""
        return [
            str(message) if name == "__all__" else f"{str(self.fields[name].label or '').capitalize()}: {message}".lstrip(": ")
            for name, messages in self.errors.items()
            for message in messages
        ]


def names_of(dimension: Dimension, keys: Sequence[int]) -> dict[int, str]:
    """Return the names of zones, carriers, producers or places by key; 0 is “none”. One query."""
    models: dict[Dimension, Any] = {
        Dimension.ZONE: Zone,
        Dimension.CARRIER: Carrier,
        Dimension.PRODUCER: Producer,
        Dimension.STORE: Store,
    }
    none = {
        Dimension.ZONE: _("no zone"),
        Dimension.CARRIER: _("no carrier told"),
        Dimension.PRODUCER: _("no producer"),
        Dimension.STORE: _("no collection point"),
    }
    found = dict(models[dimension].objects.filter(pk__in=[key for key in keys if key]).order_by().values_list("pk", "name"))
    return {0: str(none[dimension])} | found
