"""What mailings bring to the timeline of a place: which ones reached it."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Count, Max
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lincassable.mailings.enums import Progress
from lincassable.mailings.models import MailingRecipient
from stores import timeline
from stores.timeline import Happening


def mailings(ids: Collection[int], limit: int) -> list[Happening]:
    """Return the mailings whose mails were handed over to contacts of the place."""
    rows = MailingRecipient.objects.filter(store__in=ids, progress=Progress.HANDED_OVER).order_by()
    grouped = rows.values("mailing", "mailing__name").annotate(at=Max("handed_over_at"), count=Count("pk")).order_by("-at")[:limit]
    return [
        Happening(
            row["at"],
            _("Mailing: %(name)s") % {"name": row["mailing__name"]},
            ngettext("to %(count)s contact", "to %(count)s contacts", row["count"]) % {"count": row["count"]},
            reverse("admin:mailings_mailing_follow", args=[row["mailing"]]),
        )
        for row in grouped
    ]


def register() -> None:
    """Add them; called once the apps are ready."""
    timeline.register("mailing", gettext_lazy("Mailings"), "mailings.view_mailing", mailings)
