"""What the pages of carriers and drivers share."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from lincassable.accounts.actors import Actor


def actor_of(request: HttpRequest) -> Actor:
    """Return who acts: whoever holds the link (set by `link_required`), else the signed-in user."""
    return getattr(request, "actor", None) or Actor.of_user(request.user)  # type: ignore[arg-type]


def wants_json(request: HttpRequest) -> bool:
    """Return whether the phone's queue sent this (static/app/outbox_store.js), not the browser itself."""
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def add_errors(form: forms.Form, error: ValidationError) -> None:
    """Put a service's sentences where they belong in `form`."""
    by_field = error.error_dict if hasattr(error, "error_dict") else {None: error.error_list}
    for field, errors in by_field.items():
        form.add_error(field if field in form.fields else None, errors)
