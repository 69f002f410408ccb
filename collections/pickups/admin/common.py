"""What the admin pages of pickups share: the author, refusals told as sentences, read-only pages, confirmation pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from unfold.widgets import UnfoldAdminTextareaWidget

from lincassable.accounts.actors import Actor
from lincassable.base_admin import ModelAdmin

COLOURS = {
    "received": "warning",
    "planned": "info",
    "collected": "success",
    "partly": "warning",
    "refused": "danger",
    "cancelled": "danger",
    "draft": "info",
    "awaiting": "warning",
    "accepted": "success",
    "declined": "danger",
    "under_way": "success",
    "done": "success",
    "closed": "info",
    "to_do": "info",
    "partial": "warning",
    "missed": "danger",
}


def author(request: HttpRequest) -> Actor:
    """Return the signed-in user as an author."""
    return Actor.of_user(request.user)  # type: ignore[arg-type]


def tell(request: HttpRequest, error: ValidationError | PermissionDenied) -> None:
    """Say why a service refused, sentence by sentence, at the top of the next page."""
    for sentence in error.messages if isinstance(error, ValidationError) else [str(error)]:
        messages.error(request, sentence)


def told(request: HttpRequest, view: Callable[[], HttpResponse]) -> HttpResponse:
    """Return what `view` answers; when a service refuses after the form's own checks, say so on the same page."""
    try:
        return view()
    except ValidationError as error:
        tell(request, error)
        return HttpResponseRedirect(request.get_full_path())


class Told:
    """Mixin of ModelAdmin: what a service refuses on a form's page is told, not a server error."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form's page."""
        return told(request, lambda: super(Told, self).changeform_view(request, *args, **kwargs))  # type: ignore[misc]


class NothingDeleted:
    """Mixin of ModelAdmin: rows that end otherwise than by being deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Nobody deletes one."""
        return False


class KeptByHistory:
    """Mixin of ModelAdmin: `why_stays(row)` says why a row cannot be deleted; the others go with what belongs to them."""

    why_stays: Callable[[Any], str]

    def get_deleted_objects(self, objs: Iterable[Any], request: HttpRequest) -> tuple[list, dict, set, list]:
        """What would go, and a sentence for each row whose history keeps it."""
        rows, meta = list(objs), self.opts  # type: ignore[attr-defined]
        kept = [sentence for row in rows if (sentence := type(self).why_stays(row))]
        lacking = set() if self.has_delete_permission(request) else {str(meta.verbose_name)}  # type: ignore[attr-defined]
        return [str(row) for row in rows], {str(meta.verbose_name_plural): len(rows)}, lacking, kept


class ReadOnly(NothingDeleted):
    """Mixin of ModelAdmin: rows that are only looked at here."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Nobody adds one here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Nobody edits one here."""
        return False


class ReasonForm(forms.Form):
    """One text: a reason, or a remark for the log."""

    reason = forms.CharField(widget=UnfoldAdminTextareaWidget(attrs={"rows": 3, "maxlength": 250}), max_length=250, required=False)

    def __init__(self, *args: Any, label: Any, required: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label, self.fields["reason"].required = label, required


def confirmation(
    model_admin: ModelAdmin,
    request: HttpRequest,
    *,
    title: Any,
    sentences: Iterable[Any],
    form: forms.Form,
    button: Any,
    back: str,
    rows: Iterable[Any] = (),
    danger: bool = False,
) -> HttpResponse:
    """Return the page that asks before acting: what will happen, to which rows, a form, one button, a way back.

    Arguments: back, the address to return to; danger, the button in red.
    """
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.model._meta,
        "title": title,
        "sentences": list(sentences),
        "rows": list(rows),
        "form": form,
        "button": button,
        "back": back,
        "danger": danger,
    }
    return TemplateResponse(request, "pickups/admin/confirm.html", context)
