"""The mails about non-conformities, and what their texts may say, for `messaging.kinds`. The contexts are those of `emails`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy

from lincassable.accounts.actors import Actor
from lincassable.messaging.kinds import Choice, Kind, Subject, Variable, part, register
from lincassable.messaging.services import Prepared
from nonconformities import emails
from nonconformities.models import NonConformity
from nonconformities.producers import figures_of, month_before
from nonconformities.queries import Line

MOST = 20  # choices offered at once
NUMBER = Variable("number", gettext_lazy("its number, like NC-00042"), "{{ row.reference_number }}")
WHAT = Variable("kind", gettext_lazy("what goes wrong"), "{{ row.kind }}")
PLACE = Variable("place", gettext_lazy("name of the place; empty when there is none"), "{% if row.store %}{{ row.store.name }}{% endif %}")
STATE = Variable("state", gettext_lazy("how far it is"), "{{ row.get_state_display }}")
ANSWER = Variable("answer", gettext_lazy("our answer; empty until it is over"), "{{ row.answer }}")
DUE = Variable("due", gettext_lazy("day by which it should be over"), '{{ row.due_on|date:"j F Y" }}')
COMMENT = Variable("comment", gettext_lazy("what was written"), "{{ comment.text }}")
PAGE = Variable("page_url", gettext_lazy("address of the place's phone page; may be empty"), "{{ page_url }}")
URL = Variable("url", gettext_lazy("address of the page for who signs in; may be empty"), "{{ url }}")
OWN_PAGE = Variable("page_url", gettext_lazy("address of the producer's page; may be empty"), "{{ page_url }}")
PRODUCER = Variable("producer", gettext_lazy("name of the producer"), "{{ producer }}")
MONTH = Variable("month", gettext_lazy("the month, like October 2026"), '{{ figures.since|date:"F Y" }}')
REPORTS = Variable("reports", gettext_lazy("how many non-conformities"), "{{ figures.total.reports }}")
OPEN = Variable("open", gettext_lazy("how many are still to be settled"), "{{ figures.open }}")
TABLE = part("table", gettext_lazy("how often each kind was seen, as a list"), "_producer_figures")
PHOTOS = Variable("photos", gettext_lazy("how many photos"), "{{ photos }}")
FACTS = part("facts", gettext_lazy("what, where and how many, as a list"), "_nonconformity")
ALL = (NUMBER, WHAT, PLACE, STATE, DUE, FACTS)


def _sample() -> dict[str, Any]:
    """Return a made-up non-conformity."""
    row = SimpleNamespace(
        reference_number="NC-00042",
        kind=gettext_lazy("broken glass"),
        store=SimpleNamespace(name="Épicerie des Halles", city="Arles"),
        state="resolved",
        get_state_display=gettext_lazy("resolved"),
        container_type=None,
        reference=None,
        producer=None,
        quantity=12,
        note=gettext_lazy("The bottom of a crate gave way."),
        answer=gettext_lazy("We bring new crates with the next pickup."),
        due_on=date(2027, 1, 12),
    )
    comment = SimpleNamespace(text=gettext_lazy("Did it happen again since?"))
    pages = {"page_url": "https://example.org/p/", "url": "https://example.org/admin/"}
    pages |= {"unsubscribe_url": "https://example.org/stop/", "preferences_url": "https://example.org/choices/"}
    figures = {
        "since": date(2026, 10, 1),
        "total": Line("", 3, 61, 12_400),
        "open": 1,
        "by_kind": [Line(gettext_lazy("broken glass"), 3, 61, 12_400)],  # type: ignore[arg-type]  # in the language of the mail
    }
    more = {"is_producer": False, "photos": 2, "producer": "Brasserie du Moulin", "figures": figures}
    return {"row": row, "name": "Ana", "comment": comment, **pages, **more}


def search(user: Any, typed: str) -> Sequence[Choice]:
    """Return the non-conformities of the places whose name holds `typed`, the newest first."""
    if not user.has_perm("nonconformities.view_nonconformity"):
        return []
    found = NonConformity.objects.filter(store__name__unaccent__icontains=typed.strip()).select_related("kind", "store")
    return [Choice(row.pk, f"{row} · {row.store}") for row in found.order_by("-recorded_at", "-pk")[:MOST]]


def _preview(mails: Callable[[NonConformity], Iterable[Prepared]], template: str) -> Callable[[Any, int], Prepared | None]:
    """Return what shows the first mail of a kind that one would bring."""

    def preview(user: Any, key: int) -> Prepared | None:
        if not user.has_perm("nonconformities.view_nonconformity"):
            return None
        row = NonConformity.objects.select_related("kind", "store", "producer", "carrier").filter(pk=key).first()
        return next((mail for mail in mails(row) if mail.template == template), None) if row else None

    return preview


def _assigned(row: NonConformity) -> Iterable[Prepared]:
    line = row.log.order_by("-pk").first()
    return emails.assigned(row, line) if line else ()


def _to_producer(row: NonConformity) -> Iterable[Prepared]:
    return emails.concerned(row, by=Actor.system())


def _monthly(row: NonConformity) -> Iterable[Prepared]:
    if row.producer is None:
        return ()
    # The summary of the month in which this one was seen, as it is sent in the next.
    since, until = month_before(timezone.localtime(row.occurred_at).replace(day=1) + timedelta(days=32))
    return emails.monthly(row.producer, figures_of(row.producer, since, until), "")


def _commented(row: NonConformity) -> Iterable[Prepared]:
    return (mail for said in row.comments.filter(is_internal=False).order_by("-pk") for mail in emails.commented(said))


def register_kinds() -> None:
    """Make the mails known."""
    about = Subject(gettext_lazy("non-conformity"), search)
    rows: list[tuple[str, Any, Any, Any, tuple[Variable, ...], Callable[[NonConformity], Iterable[Prepared]]]] = [
        ("nonconformity_new", gettext_lazy("Non-conformity: a new one"), gettext_lazy("who handles it, and the coordination"),
         gettext_lazy("when one is reported; to the coordination, when it is not minor"), (*ALL, URL), emails.reported),
        ("nonconformity_step", gettext_lazy("Non-conformity: how far it is"),
         gettext_lazy("the contacts of the place, and who reported it"),
         gettext_lazy("when it is reported, and at each step"), (*ALL, ANSWER, PAGE, URL), emails.reported),
        ("nonconformity_producer", gettext_lazy("Non-conformity: to the producer"), gettext_lazy("the people of the producer concerned"),
         gettext_lazy("when one about its bottles is reported"), (NUMBER, WHAT, FACTS, PHOTOS, OWN_PAGE), _to_producer),
        ("nonconformity_monthly", gettext_lazy("Non-conformities: a producer's month"), gettext_lazy("the people of a producer"),
         gettext_lazy("at the beginning of a month, when something was seen in the last one"),
         (PRODUCER, MONTH, REPORTS, OPEN, TABLE, OWN_PAGE), _monthly),
        ("nonconformity_assigned", gettext_lazy("Non-conformity: given to you"), gettext_lazy("the person it is given to"),
         gettext_lazy("when it is given to somebody"), (*ALL, URL), _assigned),
        ("nonconformity_comment", gettext_lazy("Non-conformity: a message"),
         gettext_lazy("the place, the producer or carrier, or who handles it"),
         gettext_lazy("when the other side writes something"), (*ALL, COMMENT, PAGE, URL), _commented),
    ]  # fmt: skip
    register(
        Kind(name, label, who, when, variables, _sample, about, _preview(mails, name)) for name, label, who, when, variables, mails in rows
    )
