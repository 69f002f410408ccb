"""Who wants no mailings, or cannot be reached: asked before a list is made, before a batch, and before each mail leaves."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models.functions import Lower

from lincassable.mailings.enums import Reason
from lincassable.messaging import addresses
from stores.models import Contact


def unwanted(contact_ids: Collection[int]) -> dict[int, str]:
    """Return the contacts among `contact_ids` who must get no mailing, each with its `Reason`. Three queries, whatever their number.

    Somebody who runs two shops is a contact of both: who refused as one of them refused as the other.
    """
    rows = list(Contact.objects.filter(pk__in=contact_ids).order_by().values_list("pk", Lower("email"), "wants_mailings"))
    known = {email for _pk, email, _wants in rows if email}
    refused = addresses.refused(known)
    with_address = Contact.objects.annotate(lower=Lower("email")).filter(lower__in=known, wants_mailings=False)
    stopped = set(with_address.order_by().values_list("lower", flat=True))
    found = {}
    for pk, email, wants in rows:
        if not wants or email in stopped:
            found[pk] = Reason.UNSUBSCRIBED.value
        elif email in refused:
            found[pk] = Reason.BOUNCED.value
    return found
