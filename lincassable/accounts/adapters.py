"""What the sign-in library asks us."""

from __future__ import annotations

import base64
import hashlib
import logging
from smtplib import SMTPException

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.totp.internal.auth import generate_totp_secret
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from lincassable.accounts.throttle import client_address

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by administrators, never by signing up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return False: nobody signs up by themselves."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Return where somebody starts who asked for no page: staff in the admin, the others on their role's own page."""
        if not request.user.is_staff:  # type: ignore[union-attr]
            for name in request.user.groups.order_by("name").values_list("name", flat=True):  # type: ignore[union-attr]
                if name in settings.LOGIN_REDIRECT_URLS:
                    return settings.LOGIN_REDIRECT_URLS[name]
        return super().get_login_redirect_url(request)

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address that attempts are counted for."""
        return client_address(request)

    def send_mail(self, template_prefix: str, email: str, context: dict) -> None:
        """Send a mail of the sign-in pages at once, not through the outbox.

        Coordinators read the outbox: a link that sets a new password must not be there. A mail server that does not
        answer is told to the person, who asks again.
        """
        try:
            super().send_mail(template_prefix, email, context)
        except (SMTPException, OSError):
            logger.exception("a mail of the sign-in pages could not be sent")
            messages.error(self.request, _("The mail could not be sent. Try again in a few minutes, or ask an administrator."))


def _fernet() -> MultiFernet:
    """Return the cipher for secrets at rest: SECRET_KEY writes, and its fallbacks can still be read."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [hashlib.sha256(b"lincassable second factor:" + key.encode()).digest() for key in map(str, keys)]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


class MFAAdapter(DefaultMFAAdapter):
    """Second factors, with their secrets encrypted at rest."""

    def encrypt(self, text: str) -> str:
        """Return `text` encrypted under SECRET_KEY."""
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return what `encrypt` was given.

        Under a key that is gone, nothing can be read any more: the answer is then a random secret, so that every code
        is refused (an empty one would let anybody compute them), and an administrator takes the second factor away.
        """
        try:
            return _fernet().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            logger.error("a second factor cannot be read: SECRET_KEY changed without SECRET_KEY_FALLBACKS")
            return generate_totp_secret()
