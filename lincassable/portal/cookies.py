"""The first name that staff like to give, remembered by their phone and by nothing else."""

from urllib.parse import quote, unquote

from django.conf import settings
from django.http import HttpRequest, HttpResponse

FIRST_NAME_COOKIE = "prenom"
FIRST_NAME_AGE = 365 * 24 * 3600  # seconds


def remember_first_name(response: HttpResponse, first_name: str) -> None:
    """Keep `first_name` on this phone for the next form; an empty one is forgotten."""
    if first_name:
        response.set_cookie(
            FIRST_NAME_COOKIE, quote(first_name), max_age=FIRST_NAME_AGE, path="/p/", httponly=True, samesite="Lax", secure=settings.HTTPS
        )
    else:
        response.delete_cookie(FIRST_NAME_COOKIE, path="/p/", samesite="Lax")


def remembered_first_name(request: HttpRequest) -> str:
    """Return the first name this phone remembers, or an empty text."""
    return unquote(request.COOKIES.get(FIRST_NAME_COOKIE, ""))[:60]
