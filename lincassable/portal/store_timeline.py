"""The mails in the timeline of a place: those about its contacts, and those about its tours that went to one of them."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lincassable.messaging.models import Message
from pickups.models import Stop
from stores import timeline
from stores.models import Contact
from stores.timeline import Happening


def mails(ids: Collection[int], limit: int) -> list[Happening]:
    """Return the mails, found by what they tell of: three indexed reads, whatever the size of the outbox."""
    contacts = dict(Contact.objects.filter(store__in=ids).order_by("pk").values_list("pk", "email"))
    tours = list(Stop.objects.filter(store__in=ids).order_by("-tour_id").values_list("tour_id", flat=True)[: max(limit, 100)])
    about = Q(subject_kind="contact", subject_id__in=list(contacts))
    about |= Q(subject_kind="tour", subject_id__in=tours, to_email__in=[email for email in contacts.values() if email])
    rows = Message.objects.filter(about).defer("text", "html", "attachments").order_by("-created_at", "-pk")[:limit]
    return [
        Happening(
            row.sent_at or row.created_at,
            _("Mail: %(subject)s") % {"subject": row.subject},
            f"{row.to_name or row.to_email} · {row.get_state_display()}",
            reverse("admin:messaging_message_change", args=[row.pk]),
        )
        for row in rows
    ]


def register() -> None:
    """Add them; called once the apps are ready."""
    timeline.register("mail", gettext_lazy("Mails"), "messaging.view_message", mails)
