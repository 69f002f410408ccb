from collections.abc import Collection

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PickupsConfig(AppConfig):
    name = "pickups"
    label = "pickups"
    verbose_name = _("pickups")

    def ready(self) -> None:
        """Say how the tours behind links are called, which personal data carriers bring, where movements of stops are corrected."""
        from crates.admin_registry import register_origin
        from crates.services import undo
        from lincassable.accounts import links, privacy
        from lincassable.accounts.models import AccessLink
        from lincassable.messaging import announcing
        from lincassable.messaging.delivery import BEFORE_SEND
        from lincassable.reminders.registry import register_switch
        from pickups import emails, forecast_panel, merging, received, reminder_rules, store_timeline
        from pickups.mail_kinds import register_kinds
        from pickups.personal_data import CARRIER_CONTACT
        from pickups.proof_privacy import STOP_PROOF
        from pickups.series import upset_tours
        from pickups.services import undo_stop
        from pickups.slip_privacy import PAPER_SLIP
        from stores.admin_registry import register_closure_check

        links.register_kind(AccessLink.TOUR, labels=tour_labels, search=tour_search)
        links.register_kind(AccessLink.CARRIER_TOUR, labels=tour_labels, search=tour_search)
        links.register_kind(AccessLink.CARRIER_CALENDAR, labels=carrier_labels, search=carrier_search)
        privacy.register(CARRIER_CONTACT)
        privacy.register(STOP_PROOF)
        privacy.register(PAPER_SLIP)
        # Asked again just before a mail that came by itself leaves: is it still due?
        BEFORE_SEND["pickup_received"] = BEFORE_SEND["pickup_joined"] = received.acknowledgement_still_due
        reminder_rules.register_rules()
        register_switch(emails.ANSWERS_SWITCH)
        undo.register_undoing("stop", undo_stop)
        register_origin("stop", label=_("stop"), url=stop_page)
        register_closure_check(upset_tours)
        forecast_panel.register()
        store_timeline.register()
        register_kinds()
        announcing.register_topic("pickup_request", _("new requests"))
        announcing.register_topic("tour_declined", _("tours that a carrier declines"))
        merging.register_part()


def stop_page(pk: int) -> str:
    """Return the address of the admin page that records and corrects a stop; the list of stops when it is gone."""
    from django.urls import reverse

    from pickups.models import Stop

    found = Stop.objects.values_list("tour", "uuid").filter(pk=pk).first()
    return reverse("admin:pickups_tour_stop", args=found) if found else reverse("admin:pickups_stop_changelist")


def tour_labels(ids: Collection[int]) -> dict[int, str]:
    """Return the name of each tour that exists among `ids`: its number, date and carrier."""
    from pickups.models import Tour

    return {tour.pk: f"{tour} · {tour.carrier}" for tour in Tour.objects.filter(pk__in=ids).select_related("carrier")}


def tour_search(text: str) -> list[int]:
    """Return the ids of the tours with this number, or of a carrier whose name holds `text`."""
    from django.db.models import Q

    from pickups.models import Tour

    number = text.strip().upper().removeprefix("T-")
    condition = Q(carrier__name__unaccent__icontains=text)
    if number.isdecimal() and len(number) < 19:
        condition |= Q(pk=int(number))
    return list(Tour.objects.filter(condition).order_by("-date").values_list("pk", flat=True)[:500])


def carrier_labels(ids: Collection[int]) -> dict[int, str]:
    """Return the name of each carrier that exists among `ids`."""
    from pickups.models import Carrier

    return {carrier.pk: str(carrier) for carrier in Carrier.objects.filter(pk__in=ids)}


def carrier_search(text: str) -> list[int]:
    """Return the ids of the carriers whose name holds `text`, whatever its accents."""
    from pickups.models import Carrier

    return list(Carrier.objects.filter(name__unaccent__icontains=text).values_list("pk", flat=True))
