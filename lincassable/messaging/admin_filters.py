"""Filters of the list of messages that say in words what the columns keep as codes."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from lincassable.messaging import admin_words
from lincassable.messaging.models import Message


class _ByColumn(admin.SimpleListFilter):
    """The rows whose column (`parameter_name`) has the chosen value."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Message]) -> QuerySet[Message]:
        """Return what was chosen."""
        return queryset if self.value() is None else queryset.filter(**{str(self.parameter_name): self.value()})


class KindFilter(_ByColumn):
    """Kinds by what they are called."""

    title, parameter_name = gettext_lazy("kind"), "kind"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, object]]:
        """Return all that can be sent."""
        return [*admin_words.kind_choices(admin_words.known_kinds())]


class ChannelFilter(_ByColumn):
    """Mails, or lines to chat rooms."""

    title, parameter_name = gettext_lazy("channel"), "channel"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, object]]:
        """Return all."""
        return [*admin_words.CHANNELS.items()]


class LanguageFilter(_ByColumn):
    """Languages by their names."""

    title, parameter_name = gettext_lazy("language"), "language"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, object]]:
        """Return both."""
        return [*admin_words.LANGUAGES.items()]
