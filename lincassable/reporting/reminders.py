"""The reminder of bottles that wait for too long: they must leave before six months are over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lincassable.reminders import people
from lincassable.reminders.registry import CONTACT, USER, Ask, Due, Matter, Rule, Switch, Words, after, register, register_switch
from lincassable.reporting.alert_queries import find
from lincassable.reporting.alerts import Alert
from lincassable.reporting.enums import AlertKind
from lincassable.reporting.stock_sql import Scope
from stores.models import Store

SWITCH = Switch(
    "old-bottles",
    title=gettext_lazy("Reminders of bottles that wait for too long"),
    question=gettext_lazy("Stop being reminded of bottles that wait for too long? They stay on the stock board."),
    done=gettext_lazy("Done: you will not be reminded of bottles that wait for too long any more."),
    people=(USER,),
)


# Mails that are no reminders, on the page on which people choose which ones they receive.
OTHERS = (
    Switch(
        "weekly",
        title=gettext_lazy("Weekly mail"),
        question=gettext_lazy("Stop the weekly mail? You keep receiving the dates of your pickups."),
        done=gettext_lazy("Done: you will not receive the weekly mail any more. Your coordinator can switch it on again."),
        people=(CONTACT, USER),
        columns={CONTACT: "stores.Contact.wants_weekly_report", USER: "accounts.User.wants_weekly_report"},
    ),
    Switch(
        "pickups",
        title=gettext_lazy("Mails about pickups"),
        question=gettext_lazy(
            "Stop the mails about your pickups: dates, changes, quantities? They can still be seen on the store's phone page."
        ),
        done=gettext_lazy("Done: you will not receive mails about pickups any more. Your coordinator can switch them on again."),
        columns={CONTACT: "stores.Contact.wants_pickup_mails"},
    ),
)


def register_rule() -> None:
    """Add the rule, and the switches of the other mails, to the registry."""
    for each in OTHERS:
        register_switch(each)
    register(
        Rule(
            "bottles-waiting",
            title=gettext_lazy("Bottles waiting for more than five months"),
            purpose=gettext_lazy("Full containers stay at a place for long: they must leave before six months are over."),
            audience=gettext_lazy("the coordinators"),
            # The matter is the month: told as soon as it is seen, and once a month for as long as it lasts.
            plan=after(0, catch_up=31),
            priority=45,
            switch=SWITCH,
            find=waiting,
            words=words,
            heading=gettext_lazy("Places with bottles that wait for too long"),
        )
    )


def waiting(ask: Ask) -> Iterator[Matter]:
    """Yield the places with full containers that came too long ago, for the coordinators."""
    team = people.users_with("pickups.change_tour")
    month = ask.today.replace(day=1)
    for some in people.chunks(Store.objects.active().filter(**ask.among("pk")).only("pk")):
        alerts: dict[int, list[Alert]] = defaultdict(list)
        for alert in find(Scope(stores=tuple(store.pk for store in some)), [AlertKind.OLD_BOTTLES]):
            alerts[alert.store_id or 0].append(alert)
        for pk, found in alerts.items():
            facts = {"place": found[0].store_name, "pk": pk, "lines": [(alert.container, alert.figure) for alert in found]}
            for person in team:
                yield Matter(person, "store", pk, month, facts=facts)


def words(due: Due) -> Words:
    """Bottles that wait, in words."""
    lines = ", ".join(f"{number} × {container.short}" for container, number in due.facts["lines"] if container)
    figures = {"place": due.facts["place"], "lines": lines, "months": settings.OLD_BOTTLES_MONTHS}
    line = _("%(place)s: %(lines)s for more than %(months)s months") % figures
    text = [line + ".", _("Plan a pickup: bottles must leave before six months are over.")]
    url = f"{settings.SITE_URL}/admin/stores/store/{due.facts['pk']}/change/"
    return Words(_("Bottles wait at %(place)s") % figures, text, _("Open the place"), url, line)
