"""Undoing in the browser: the button that follows an act, and what it does."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crates.models import Act
from crates.services.undo import undo
from lincassable.accounts.actors import Actor
from lincassable.accounts.decorators import same_origin


@same_origin
@require_POST
def undo_view(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Undo one's own act, then go back to the page of the button; what cannot be undone is said there. Somebody else's: 403."""
    try:
        undo(key, by=Actor.of_user(request.user))  # type: ignore[arg-type]
    except ValidationError as error:
        for sentence in error.messages:
            messages.error(request, sentence)
    else:
        messages.success(request, _("Undone: everything is as it was before."))
    target = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(target if ours else "/")


def tell_done(request: HttpRequest, sentence: str, act: Act | None, *, back: str) -> None:
    """Say on the next page what was done, with the button that undoes it.

    Arguments: `act` None when there is nothing to undo; `back`, the page to return to after undoing.
    """
    if act is None:
        messages.success(request, sentence)
        return
    messages.success(request, render_to_string("crates/undo.html", {"sentence": sentence, "act": act, "back": back}))
