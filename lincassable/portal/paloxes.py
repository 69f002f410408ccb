"""What the QR code on a palox says to whoever scans it: whose it is, and nothing else."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from crates.palox_numbers import LONGEST, find, normal
from lincassable.accounts.decorators import public


@public
@never_cache
@require_safe
def palox(request: HttpRequest, number: str) -> HttpResponse:
    """A public page: this palox belongs to the network, here is whom to call. Neither its place nor its history."""
    number = normal(number)[: LONGEST + 1]
    found = find([number]).get(number.upper())
    context = {
        "palox": found,
        "email": settings.ORGANISATION_EMAIL,
        "phone": settings.ORGANISATION_PHONE,
        "may_see": found is not None and request.user.has_perm("crates.view_palox") and request.user.is_staff,  # type: ignore[union-attr]
    }
    return render(request, "portal/palox.html", context, status=200 if found else 404)
