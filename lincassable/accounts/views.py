"""Pages that belong to no account: sign-in of the admin, legal pages."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode

from lincassable.accounts import privacy as personal_data
from lincassable.accounts.decorators import public


@public
def admin_login(request: HttpRequest) -> HttpResponse:
    """Lead to the one sign-in page, which throttles and knows the second factor, and back to the admin page asked for.

    Whoever signed in and is no staff is refused: the sign-in page would send them back here for ever.
    """
    if request.user.is_authenticated and not request.user.is_staff:
        raise PermissionDenied
    next_page = request.GET.get("next", "")
    query = "?" + urlencode({"next": next_page}) if next_page else ""
    return HttpResponseRedirect(reverse("account_login") + query)


@public
def not_here(request: HttpRequest) -> HttpResponse:
    """Close a page of the sign-in library that this site does not offer. Raises Http404."""
    raise Http404


def operator() -> dict[str, str]:
    """Return who runs the site, from the settings; what is not set is empty."""
    return {
        "name": settings.ORGANISATION_NAME,
        "legal_form": settings.ORGANISATION_LEGAL_FORM,
        "address": settings.ORGANISATION_ADDRESS,
        "email": settings.ORGANISATION_EMAIL,
        "phone": settings.ORGANISATION_PHONE,
        "registration": settings.ORGANISATION_REGISTRATION,
        "publisher": settings.ORGANISATION_PUBLISHER,
        "host": settings.HOSTING,
    }


def _legal(request: HttpRequest, template: str, **context: Any) -> HttpResponse:
    return render(request, f"legal/{template}.html", {"operator": operator(), **context})


@public
def notice(request: HttpRequest) -> HttpResponse:
    """Show who runs and hosts the site."""
    return _legal(request, "notice")


@public
def privacy(request: HttpRequest) -> HttpResponse:
    """Show the table of personal data that the nightly purge applies."""
    rows = [{"what": kind.what, "purpose": kind.purpose, "retention": kind.retention} for kind in personal_data.kinds()]
    return _legal(request, "privacy", personal_data=rows)


@public
def accessibility(request: HttpRequest) -> HttpResponse:
    """Show where the site stands on accessibility."""
    return _legal(request, "accessibility")
