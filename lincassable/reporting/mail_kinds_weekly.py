"""The two mails of the weekly report, and what their texts may say. The contexts are those of `emails`."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lincassable.messaging.kinds import Choice, Kind, Subject, Variable, block, part
from lincassable.messaging.services import Prepared
from lincassable.reporting import emails
from lincassable.reporting.enums import NETWORK_MAIL, STORE_MAIL
from lincassable.reporting.mail_kinds import PAGE, PLACE, contact_of
from lincassable.reporting.network_queries import network_week
from lincassable.reporting.network_table import network_table
from lincassable.reporting.pages import page_links
from lincassable.reporting.queries import store_weeks
from lincassable.reporting.weekly import Week

STORE_VARIABLES = (
    Variable("store", gettext_lazy("name of the place"), "{{ report.store.name }}"),
    block(
        "asks",
        gettext_lazy("what we ask of the place this week"),
        '{% include "mail/_week_asks.html" %}',
        "{% for sentence in report.asks %}{{ forloop.counter }}. {{ sentence }}\n{% endfor %}",
    ),
    part("stock", gettext_lazy("the stock, a line and a small picture per container"), "_week_stock"),
    part("buttons", gettext_lazy("the buttons: that's right; I have … full crates; come and collect"), "_week_buttons"),
    block(
        "coming",
        gettext_lazy("when the place will be full, and the next pickup"),
        '{% include "mail/_week_coming.html" %}',
        '{% if report.full_sentence %}{% translate "WHEN WILL IT BE FULL?" %}\n{{ report.full_sentence }}\n\n{% endif %}'
        '{% translate "NEXT PICKUP" %}\n{{ report.pickup_sentence }}{% if report.through %} '
        "{% blocktranslate trimmed with name=report.through.name %}Your crates are collected with those of {{ name }}."
        "{% endblocktranslate %}{% endif %}",
    ),
    block(
        "problems",
        gettext_lazy("what else is to be looked at; often empty"),
        '{% include "mail/_week_problems.html" %}',
        '{% if report.problems %}{% translate "WORTH A LOOK" %}\n'
        "{% for sentence in report.problems %}- {{ sentence }}\n{% endfor %}{% endif %}",
    ),
    Variable("since_day", gettext_lazy("day of the last report"), '{{ report.week.since|date:"l j F" }}'),
    part("since", gettext_lazy("what trucks took and left, and how many declarations"), "_week_since"),
    part("near", gettext_lazy("the returnable products of the place, and events near it; often empty"), "_week_near"),
    PAGE,
)
NETWORK_VARIABLES = (
    Variable("week", gettext_lazy("the week, as 2026-W47"), "{{ report.week.label }}"),
    block(
        "decisions",
        gettext_lazy("what waits for a decision"),
        '{% include "mail/_network_decisions.html" %}',
        "{% for decision in report.decisions %}- {{ decision.sentence }}\n{% empty %}"
        '{% translate "Nothing waits for a decision." %}{% endfor %}',
    ),
    block(
        "places",
        gettext_lazy("the most urgent places"),
        '{% include "mail/_network_places.html" %}',
        "{% for place in report.places %}- {{ place.row.name }}{% if place.row.city %} ({{ place.row.city }}){% endif %}\n"
        "{% for figures in place.figures %}  {{ figures }}\n{% endfor %}"
        "{% for reason in place.reasons %}  · {{ reason }}\n{% endfor %}"
        '{% empty %}{% translate "The stock is all right everywhere." %}{% endfor %}',
    ),
    block(
        "charts",
        gettext_lazy("the charts"),
        '{% include "mail/_network_charts.html" %}',
        "{% for chart in charts %}{{ chart.title|upper }}\n{{ chart.text }}\n\n{% endfor %}",
    ),
    part("requests", gettext_lazy("the open requests"), "_network_requests"),
    part("tours", gettext_lazy("the tours of the week"), "_network_tours"),
    part("late", gettext_lazy("the late declarations"), "_network_late"),
    part("since", gettext_lazy("what was collected since the last report"), "_network_since"),
    Variable("admin_url", gettext_lazy("address of the admin"), "{{ admin_url }}"),
    Variable("board_url", gettext_lazy("address of the stock board"), "{{ board_url }}"),
)


def _week() -> SimpleNamespace:
    return SimpleNamespace(label="2026-W20", since=dt.date(2026, 5, 4))


def _picture(name: str) -> SimpleNamespace:
    return SimpleNamespace(content_id=name)


def _store_sample() -> dict[str, Any]:
    """Return the week of a made-up place."""
    crate = SimpleNamespace(name=_("75 cl crate"), short="75 cl")
    line = SimpleNamespace(
        container=crate, sentence=_("14 full, 6 empty, room for 30"), changed_sentence=_("5 more full ones than a week ago")
    )
    line.picture, line.picture_text, line.moved, line.taken, line.left = _picture("stock"), _("47 % full"), True, 12, 12
    report = SimpleNamespace(
        store=SimpleNamespace(name="Épicerie des Halles"),
        week=_week(),
        asks=[_("Please have the full crates ready on Tuesday."), _("Count your deposits of April.")],
        lines=[line],
        asks_at=80,
        knows_full=True,
        full_sentence=_("By our figures between 20 May (80 % full) and 27 May (full)."),
        pickup_sentence=_("We come on Tuesday 12 May."),
        through=None,
        problems=[_("The last count and the declarations do not agree.")],
        declarations=2,
        shelf=SimpleNamespace(sentence=_("You list 12 returnable products.")),
        near=[
            SimpleNamespace(
                title=_("The bottle that comes back"), when=_("Saturday 16 May"), place="Valence", url=f"{settings.SITE_URL}/e/"
            )
        ],
    )
    pressed = {name: f"{settings.SITE_URL}/b/{name}/" for name in ("exact", "pleins", "venez")}
    shown = {"report": report, "buttons": pressed, "page_url": f"{settings.SITE_URL}/p/", "unsubscribe_url": f"{settings.SITE_URL}/stop/"}
    return {"contact": SimpleNamespace(name=_("Ana")), **shown}


def _network_sample() -> dict[str, Any]:
    """Return the week of a made-up network."""
    crate = SimpleNamespace(name=_("75 cl crate"), short="75 cl")
    waiting = SimpleNamespace(store="Cave du Centre", sentence=_("3 days"))
    row = SimpleNamespace(
        name="Épicerie des Halles", city="Valence", bars=[SimpleNamespace(container=crate, sentence=_("28 full, 2 empty"))]
    )
    tour = SimpleNamespace(date=dt.date(2026, 5, 12), reference="T-2741", stop_count=6, get_state_display=_("accepted"))
    tour.carrier = SimpleNamespace(name="Transports Martin")
    report = SimpleNamespace(
        week=_week(),
        decisions=[
            SimpleNamespace(label=_("Requests without a tour"), number=3, sentence=_("Requests without a tour: 3"), url=settings.SITE_URL)
        ],
        places=[SimpleNamespace(row=row, reasons=[_("full around 12 May")], url=settings.SITE_URL)],
        nowhere=[],
        requests=SimpleNamespace(rows=[waiting], total=1, more=0),
        late=SimpleNamespace(rows=[SimpleNamespace(store_name="Cave du Centre", sentence=_("21 days ago"))], total=1, more=0),
        tours=[tour],
        collected=[SimpleNamespace(container=crate, taken=120, left=118)],
        bottles=1440,
        declarations=31,
    )
    chart = SimpleNamespace(title=_("Stock of the network"), text=_("75 cl crate: 410 full, 530 empty"), picture=_picture("chart"))
    pages = {"admin_url": f"{settings.SITE_URL}/admin/", "board_url": f"{settings.SITE_URL}/admin/stock/"}
    return {"report": report, "charts": [chart], **pages, "unsubscribe_url": f"{settings.SITE_URL}/stop/"}


def _store_preview(user: Any, key: int) -> Prepared | None:
    """Return the mail of this week to the first contact of a place."""
    if (contact := contact_of(user, key)) is None:
        return None
    now = timezone.now()
    report = store_weeks([contact.store], Week.of(now), now)[contact.store_id]
    return emails.store_report(contact, report, page_links([contact.store_id]).get(contact.store_id))


def _network_preview(user: Any, key: int) -> Prepared | None:
    """Return the mail of this week to whoever looks at it."""
    if not user.has_perm("crates.view_balance"):
        return None
    now = timezone.now()
    report = network_week(Week.of(now), now)
    return emails.network_report(user, report, network_table(report))


KINDS = [
    Kind(
        STORE_MAIL,
        gettext_lazy("Week of a place"),
        gettext_lazy("the contacts of the place who want it"),
        gettext_lazy("every Monday at 7:00"),
        STORE_VARIABLES,
        _store_sample,
        PLACE,
        _store_preview,
    ),
    Kind(
        NETWORK_MAIL,
        gettext_lazy("Week of the network"),
        gettext_lazy("coordinators"),
        gettext_lazy("every Monday at 7:00"),
        NETWORK_VARIABLES,
        _network_sample,
        Subject(gettext_lazy("network"), lambda user, typed: [Choice(1, str(_("this week")))]),
        _network_preview,
    ),
]
