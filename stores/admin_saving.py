"""What the admin pages of this app share: they save and delete through services, and tell refusals as sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from lincassable.accounts.actors import Actor
from stores.models import Contact


def author(request: HttpRequest) -> Actor:
    """Return the signed-in user as an author."""
    return Actor.of_user(request.user)  # type: ignore[arg-type]  # the admin lets nobody in who is not signed in


def tell_held(request: HttpRequest, contact: Contact) -> None:
    """Say which boxes of a contact that was just saved stay empty, because the reader of its address stopped these mails."""
    gone = getattr(contact, "held", set())
    if gone:
        names = ", ".join(str(Contact._meta.get_field(name).verbose_name) for name in sorted(gone))
        sentence = _(
            "“%(contact)s”: the reader of this address has stopped these mails, and it stays so: %(what)s. Tick them again if asked to."
        )
        messages.warning(request, sentence % {"contact": contact, "what": names})


def told(request: HttpRequest, view: Callable[[], HttpResponse]) -> HttpResponse:
    """Return what `view` answers; when a service refuses, say so at the top of the same page instead of failing."""
    try:
        return view()
    except ValidationError as error:
        for message in error.messages:
            messages.error(request, message)
        return HttpResponseRedirect(request.get_full_path())


class ThroughServices:
    """Mixin of ModelAdmin: subclasses name the services as `save_row(obj, by=)` and `delete_row(obj, by=)`.

    Django's own checks run first, in the form; the services have the last word, inside the same transaction.
    """

    save_row: Callable[..., Any]
    delete_row: Callable[..., Any]

    def save_model(self, request: HttpRequest, obj: models.Model, form: Any, change: bool) -> None:
        """Save through the service."""
        type(self).save_row(obj, by=author(request))

    def delete_model(self, request: HttpRequest, obj: models.Model) -> None:
        """Delete through the service."""
        type(self).delete_row(obj, by=author(request))

    def delete_queryset(self, request: HttpRequest, queryset: Iterable[models.Model]) -> None:
        """Delete each row through the service."""
        for obj in queryset:
            type(self).delete_row(obj, by=author(request))

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form page; what a service refuses after the form's own checks is told, not a server error."""
        return told(request, lambda: super(ThroughServices, self).changeform_view(request, *args, **kwargs))  # type: ignore[misc]

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page that asks before deleting."""
        return told(request, lambda: super(ThroughServices, self).delete_view(request, *args, **kwargs))  # type: ignore[misc]

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The list, from which several rows can be deleted at once."""
        return told(request, lambda: super(ThroughServices, self).changelist_view(request, *args, **kwargs))  # type: ignore[misc]
