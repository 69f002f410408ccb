from collections.abc import Collection

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NonConformitiesConfig(AppConfig):
    name = "nonconformities"
    label = "nonconformities"
    verbose_name = _("non-conformities")

    def ready(self) -> None:
        """Say which mails and reminders there are, how producers behind links are called, what happened at a place, what goes over in a
        merge, which personal data is held.
        """
        from lincassable.accounts import links
        from lincassable.accounts.models import AccessLink
        from nonconformities import mail_kinds, merging, rules, store_timeline, switches
        from nonconformities.privacy import register_kinds

        links.register_kind(AccessLink.PRODUCER, labels=producer_labels, search=producer_search)
        mail_kinds.register_kinds()
        rules.register_rules()
        switches.register_switches()
        store_timeline.register()
        merging.register_part()
        register_kinds()


def producer_labels(ids: Collection[int]) -> dict[int, str]:
    """Return the name of each producer that exists among `ids`."""
    from references.models import Producer

    return dict(Producer.objects.filter(pk__in=ids).order_by().values_list("pk", "name"))


def producer_search(text: str) -> list[int]:
    """Return the ids of the producers whose name holds `text`, whatever its accents."""
    from references.models import Producer

    return list(Producer.objects.filter(name__unaccent__icontains=text).values_list("pk", flat=True)[:500])
