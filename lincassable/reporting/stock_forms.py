"""What the stock pages can be asked by their address: filters and moments, each refusal a sentence that says what to do."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crates.enums import Cause
from crates.models import ContainerType
from lincassable.reporting.alerts import REGISTRY
from lincassable.reporting.enums import AlertKind
from lincassable.reporting.stock_board import Asked
from lincassable.reporting.stock_sql import Scope
from stores.enums import Kind

YEAR = timedelta(days=365)


def network_zone() -> ZoneInfo:
    """Where days are cut."""
    return ZoneInfo(settings.NETWORK_TIME_ZONE)


def end_of(day: date) -> datetime:
    """Return the last moment of a local day."""
    return start_of(day + timedelta(days=1)) - timedelta(microseconds=1)


def start_of(day: date) -> datetime:
    """Return the first moment of a local day."""
    return datetime.combine(day, time.min, tzinfo=network_zone())


class DayInput(forms.DateInput):
    """The browser's own date picker."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class MomentField(forms.Field):
    """A day (its end counts), or a moment like 2026-05-01T14:30, of the network's time; never in the future. None when empty."""

    widget = DayInput

    def to_python(self, value: Any) -> datetime | None:
        """Return the moment. Raises ValidationError for what is no day, or a day to come."""
        text = str(value or "").strip()
        if not text:
            return None
        try:
            moment = self._read(text)
        except (ValueError, OverflowError):
            moment = None
        if moment is None:
            raise ValidationError(gettext("“%(text)s” is not a day. Write it like 2026-05-01.") % {"text": text[:40]})
        if moment > end_of(timezone.localdate()):
            raise ValidationError(gettext("This day is yet to come: the stock is known up to today."))
        return min(moment, timezone.now())

    @staticmethod
    def _read(text: str) -> datetime | None:
        day = parse_date(text)
        if day is not None:
            return end_of(day)
        moment = parse_datetime(text)
        if moment is not None and timezone.is_naive(moment):
            moment = moment.replace(tzinfo=network_zone())
        return moment


ALERT_CHOICES = [(str(kind), rule.title) for kind, rule in REGISTRY.items()]


class BoardForm(forms.Form):
    """The filters of the board. Zones and containers come from the board's own query, so they are checked as numbers only."""

    zone = forms.IntegerField(label=_("zone"), required=False, min_value=1, max_value=2**62)
    kind = forms.ChoiceField(label=_("kind"), required=False, choices=[("", _("all")), *Kind.choices])
    container = forms.IntegerField(label=_("container"), required=False, min_value=1, max_value=2**62)
    alert = forms.ChoiceField(
        label=_("to look at"),
        required=False,
        choices=[("", _("everything")), *((str(kind), rule.title) for kind, rule in REGISTRY.items())],
    )
    at = MomentField(label=_("as it stood at the end of"), required=False)

    def asked(self, page: int | None) -> Asked:
        """Return what is asked; what is wrong is left out."""
        given = getattr(self, "cleaned_data", {})
        scope = Scope(moment=given.get("at"), zone=given.get("zone"), kind=given.get("kind") or None, container=given.get("container"))
        alert = given.get("alert")
        return Asked(scope, AlertKind(alert) if alert else None, page)


class MovementsForm(forms.Form):
    """The filters of a place's movements. Without a day, the last twelve months."""

    since = forms.DateField(label=_("from"), required=False, widget=DayInput, input_formats=["%Y-%m-%d"])
    until = MomentField(label=_("to"), required=False)
    cause = forms.ChoiceField(label=_("cause"), required=False, choices=[("", _("all")), *Cause.choices])
    container = forms.ModelChoiceField(ContainerType.objects.all(), label=_("container"), required=False, empty_label=_("all"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["since"].error_messages["invalid"] = _("This is not a day. Write it like 2026-05-01.")
        self.fields["container"].error_messages["invalid_choice"] = _("There is no such container. Choose one of the list.")

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins."""
        given = super().clean() or {}
        since, until = given.get("since"), given.get("until")
        if since and start_of(since) > (until or timezone.now()):
            raise ValidationError(gettext("The period ends before it begins: change one of the two days."))
        return given

    def period(self) -> tuple[datetime, datetime]:
        """Return the first and the last moment asked for; what is wrong counts as not given."""
        given = getattr(self, "cleaned_data", {})
        until = given.get("until") or timezone.now()
        since = start_of(given["since"]) if given.get("since") else None
        if since is None or since > until:
            since = start_of(timezone.localtime(until - YEAR, network_zone()).date())
        return since, until
