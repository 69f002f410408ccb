"""What goes over of a shelf when two rows become one place: the products that only the place that went has listed."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from references.models import HeldList, Producer, ShelfCheck, ShelfItem, WashingLimit
from stores.merging import Part, Plan, ids_of, register
from stores.models import Store


class ShelfPart(Part):
    """The shelf's part of a merge."""

    def plan(self, loser: Store, winner: Store) -> Plan:
        """Return what goes over."""
        plan = Plan()
        there = ShelfItem.objects.filter(store=winner).values("reference")
        ids = ids_of(ShelfItem.objects.filter(store=loser).exclude(reference__in=there))
        sentence = ngettext("%(count)d product of its shelf goes over.", "%(count)d products of its shelf go over.", len(ids))
        plan.move(ShelfItem, ids, sentence)
        plan.move(ShelfCheck, ids_of(ShelfCheck.objects.filter(store=loser)))
        plan.move(HeldList, ids_of(HeldList.objects.filter(store=loser, settled_at=None)))
        if not Producer.objects.filter(store=winner).exists():
            producers = Producer.objects.filter(store=loser).order_by("pk")
            plan.move(Producer, ids_of(producers))
            plan.sentences += [_("The producer “%(name)s” gets the place that stays.") % {"name": producer} for producer in producers]
        if not WashingLimit.objects.filter(centre=winner).exists():
            plan.move(WashingLimit, ids_of(WashingLimit.objects.filter(centre=loser)), field="centre")
        return plan


def register_part() -> None:
    """Add it; called once the apps are ready."""
    register(ShelfPart())
