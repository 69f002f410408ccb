"""The site with bare views beside its own, for the benchmark of the compose screen (`compose.py`)."""

from django.contrib import admin
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path

from lincassable.urls import urlpatterns as site

STATEMENTS: dict[str, list[str]] = {}


def _send(name: str) -> None:
    """Send the statements of an action and fetch their rows."""
    with transaction.atomic(), connection.cursor() as cursor:
        for sql in STATEMENTS[name]:
            cursor.execute(sql)
            if cursor.description:
                cursor.fetchall()


def bare(request: HttpRequest, name: str) -> HttpResponse:
    """The same statements, and nothing else."""
    _send(name)
    return HttpResponse("ok")


def plain(request: HttpRequest, name: str) -> HttpResponse:
    """As many queries, each of one row by its key."""
    with connection.cursor() as cursor:
        for _ in STATEMENTS[name]:
            cursor.execute("SELECT id, code FROM crates_containertype WHERE id = 1")
            cursor.fetchall()
    return HttpResponse("ok")


def framed(request: HttpRequest, name: str) -> HttpResponse:
    """The same statements, in the admin's empty frame."""
    _send(name)
    return TemplateResponse(request, "admin/base_site.html", {**admin.site.each_context(request), "title": "frame"}).render()


urlpatterns = [*site, path("bare/<str:name>/", bare), path("plain/<str:name>/", plain), path("framed/<str:name>/", framed)]
