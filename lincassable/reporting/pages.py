"""The addresses of stores' phone pages, for mails."""

from __future__ import annotations

from collections.abc import Collection

from lincassable.accounts import links
from lincassable.accounts.models import AccessLink


def page_links(store_ids: Collection[int]) -> dict[int, AccessLink]:
    """Return the card of each store, by store id; one is made where there is none, a revoked one is left out."""
    found = links.links_for(AccessLink.STORE, store_ids)
    return {store_id: link for store_id, link in found.items() if not link.is_revoked}


def known_pages(store_ids: Collection[int]) -> dict[int, AccessLink]:
    """Return the cards that are there already, by store id, without those that were revoked. Makes none: for previews."""
    found = AccessLink.objects.filter(kind=AccessLink.STORE, object_id__in=store_ids)
    return {link.object_id: link for link in found if not link.is_revoked}
