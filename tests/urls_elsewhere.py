"""Routes of one test."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def page(request: HttpRequest, signed: str) -> HttpResponse:
    """Answer."""
    return HttpResponse(signed)


urlpatterns = [path("elsewhere/", include(([path("<str:signed>/", page, name="unsubscribe")], "reporting")))]
