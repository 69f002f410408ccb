"""Places that somebody wrote down twice: two pairs to look at, one that is two places, one that was merged a while ago."""

from __future__ import annotations

from lincassable.accounts.actors import Actor
from lincassable.accounts.models import User
from lincassable.demo.network import Network
from stores import directory, duplicates, merging, services
from stores.enums import Kind, Status
from stores.models import Store


def tell_duplicates(network: Network, coordinator: User) -> int:
    """Write four shops down a second time, as people do; return how many pairs are left to look at."""
    by = Actor.of_user(coordinator)
    shops = [store for store in network.stores if store.kind == Kind.SHOP and store.status == Status.ACTIVE and store.latitude is not None]
    if len(shops) < 8:
        return 0
    first, second, neighbour, former = shops[2], shops[4], shops[6], shops[7]
    again = _again(first, first.name.lower().capitalize(), by=by, street=first.street)
    _same_person(first, again, by=by)
    directory.write_note(again, "Saisi au salon des producteurs ; le point existe peut-être déjà.", by=by)
    _again(second, f"{second.name} (ancien nom)", by=by, street="")
    duplicates.tell_apart(neighbour, _again(neighbour, f"{neighbour.name} – cave", by=by, street=neighbour.street), by=by)
    merging.merge(_again(former, former.name.upper(), by=by, street=former.street), former, by=by)
    return 2


def _again(store: Store, name: str, *, by: Actor, street: str) -> Store:
    fields = {"city": store.city, "postcode": store.postcode, "latitude": store.latitude, "longitude": store.longitude}
    return services.create_store(by=by, name=name, kind=store.kind, status=Status.SETTING_UP, street=street, zone=store.zone, **fields)


def _same_person(store: Store, again: Store, *, by: Actor) -> None:
    person = store.contacts.exclude(phone="").order_by("pk").first()
    if person is not None:
        services.create_contact(again, by=by, name=person.name, phone=person.phone)
