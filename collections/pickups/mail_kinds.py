"""The mails of pickups and what their texts may say, for `messaging.kinds`. The contexts are those of `emails` and `emails_requests`."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from lincassable.messaging.kinds import Kind, Variable, block, part, register
from pickups import mail_previews as previews
from pickups import mail_samples as samples

CARRIER, COORDINATORS, CONTACTS = _("the carrier"), _("coordinators"), _("the contacts of the place")

REFERENCE = Variable("reference", _("number of the tour"), "{{ tour.reference }}")
DATE = Variable("date", _("day of the tour, with the year"), '{{ tour.date|date:"l j F Y" }}')
SHORT_DATE = Variable("short_date", _("day of the tour, without the year"), '{{ tour.date|date:"l j F" }}')
SHORTEST_DATE = Variable("day_and_month", _("day and month of the tour"), '{{ tour.date|date:"j F" }}')
CARRIER_NAME = Variable("carrier", _("name of the carrier"), "{{ tour.carrier.name }}")
TOUR = (REFERENCE, DATE, SHORT_DATE)
VEHICLE = Variable(
    "vehicle_sentence",
    _("a sentence with the vehicle, when one is chosen"),
    "{% if tour.vehicle %}{% blocktranslate trimmed with vehicle=tour.vehicle %}Vehicle: {{ vehicle }}{% endblocktranslate %}{% endif %}",
)
NOTE = Variable("note", _("the coordinator's note for the carrier; often empty"), "{{ tour.note }}")
LINK = Variable("link", _("address of the tour's page"), "{{ link }}")
REASON = Variable("reason", _("why, as it was typed; may be empty"), "{{ reason }}")
STOPS = part("stops", _("the list of stops, with their quantities"), "_tour_stops")
TOTAL = block(
    "total",
    _("the quantities of all stops together"),
    '{% translate "In all" as caption %}{% include "mail/_pickup_lines.html" with lines=total %}',
    '{% translate "In all:" %}\n{% include "mail/_pickup_lines.txt" with lines=total indent="" %}',
)
HOW_MANY = Variable(
    "how_many_stops",
    _("number of stops, in words"),
    "{% blocktranslate trimmed count number=stops|length %}{{ number }} stop{% plural %}{{ number }} stops{% endblocktranslate %}",
)
SENT = Variable("sent_on", _("day on which the tour was sent to the carrier"), '{{ tour.sent_at|date:"l j F" }}')

_CARRIER_KINDS = [
    Kind(
        "tour_awaiting",
        _("Tour to accept"),
        CARRIER,
        _("when the tour is sent"),
        (*TOUR, HOW_MANY, VEHICLE, NOTE, LINK, STOPS, TOTAL),
        samples.of_carrier,
        previews.TOUR,
        previews.to_carrier("tour_awaiting"),
    ),
    Kind(
        "tour_changed",
        _("Tour changed"),
        CARRIER,
        _("when a tour that it knows changes"),
        (
            *TOUR,
            NOTE,
            LINK,
            STOPS,
            TOTAL,
            block(
                "changes",
                _("the list of what changed"),
                "<ul>{% for change in changes %}<li>{{ change }}</li>{% endfor %}</ul>",
                "{% for change in changes %}- {{ change }}\n{% endfor %}",
            ),
        ),
        samples.of_carrier,
        previews.TOUR,
        previews.to_carrier("tour_changed"),
    ),
    Kind(
        "tour_cancelled",
        _("Tour cancelled, to the carrier"),
        CARRIER,
        _("when a tour that it knows is cancelled"),
        (*TOUR, REASON),
        samples.of_carrier,
        previews.TOUR,
        previews.to_carrier("tour_cancelled"),
    ),
    Kind(
        "tour_reminder",
        _("Reminder of a tour"),
        CARRIER,
        _("on the last day it works before the tour, from 16:00"),
        (
            *TOUR,
            HOW_MANY,
            Variable("departure", _("time of departure"), '{{ tour.departs_at|time:"H:i" }}'),
            Variable("hub", _("where the tour ends"), "{{ tour.hub.name }}"),
            VEHICLE,
            NOTE,
            LINK,
            STOPS,
            TOTAL,
        ),
        samples.of_carrier,
        previews.TOUR,
        previews.to_carrier("tour_reminder"),
    ),
    Kind(
        "tour_unanswered",
        _("Tour still to accept"),
        CARRIER,
        _("when it has not answered in time"),
        (*TOUR, SENT, LINK),
        samples.of_carrier,
        previews.TOUR,
        previews.to_carrier("tour_unanswered"),
    ),
    Kind(
        "tour_slip_missing",
        _("Slip missing, to the carrier"),
        CARRIER,
        _("when the signed slip has not come some days after the tour"),
        (*TOUR, LINK),
        samples.of_carrier,
        previews.TOUR,
        previews.to_carrier("tour_slip_missing"),
    ),
]

_COORDINATOR_KINDS = [
    Kind(
        "tour_silent",
        _("Carrier silent"),
        COORDINATORS,
        _("when the carrier has not answered in time"),
        (
            *TOUR,
            CARRIER_NAME,
            Variable("sent_at", _("day and time at which the tour was sent to the carrier"), '{{ tour.sent_at|date:"l j F, H:i" }}'),
            Variable(
                "call_sentence",
                _("a sentence that says whom to call"),
                "{% if tour.carrier.phone %}{% blocktranslate trimmed with phone=tour.carrier.phone.as_national "
                "name=tour.carrier.contact_name|default:tour.carrier.name %}Call {{ name }} ({{ phone }}), or cancel the tour and ask "
                "another carrier.{% endblocktranslate %}{% else %}"
                '{% translate "Call the carrier, or cancel the tour and ask another one." %}{% endif %}',
            ),
            LINK,
        ),
        samples.of_coordinator,
        previews.TOUR,
        previews.to_coordinator("tour_silent"),
    ),
    Kind(
        "tour_slip_wanted",
        _("Slip missing, to coordinators"),
        COORDINATORS,
        _("when the signed slip has not come some days after the tour"),
        (*TOUR, CARRIER_NAME, LINK),
        samples.of_coordinator,
        previews.TOUR,
        previews.to_coordinator("tour_slip_wanted"),
    ),
    Kind(
        "tour_declined",
        _("Tour declined"),
        COORDINATORS,
        _("when the carrier says no"),
        (*TOUR, CARRIER_NAME, REASON, LINK),
        samples.of_coordinator,
        previews.TOUR,
        previews.to_coordinator("tour_declined"),
    ),
    Kind(
        "tour_vehicle",
        _("Tour accepted with another vehicle"),
        COORDINATORS,
        _("when the carrier accepts with another vehicle"),
        (
            *TOUR,
            CARRIER_NAME,
            Variable("vehicle", _("the vehicle that comes"), "{{ tour.vehicle }}"),
            block(
                "vehicles",
                _("the vehicle that was planned and the one that comes"),
                "<p>{% if before %}{% blocktranslate trimmed %}Planned: {{ before }}{% endblocktranslate %}<br>{% endif %}<strong>"
                "{% blocktranslate trimmed with vehicle=tour.vehicle %}What comes: {{ vehicle }}{% endblocktranslate %}</strong></p>",
                "{% if before %}{% blocktranslate trimmed %}Planned: {{ before }}{% endblocktranslate %}\n{% endif %}"
                "{% blocktranslate trimmed with vehicle=tour.vehicle %}What comes: {{ vehicle }}{% endblocktranslate %}",
            ),
            block(
                "warnings",
                _("what does not suit the new vehicle"),
                '{% for warning in warnings %}{% if forloop.first %}<p>{% translate "Look at this:" %}</p><ul>{% endif %}'
                "<li>{{ warning.sentence }}</li>{% if forloop.last %}</ul>{% endif %}"
                '{% empty %}<p>{% translate "The load and the places suit this vehicle." %}</p>{% endfor %}',
                '{% for warning in warnings %}{% if forloop.first %}{% translate "Look at this:" %}\n{% endif %}- {{ warning.sentence }}\n'
                '{% empty %}{% translate "The load and the places suit this vehicle." %}{% endfor %}',
            ),
            LINK,
        ),
        samples.of_coordinator,
        previews.TOUR,
        previews.to_coordinator("tour_vehicle"),
    ),
]


def register_kinds() -> None:
    """Make the mails of pickups known."""
    from pickups.mail_kinds_stores import KINDS

    register([*_CARRIER_KINDS, *_COORDINATOR_KINDS, *KINDS])
