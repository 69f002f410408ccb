"""The reminder to look at the list of products: of places that sell drinks and have not looked at it for long."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.db.models import Max, Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lincassable.reminders import people
from lincassable.reminders.days import local
from lincassable.reminders.registry import STORE_PAGE, Ask, Due, Matter, Parameter, Rule, Switch, Words, after, register
from references.queries import sellers

SWITCH = Switch(
    "references",
    title=gettext_lazy("Reminders of the list of products"),
    question=gettext_lazy("Stop being reminded to look at the list of products in returnable bottles?"),
    done=gettext_lazy("Done: you will not be reminded of the list of products any more."),
)


def register_rules() -> None:
    """Add the rule to the registry."""
    register(
        Rule(
            "references-stale",
            title=gettext_lazy("References list stale"),
            purpose=gettext_lazy("Nobody has looked at a place's list of products for long: people go there in vain."),
            audience=gettext_lazy("the contacts of the shops, hotels and restaurants concerned"),
            plan=after(0, every=30, times=2, catch_up=20),
            priority=80,
            switch=SWITCH,
            find=stale,
            words=words,
            heading=gettext_lazy("Lists of products to look at"),
            parameters=(Parameter("days", gettext_lazy("days without a look"), settings.SHELF_STALE_DAYS, 1, 730),),
        )
    )


def stale(ask: Ask) -> Iterator[Matter]:
    """Yield the places whose list was not looked at for `days`; one never looked at counts from the day the place joined."""
    delay = timedelta(days=ask.parameters["days"])
    places = sellers().filter(**ask.among("pk")).annotate(looked_at=Max("shelf_checks__checked_at"))
    places = places.filter(Q(looked_at__lt=ask.now - delay) | Q(looked_at=None, created_at__lt=ask.now - delay))
    for some in people.chunks(places.only("pk", "name", "created_at")):
        ids = [store.pk for store in some]
        told = people.contacts_of(ids)
        for store in some:
            day = local(store.looked_at or store.created_at).date()
            facts = {"place": store.name, "looked": day if store.looked_at else None}
            for person in told.get(store.pk, ()):
                yield Matter(person, "store", store.pk, day, start=day + delay, facts=facts)


def words(due: Due) -> Words:
    """A list to look at, in words."""
    figures = {"place": due.facts["place"]}
    if due.facts["looked"]:
        figures["day"] = date_format(due.facts["looked"], "j F Y")
        line = _("%(place)s: last looked at on %(day)s") % figures
    else:
        line = _("%(place)s: nobody has filled in the list yet") % figures
    text = [_("Which products in returnable bottles does %(place)s sell today? People look for them on the map.") % figures, line + "."]
    return Words(_("The list of products of %(place)s") % figures, text, _("Open the store's page"), STORE_PAGE, line)
