"""The list of collection points in the admin: its filters, its search, and the columns that higher floors add."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.views import ChangeList

from lincassable.accounts.models import AccessLink
from stores import admin_registry
from stores.models import Contact, Store


class PositionFilter(admin.SimpleListFilter):
    """Places that no map can show yet."""

    title = _("position")
    parameter_name = "position"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The choices."""
        return [("missing", _("missing")), ("known", _("known"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Store]) -> QuerySet[Store]:
        """The places that match."""
        if self.value() in ("missing", "known"):
            return queryset.filter(latitude__isnull=self.value() == "missing")
        return queryset


class CardFilter(admin.SimpleListFilter):
    """Places whose card opens, was revoked, or was never made."""

    title = _("card")
    parameter_name = "card"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The choices."""
        return [("open", _("open")), ("used", _("already used")), ("revoked", _("revoked")), ("none", _("none"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Store]) -> QuerySet[Store]:
        """The places that match."""
        cards = AccessLink.objects.filter(kind=AccessLink.STORE, object_id=OuterRef("pk"))
        conditions = {
            "open": Exists(cards.filter(revoked_at__isnull=True)),
            "used": Exists(cards.filter(last_used_at__isnull=False)),
            "revoked": Exists(cards.filter(revoked_at__isnull=False)),
            "none": ~Exists(cards),
        }
        condition = conditions.get(self.value() or "")
        return queryset if condition is None else queryset.filter(condition)


class ContactFilter(admin.SimpleListFilter):
    """Places that no mail can reach."""

    title = _("contacts")
    parameter_name = "contacts"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The choices."""
        return [("reachable", _("with an e-mail")), ("unreachable", _("without an e-mail"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Store]) -> QuerySet[Store]:
        """The places that match."""
        reachable = Exists(Contact.objects.filter(store=OuterRef("pk"), is_active=True).exclude(email=""))
        if self.value() == "reachable":
            return queryset.filter(reachable)
        return queryset.filter(~reachable) if self.value() == "unreachable" else queryset


SEARCHED = ["name__unaccent__icontains", "city__unaccent__icontains", "postcode__startswith", "source_id__iexact"]
SEARCHED_IN_CONTACTS = ["contacts__name__unaccent__icontains", "contacts__email__icontains"]


def search(queryset: QuerySet[Store], found: QuerySet[Store], term: str) -> QuerySet[Store]:
    """Return `found` and the places that can be phoned at `term`, however its digits are grouped."""
    digits = re.sub(r"\D", "", term)
    if len(digits) < 6:
        return found
    # Numbers are stored as +33612345678; people type 06 12 34 56 78.
    phoned = Contact.objects.filter(phone__contains=digits.removeprefix("0")).values("store")
    return queryset.filter(Q(pk__in=found.order_by().values("pk")) | Q(pk__in=phoned))


class StoreChangeList(ChangeList):
    """Fills in the columns of higher floors, once for the whole page."""

    def get_results(self, request: HttpRequest) -> None:
        """Read the page, then ask each registered column for its values."""
        super().get_results(request)
        stores: list[Store] = list(self.result_list)  # type: ignore[has-type]
        self.result_list = stores
        ids = [store.pk for store in stores]
        for column in admin_registry.columns if ids else []:
            values = column.values(ids)
            for store in stores:
                store.__dict__.setdefault("extra_columns", {})[column.name] = values.get(store.pk)


def extra_columns() -> list[Callable[[Store], Any]]:
    """Return one list_display function per registered column."""
    return [_shower(column) for column in admin_registry.columns]


def _shower(column: admin_registry.Column) -> Callable[[Store], Any]:
    def show(store: Store) -> Any:
        return getattr(store, "extra_columns", {}).get(column.name)

    show.__name__ = column.name
    show.short_description = column.label  # type: ignore[attr-defined]
    return show
