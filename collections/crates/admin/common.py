"""What the ledger's admin pages share: read-only rows, the author's name, pages that ask before acting."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from crates.models import Act
from crates.undoing import tell_done
from lincassable.accounts.actors import LINK, USER
from lincassable.accounts.models import User
from lincassable.base_admin import ModelAdmin, TabularInline
from stores.admin_saving import author

SEARCH_PLACES = 200  # places whose rows a search by name shows


class ReadOnly:
    """Mixin of ModelAdmin and inlines: rows are looked at, never edited or deleted."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Nobody adds one here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Nobody edits one here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Nobody deletes one."""
        return False


class LinesInline(ReadOnly, TabularInline):
    """The lines of a movement or of a count, as they are."""

    extra = 0
    can_delete = False
    show_change_link = False
    hide_title = True


class ReasonForm(forms.Form):
    """Why something is taken back."""

    reason = forms.CharField(
        label=_("reason"),
        max_length=250,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("kept with the correction, for whoever wonders later"),
    )


class OptionalReasonForm(ReasonForm):
    """A remark, perhaps."""

    reason = forms.CharField(label=_("reason"), max_length=250, required=False, widget=UnfoldAdminTextInputWidget)


class SureForm(forms.Form):
    """Nothing to fill in: a button."""

    @cached_property
    def reason(self) -> str:
        """No reason is asked for."""
        return ""


def author_name(kind: str, pk: int | None) -> str:
    """Return who wrote a row, for a page about that row: a name while the account exists, else what is known."""
    if kind == USER:
        user = User.objects.filter(pk=pk).first()
        return str(user) if user else gettext("a user whose account is gone (%(id)s)") % {"id": pk}
    return gettext("a phone (link %(id)s)") % {"id": pk} if kind == LINK else gettext("the system")


def ask(
    model_admin: ModelAdmin,
    request: HttpRequest,
    *,
    form: type[forms.Form],
    act: Callable[[forms.Form], object],
    back: str,
    done: str,
    title: str,
    sentence: str,
    initial: dict[str, Any] | None = None,
    rows: Iterable[str] = (),
) -> HttpResponse:
    """Show a page that asks before acting; on POST act, say `done` and go `back`. A service's refusal is told on the page.

    Arguments: `act` takes the valid form and calls the service, and may return the Act that can be undone; `sentence` says
    what will happen; `rows` what it is about.
    """
    filled = form(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and filled.is_valid():
        try:
            result = act(filled)
        except ValidationError as error:
            filled.add_error(None, error)
        else:
            tell_done(request, done, result if isinstance(result, Act) else None, back=back)
            return HttpResponseRedirect(back)
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.model._meta,
        "title": title,
        "sentence": sentence,
        "rows": list(rows),
        "form": filled,
        "back": back,
    }
    return TemplateResponse(request, "crates/admin/ask.html", context)


__all__ = ["SEARCH_PLACES", "LinesInline", "OptionalReasonForm", "ReadOnly", "ReasonForm", "SureForm", "ask", "author", "author_name"]
