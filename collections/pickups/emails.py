"""The mails of pickups: which templates exist (templates/mail/), who gets them, and what they need. Decides nothing, writes nothing.

| template | to | when | needs |
| --- | --- | --- | --- |
| tour_awaiting | carrier | the tour is sent | tour, stops, total, link |
| tour_changed | carrier | a sent tour changes | tour, stops, total, link, changes |
| tour_cancelled | carrier | a sent tour is cancelled | tour, reason |
| tour_confirmed_store | a store's contacts | the carrier accepts | tour, stop |
| tour_changed_store | a store's contacts | a confirmed pickup changes | tour, stop |
| tour_cancelled_store | a store's contacts | a confirmed pickup falls away | tour, stop, reason |
| tour_declined | coordinators | the carrier declines | tour, reason, link |
| pickup_done | a store's contacts | the truck has come | tour, stop |

`stop.all_lines` are the lines of a stop with their container types; `total` sums them over the tour.
The keys hold the number of the tour's log lines: one event, one mail; the same event again, none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.urls import reverse

from lincassable.accounts.models import User
from lincassable.messaging.services import Prepared, Recipient
from pickups import queries
from pickups.lines import PlannedLine
from pickups.models import Stop, Tour
from stores.models import Contact


def coordinators() -> list[User]:
    """Return the people who may change tours: by their groups, by themselves, or as superusers."""
    permission = {"codename": "change_tour", "content_type": ContentType.objects.get_for_model(Tour)}
    by_group = Q(**{f"groups__permissions__{name}": value for name, value in permission.items()})
    by_hand = Q(**{f"user_permissions__{name}": value for name, value in permission.items()})
    found = User.objects.filter(by_group | by_hand | Q(is_superuser=True), is_active=True)
    return list(User.objects.filter(pk__in=found.values("pk")).order_by("pk"))


def stops_of(tour: Tour) -> list[Stop]:
    """Return the tour's stops in order, each with its store and `all_lines`."""
    return list(queries.with_lines(tour.stops.all()))


def total_of(stops: Iterable[Stop]) -> list[PlannedLine]:
    """Return the planned quantities of all stops together, one line per kind of container, in the order of screens."""
    lines = (line for stop in stops for line in stop.all_lines)  # type: ignore[attr-defined]
    return queries.sum_of((line.container_type, line.planned_full, line.planned_empty) for line in lines)


def to_carrier(template: str, tour: Tour, number: int, **context: object) -> Prepared:
    """Return the mail `template` to the tour's carrier.

    Arguments: number, of the event in the tour's log; context, what the template needs besides the tour.
    """
    carrier = tour.carrier
    return Prepared(
        template,
        Recipient(carrier.email, carrier.contact_name or carrier.name, carrier.language),
        {"tour": tour, **context},
        f"{template.replace('_', '-')}:{tour.pk}:{number}",
        "tour",
        tour.pk,
    )


def to_stores(template: str, tour: Tour, stops: Iterable[Stop], number: int, **context: object) -> Iterator[Prepared]:
    """Yield the mail `template` for each contact of each stop's store that receives pickup mails.

    Arguments: stops, with `all_lines`; number, of the event in the tour's log; context, more for the template.
    """
    by_store = {stop.store_id: stop for stop in stops}
    contacts = Contact.objects.filter(store__in=by_store, is_active=True, wants_pickup_mails=True).exclude(email="")
    for contact in contacts.order_by("store", "pk"):
        stop = by_store[contact.store_id]
        yield Prepared(
            template,
            Recipient(contact.email, contact.name, contact.language),
            {"tour": tour, "stop": stop, **context},
            f"{template.replace('_', '-')}:{tour.pk}:{number}:store:{stop.store_id}:contact:{contact.pk}",
            "tour",
            tour.pk,
        )


def to_coordinators(template: str, tour: Tour, number: int, **context: object) -> Iterator[Prepared]:
    """Yield the mail `template` for each coordinator, with a link to the tour in the admin."""
    link = settings.SITE_URL + reverse("admin:pickups_tour_change", args=[tour.pk])
    for user in coordinators():
        key = f"{template.replace('_', '-')}:{tour.pk}:{number}:user:{user.pk}"
        to = Recipient(user.email, user.name, user.language)
        yield Prepared(template, to, {"tour": tour, "link": link, **context}, key, "tour", tour.pk)
