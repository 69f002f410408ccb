"""The rules about tours, as they stand in the registry."""

from __future__ import annotations

from datetime import time

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from lincassable.reminders.registry import Rule, after, before, register
from pickups import reminders as found
from pickups import reminders_places

_CARRIERS = _("the carrier: its main address, and the people there who wish it")
_COORDINATORS = _("the coordinators")


def register_rules() -> None:
    """Add the rules to the registry."""
    _before_tours()
    _silent_carriers()
    _slips()
    reminders_places.register_rules()


def _before_tours() -> None:
    register(
        Rule(
            "pickup-soon",
            title=_("Pickup in two days, tomorrow"),
            purpose=_("The truck is announced again, so that the crates are ready. Who was told the date since needs no reminder."),
            audience=_("the contacts of the places of an accepted tour who wish it, and of those whose crates leave with them"),
            plan=before(2, 1),
            priority=10,
            switch=found.PICKUP_SWITCH,
            find=found.coming_pickups,
            words=found.pickup_words,
            heading=_("Pickups that come soon"),
            mail=found.pickup_mails,
            templates=("pickup_reminder",),
        )
    )
    register(
        Rule(
            "tour-soon",
            title=_("Tour on the next working day"),
            purpose=_("The carrier gets its sheet again, on the last day on which it works before the tour."),
            audience=_CARRIERS,
            plan=before(1, hour=time(16), any_day=True),
            own_days=True,
            priority=12,
            switch=found.CARRIER_SWITCH,
            find=found.coming_tours,
            words=found.tour_words,
            heading=_("Tours that come soon"),
            mail=found.tour_mails,
            templates=("tour_reminder",),
        )
    )


def _silent_carriers() -> None:
    # The hour of sending decides; the plan only says that it is told the first time it can be, and until the tour leaves.
    plan = after(0, catch_up=60, hour=time(0))
    register(
        Rule(
            "carrier-silent",
            title=_("Carrier silent"),
            purpose=_("A tour was sent and not answered within the carrier's days: somebody should call."),
            audience=_COORDINATORS,
            plan=plan,
            priority=20,
            switch=found.TOURS_TO_PLAN_SWITCH,
            find=found.silent_for_coordinators,
            words=found.silent_words,
            heading=_("Carriers that have not answered"),
            **found.plain_mails("tour_silent", office=False),
        )
    )
    register(
        Rule(
            "tour-unanswered",
            title=_("Tour that awaits its answer"),
            purpose=_("A tour was sent and not answered within the carrier's days: the carrier is asked again."),
            audience=_CARRIERS,
            plan=plan,
            priority=14,
            switch=found.TOURS_SWITCH,
            find=found.silent_for_carriers,
            words=found.unanswered_words,
            heading=_("Tours that await your answer"),
            **found.plain_mails("tour_unanswered", office=True),
        )
    )


def _slips() -> None:
    plan = after(settings.SLIP_MISSING_DAYS, catch_up=settings.SLIP_NAGGING_DAYS, hour=time(7))
    register(
        Rule(
            "slip-missing",
            title=_("Slip missing"),
            purpose=_("A tour is done and its signed slip has not come."),
            audience=_CARRIERS,
            plan=plan,
            priority=32,
            switch=found.TOURS_SWITCH,
            find=found.slips_for_carriers,
            words=found.slip_words,
            heading=_("Slips that are missing"),
            **found.plain_mails("tour_slip_missing", office=True),
        )
    )
    register(
        Rule(
            "slip-wanted",
            title=_("Slip missing, for the coordinators"),
            purpose=_("The same, told to those who plan: it may lie on paper in the office."),
            audience=_COORDINATORS,
            plan=plan,
            priority=34,
            switch=found.TOURS_TO_PLAN_SWITCH,
            find=found.slips_for_coordinators,
            words=found.slip_wanted_words,
            heading=_("Slips that are missing"),
            **found.plain_mails("tour_slip_wanted", office=False),
        )
    )
