"""What goes over when two rows become one place: what is still open. What is over stays where it happened."""

from __future__ import annotations

from django.utils.translation import ngettext

from nonconformities.models import NonConformity
from stores.merging import Part, Plan, ids_of, register
from stores.models import Store


class NonConformitiesPart(Part):
    """The non-conformities' part of a merge."""

    def plan(self, loser: Store, winner: Store) -> Plan:
        """Return what goes over."""
        plan = Plan()
        ids = ids_of(NonConformity.objects.open().filter(store=loser, movement=None))
        sentence = ngettext("%(count)d open non-conformity goes over.", "%(count)d open non-conformities go over.", len(ids))
        plan.move(NonConformity, ids, sentence)
        return plan


def register_part() -> None:
    """Add it; called once the apps are ready."""
    register(NonConformitiesPart())
