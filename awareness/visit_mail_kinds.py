"""The mails about visits, and what their texts may say, for `messaging.kinds`. The contexts are those of `visit_mails`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from awareness import visit_mails
from awareness.models import Visit
from lincassable.messaging.kinds import Choice, Kind, Subject, Variable, part
from lincassable.messaging.services import Prepared

MOST = 20  # choices offered at once
PLACE = Variable("place", gettext_lazy("name of the place"), "{{ place.name }}")
WHEN = Variable("when", gettext_lazy("day of the visit, and the hour if it is agreed"), "{{ visit.when }}")
WHY = Variable("why", gettext_lazy("why the visit is worth making"), "{{ visit.reason }}")
FACTS = part("visit", gettext_lazy("when, where and why, as a list"), "_visit")
LINK = Variable("link", gettext_lazy("address of the checklist"), "{{ link }}")
PLANNED = Variable(
    "introduction",
    gettext_lazy("a sentence: somebody has planned it, or changed it"),
    '{% if moved %}{% translate "Somebody has changed this visit. Here is what holds now:" %}'
    '{% else %}{% translate "Somebody has planned this visit for you:" %}{% endif %}',
)
CANCELLED = Variable(
    "introduction",
    gettext_lazy("a sentence: it is cancelled and why, or somebody else makes it"),
    '{% if visit.cancel_reason %}{% translate "This visit is cancelled:" %} {{ visit.cancel_reason }}'
    '{% else %}{% translate "Somebody else makes this visit: you need not go there." %}{% endif %}',
)


def _sample() -> dict[str, Any]:
    """Return a made-up visit."""
    visit = SimpleNamespace(
        when=_("Tuesday 12 January 2027"),
        reason=_("No declaration for 64 days; its team was never trained."),
        notes=_("Bring a poster."),
        cancel_reason=_("The place is closed that week."),
    )
    place = SimpleNamespace(name="Épicerie des Halles", address="1 rue des Halles, 13200 Arles")
    foot = {"unsubscribe_url": f"{settings.SITE_URL}/stop/", "preferences_url": f"{settings.SITE_URL}/choices/"}
    return {"visit": visit, "place": place, "moved": False, "link": f"{settings.SITE_URL}/visites/", **foot}


def _search(user: Any, typed: str) -> Sequence[Choice]:
    """Return the visits of the places whose name holds `typed`, the newest first."""
    if not user.has_perm("awareness.view_visit"):
        return []
    found = Visit.objects.filter(store__name__unaccent__icontains=typed.strip()).select_related("store").order_by("-planned_on", "-pk")
    return [Choice(visit.pk, str(visit)) for visit in found[:MOST]]


def _preview(mails: Callable[[Visit], Iterable[Prepared]]) -> Callable[[Any, int], Prepared | None]:
    """Return what shows a mail as the visitor would get it."""

    def preview(user: Any, key: int) -> Prepared | None:
        found = Visit.objects.select_related("store", "visitor").filter(pk=key)
        return next((mail for visit in found if user.has_perm("awareness.view_visit") for mail in mails(visit)), None)

    return preview


def kinds() -> list[Kind]:
    """Return the kinds of mails about visits."""
    about, who = Subject(gettext_lazy("visit"), _search), gettext_lazy("the visitor")
    return [
        Kind("visit_planned", gettext_lazy("Visit planned or changed"), who, gettext_lazy("when somebody else plans or moves it"),
             (PLANNED, PLACE, WHEN, WHY, FACTS, LINK), _sample, about, _preview(lambda visit: visit_mails.planned(visit, by=None))),
        Kind("visit_cancelled", gettext_lazy("Visit cancelled or taken over"), who,
             gettext_lazy("when somebody else calls it off or takes it"),
             (CANCELLED, PLACE, WHEN, FACTS), _sample, about,
             _preview(lambda visit: visit_mails.cancelled(visit, sequence=visit.sequence, by=None))),
    ]  # fmt: skip
