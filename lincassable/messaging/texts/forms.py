"""What a coordinator types on the page of a text. What it means is looked at by `services.check`."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lincassable.messaging.kinds import Choice, Kind
from lincassable.messaging.rendering import LONGEST_SUBJECT
from lincassable.messaging.texts.sandbox import LONGEST_SOURCE

FIELD = "border border-base-200 bg-white rounded-default px-3 py-2 w-full text-important dark:bg-base-900 dark:border-base-700"
BAD = " border-red-600 dark:border-red-500"


class TextForm(forms.Form):
    """Subject and body, what the preview is made of, and which version its author had before their eyes."""

    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=LONGEST_SUBJECT, strip=True)
    body = forms.CharField(
        label=gettext_lazy("Text"), max_length=LONGEST_SOURCE, strip=False, widget=forms.Textarea(attrs={"rows": 18, "spellcheck": "true"})
    )
    seen = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)
    q = forms.CharField(label=gettext_lazy("Search"), required=False, max_length=60)
    about = forms.TypedChoiceField(label=gettext_lazy("Preview with"), required=False, coerce=int, empty_value=None)

    def __init__(self, *args: Any, kind: Kind, choices: list[Choice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["about"].choices = [("", _("a made-up example")), *((choice.key, choice.label) for choice in choices)]  # type: ignore[attr-defined]
        if kind.subject is None:
            del self.fields["about"], self.fields["q"]
        for name, field in self.fields.items():
            field.widget.attrs["class"] = FIELD + (BAD if self.is_bound and name in self.errors else "")
        self.fields["body"].widget.attrs["class"] += " font-mono text-sm"

    def show_found(self, choices: list[Choice]) -> None:
        """After a search: offer what was found, the first one chosen, or say that nothing was. What was typed stays, unjudged."""
        self.full_clean()
        self.errors.clear()
        if "about" not in self.fields:
            return
        self.data = self.data.copy()
        self.data["about"] = str(choices[0].key) if choices else ""
        self.fields["about"].widget.attrs["autofocus"] = True  # so that the page shows it
        if not choices:
            self.add_error("about", _("Nothing found: type another name, town or number."))
