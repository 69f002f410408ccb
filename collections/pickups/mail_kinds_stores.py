"""The mails of pickups to places, and what their texts may say."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lincassable.messaging.kinds import Kind, Variable, part
from pickups import mail_previews as previews
from pickups import mail_samples as samples
from pickups.mail_kinds import CONTACTS, DATE, REASON, SHORT_DATE, SHORTEST_DATE

PLACE = Variable("place", _("name of the recipient's place"), "{{ place.name }}")
PAGE = Variable("page_url", _("address of the place's page on the phone; empty when its card was revoked"), "{{ page_url }}")
PICKUP = part("pickup", _("day, time slot, place, carrier and planned quantities"), "_store_pickup")
WHERE = Variable("where", _("name of the place where the truck stops"), "{{ stop.store.name }}")
CAME_ON = Variable("came_on", _("day on which the truck came"), '{{ stop.completed_at|date:"l j F Y" }}')
CAME_DAY = Variable("came_day", _("day and month on which the truck came"), '{{ stop.completed_at|date:"j F" }}')
CAME_AT = Variable("came_at", _("time at which the truck came"), '{{ stop.completed_at|time:"H:i" }}')
MOVED = part("moved", _("what the truck took and left"), "_moved_lines")
DRIVER = Variable(
    "driver_note",
    _("what the driver noted; often empty"),
    "{% if stop.reason %}{% blocktranslate trimmed with reason=stop.reason %}The driver noted: {{ reason }}{% endblocktranslate %}"
    "{% endif %}",
)
AMONG = Variable(
    "among_sentence",
    _("a sentence for places that are collected through another one"),
    "{% if through %}{% blocktranslate trimmed with place=place.name through=through.name %}"
    "The crates of {{ place }} are among these of {{ through }}.{% endblocktranslate %}{% endif %}",
)
READY = Variable(
    "ready_sentence",
    _("asks to have the crates ready, where the truck stops"),
    '{% if not through %}{% translate "Please have the full crates ready near the entrance." %} {% endif %}'
    '{% translate "If something stands in the way, answer this mail today." %}',
)
SUITS = Variable(
    "suits_sentence",
    _("asks to have the crates ready, and to answer if the day does not suit"),
    '{% if through %}{% translate "If the day does not suit you, answer this mail." %}{% else %}'
    '{% translate "Please have the full crates ready near the entrance. If the day does not suit you, answer this mail." %}{% endif %}',
)
BEFORE = Variable(
    "before_sentence",
    _("says the day that was planned before, when the day has changed"),
    '{% if date_before %}{% blocktranslate trimmed with date=date_before|date:"l j F Y" %}It was planned on {{ date }}.'
    "{% endblocktranslate %}{% endif %}",
)
STILL_THERE = Variable(
    "still_there",
    _("what stayed at the place"),
    '{% if left %}{% translate "Still there:" %} {% for line in left %}{{ line.stayed }} × {{ line.container_type.short }}'
    "{% if not forloop.last %}, {% endif %}{% endfor %}{% endif %}",
)
CHILD = Variable("child", _("the place that joins"), "{{ child.name }}")
JOINED = Variable(
    "joined_sentence",
    _("says where the crates are collected, for places that are collected through another one"),
    "{% if through %}{% blocktranslate trimmed with place=place.name through=through.name %}The crates of {{ place }} are collected at "
    "{{ through }}: your request has joined theirs.{% endblocktranslate %}{% endif %}",
)
COMING = Variable(
    "coming_sentence",
    _("says when a truck comes, or that a date will follow"),
    '{% if coming %}{% blocktranslate trimmed with date=coming.tour.date|date:"l j F Y" %}A truck already comes on {{ date }}.'
    '{% endblocktranslate %}{% else %}{% translate "You will get a mail with the date once a carrier has accepted the tour." %}{% endif %}',
)
CHANGEABLE = Variable(
    "changeable_sentence",
    _("says that the request can still be changed, while it can"),
    '{% if request.state == "received" %}{% translate "Until the tour is sent to the carrier, you can change or cancel your request on the '
    'page of the store." %}{% endif %}',
)


def _pickup(name: str, label: Promise, when: Promise, variables: Sequence[Variable]) -> Kind:
    """Return a kind of mail about a pickup."""
    known = (PLACE, DATE, SHORT_DATE, SHORTEST_DATE, *variables)
    if name in previews.VISITS:
        return Kind(name, label, CONTACTS, when, known, samples.of_visit, previews.VISITED, previews.to_store(name))
    return Kind(name, label, CONTACTS, when, known, samples.of_store, previews.PICKUP, previews.to_store(name))


def _request(name: str, label: Promise, to: Promise, when: Promise, variables: Sequence[Variable]) -> Kind:
    """Return a kind of mail about a request."""
    return Kind(name, label, to, when, (PLACE, PAGE, *variables), samples.of_request, previews.REQUEST, previews.of_request(name))


KINDS = [
    _request("pickup_received", _("Request received"), CONTACTS, _("when the place asks for a pickup"), (JOINED, COMING, CHANGEABLE)),
    _request(
        "pickup_joined",
        _("Another place joins a pickup"),
        _("the contacts of the place where the truck stops"),
        _("when a place that brings its crates there asks for a pickup"),
        (CHILD, COMING),
    ),
    _request(
        "pickup_refused",
        _("Request refused"),
        _("the contacts of all places that asked"),
        _("when a coordinator says no"),
        (REASON,),
    ),
    _request(
        "pickup_cancelled",
        _("Request cancelled"),
        _("the contacts of the places that asked"),
        _("when the place or a coordinator takes the request back"),
        (REASON,),
    ),
    _pickup("tour_confirmed_store", _("Pickup confirmed"), _("when the carrier accepts"), (PICKUP, WHERE, SUITS)),
    _pickup("tour_changed_store", _("Pickup changed"), _("when a confirmed pickup changes"), (PICKUP, WHERE, BEFORE)),
    _pickup("tour_cancelled_store", _("Pickup cancelled"), _("when a confirmed pickup falls away"), (REASON,)),
    _pickup("pickup_reminder", _("Reminder of a pickup"), _("two days and one day before"), (PICKUP, WHERE, READY, PAGE)),
    _pickup("pickup_done", _("Collected"), _("when the truck has come"), (WHERE, CAME_ON, CAME_DAY, CAME_AT, DRIVER, MOVED, AMONG)),
    _pickup(
        "pickup_partly",
        _("Partly collected"),
        _("when the truck could not take everything"),
        (WHERE, CAME_ON, CAME_DAY, CAME_AT, DRIVER, MOVED, STILL_THERE, AMONG),
    ),
    _pickup("pickup_missed", _("Not collected"), _("when the truck could not collect"), (WHERE, DRIVER)),
]
