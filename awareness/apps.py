from collections.abc import Collection

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AwarenessConfig(AppConfig):
    name = "awareness"
    label = "awareness"
    verbose_name = _("awareness")

    def ready(self) -> None:
        """Say how events behind links are called; which personal data, happenings and mails there are; what goes over in a merge."""
        from awareness import calendar_events, mail_kinds, merging, reminders, rules, store_timeline, visit_calendar, visit_panels
        from awareness.privacy import register_kinds
        from lincassable.accounts import links
        from lincassable.accounts.models import AccessLink
        from lincassable.messaging.delivery import BEFORE_SEND
        from pickups import feeds

        links.register_kind(AccessLink.EVENT, labels=event_labels, search=event_search)
        register_kinds()
        BEFORE_SEND[reminders.REMINDER] = reminders.still_due
        rules.register_rules()
        mail_kinds.register_kinds()
        store_timeline.register()
        merging.register_part()
        feeds.register_extra(calendar_events.network)
        feeds.register_extra(visit_calendar.network)
        visit_panels.register()


def event_labels(ids: Collection[int]) -> dict[int, str]:
    """Return the name of each event that exists among `ids`: its day and title."""
    from awareness.models import Event

    return {event.pk: f"{event.title} · {event.starts_at:%d/%m/%Y}" for event in Event.objects.filter(pk__in=ids)}


def event_search(text: str) -> list[int]:
    """Return the ids of the events whose title holds `text`, whatever its accents."""
    from awareness.models import Event

    return list(Event.objects.filter(title__unaccent__icontains=text).order_by("-starts_at").values_list("pk", flat=True)[:500])
