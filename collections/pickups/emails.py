"""The mails of tours: which templates exist (templates/mail/), who gets them, and what they need. Decides nothing, writes nothing.

| template | to | when | needs |
| --- | --- | --- | --- |
| tour_awaiting | carrier | the tour is sent | tour, stops, total, link |
| tour_changed | carrier | a sent tour changes | tour, stops, total, link, changes |
| tour_cancelled | carrier | a sent tour is cancelled | tour, reason |
| tour_reminder | carrier | the day before, at 16:00 | tour, stops, total, link |
| tour_unanswered | carrier | it has not answered in time | tour, link |
| tour_silent | coordinators | the carrier has not answered in time | tour |
| tour_slip_missing | carrier | its slip has not come | tour, link |
| tour_slip_wanted | coordinators | the carrier's slip has not come | tour |
| tour_declined | coordinators | the carrier declines | tour, reason, link |
| tour_vehicle | coordinators | the carrier accepts with another vehicle | tour, before, warnings (callable), link |
| tour_confirmed_store | a store's contacts | the carrier accepts | tour, stop |
| tour_changed_store | a store's contacts | a confirmed pickup changes | tour, stop, date_before |
| tour_cancelled_store | a store's contacts | a confirmed pickup falls away | tour, stop, reason |
| pickup_reminder | a store's contacts | two days and one day before | tour, stop |
| pickup_done, pickup_partly, pickup_missed | a store's contacts | the truck has come | tour, stop |

The mails of requests are in `emails_requests`. “A store's contacts” are those of the stop's place, and those of the places that are
collected through it and have asked: `place` is the recipient's own, `through` the stop's place when that is another one.
`stop.all_lines` are the lines of a stop with their container types; `total` sums them over the tour.
The keys hold the number of the tour's log lines, or the day of a reminder: one event, one mail; the same event again, none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy

from lincassable.accounts.models import User
from lincassable.messaging import unsubscribing
from lincassable.messaging.models import Message
from lincassable.messaging.services import Attachment, Prepared, Recipient
from lincassable.reminders.notices import stoppable
from lincassable.reminders.registry import CARRIER_CONTACT, CONTACT, USER, Person, Switch
from lincassable.reminders.signing import choices_url
from lincassable.web_addresses import web_address
from pickups import calendars, queries
from pickups.enums import OPEN_REQUEST_STATES, StopState
from pickups.lines import PlannedLine
from pickups.models import CarrierContact, RequestPart, Stop, Tour
from pickups.queries_parts import with_shares
from stores.models import Contact, Store

# Mails that bring a calendar entry, change it or take it out; the value is the invitation's method. Who no longer wants invitations
# still gets what takes out the one that came before: it would stay in their calendar for ever.
_INVITING: dict[str, calendars.Method] = {
    "tour_confirmed_store": calendars.REQUEST,
    "tour_changed_store": calendars.REQUEST,
    "tour_cancelled_store": calendars.CANCEL,
}
ANSWERS_SWITCH = Switch(
    "tour-answers",
    title=gettext_lazy("Mails about what carriers answer: tours declined, another vehicle"),
    question=gettext_lazy("Stop the mails about tours that a carrier declines or drives with another vehicle? Both stay on their pages."),
    done=gettext_lazy("Done: you will not be told what carriers answer any more."),
    people=(USER,),
)
_AFTER_VISIT = {StopState.DONE: "pickup_done", StopState.PARTIAL: "pickup_partly", StopState.MISSED: "pickup_missed"}


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
    sums: dict[int, PlannedLine] = {}
    for line in (line for stop in stops for line in stop.all_lines):  # type: ignore[attr-defined]
        known = sums.get(line.container_type_id, PlannedLine(line.container_type)).moved
        more = (line.planned_full, line.planned_empty, line.planned_taken_empty, line.planned_left_full)
        sums[line.container_type_id] = PlannedLine(line.container_type, *map(sum, zip(known, more, strict=True)))
    return sorted(sums.values(), key=lambda line: (line.container_type.position, line.container_type.code))


class Told(NamedTuple):
    """Somebody whom a pickup concerns. through: the stop's place, when the contact's own is collected through it."""

    contact: Contact
    stop: Stop
    through: Store | None


def contacts_for_mails(*, reminders: bool = False) -> QuerySet[Contact]:
    """Return the contacts who want mails about pickups, or `reminders` of them: active, with an address."""
    wanted = {"wants_pickup_reminders": True} if reminders else {"wants_pickup_mails": True}
    return Contact.objects.filter(is_active=True, **wanted).exclude(email="").select_related("store").order_by("store", "pk")


def audience(stops: Iterable[Stop], *, reminders: bool = False) -> Iterator[Told]:
    """Yield whom each stop concerns: the contacts of its place, then those of the places whose requests joined this one's.

    Two contacts with the same address are told once of a stop. Arguments: stops, of any tours. reminders, see `contacts_for_mails`.
    """
    stops = list(stops)
    asked = Q(request__in=[stop.request_id for stop in stops if stop.request_id])
    waiting = Q(request__store__in=[stop.store_id for stop in stops], request__state__in=OPEN_REQUEST_STATES)
    parts = list(RequestPart.objects.live().filter(asked | waiting).select_related("request").order_by("pk"))
    people: dict[int, list[Contact]] = {}
    for contact in contacts_for_mails(reminders=reminders).filter(
        store__in={*(stop.store_id for stop in stops), *(part.store_id for part in parts)}
    ):
        people.setdefault(contact.store_id, []).append(contact)
    for stop in stops:
        joined = dict.fromkeys(part.store_id for part in parts if _joins(part, stop))
        told = set()
        for place in (stop.store_id, *joined):
            for contact in people.get(place, []):
                if contact.email.lower() not in told:
                    told.add(contact.email.lower())
                    yield Told(contact, stop, stop.store if place != stop.store_id else None)


def _joins(part: RequestPart, stop: Stop) -> bool:
    """Return whether the place of `part` is collected by this stop: its request is the stop's, or waits at the stop's place."""
    return part.request_id == stop.request_id or (part.request.is_open and part.request.store_id == stop.store_id)


def to_stores(template: str, tour: Tour, stops: Iterable[Stop], number: int, **context: object) -> Iterator[Prepared]:
    """Yield the mail `template` for each contact whom a stop of the tour concerns and who receives pickup mails.

    Arguments: stops, with `all_lines`; number, of the event in the tour's log; context, more for the template.
    """
    invited: set[str] | None = None
    for told in audience(with_shares(stops)):
        method = _INVITING.get(template)
        if method and not told.contact.wants_invitations:
            invited = still_invited(tour) if invited is None else invited
            method = calendars.CANCEL if told.contact.email.lower() in invited else None
        yield store_mail(template, tour, told, f"{tour.pk}:{number}", unsubscribing.PICKUP, method=method, **context)


def still_invited(tour: Tour) -> set[str]:
    """Return the addresses, in small letters, whose last calendar file about the tour invited them. One query."""
    files = Message.objects.filter(subject_kind="tour", subject_id=tour.pk, kind__in=_INVITING).exclude(attachments=[]).order_by("pk")
    last = {email.lower(): rows[0]["content_type"] for email, rows in files.values_list("to_email", "attachments")}
    return {email for email, content_type in last.items() if f"method={calendars.REQUEST}" in content_type}


def store_mail(
    template: str, tour: Tour, told: Told, event: str, switch: str, *, method: calendars.Method | None = None, **context: object
) -> Prepared:
    """Return one mail about a pickup to one contact.

    Arguments: event, what makes the mail's key unique besides the place and the contact; switch, what its foot stops
    (`unsubscribing`); method, of the invitation that comes with it, if one does; context, more for the template.
    """
    contact, stop, through = told
    to = Recipient(contact.email, contact.name, contact.language)
    stopping = unsubscribing.url(switch, contact.pk)
    attachments: Sequence[Attachment] = [calendars.attachment(stop, method=method, to=to)] if method else ()
    return Prepared(
        template,
        to,
        {"tour": tour, "stop": stop, "place": contact.store, "through": through, **_foot(stopping, CONTACT, contact.pk), **context},
        f"{template.replace('_', '-')}:{event}:store:{contact.store_id}:contact:{contact.pk}",
        "tour",
        tour.pk,
        unsubscribing.headers(stopping),
        attachments,
    )


def _foot(stopping: str, kind: str, person_id: int) -> dict[str, str]:
    """Return what the foot of a mail needs: where its kind is stopped, and where the person chooses among all kinds."""
    return {"unsubscribe_url": stopping, "preferences_url": choices_url(kind, person_id)}


def visited(tour: Tour, stop: Stop) -> Iterator[Prepared]:
    """Yield the mails that tell how the truck's visit went: done, partly done, or missed, with the driver's reason.

    Call it after the visit was recorded and its request answered.
    """
    stop = next(each for each in stops_of(tour) if each.pk == stop.pk)
    left = [line for line in stop.all_lines if line.stayed]  # type: ignore[attr-defined]
    yield from to_stores(_AFTER_VISIT[StopState(stop.state)], tour, [stop], tour.log.count(), left=left)


def to_carrier(template: str, tour: Tour, event: int | str, *, reminder: bool = False, **context: object) -> list[Prepared]:
    """Return the mail `template` to the tour's carrier: to its own address, and to the people there who want it.

    Arguments: event, its number in the tour's log, or what makes its key unique; reminder, those who want reminders instead of
    tours; context, what the template needs besides the tour.
    """
    carrier = tour.carrier
    key = f"{template.replace('_', '-')}:{tour.pk}:{event}"
    own = Recipient(carrier.email, carrier.contact_name or carrier.name, carrier.language)
    mails = [Prepared(template, own, {"tour": tour, "unsubscribe_url": "", **context}, key, "tour", tour.pk)]
    wanted = {"wants_reminders": True} if reminder else {"wants_tours": True}
    people = CarrierContact.objects.filter(carrier=carrier, is_active=True, **wanted).exclude(email="").exclude(email__iexact=carrier.email)
    for contact in people.order_by("pk"):
        stop = unsubscribing.url(unsubscribing.CARRIER_REMINDERS if reminder else unsubscribing.CARRIER_TOURS, contact.pk)
        to = Recipient(contact.email, contact.name, contact.language)
        told = {"tour": tour, **_foot(stop, CARRIER_CONTACT, contact.pk), **context}
        mails.append(Prepared(template, to, told, f"{key}:contact:{contact.pk}", "tour", tour.pk, unsubscribing.headers(stop)))
    return mails


def to_coordinators(template: str, tour: Tour, event: int | str, **context: object) -> Iterator[Prepared]:
    """Yield the mail `template` for each coordinator who has not stopped these, with a link to the tour in the admin.

    Arguments: as `to_carrier`.
    """
    link, mails = web_address("admin:pickups_tour_change", tour.pk), []
    for user in coordinators():
        key = f"{template.replace('_', '-')}:{tour.pk}:{event}:user:{user.pk}"
        to = Recipient(user.email, user.name, user.language)
        person = Person(USER, user.pk, user.email, user.name, user.language)
        mails.append((person, Prepared(template, to, {"tour": tour, "link": link, **context}, key, "tour", tour.pk)))
    yield from stoppable(ANSWERS_SWITCH, mails)
