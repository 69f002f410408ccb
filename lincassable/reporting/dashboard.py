"""The coordinators' home in the admin: what waits for them, each line leading to the place where it is settled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from awareness.visit_urgency import worth_lately
from lincassable.messaging import pausing
from lincassable.messaging.models import Message, TaskRun
from lincassable.reporting import discrepancies, queries
from lincassable.reporting.enums import AlertKind
from lincassable.reporting.weekly import Week
from stores import refusals
from stores.enums import ProposalState
from stores.models import ChangeProposal, Store, StoreTask

LINES = 8  # per block: the home fits on a screen or two
PROPOSAL_IS_LATE = timedelta(days=7)
HEARTBEAT, LEDGER_CHECK, WEEKLY_REPORT = "messaging.heartbeat", "crates.check_ledger", "reporting.weekly_report"


@dataclass(frozen=True)
class Line:
    """One thing to look at. level: "", "success", "warning" or "danger". action: what can be done about it at once."""

    text: str
    detail: str = ""
    url: str = ""
    level: str = ""
    action_url: str = ""
    action_label: str = ""


@dataclass(frozen=True)
class Block:
    """A list on the home.

    Arguments:
        name: for scripts and tests. lines: the first ones of `total`. url: the whole list. nothing: said when it is empty.
    """

    name: str
    title: str
    lines: Sequence[Line]
    total: int
    url: str
    nothing: str
    action_url: str = ""
    action_label: str = ""


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the home's blocks to the context of the admin's index; each only for those who may see what it lists."""
    user, now = request.user, timezone.now()
    builders = [
        ("pickups.view_pickuprequest", _requests),
        ("pickups.view_tour", _tours),
        ("stores.view_changeproposal", _proposals),
        ("crates.view_discrepancydecision", _discrepancies),
        ("crates.view_declaration", _late),
        ("stores.view_store", _nearly_full),
        ("stores.view_storetask", _overdue_tasks),
        ("awareness.view_visit", _visits),
        ("messaging.view_message", _system),
    ]
    context["blocks"] = [build(now) for permission, build in builders if user.has_perm(permission)]
    return context


def admin_url(name: str, *args: object, **query: object) -> str:
    """Return the address of an admin page, or an empty text when there is none."""
    try:
        address = reverse(f"admin:{name}", args=args)
    except NoReverseMatch:
        return ""
    return f"{address}?{urlencode(query)}" if query else address


def _requests(now: datetime) -> Block:
    found = queries.open_requests(Store.objects.all(), now, LINES)
    lines = [
        Line(
            str(row.request.store),
            row.sentence,
            admin_url("pickups_pickuprequest_change", row.request.pk),
            "warning" if row.days > 7 and row.planned_on is None else "",
            admin_url("pickups_tour_add", requests=row.request.pk) if row.planned_on is None else "",
            _("Plan"),
        )
        for row in found.rows
    ]
    return Block(
        "requests",
        _("Open requests"),
        lines,
        found.total,
        admin_url("pickups_pickuprequest_changelist"),
        _("Nobody is waiting for a pickup."),
        admin_url("pickups_tour_add"),
        _("Plan a tour"),
    )


def _tours(now: datetime) -> Block:
    tours = queries.tours_of(Week.of(now), now)
    lines = [
        Line(
            f"{date_format(tour.date, 'l j F')} · {tour.carrier}",
            " · ".join(
                [
                    tour.reference,
                    ngettext("%(number)s stop", "%(number)s stops", tour.stop_count) % {"number": tour.stop_count},  # type: ignore[attr-defined]
                    tour.get_state_display(),
                ]
            ),
            admin_url("pickups_tour_change", tour.pk),
        )
        for tour in tours
    ]
    return Block("tours", _("Tours of the week"), lines, len(lines), admin_url("pickups_tour_changelist"), _("No tour this week."))


def _proposals(now: datetime) -> Block:
    waiting = ChangeProposal.objects.filter(state=ProposalState.PROPOSED).select_related("store").order_by("proposed_at", "pk")
    lines = [
        Line(
            str(row.store),
            f"{row.get_kind_display()} · {timesince(row.proposed_at, now, depth=1)}",
            admin_url("stores_changeproposal_change", row.pk),
            "warning" if now - row.proposed_at > PROPOSAL_IS_LATE else "",
        )
        for row in waiting[:LINES]
    ]
    return Block(
        "proposals",
        _("Changes that places propose"),
        lines,
        waiting.count(),
        admin_url("stores_changeproposal_changelist", which="waiting"),
        _("No place has proposed a change."),
    )


def _late(now: datetime) -> Block:
    found = queries.late_declarations(queries.reporting_stores(), now, LINES)
    lines = [Line(row.store_name, row.sentence, admin_url("stores_store_change", row.store_id)) for row in found.rows]
    return Block(
        "late",
        _("Late declarations"),
        lines,
        found.total,
        admin_url("stores_store_changelist"),
        _("Every place has declared lately."),
    )


def _discrepancies(now: datetime) -> Block:
    found = discrepancies.newest(LINES)
    lines = [
        Line(
            str(line.store),
            _("%(container)s: %(seen)s seen, %(expected)s expected")
            % {"container": line.container_type.name, "seen": line.found.total, "expected": line.found.expected},
            admin_url("crates_discrepancydecision_inbox"),
            "warning",
        )
        for line in found.lines
    ]
    return Block(
        "discrepancies",
        _("Discrepancies"),
        lines,
        found.total,
        admin_url("crates_discrepancydecision_inbox"),
        _("What people saw is what was expected, everywhere."),
    )


def _nearly_full(now: datetime) -> Block:
    found = queries.overflowing(LINES)
    lines = [
        Line(
            row.store_name,
            f"{row.container}: {row.figure} / {row.other} ({row.percent} %)",
            admin_url("stores_store_change", row.store_id),
            "danger" if row.figure >= row.other else "warning",
        )
        for row in found.rows
    ]
    return Block(
        "nearly_full",
        found.title,
        lines,
        found.total,
        f"{reverse('stock:board')}?{urlencode({'alert': AlertKind.OVER_FULL})}",
        _("There is room everywhere."),
    )


def _overdue_tasks(now: datetime) -> Block:
    """What should have been done about places, whoever it is for; the oldest first."""
    found = (
        StoreTask.objects.filter(done_at=None, due_on__lt=timezone.localdate(now))
        .select_related("store", "assignee")
        .order_by("due_on", "pk")
    )
    lines = [
        Line(
            task.title,
            " · ".join(filter(None, [str(task.store), date_format(task.due_on, "j F"), str(task.assignee or "")])),
            admin_url("stores_storetask_change", task.pk),
            "warning",
        )
        for task in found[:LINES]
    ]
    whole = admin_url("stores_storetask_changelist", state="overdue")
    return Block("tasks", _("Overdue tasks"), lines, found.count(), whole, _("No task is overdue."))


def _visits(now: datetime) -> Block:
    """The visits most worth making this week, and why."""
    found = worth_lately()
    lines = [
        Line(
            _("%(place)s · urgency %(points)s / 100") % {"place": row.store, "points": row.urgency},
            row.reason,
            admin_url("stores_store_change", row.store.pk),
        )
        for row in found
    ]
    whole, title = admin_url("awareness_visit_worth"), _("Visits worth making")
    return Block("visits", title, lines, len(lines), whole, _("No place has a reason for a visit now."), whole, _("Plan a visit"))


def _system(now: datetime) -> Block:
    """Mails and scheduled work: green unless somebody has to look."""
    runs = {run.name: run for run in TaskRun.objects.filter(name__in=[HEARTBEAT, LEDGER_CHECK, WEEKLY_REPORT])}
    lines = [_waiting(now), _given_up(), _beat(runs.get(HEARTBEAT), now)]
    lines += [_run(_("Ledger check"), runs.get(LEDGER_CHECK)), _run(_("Weekly report"), runs.get(WEEKLY_REPORT))]
    lines += _refused() + _pause()
    problems = sum(line.level in ("warning", "danger") for line in lines)
    return Block("system", _("Mails and scheduled work"), lines, problems, admin_url("messaging_message_changelist"), "")


def _waiting(now: datetime) -> Line:
    oldest = queries.oldest_waiting()
    url = admin_url("messaging_message_changelist", state__exact=Message.WAITING)
    if oldest is None:
        return Line(_("Mails to send"), _("none waits"), url, "success")
    late = now - oldest > timedelta(minutes=settings.OUTBOX_ALERT_MINUTES)
    detail = _("the oldest has been waiting for %(time)s") % {"time": timesince(oldest, now)}
    return Line(_("Mails to send"), detail, url, "danger" if late else "success")


def _given_up() -> Line:
    number = Message.objects.filter(state=Message.FAILED).count()
    url = admin_url("messaging_message_changelist", state__exact=Message.FAILED)
    detail = ngettext("%(number)s given up", "%(number)s given up", number) % {"number": number} if number else _("none")
    return Line(_("Mails that could not be delivered"), detail, url, "danger" if number else "success")


def _refused() -> list[Line]:
    """Say how many contacts cannot be reached by mail any more."""
    number = refusals.refused_contacts()
    if not number:
        return []
    detail = ngettext("%(number)s contact", "%(number)s contacts", number) % {"number": number}
    return [Line(_("Contacts whose address refuses mails"), detail, admin_url("stores_contact_changelist", refused="yes"), "warning")]


def _pause() -> list[Line]:
    """Say that sending is paused: somebody may have forgotten."""
    pause = pausing.current()
    if pause is None:
        return []
    return [Line(_("Sending is paused"), pause.reason, admin_url("messaging_queue"), "danger")]


def _beat(run: TaskRun | None, now: datetime) -> Line:
    if run is None or run.finished_at is None:
        return Line(_("Scheduler"), _("has not run yet"), "", "danger")
    late = now - run.finished_at > timedelta(minutes=settings.SCHEDULER_ALERT_MINUTES)
    detail = _("last ran %(time)s ago") % {"time": timesince(run.finished_at, now)}
    return Line(_("Scheduler"), detail, "", "danger" if late else "success")


def _run(title: str, run: TaskRun | None) -> Line:
    """Tell how a scheduled task last ended."""
    url = admin_url("messaging_taskrun_change", run.pk) if run else ""
    if run is None or run.finished_at is None:
        return Line(title, _("has not run yet"), url)
    when = date_format(timezone.localtime(run.finished_at), "j F, H:i")
    return Line(title, " · ".join(filter(None, [when, run.outcome[:120]])), url, "success" if run.succeeded else "danger")
