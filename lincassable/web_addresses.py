"""The absolute addresses of our pages, as mails, calendars and feeds carry them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, reverse

# Signs that stand in an address as they are (RFC 3986), with which any text of a path may be filled.
_AS_IT_IS = re.compile(r"[A-Za-z0-9._~:+-]+")
_MARK = "here{}here"


def web_address(name: str, *words: Any) -> str:
    """Return the absolute address of the page `name`, whose route takes `words`, in their order.

    Raises NoReverseMatch when there is no such page, or when its route does not take these words.
    """
    return settings.SITE_URL + _path(name, words)


def _path(name: str, words: tuple[Any, ...]) -> str:
    """Return the path of a page. A mail to ten thousand has the same few pages with other words: their routes are searched once."""
    pieces = _pieces(name, len(words), get_urlconf() or settings.ROOT_URLCONF, get_script_prefix())
    if pieces is None or not all(isinstance(word, str) and _AS_IT_IS.fullmatch(word) for word in words):
        return reverse(name, args=words)
    return pieces[0] + "".join(word + piece for word, piece in zip(words, pieces[1:], strict=True))


@lru_cache(maxsize=256)
def _pieces(name: str, number: int, _routes: str, _prefix: str) -> tuple[str, ...] | None:
    """Return what stands around the words of a page's path; None when its route does not take any text for them."""
    marks = [_MARK.format(number) for number in range(number)]
    try:
        path = reverse(name, args=marks)
    except NoReverseMatch:
        return None
    return tuple(re.split("|".join(marks), path)) if marks else (path,)
