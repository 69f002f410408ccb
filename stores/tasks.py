"""What the worker does for places."""

import logging

from celery import shared_task

from lincassable.accounts.actors import Actor
from stores import merging
from stores.models import StoreMerge

logger = logging.getLogger(__name__)


@shared_task(name="stores.settle_merges")
def settle_merges() -> int:
    """Carry over what reached places after they became part of others: late forms, corrections of their past.

    Returns how many merges had something to carry. Running it twice, or late, changes nothing more.
    """
    found = 0
    for merge in StoreMerge.objects.standing().select_related("loser", "winner").order_by("pk"):
        found += merging.settle(merge, by=Actor.system())
    return found
