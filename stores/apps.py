from collections.abc import Collection

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StoresConfig(AppConfig):
    name = "stores"
    label = "stores"
    verbose_name = _("collection points")

    def ready(self) -> None:
        """Say how the places behind store cards are called, and what personal data this app holds."""
        from lincassable.accounts import links
        from lincassable.accounts.models import AccessLink
        from stores import (
            following_privacy,
            import_privacy,
            mail_kinds,
            merging_part,
            privacy,
            proposal_privacy,
            refusals,
            stops,
            timeline_sources,
        )

        for kind in (AccessLink.STORE, AccessLink.STORE_CALENDAR):
            links.register_kind(kind, labels=store_labels, search=store_search)
        privacy.register_kinds()
        import_privacy.register_kinds()
        following_privacy.register_kinds()
        timeline_sources.register()
        proposal_privacy.register_kinds()
        mail_kinds.register_kinds()
        merging_part.register_part()
        refusals.register()
        stops.register()


def store_labels(ids: Collection[int]) -> dict[int, str]:
    """Return the name of each store that exists among `ids`."""
    from stores.models import Store

    return {store.pk: str(store) for store in Store.objects.filter(pk__in=ids)}


def store_search(text: str) -> list[int]:
    """Return the ids of the stores whose name or town holds `text`, whatever its accents."""
    from django.db.models import Q

    from stores.models import Store

    return list(Store.objects.filter(Q(name__unaccent__icontains=text) | Q(city__unaccent__icontains=text)).values_list("pk", flat=True))
