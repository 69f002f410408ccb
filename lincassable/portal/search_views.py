"""The search everywhere, in the admin's frame."""

from __future__ import annotations

from typing import cast

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from lincassable.accounts.models import User
from lincassable.portal import search as searching


def search(request: HttpRequest) -> HttpResponse:
    """Show what fits `?q=`, by kind; each kind takes its own permission to see."""
    text = request.GET.get("q", "")
    groups = searching.everywhere(text, user=cast(User, request.user))
    is_short = bool(text.strip()) and len(searching.folded(text)) < searching.SHORTEST
    context = {"text": text, "groups": groups, "is_short": is_short, "longest": searching.LONGEST, "title": _("Search")}
    return render(request, "portal/admin_search.html", {**admin.site.each_context(request), **context})
