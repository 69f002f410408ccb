"""A store's phone for tests. The app has no tables of its own."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from html.parser import HTMLParser

from django.test import Client

from crates.models import ContainerType, StoreContainer
from lincassable.accounts import links
from lincassable.accounts.models import AccessLink
from stores.models import Store

ORIGIN = {"Sec-Fetch-Site": "same-origin"}
QUEUE = {**ORIGIN, "Accept": "application/json"}


def container(code: str = "75") -> ContainerType:
    """A container of the seeded catalogue: "75", "33" or "palox"."""
    return ContainerType.objects.get(code=code)


def use(store: Store, *codes: str, capacity: int | None = 40) -> None:
    """Say that `store` uses these containers."""
    for code in codes:
        StoreContainer.objects.create(store=store, container_type=container(code), capacity=capacity)


def phone_of(store: Store, *, language: str = "en") -> Client:
    """A phone that has just opened the QR link of `store`."""
    phone = Client(headers={"Accept-Language": language})
    phone.get(f"/p/{links.token(links.link_for(AccessLink.STORE, store.pk))}")
    return phone


class _Inputs(HTMLParser):
    """Collects the input fields of a page: name -> value, None for a box that is not ticked."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str | None] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note one field."""
        values = dict(attrs)
        name = values.get("name")
        if tag == "input" and name:
            chosen = values.get("type") not in ("checkbox", "radio") or "checked" in values
            self.found[name] = (values.get("value") or "") if chosen else self.found.get(name)


def fields(page) -> dict[str, str | None]:
    """What a person finds in the fields of a page, as the browser reads them."""
    reader = _Inputs()
    reader.feed(page.content.decode())
    return reader.found


def answers(**values: object) -> dict[str, object]:
    """A filled-in form with a key of its own; 14 full crates unless told otherwise."""
    return {"key": str(uuid.uuid4()), "full_75": "14", **values}


def send(phone: Client, data: Mapping[str, object], *, queued: bool = False):
    """Send the form as a browser does, or as the phone's queue does."""
    return phone.post("/p/declarer/", data, headers=QUEUE if queued else ORIGIN)
