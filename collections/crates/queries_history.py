"""How a movement came to say what it says: from what was first recorded, through each correction, to what stands now."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from crates.models import Movement

LONGEST = 50  # corrections followed; more would be somebody playing


def chain_of(movement: Movement) -> list[Movement]:
    """Return the movements that correct one another, in the order they were recorded, `movement` among them.

    What was first recorded, its reversal, what replaced it, and so on; with their entries. Two queries per correction.
    """
    first = _first(movement)
    chain: list[Movement] = []
    current: Movement | None = first
    while current is not None and len(chain) < LONGEST:
        chain.append(current)
        follow = list(_with_entries().filter(Q(reverses=current) | Q(replaces=current)).order_by("pk"))
        chain += [each for each in follow if each.reverses_id]
        current = next((each for each in follow if each.replaces_id), None)
    return chain


def _first(movement: Movement) -> Movement:
    """Return the movement at the start of the chain."""
    current = movement
    for _step in range(LONGEST):
        earlier = current.reverses_id or current.replaces_id
        if earlier is None:
            break
        current = Movement.objects.get(pk=earlier)
    return _with_entries().get(pk=current.pk)


def _with_entries() -> QuerySet[Movement]:
    return Movement.objects.prefetch_related("entries__store", "entries__container_type")
