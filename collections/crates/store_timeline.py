"""What the ledger's app brings to the timeline of a place, and the step of onboarding that it ticks."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Prefetch
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crates.models import Count, Declaration, Inventory
from stores import onboarding, timeline
from stores.directory import FIRST_DECLARATION
from stores.timeline import Happening


def _lines() -> Prefetch:
    return Prefetch("lines", queryset=Count.objects.select_related("container_type").order_by("container_type__position", "pk"))


def _said(row: Declaration | Inventory) -> str:
    """Return what was counted, container by container."""
    return " · ".join(f"{line.container_type.name} {_figures(line)}" for line in row.lines.all())


def _figures(line: Count) -> str:
    """Return what was seen of one container."""
    if line.fill_percents:
        return ", ".join(f"{percent} %" for percent in line.fill_percents)
    if line.full is None or line.total is None:
        seen = line.total if line.full is None else line.full
        return (_("%(number)s in all") if line.full is None else _("%(number)s full")) % {"number": seen}
    return _("%(full)s full of %(total)s") % {"full": line.full, "total": line.total}


def declarations(ids: Collection[int], limit: int) -> list[Happening]:
    """Return the declarations, those that wait or were refused included."""
    rows = Declaration.objects.filter(store__in=ids).prefetch_related(_lines()).order_by("-declared_at", "-pk")[:limit]
    return [
        Happening(
            row.declared_at,
            _("Declaration"),
            " · ".join(
                filter(None, [_said(row), "" if row.state == Declaration.POSTED else row.get_state_display(), row.first_name, row.note])
            ),
            reverse("admin:crates_declaration_change", args=[row.pk]),
            (row.actor_kind, row.actor_id),
        )
        for row in rows
    ]


def inventories(ids: Collection[int], limit: int) -> list[Happening]:
    """Return the counts, those that were withdrawn included."""
    rows = Inventory.objects.filter(store__in=ids).prefetch_related(_lines()).order_by("-counted_at", "-pk")[:limit]
    return [
        Happening(
            row.counted_at,
            _("Inventory"),
            " · ".join(filter(None, [_said(row), _("withdrawn") if row.withdrawn_at else "", row.note])),
            reverse("admin:crates_inventory_change", args=[row.pk]),
            (row.actor_kind, row.actor_id),
        )
        for row in rows
    ]


def first_declarations(ids: Collection[int]) -> dict[int, onboarding.Ticked]:
    """Return when each place first declared, and by whom; one query."""
    rows = (
        Declaration.objects.filter(store__in=ids, state=Declaration.POSTED).order_by("store_id", "declared_at", "pk").distinct("store_id")
    )
    return {row.store_id: onboarding.Ticked(row.declared_at, (row.actor_kind, row.actor_id)) for row in rows}


def register() -> None:
    """Add them; called once the apps are ready."""
    timeline.register("declaration", gettext_lazy("Declarations"), "crates.view_declaration", declarations)
    timeline.register("inventory", gettext_lazy("Inventories"), "crates.view_inventory", inventories)
    onboarding.automatic[FIRST_DECLARATION] = first_declarations
