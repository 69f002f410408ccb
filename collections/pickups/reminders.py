"""The reminders of tours: who is due is computed from their days, never scheduled ahead (`lincassable.reminders` does the rest).

| rule | to | due | until |
| --- | --- | --- | --- |
| pickup-soon | contacts of the places of an accepted tour | two days before, then the day before, from 9:00 | the departure |
| tour-soon | its carrier | the last day it works before the tour, from 16:00 | the departure |
| carrier-silent, tour-unanswered | coordinators, the carrier | `Carrier.answer_days` days after it was sent | the departure |
| slip-missing, slip-wanted | the carrier, coordinators | `SLIP_MISSING_DAYS` days after it was done | `SLIP_NAGGING_DAYS` more |

The day of the tour is in the keys: a tour that moves to another day is reminded of anew. Whoever was told the date since the day on which a
reminder falls due needs none. The rules about places and their wishes are in `reminders_places`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lincassable.accounts import links
from lincassable.accounts.models import AccessLink
from lincassable.messaging.models import Message
from lincassable.reminders import people
from lincassable.reminders.days import at, local
from lincassable.reminders.registry import (
    CARRIER,
    CARRIER_CONTACT,
    CONTACT,
    USER,
    Ask,
    Due,
    Matter,
    OwnMail,
    Person,
    Switch,
    Words,
)
from lincassable.web_addresses import web_address
from pickups import emails, emails_requests, queries
from pickups.enums import ANNOUNCED_TOUR_STATES, StopState, TourState
from pickups.models import CarrierContact, Stop, Tour
from pickups.queries_parts import with_shares
from pickups.queries_slips import without_slip
from stores.days import public_holiday

# Mails that tell a store its date.
_TOLD = ("tour_confirmed_store", "tour_changed_store")
_LATER = timedelta(days=10)  # days off may bring a reminder that much forward


def departure(tour: Tour) -> datetime:
    """Return when the tour leaves: no reminder after that."""
    return at(tour.date, tour.departs_at)


# -- stores

PICKUP_SWITCH = Switch(
    "pickup-reminders",
    title=gettext_lazy("Reminders of pickups"),
    question=gettext_lazy("Stop the reminders before a pickup? You keep receiving its date and its changes."),
    done=gettext_lazy("Done: you will not be reminded of pickups any more. Your coordinator can switch it on again."),
    columns={CONTACT: "stores.Contact.wants_pickup_reminders"},
)


def coming_pickups(ask: Ask) -> Iterator[Matter]:
    """Yield whom a truck visits soon: the contacts of its stops, and of the places whose crates leave with them."""
    days = (ask.today, ask.today + timedelta(days=max(ask.plan.steps)) + _LATER)
    coming = Stop.objects.filter(
        state=StopState.TO_DO, tour__state__in=ANNOUNCED_TOUR_STATES, tour__date__range=days, **ask.among("pk")
    ).select_related("store", "tour__carrier", "tour__hub", "request")
    for some in people.chunks(coming):
        told = list(emails.audience(some, reminders=True))
        informed = _informed({one.stop.tour_id for one in told})
        for one in told:
            contact, tour = one.contact, one.stop.tour
            yield Matter(
                people.person_of(contact),
                "stop",
                one.stop.pk,
                tour.date,
                until=departure(tour),
                informed=informed.get((tour.pk, contact.email.lower())),
                facts={"told": one},
                about=("tour", tour.pk),
            )


def _informed(tour_ids: Collection[int]) -> dict[tuple[int, str], datetime]:
    """Return when each address was last told the date of each tour, by (tour id, address)."""
    mails = Message.objects.filter(kind__in=_TOLD, subject_kind="tour", subject_id__in=tour_ids).order_by("created_at")
    return {(tour_id or 0, address.lower()): told for tour_id, address, told in mails.values_list("subject_id", "to_email", "created_at")}


def pickup_mails(dues: Sequence[Due]) -> list[OwnMail]:
    """Return the mails of reminders that stand alone."""
    stops = {due.facts["told"].stop.pk for due in dues}
    rich = {
        stop.pk: stop
        for stop in with_shares(queries.with_lines(Stop.objects.filter(pk__in=stops).select_related("tour__carrier", "tour__hub")))
    }
    pages = emails_requests.page_urls({due.facts["told"].contact.store_id for due in dues})
    found = []
    for due in dues:
        contact, stop, through = due.facts["told"]
        context = {"tour": stop.tour, "stop": rich[stop.pk], "place": contact.store, "through": through}
        found.append(OwnMail("pickup_reminder", {**context, "page_url": pages.get(contact.store_id, "")}))
    return found


def pickup_words(due: Due) -> Words:
    """A coming pickup in words."""
    contact, stop, through = due.facts["told"]
    figures = {"day": date_format(stop.tour.date, "l j F"), "place": contact.store.name, "at": stop.store.name}
    text = [_("A truck comes to %(at)s on %(day)s.") % figures]
    if through:
        figures["through"] = through.name
        text.append(_("The crates of %(place)s leave with those of %(through)s: please bring them there before.") % figures)
    else:
        text.append(_("Please have the full crates ready near the entrance."))
    return Words(_("Pickup on %(day)s: %(place)s") % figures, text, line=_("%(place)s: pickup on %(day)s") % figures)


# -- carriers

CARRIER_SWITCH = Switch(
    "tour-reminders",
    title=gettext_lazy("Reminders of tours"),
    question=gettext_lazy("Stop the reminders the day before a tour? The main address of your company keeps receiving them."),
    done=gettext_lazy("Done: you will not be reminded of tours any more. The network's coordinators can switch it on again."),
    people=(CARRIER_CONTACT,),
    columns={CARRIER_CONTACT: "pickups.CarrierContact.wants_reminders"},
)
TOURS_SWITCH = Switch(
    "tours",
    title=gettext_lazy("Mails about tours"),
    question=gettext_lazy("Stop receiving the tours entrusted to your company? Its main address keeps receiving them."),
    done=gettext_lazy("Done: you will not receive the tours any more. The network's coordinators can switch them on again."),
    people=(CARRIER_CONTACT,),
    columns={CARRIER_CONTACT: "pickups.CarrierContact.wants_tours"},
)


def carrier_day(tour: Tour) -> date:
    """Return the day on which the carrier is reminded of a tour: the last one before it on which the carrier works.

    A carrier that never works in the week before is reminded the day before.
    """
    earlier = [tour.date - timedelta(days=number) for number in range(1, 8)]
    working = (day for day in earlier if day.weekday() in tour.carrier.weekdays and public_holiday(day) is None)
    return next(working, earlier[0])


def _offices(tours: Iterable[Tour]) -> dict[int, list[Person]]:
    """Return who may be told at each carrier, by its id: its own address, then the people there. One query."""
    carriers = {tour.carrier_id: tour.carrier for tour in tours}
    found = {
        pk: [Person(CARRIER, pk, carrier.email, carrier.contact_name or carrier.name, carrier.language)] for pk, carrier in carriers.items()
    }
    for contact in CarrierContact.objects.filter(carrier__in=carriers, is_active=True).exclude(email="").order_by("pk"):
        if contact.email.lower() != carriers[contact.carrier_id].email.lower():
            found[contact.carrier_id].append(Person(CARRIER_CONTACT, contact.pk, contact.email, contact.name, contact.language))
    return found


def coming_tours(ask: Ask) -> Iterator[Matter]:
    """Yield the accepted tours of the days to come, for the people of their carriers."""
    tours = Tour.objects.filter(state=TourState.ACCEPTED, date__range=(ask.today, ask.today + timedelta(days=8)), **ask.among("pk"))
    for some in people.chunks(_with_carrier(tours)):
        offices = _offices(some)
        for tour in some:
            for person in offices[tour.carrier_id]:
                yield Matter(person, "tour", tour.pk, tour.date, days=(carrier_day(tour),), until=departure(tour), facts={"tour": tour})


def tour_mails(dues: Sequence[Due]) -> list[OwnMail]:
    """Return the mails to carriers about a coming tour, alone in their mail."""
    stops = {pk: emails.stops_of(tour) for pk, tour in {due.facts["tour"].pk: due.facts["tour"] for due in dues}.items()}
    addresses = _carrier_links({due.facts["tour"].pk for due in dues})
    return [
        OwnMail(
            "tour_reminder",
            {
                "tour": tour,
                "stops": stops[tour.pk],
                "total": emails.total_of(stops[tour.pk]),
                "link": addresses.get(tour.pk, ""),
            },
        )
        for tour in (due.facts["tour"] for due in dues)
    ]


def tour_words(due: Due) -> Words:
    """A coming tour in words."""
    tour = due.facts["tour"]
    figures = {
        "reference": tour.reference,
        "day": date_format(tour.date, "l j F"),
        "hour": f"{tour.departs_at:%H:%M}",
        "hub": tour.hub.name,
    }
    text = _("Tour %(reference)s leaves on %(day)s at %(hour)s, towards %(hub)s.") % figures
    return Words(_("Tour %(reference)s on %(day)s") % figures, [text], _("Open the tour"), _carrier_links({tour.pk}).get(tour.pk, ""))


# -- carriers that are silent

TOURS_TO_PLAN_SWITCH = Switch(
    "tours-to-plan",
    title=gettext_lazy("Reminders about tours: carriers that are silent, slips that are missing"),
    question=gettext_lazy("Stop the mails about silent carriers and missing slips? Both stay on their pages."),
    done=gettext_lazy("Done: you will not be told of silent carriers and missing slips any more."),
    people=(USER,),
)


def answer_due(tour: Tour) -> datetime | None:
    """Return until when the carrier should have answered; None for a tour that was not sent."""
    if tour.sent_at is None:
        return None
    sent = local(tour.sent_at)
    return at(sent.date() + timedelta(days=tour.carrier.answer_days), sent.time())


def _unanswered(ask: Ask) -> Iterator[tuple[Tour, dict]]:
    """Yield the tours that await their carrier, with what a matter about them needs."""
    waiting = Tour.objects.filter(state=TourState.AWAITING, date__gte=ask.today, sent_at__isnull=False, **ask.among("pk"))
    for tour in _with_carrier(waiting).order_by("date", "pk"):
        due = answer_due(tour)
        if due is not None and tour.sent_at is not None:
            # The day on which it was sent is in the key: a tour that is declined, changed and sent again counts anew.
            days = {"day": local(tour.sent_at).date(), "start": local(due).date(), "not_before": due}
            yield tour, {**days, "until": departure(tour), "facts": {"tour": tour}}


def silent_for_coordinators(ask: Ask) -> Iterator[Matter]:
    """Yield the tours that nobody answers, for the coordinators."""
    team = people.users_with("pickups.change_tour")
    for tour, rest in _unanswered(ask):
        for person in team:
            yield Matter(person, "tour", tour.pk, **rest)


def silent_for_carriers(ask: Ask) -> Iterator[Matter]:
    """Yield the tours that nobody answers, for the people of their carriers."""
    found = list(_unanswered(ask))
    offices = _offices(tour for tour, _rest in found)
    for tour, rest in found:
        for person in offices[tour.carrier_id]:
            yield Matter(person, "tour", tour.pk, **rest)


def silent_words(due: Due) -> Words:
    """A silent carrier in words, for a coordinator."""
    tour = due.facts["tour"]
    figures = {"carrier": tour.carrier.name, "reference": tour.reference, "day": date_format(tour.date, "l j F")}
    text = _("%(carrier)s has not answered yet for tour %(reference)s, planned on %(day)s. Call them, or ask another carrier.") % figures
    return Words(
        _("No answer from %(carrier)s for tour %(reference)s (%(day)s)") % figures, [text], _("Open the tour"), admin_page(tour), text
    )


def unanswered_words(due: Due) -> Words:
    """A tour that awaits its carrier, in words for the carrier."""
    tour = due.facts["tour"]
    figures = {"reference": tour.reference, "day": date_format(tour.date, "l j F")}
    text = _("Tour %(reference)s, planned on %(day)s, awaits your answer.") % figures
    return Words(
        _("Your answer for tour %(reference)s (%(day)s)") % figures, [text], _("Answer"), _carrier_links({tour.pk}).get(tour.pk, "")
    )


# -- slips


def _without_slip(ask: Ask) -> QuerySet[Tour]:
    """Return the tours whose slip may be asked for: done, not of long ago, not imported. A closed tour is asked for nothing more."""
    oldest = ask.today - timedelta(days=ask.plan.first + ask.plan.every * ask.plan.times + ask.plan.catch_up) - _LATER
    return _with_carrier(
        without_slip(Tour.objects.filter(state=TourState.DONE, date__range=(oldest, ask.today), source="", **ask.among("pk")))
    )


def slips_for_carriers(ask: Ask) -> Iterator[Matter]:
    """Yield the tours whose signed slip has not come, for the people of their carriers."""
    for some in people.chunks(_without_slip(ask)):
        offices = _offices(some)
        for tour in some:
            for person in offices[tour.carrier_id]:
                yield Matter(person, "tour", tour.pk, tour.date, facts={"tour": tour})


def slips_for_coordinators(ask: Ask) -> Iterator[Matter]:
    """Yield the tours whose signed slip has not come, for the coordinators."""
    team = people.users_with("pickups.change_tour")
    for some in people.chunks(_without_slip(ask)):
        for tour in some:
            for person in team:
                yield Matter(person, "tour", tour.pk, tour.date, facts={"tour": tour})


def _slip_subject(due: Due) -> tuple[str, str]:
    tour = due.facts["tour"]
    figures = {"reference": tour.reference, "day": date_format(tour.date, "j F"), "carrier": tour.carrier.name}
    return _("The slip of tour %(reference)s is missing") % figures, _("Tour %(reference)s of %(day)s, driven by %(carrier)s.") % figures


def slip_words(due: Due) -> Words:
    """A missing slip in words, for the carrier."""
    subject, line = _slip_subject(due)
    text = [line, _("Please send the signed slip: a photo of it is enough.")]
    return Words(subject, text, _("Send the slip"), _carrier_links({due.facts["tour"].pk}).get(due.facts["tour"].pk, ""), line)


def slip_wanted_words(due: Due) -> Words:
    """A missing slip in words, for a coordinator."""
    subject, line = _slip_subject(due)
    text = [line, _("If you have it on paper, add it to the tour, or close the tour: nobody is asked any more then.")]
    return Words(subject, text, _("Open the tour"), admin_page(due.facts["tour"]), line)


# -- shared


def _with_carrier(tours: QuerySet[Tour]) -> QuerySet[Tour]:
    return tours.select_related("carrier", "hub", "vehicle").exclude(carrier__email="")


def admin_page(tour: Tour) -> str:
    """Return the address of a tour in the admin."""
    return web_address("admin:pickups_tour_change", tour.pk)


def _carrier_links(tour_ids: Collection[int]) -> dict[int, str]:
    """Return the address of the carrier's page of each tour; those whose link was revoked are absent."""
    found = AccessLink.objects.filter(kind=AccessLink.CARRIER_TOUR, object_id__in=tour_ids, revoked_at__isnull=True)
    return {link.object_id: links.url(link) for link in found}


def plain_mails(template: str, *, office: bool) -> dict:
    """Return the arguments of a rule whose own mail shows the tour and a link: the carrier's page, or the tour in the admin."""

    def mails(dues: Sequence[Due]) -> list[OwnMail]:
        addresses = _carrier_links({due.facts["tour"].pk for due in dues}) if office else {}
        tours = [due.facts["tour"] for due in dues]
        return [OwnMail(template, {"tour": tour, "link": addresses.get(tour.pk, "") if office else admin_page(tour)}) for tour in tours]

    return {"mail": mails, "templates": (template,)}
