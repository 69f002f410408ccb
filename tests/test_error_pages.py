"""What a person sees when something goes wrong: a page of the site with its status, never a bare line."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path

from lincassable.accounts.decorators import public


@public
def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a secret detail")


@public
def without_database(request: HttpRequest) -> HttpResponse:
    connection.cursor()
    raise AssertionError("the database answered")


@public
def forbidden(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


@public
def missing(request: HttpRequest) -> HttpResponse:
    raise Http404


urlpatterns = [
    path("broken/", broken),
    path("without-database/", without_database),
    path("forbidden/", forbidden),
    path("missing/", missing),
    path("", include("lincassable.urls")),
]


@pytest.fixture
def person() -> Client:
    """A browser that meets errors as in production, forged forms included."""
    return Client(raise_request_exception=False, enforce_csrf_checks=True)


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(("address", "status"), [("/broken/", 500), ("/forbidden/", 403), ("/missing/", 404), ("/nowhere/at/all/", 404)])
def test_an_error_is_a_page_of_the_site(person: Client, address: str, status: int) -> None:
    response = person.get(address)
    assert response.status_code == status
    assert 'class="site-header"' in response.content.decode()
    assert "secret detail" not in response.content.decode()


@pytest.mark.urls(__name__)
@pytest.mark.django_db(transaction=True)
def test_an_error_page_stands_while_the_database_is_down(person: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    connection.close()
    with monkeypatch.context() as patch:
        patch.setitem(connection.settings_dict, "HOST", "/nonexistent")
        response = person.get("/without-database/")
    assert response.status_code == 500
    assert 'class="site-header"' in response.content.decode()


def test_a_request_for_a_host_that_is_not_ours_is_refused_with_a_page(person: Client, settings: object) -> None:
    settings.ALLOWED_HOSTS = ["example.org"]
    response = person.get("/nowhere/", headers={"host": "evil.example"})
    assert response.status_code == 400
    assert 'class="site-header"' in response.content.decode()


@pytest.mark.django_db
def test_a_form_without_its_token_is_answered_with_a_page(person: Client) -> None:
    response = person.post("/compte/login/", {"login": "someone@example.org", "password": "x"})
    assert response.status_code == 403
    assert 'class="site-header"' in response.content.decode()


@pytest.mark.parametrize(("language", "words"), [("fr", 'lang="fr"'), ("en", 'lang="en"')])
def test_an_error_page_speaks_the_browsers_language(person: Client, language: str, words: str) -> None:
    assert words in person.get("/nowhere/at/all/", headers={"accept-language": language}).content.decode()
