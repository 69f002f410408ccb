"""The declaration screen, shown fast: most stores see the same page with other figures in it.

The page is rendered once per language and set of containers, with marks where a store's own values stand; then each
opening only fills in the marks. Rendering the whole form each time took most of the time of a request.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import get_language

from crates.models import ContainerType
from lincassable.portal.forms import DeclarationForm
from lincassable.portal.phone import frame

# What people type cannot hold a mark: it is drawn when the process starts.
_DRAWN = uuid.uuid4().hex
_MARK = re.compile(rf"@{_DRAWN}:(\w[\w-]*)@")
_CSRF, _NAME, _SCOPE = "csrf", "store_name", "store_uuid"
PAGES_KEPT = 64  # one per language and set of containers


class _MarkedStore:
    """Stands for any store while the page is rendered with marks."""

    name, uuid = f"@{_DRAWN}:{_NAME}@", f"@{_DRAWN}:{_SCOPE}@"


def declaration_page(
    request: HttpRequest,
    store_name: str,
    store_uuid: uuid.UUID,
    containers: Sequence[tuple[ContainerType, int]],
    initial: Mapping[str, object],
) -> HttpResponse:
    """Return the screen for one store.

    Arguments:
        containers: the kinds it uses, in order, each with the number of paloxes to ask one by one.
        initial: what the fields start from, by name; the others are empty.
    """
    kinds = tuple(_Kind(kind, count) for kind, count in containers)
    build = _parts.__wrapped__ if settings.DEBUG else _parts
    values = {**initial, _NAME: store_name, _SCOPE: store_uuid, _CSRF: get_token(request)}
    parts = build(get_language() or settings.LANGUAGE_CODE, reverse("portal:declare"), kinds)
    # Literal pieces and names of marks take turns.
    return HttpResponse("".join(escape(values.get(part, "")) if index % 2 else part for index, part in enumerate(parts)))


class _Kind:
    """A container type as the form shows it; equal to another that would be shown alike."""

    def __init__(self, kind: ContainerType, paloxes: int) -> None:
        self.kind, self.paloxes = kind, paloxes
        self._shown = (kind.pk, kind.code, kind.declared_as, kind.name_fr, kind.name_en, paloxes)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Kind) and self._shown == other._shown

    def __hash__(self) -> int:
        return hash(self._shown)


@lru_cache(maxsize=PAGES_KEPT)
def _parts(language: str, path: str, kinds: tuple[_Kind, ...]) -> list[str]:
    """Return the page cut at its marks. `language` is the one that is active: it tells the pages apart."""
    names = ["key", "first_name", *(f"full_{kind.kind.code}" for kind in kinds)]
    form = DeclarationForm(
        containers=[kind.kind for kind in kinds],
        paloxes={kind.kind.pk: kind.paloxes for kind in kinds},
        initial={name: f"@{_DRAWN}:{name}@" for name in names},
    )
    request = HttpRequest()
    request.path = request.path_info = path
    context = {**frame(), "form": form, "store": _MarkedStore, "csrf_token": f"@{_DRAWN}:{_CSRF}@"}
    return _MARK.split(render_to_string("portal/declare.html", context, request))
