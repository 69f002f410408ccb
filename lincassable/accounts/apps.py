from collections.abc import Collection

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "lincassable.accounts"
    label = "accounts"
    verbose_name = _("people and access")

    def ready(self) -> None:
        """Fill the table of personal data with what this floor holds, and keep link tokens out of stored mails."""
        from lincassable.accounts import links, sealing
        from lincassable.accounts.models import AccessLink
        from lincassable.accounts.privacy_kinds import register_kinds

        register_kinds()
        sealing.register()
        links.register_kind(AccessLink.USER_CALENDAR, labels=user_labels, search=user_search)


def user_labels(ids: Collection[int]) -> dict[int, str]:
    """Return the name of each user that exists among `ids`."""
    from lincassable.accounts.models import User

    return {user.pk: str(user) for user in User.objects.filter(pk__in=ids)}


def user_search(text: str) -> list[int]:
    """Return the ids of the users whose name or address holds `text`, whatever its accents."""
    from django.db.models import Q

    from lincassable.accounts.models import User

    found = User.objects.filter(Q(name__unaccent__icontains=text) | Q(email__icontains=text))
    return list(found.values_list("pk", flat=True))
