"""Reminders about places and their wishes: who should declare because it must be filling up, which requests nobody has answered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crates.queries import last_declared_at
from lincassable.reminders import people
from lincassable.reminders.days import local
from lincassable.reminders.registry import STORE_PAGE, USER, Ask, Due, Matter, Parameter, Rule, Switch, Words, after, register
from lincassable.web_addresses import web_address
from pickups.enums import ANNOUNCED_TOUR_STATES, RequestState, StopState
from pickups.forecast import Forecast, forecasts
from pickups.models import PickupRequest, Stop
from stores.models import Store

DECLARATION_SWITCH = Switch(
    "declarations",
    title=gettext_lazy("Reminders to declare"),
    question=gettext_lazy("Stop being reminded to declare your full crates? You keep receiving the dates of your pickups."),
    done=gettext_lazy("Done: you will not be reminded to declare any more."),
)
REQUESTS_SWITCH = Switch(
    "requests",
    title=gettext_lazy("Reminders of requests that wait"),
    question=gettext_lazy("Stop being reminded of requests that nobody has planned? They stay in the list of requests."),
    done=gettext_lazy("Done: you will not be reminded of requests that wait any more."),
    people=(USER,),
)


def register_rules() -> None:
    """Add the rules to the registry."""
    register(
        Rule(
            "declaration-overdue",
            title=gettext_lazy("Declaration overdue"),
            purpose=gettext_lazy("A place that must be nearly full by its forecast has not declared for long, and no truck is announced."),
            audience=gettext_lazy("the contacts of the place"),
            plan=after(0, every=7, times=3),
            priority=40,
            switch=DECLARATION_SWITCH,
            find=overdue,
            words=overdue_words,
            heading=gettext_lazy("Places to declare"),
            parameters=(Parameter("days", gettext_lazy("days without a declaration"), settings.DECLARATION_LATE_DAYS, 1, 365),),
        )
    )
    register(
        Rule(
            "request-unanswered",
            title=gettext_lazy("Open request unanswered"),
            purpose=gettext_lazy("A place has asked for a pickup, and no tour has taken it up."),
            audience=gettext_lazy("the coordinators"),
            plan=after(5, every=5, times=4),
            priority=22,
            switch=REQUESTS_SWITCH,
            find=unanswered,
            words=unanswered_words,
            heading=gettext_lazy("Requests that wait"),
        )
    )


# -- declarations


def overdue(ask: Ask) -> Iterator[Matter]:
    """Yield the places that are nearly full by their forecast and have not declared for `days`, for their contacts."""
    places = Store.objects.active().collected().filter(collected_through=None, **ask.among("pk"))
    places = places.filter(~Exists(_open_requests()), ~Exists(_announced()))
    for some in people.chunks(places.only("pk", "name")):
        ids = [store.pk for store in some]
        declared, foreseen = last_declared_at(ids), forecasts(ids)
        found = {}
        for store in some:
            matter = _overdue(ask, foreseen.get(store.pk), declared.get(store.pk))
            if matter:
                found[store.pk] = (store.name, matter)
        told = people.contacts_of(found)
        for pk, (name, matter) in found.items():
            facts = {"place": name, **matter.pop("facts")}
            for person in told.get(pk, ()):
                yield Matter(person, "store", pk, facts=facts, **matter)


def _open_requests() -> Any:
    return PickupRequest.objects.open().filter(store=OuterRef("pk"))


def _announced() -> Any:
    return Stop.objects.filter(store=OuterRef("pk"), state=StopState.TO_DO, tour__state__in=ANNOUNCED_TOUR_STATES)


def _overdue(ask: Ask, forecast: Forecast | None, declared: Any) -> dict[str, Any] | None:
    """Return the days and facts of a matter; None for a place that has time, or of which nobody knows when it is full."""
    if forecast is None or forecast.nearly_on is None or forecast.last_pickup is None:
        return None
    heard = local(max(declared or forecast.last_pickup, forecast.last_pickup)).date()
    # The forecast may shift with what others declare: it moves the first day, and does not begin anew what was told.
    start = max(heard + timedelta(days=ask.parameters["days"]), forecast.nearly_on)
    if start > ask.today:
        return None
    return {"day": heard, "start": start, "facts": {"nearly": forecast.nearly_on, "heard": heard}}


def overdue_words(due: Due) -> Words:
    """A place to declare, in words."""
    heard, nearly = due.facts["heard"], due.facts["nearly"]
    figures = {"place": due.facts["place"], "heard": date_format(heard, "j F"), "nearly": date_format(nearly, "j F")}
    text = [
        _("By our figures, %(place)s has been nearly full since %(nearly)s; the last news is of %(heard)s.") % figures,
        _("Tell us how many full crates there are: it takes a minute, and tells us when to come."),
    ]
    line = _("%(place)s: nearly full since %(nearly)s, last news of %(heard)s") % figures
    return Words(_("Are your crates full, %(place)s?") % figures, text, _("Declare now"), STORE_PAGE, line)


# -- requests


def unanswered(ask: Ask) -> Iterator[Matter]:
    """Yield the requests that no tour has taken up, for the coordinators."""
    team = people.users_with("pickups.change_tour")
    rows = PickupRequest.objects.filter(state=RequestState.RECEIVED, **ask.among("pk")).select_related("store")
    for some in people.chunks(rows):
        for request in some:
            day = local(request.requested_at).date()
            facts = {"place": request.store.name, "days": (ask.today - day).days, "pk": request.pk}
            for person in team:
                yield Matter(person, "request", request.pk, day, facts=facts)


def unanswered_words(due: Due) -> Words:
    """A request that waits, in words."""
    days = due.facts["days"]
    waits = ngettext("%(place)s has been waiting for %(days)s day", "%(place)s has been waiting for %(days)s days", days)
    line = waits % {"place": due.facts["place"], "days": days}
    text = [line + ".", _("No tour has taken the request up: plan one, or answer the place.")]
    url = web_address("admin:pickups_pickuprequest_change", due.facts["pk"])
    return Words(_("A request waits: %(place)s") % {"place": due.facts["place"]}, text, _("Open the request"), url, line)
