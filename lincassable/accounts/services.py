"""What happens to accounts: each write in one place."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction

from lincassable.accounts.actors import Actor
from lincassable.accounts.models import User
from lincassable.accounts.roles import STAFF_ROLES

ERASED_DOMAIN = "erased.invalid"  # reserved by RFC 2606: no mail can ever arrive there


def open_admin_to_staff_roles(user: User) -> bool:
    """Let a user with the role of coordinator or administrator open the admin; return whether that changed something."""
    if user.is_staff or not user.groups.filter(name__in=STAFF_ROLES).exists():
        return False
    user.is_staff = True
    user.save(update_fields=["is_staff"])
    return True


@transaction.atomic
def remove_second_factor(user: User, *, by: Actor) -> int:
    """Take the second factor and recovery codes of `user` away, for who lost their phone; return 1 if there was one.

    With STAFF_MFA_REQUIRED, the next sign-in leads to a new set-up.
    """
    removed, _by_model = Authenticator.objects.filter(user=user).delete()
    return int(removed > 0)


@transaction.atomic
def anonymise_user(user: User, *, by: Actor) -> None:
    """Erase the person behind an account: address, name, password, roles, second factor. The row stays, for history.

    The account is closed and its sessions end (they depend on the password). Again changes nothing more.
    """
    user.email, user.name = f"{user.pk}@{ERASED_DOMAIN}", ""
    user.is_active = user.is_staff = user.is_superuser = user.wants_weekly_report = False
    user.last_login = None
    user.set_unusable_password()
    user.save()
    user.groups.clear()
    user.user_permissions.clear()
    EmailAddress.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
