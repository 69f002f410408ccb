"""Nothing opens without a name, and staff need their second factor."""

from __future__ import annotations

from collections.abc import Callable

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware as DjangoLoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

from lincassable.accounts.decorators import View


class LoginRequiredMiddleware(DjangoLoginRequiredMiddleware):
    """Django's own guard, which also knows our `@public` mark."""

    def process_view(self, request: HttpRequest, view_func: View, view_args: tuple, view_kwargs: dict) -> HttpResponseBase | None:
        """Let public views through, send everybody else to the sign-in page."""
        if getattr(view_func, "is_public", False):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)


class MFAGate:
    """Keeps staff without a verified second factor out of everything that needs an account.

    The sign-in library offers TOTP but forces nobody. Only the pages where one sets it up, verifies it or leaves are
    open; the one that takes it away is not, or a stolen password would be enough to replace it.
    """

    ALWAYS_OPEN = ("account_login", "account_logout", "mfa_authenticate", "mfa_reauthenticate")
    OPEN_TO_SET_UP = ("mfa_activate_totp", "account_reauthenticate")

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view_func: View, view_args: tuple, view_kwargs: dict) -> HttpResponseBase | None:
        """Send staff to set up their second factor, or to verify it in this session; let everybody else through."""
        if not settings.STAFF_MFA_REQUIRED or getattr(view_func, "is_public", False):
            return None
        user = request.user
        if not user.is_authenticated or not user.is_staff or self._is_open(request, self.ALWAYS_OPEN):
            return None
        if not is_mfa_enabled(user, [Authenticator.Type.TOTP]):
            return None if self._is_open(request, self.OPEN_TO_SET_UP) else HttpResponseRedirect(reverse("mfa_activate_totp"))
        # The user is named: without it, the library answers an empty list and nobody would ever pass.
        if not any(record["method"] == "mfa" for record in get_authentication_records(request, user)):
            return HttpResponseRedirect(f"{reverse('mfa_reauthenticate')}?{urlencode({'next': request.get_full_path()})}")
        return None

    @staticmethod
    def _is_open(request: HttpRequest, names: tuple[str, ...]) -> bool:
        """Return whether the page asked for is one of `names`; leaving the admin is always possible."""
        match = request.resolver_match
        return match is not None and match.view_name in (*names, "admin:logout")
