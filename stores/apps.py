from collections.abc import Collection

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StoresConfig(AppConfig):
    name = "stores"
    label = "stores"
    verbose_name = _("collection points")

    def ready(self) -> None:
        """Say how the places behind store cards are called."""
        from lincassable.accounts import links
        from lincassable.accounts.models import AccessLink

        links.register_kind(AccessLink.STORE, labels=store_labels)


def store_labels(ids: Collection[int]) -> dict[int, str]:
    """Return the name of each store that exists among `ids`."""
    from stores.models import Store

    return {store.pk: str(store) for store in Store.objects.filter(pk__in=ids)}
