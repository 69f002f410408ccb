"""Marks on views: who may open them without an account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponseBase

View = Callable[..., HttpResponseBase]


def public(view: View) -> View:
    """Mark `view` as open to everyone: `LoginRequiredMiddleware` lets it through."""
    marked: Any = view
    marked.is_public = True
    return view
