"""What coordinators type about mailings. Nothing typed is lost: a form that is refused comes back as it was."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelectMultiple
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lincassable.mailings import language
from lincassable.mailings.audience import Criteria
from lincassable.mailings.enums import MOST_PER_HOUR, Preference, Shelf
from lincassable.mailings.models import Mailing, MailingRecipient, MailingTemplate
from references.models import Producer
from stores.enums import DepositPractice, Kind, Role, Status
from stores.models import Store, Tag, Zone

LANGUAGES = [("", gettext_lazy("any language")), ("fr", gettext_lazy("French")), ("en", gettext_lazy("English"))]


class ChosenPlaces(AutocompleteSelectMultiple):
    """Places looked up by name; a value that cannot be a key is no choice (Django would ask the database and fail)."""

    def __init__(self) -> None:
        look = {"data-theme": "admin-autocomplete", "class": "unfold-admin-autocomplete admin-autocomplete"}
        super().__init__(MailingRecipient._meta.get_field("store"), admin.site, attrs=look)

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        """Return the options of what was chosen."""
        return super().optgroups(
            name, [each for each in value if str(each).isascii() and str(each).isdigit() and len(str(each)) < 18], attr
        )


class SeenForm(forms.Form):
    """Remembers which version the person had on the screen."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)


def _boxes(label: Any, choices: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(label=label, choices=choices, required=False, widget=forms.CheckboxSelectMultiple)


def _rows(label: Any, rows: Any) -> forms.ModelMultipleChoiceField:
    return forms.ModelMultipleChoiceField(rows, label=label, required=False, widget=forms.CheckboxSelectMultiple)


class AudienceForm(SeenForm):
    """The conditions on places and their contacts."""

    statuses = _boxes(gettext_lazy("status"), Status.choices)
    kinds = _boxes(gettext_lazy("kind"), Kind.choices)
    zones = _rows(gettext_lazy("zones"), Zone.objects.all())
    practices = _boxes(gettext_lazy("practice of the deposit"), [*DepositPractice.choices, ("unknown", gettext_lazy("unknown"))])
    tags = _rows(gettext_lazy("tags"), Tag.objects.all())
    shelf = forms.ChoiceField(label=gettext_lazy("products"), choices=Shelf.choices, required=False)
    producers = forms.ModelMultipleChoiceField(
        Producer.objects.all(),
        label=gettext_lazy("that sell products of"),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 5}),
        help_text=gettext_lazy("hold Ctrl to choose several"),
    )
    stores = forms.ModelMultipleChoiceField(
        Store.objects.all(),
        label=gettext_lazy("only these places"),
        required=False,
        widget=ChosenPlaces,
        help_text=gettext_lazy("empty: all that meet the other conditions"),
    )
    roles = _boxes(gettext_lazy("roles of contacts"), Role.choices)
    preference = forms.ChoiceField(label=gettext_lazy("contacts who"), choices=Preference.choices, required=False)
    language = forms.ChoiceField(label=gettext_lazy("language"), choices=LANGUAGES, required=False)

    @property
    def criteria(self) -> Criteria:
        """The conditions, of a valid form."""
        found = {}
        for name, value in self.cleaned_data.items():
            if name != "seen":
                found[name] = (
                    tuple(row.pk for row in value) if hasattr(value, "model") else tuple(value) if isinstance(value, list) else value
                )
        return Criteria(**found)


class TextForm(SeenForm):
    """Name, fields of its own with their values, subjects and bodies."""

    name = forms.CharField(label=gettext_lazy("name"), max_length=120, help_text=Mailing._meta.get_field("name").help_text)
    subject_fr = forms.CharField(label=gettext_lazy("subject in French"), max_length=200, required=False)
    body_fr = forms.CharField(
        label=gettext_lazy("text in French"), max_length=20_000, required=False, widget=forms.Textarea(attrs={"rows": 14})
    )
    subject_en = forms.CharField(label=gettext_lazy("subject in English"), max_length=200, required=False)
    body_en = forms.CharField(
        label=gettext_lazy("text in English"), max_length=20_000, required=False, widget=forms.Textarea(attrs={"rows": 14})
    )
    fields_typed = forms.CharField(
        label=gettext_lazy("fields of its own"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("one a line, like “event_date: Date of the event”; then write {{ event_date }} in the texts"),
    )

    def __init__(self, *args: Any, own: list[dict[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.own = own
        for field in own:
            for code, tongue in (("fr", _("in French")), ("en", _("in English"))):
                label = f"{field['label']} {tongue}"
                box = forms.CharField(
                    label=label, required=False, max_length=language.LONGEST_VALUE, widget=forms.Textarea(attrs={"rows": 1})
                )
                self.fields[f"value-{field['name']}-{code}"] = box

    @property
    def value_boxes(self) -> list[Any]:
        """The boxes of the values, by field and language."""
        return [self[name] for name in self.fields if name.startswith("value-")]

    def clean_fields_typed(self) -> list[dict[str, str]]:
        """The fields, read."""
        return language.read_fields(self.cleaned_data["fields_typed"])

    @property
    def text(self) -> dict[str, Any]:
        """What `services.save_text` takes, of a valid form."""
        given = self.cleaned_data
        kept = {name: given[name] for name in ("name", "subject_fr", "body_fr", "subject_en", "body_en")}
        values = {field["name"]: {code: given.get(f"value-{field['name']}-{code}", "") for code in ("fr", "en")} for field in self.own}
        return {**kept, "fields": given["fields_typed"], "values": values}


def text_initial(mailing: Mailing) -> dict[str, Any]:
    """Return what the form of a mailing's text is filled with."""
    found = {name: getattr(mailing, name) for name in ("name", "subject_fr", "body_fr", "subject_en", "body_en")}
    for field in mailing.fields:
        for code in ("fr", "en"):
            found[f"value-{field['name']}-{code}"] = mailing.values.get(field["name"], {}).get(code, "")
    return {**found, "fields_typed": language.write_fields(mailing.fields), "seen": mailing.version}


class FileForm(forms.Form):
    """One file to add."""

    file = forms.FileField(label=gettext_lazy("a PDF or a picture"))


class BeginForm(forms.Form):
    """What a new mailing is made of."""

    name = forms.CharField(label=gettext_lazy("name"), max_length=120, help_text=Mailing._meta.get_field("name").help_text)
    template = forms.ModelChoiceField(
        MailingTemplate.objects.filter(is_active=True),
        label=gettext_lazy("from a template"),
        required=False,
        empty_label=gettext_lazy("empty text"),
    )
    like = forms.ModelChoiceField(
        Mailing.objects.all(),
        label=gettext_lazy("or like an earlier mailing"),
        required=False,
        empty_label="–",
        help_text=gettext_lazy("takes its text, its files, its audience and its rate"),
    )

    def clean(self) -> dict[str, Any]:
        """One origin at most."""
        given = super().clean() or {}
        if given.get("template") and given.get("like"):
            self.add_error("like", ValidationError(_("Choose a template or an earlier mailing, not both."), code="both"))
        return given


class LaunchForm(SeenForm):
    """When it begins, and how fast it goes. expected: how many recipients the person saw; had: how many more have had it before."""

    NOW, LATER = "now", "later"

    expected = forms.IntegerField(widget=forms.HiddenInput, required=False)
    had = forms.IntegerField(widget=forms.HiddenInput, required=False)
    when = forms.ChoiceField(
        label=gettext_lazy("when"),
        choices=[(NOW, gettext_lazy("now (within a minute)")), (LATER, gettext_lazy("later, on"))],
        widget=forms.RadioSelect,
        initial=NOW,
    )
    day = forms.DateField(label=gettext_lazy("day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    hour = forms.TimeField(label=gettext_lazy("hour"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    per_hour = forms.IntegerField(label=gettext_lazy("messages per hour, at most"), required=False, min_value=1, max_value=MOST_PER_HOUR)
    any_hour = forms.BooleanField(label=gettext_lazy("send anyway at quiet times"), required=False)
    again = forms.BooleanField(label=gettext_lazy("also to those who have had this very text"), required=False)

    def clean(self) -> dict[str, Any]:
        """A later begin has a day and an hour."""
        given = super().clean() or {}
        if given.get("when") == self.LATER:
            for name, sentence in (("day", _("Choose the day.")), ("hour", _("Choose the hour."))):
                if not given.get(name) and name not in self.errors:
                    self.add_error(name, ValidationError(sentence, code="required"))
        return given

    @property
    def count(self) -> int | None:
        """How many recipients the person saw, of a valid form, with those who get it once more; None when the page does not say."""
        given = self.cleaned_data
        expected, had = given.get("expected"), given.get("had") or 0
        return expected + had if expected is not None and given.get("again") else expected

    @property
    def local(self) -> tuple[dt.date, dt.time] | None:
        """The local day and hour that were chosen, of a valid form; None for now."""
        given = self.cleaned_data
        return (given["day"], given["hour"]) if given["when"] == self.LATER else None


class TemplateForm(forms.ModelForm):
    """A template: its fields are typed one a line, and its version is remembered."""

    fields_typed = forms.CharField(
        label=gettext_lazy("Fields of its own"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("one a line, like “event_date: Date of the event”; then write {{ event_date }} in the texts"),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = MailingTemplate
        fields = ["name", "purpose", "is_active", "subject_fr", "body_fr", "subject_en", "body_en"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["fields_typed"] = language.write_fields(self.instance.fields)
        self.initial["seen"] = self.instance.version if self.instance.pk else None

    def clean_fields_typed(self) -> list[dict[str, str]]:
        """The fields, read."""
        return language.read_fields(self.cleaned_data["fields_typed"])

    def _post_clean(self) -> None:
        """Check the texts with the fields that were typed, each error at its box."""
        if "fields_typed" in self.cleaned_data:
            self.instance.fields = self.cleaned_data["fields_typed"]
        super()._post_clean()
        try:
            language.check_texts(self.instance)
        except ValidationError as error:
            for name, errors in error.error_dict.items():
                self.add_error(name if name in self.fields else None, errors)
        self._check_seen()

    def _check_seen(self) -> None:
        seen = self.cleaned_data.get("seen")
        if not self.instance.pk or seen is None:
            return
        present = MailingTemplate.objects.filter(pk=self.instance.pk).first()
        if present is not None and present.version != seen:
            sentence = _("Somebody else changed this template meanwhile. The present French text is: “%(text)s”. Save again to replace it.")
            self.add_error(None, ValidationError(sentence % {"text": present.body_fr}, code="stale"))
            self.data = self.data.copy()
            self.data[self.add_prefix("seen")] = str(present.version)
