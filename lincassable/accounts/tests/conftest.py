"""Fixtures of this app's tests."""

from __future__ import annotations

import pytest
from django.test import RequestFactory


@pytest.fixture(autouse=True)
def _fast_passwords(settings):
    """Hashing slowly is the point in production, not here."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def link_urls(settings):
    """Three small pages under the addresses of store cards (see `link_pages`)."""
    settings.ROOT_URLCONF = "lincassable.accounts.tests.link_pages"


@pytest.fixture
def dead_cache(settings):
    """A cache whose server does not answer."""
    default = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": default}


@pytest.fixture
def rf():
    """Requests without a server."""
    return RequestFactory()
