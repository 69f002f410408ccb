"""The mails of reports, and what their texts may say, for `messaging.kinds`. The contexts are those of `emails` and `deposits`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crates.queries_deposits import last_complete_month, missing_months
from lincassable.accounts.actors import Actor
from lincassable.accounts.links import url
from lincassable.messaging.kinds import Choice, Kind, Subject, Variable, register
from lincassable.messaging.services import Prepared
from lincassable.reporting import deposits
from lincassable.reporting.enums import DEPOSIT_REMINDER, DEPOSIT_REQUEST
from lincassable.reporting.pages import page_links
from stores.models import Contact, Store

MOST = 20  # choices offered at once
STORE = Variable("store", gettext_lazy("name of the place"), "{{ store.name }}")
MONTH = Variable("month", gettext_lazy("the month that is asked about"), '{{ month|date:"F Y" }}')
OLDER = Variable(
    "older_sentence",
    gettext_lazy("names the earlier months that are missing too; often empty"),
    '{% if older %}{% translate "Also still missing:" %} {% include "mail/_deposit_older.txt" %}.{% endif %}',
)
PAGE = Variable("page_url", gettext_lazy("address of the place's page on the phone; empty when its card was revoked"), "{{ page_url }}")
HOW = Variable(
    "how_sentence",
    gettext_lazy("says where to click, or to scan the code near the crates"),
    '{% if page_url %}{% translate "The link opens the store\'s page: then choose “Deposits”. Count in bottles, not in euros." %}{% else %}'
    '{% translate "Scan the QR code near the crates, then choose “Deposits”. Count in bottles, not in euros." %}{% endif %}',
)


def search_stores(user: Any, typed: str) -> Sequence[Choice]:
    """Return the places whose name or town holds `typed`, and which have a contact with an address."""
    found = Store.objects.for_actor(Actor.of_user(user)).filter(contacts__is_active=True).exclude(contacts__email="").distinct()
    if typed.strip():
        found = found.filter(Q(name__unaccent__icontains=typed.strip()) | Q(city__unaccent__icontains=typed.strip()))
    return [Choice(store.pk, f"{store.name} ({store.city})" if store.city else store.name) for store in found.order_by("name", "pk")[:MOST]]


PLACE = Subject(gettext_lazy("place"), search_stores)


def contact_of(user: Any, store_id: int) -> Contact | None:
    """Return the first contact with an address of a place that this user may see."""
    stores = Store.objects.for_actor(Actor.of_user(user)).filter(pk=store_id)
    return Contact.objects.filter(store__in=stores, is_active=True).exclude(email="").select_related("store").order_by("pk").first()


def _deposit_preview(template: str) -> Callable[[Any, int], Prepared | None]:
    def preview(user: Any, key: int) -> Prepared | None:
        if (contact := contact_of(user, key)) is None:
            return None
        today = timezone.localdate()
        month, link = last_complete_month(today), page_links([key]).get(key)
        return deposits.prepared(contact, template, month, missing_months([key], today)[key], url(link) if link else "", "preview")

    return preview


def _deposit_sample() -> dict[str, Any]:
    """Return what a made-up place is asked."""
    who, place = SimpleNamespace(name=_("Ana")), SimpleNamespace(name="Épicerie des Halles")
    shown = {"month": dt.date(2026, 4, 1), "older": [dt.date(2026, 2, 1), dt.date(2026, 3, 1)], "page_url": f"{settings.SITE_URL}/p/"}
    return {"contact": who, "store": place, **shown, "unsubscribe_url": f"{settings.SITE_URL}/stop/", "preferences_url": ""}


def register_kinds() -> None:
    """Make the mails of this app known."""
    from lincassable.reporting.mail_kinds_weekly import KINDS

    asked = (STORE, MONTH, OLDER, PAGE, HOW)
    to = gettext_lazy("the contacts of the place who declare its deposits")
    rows = [
        (DEPOSIT_REQUEST, gettext_lazy("Deposits to declare"), gettext_lazy("at the beginning of the month")),
        (
            DEPOSIT_REMINDER,
            gettext_lazy("Deposits still to declare"),
            gettext_lazy("a week and two weeks later, while the count is missing"),
        ),
    ]
    kinds = [Kind(name, label, to, when, asked, _deposit_sample, PLACE, _deposit_preview(name)) for name, label, when in rows]
    register([*KINDS, *kinds])
