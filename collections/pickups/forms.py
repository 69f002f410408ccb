"""What carriers may type. Stops: `stop_forms`."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class AnswerForm(forms.Form):
    """The carrier's answer."""

    ACCEPT, DECLINE = "accept", "decline"
    answer = forms.ChoiceField(choices=[(ACCEPT, _("accept")), (DECLINE, _("decline"))], widget=forms.HiddenInput)
    reason = forms.CharField(label=_("Why not?"), max_length=250, required=False, widget=forms.Textarea({"rows": 3, "maxlength": 250}))

    def clean(self) -> dict[str, Any]:
        """Declining needs a reason."""
        data = super().clean() or self.cleaned_data
        if data.get("answer") == self.DECLINE and not data.get("reason") and "reason" not in self.errors:
            self.add_error("reason", _("Say in a few words why: the coordinator will read it and look for another day."))
        return data
