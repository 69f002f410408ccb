"""Reminders about containers: paloxes that nobody has seen for long, places that nobody has counted for long."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, Max, Min, OuterRef, Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crates.models import StoreContainer
from crates.queries_paloxes import months_before, unseen
from lincassable.reminders import people
from lincassable.reminders.days import local
from lincassable.reminders.registry import STORE_PAGE, Ask, Due, Matter, Parameter, Rule, Switch, Words, after, register
from stores.models import Store

INVENTORY_MONTHS = 6  # a place counts twice a year, unless a coordinator sets otherwise
_MONTHS = gettext_lazy("months")

PALOX_SWITCH = Switch(
    "paloxes",
    title=gettext_lazy("Reminders to scan paloxes"),
    question=gettext_lazy("Stop being reminded to scan the labels of paloxes?"),
    done=gettext_lazy("Done: you will not be reminded to scan paloxes any more."),
)
INVENTORY_SWITCH = Switch(
    "inventories",
    title=gettext_lazy("Reminders to count"),
    question=gettext_lazy("Stop being reminded to count all crates of the place?"),
    done=gettext_lazy("Done: you will not be reminded to count any more."),
)


def register_rules() -> None:
    """Add the rules to the registry."""
    register(
        Rule(
            "palox-unseen",
            title=gettext_lazy("Palox unseen"),
            purpose=gettext_lazy("Numbered paloxes should be at a place, and nobody has seen them for months: a scan is enough."),
            audience=gettext_lazy("the contacts of the place where they should be"),
            plan=after(0, every=30, times=3, catch_up=20),
            priority=70,
            switch=PALOX_SWITCH,
            find=unseen_paloxes,
            words=palox_words,
            heading=gettext_lazy("Paloxes to scan"),
            parameters=(Parameter("months", _MONTHS, settings.PALOX_UNSEEN_MONTHS, 1, 60),),
        )
    )
    register(
        Rule(
            "inventory-due",
            title=gettext_lazy("Inventory due"),
            purpose=gettext_lazy("Nobody has counted the crates of a place for months: small errors add up."),
            audience=gettext_lazy("the contacts of the place"),
            plan=after(0, every=14, times=3, catch_up=10),
            priority=72,
            switch=INVENTORY_SWITCH,
            find=due_inventories,
            words=inventory_words,
            heading=gettext_lazy("Places to count"),
            parameters=(Parameter("months", _MONTHS, INVENTORY_MONTHS, 1, 60),),
        )
    )


def months_after(moment: datetime, months: int) -> date:
    """Return the local day `months` calendar months after a moment."""
    return months_before(local(moment), -months).date()


def _told(found: dict[int, dict[str, Any]]) -> Iterator[Matter]:
    """Yield the matters of places, by store id, for their contacts."""
    told = people.contacts_of(found)
    for pk, matter in found.items():
        for person in told.get(pk, ()):
            yield Matter(person, "store", pk, **matter)


def unseen_paloxes(ask: Ask) -> Iterator[Matter]:
    """Yield the places where paloxes were not seen for long."""
    months = ask.parameters["months"]
    rows = unseen(ask.now, months).filter(store__status="active", **ask.among("store")).order_by().values_list("store", "store__name")
    for some in people.batched(rows.annotate(Min("seen_at"), Count("pk")).order_by("store").iterator(people.CHUNK), people.CHUNK):
        found = {}
        for pk, name, oldest, number in some:
            days = {"day": local(oldest).date(), "start": months_after(oldest, months)}
            found[pk] = {**days, "facts": {"place": name, "number": number, "months": months}}
        yield from _told(found)


def palox_words(due: Due) -> Words:
    """Paloxes to scan, in words."""
    figures, number = due.facts, due.facts["number"]
    line = (
        ngettext(
            "%(number)s palox should be at %(place)s, and was not seen for %(months)s months",
            "%(number)s paloxes should be at %(place)s, and were not seen for %(months)s months",
            number,
        )
        % figures
    )
    text = [line + ".", _("Please scan the label of each one that is there; tell us if one is not.")]
    subject = ngettext("%(number)s palox to scan: %(place)s", "%(number)s paloxes to scan: %(place)s", number) % figures
    return Words(subject, text, _("Open the store's page"), STORE_PAGE, line)


def due_inventories(ask: Ask) -> Iterator[Matter]:
    """Yield the active places that hold containers and were not counted for long; one never counted counts from the day it joined."""
    months = ask.parameters["months"]
    before = months_before(ask.now, months)
    uses = StoreContainer.objects.filter(store=OuterRef("pk"))
    counted = Max("inventories__counted_at", filter=Q(inventories__withdrawn_at=None))
    places = Store.objects.active().filter(Exists(uses), **ask.among("pk")).annotate(counted=counted)
    places = places.filter(Q(counted__lt=before) | Q(counted=None, created_at__lt=before))
    for some in people.chunks(places.only("pk", "name", "created_at")):
        found = {}
        for store in some:
            last = store.counted or store.created_at
            facts = {"place": store.name, "counted": store.counted and local(store.counted).date(), "months": months}
            found[store.pk] = {"day": local(last).date(), "start": months_after(last, months), "facts": facts}
        yield from _told(found)


def inventory_words(due: Due) -> Words:
    """A place to count, in words."""
    figures = {"place": due.facts["place"]}
    if due.facts["counted"]:
        figures["day"] = date_format(due.facts["counted"], "j F Y")
        line = _("%(place)s was last counted on %(day)s") % figures
    else:
        line = _("%(place)s was never counted") % figures
    text = [line + ".", _("Please count all crates and paloxes, full and empty, and tell us on the store's page.")]
    return Words(_("Time to count: %(place)s") % figures, text, _("Open the store's page"), STORE_PAGE, line)
