"""Handling: seen, in progress, resolved, set aside, reported twice, opened again; who does it, until when, why it came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lincassable.accounts.actors import Actor
from lincassable.accounts.models import User
from lincassable.messaging.services import enqueue_many
from nonconformities import emails
from nonconformities.enums import CLOSED_STATES, TRANSITIONS, State, Step
from nonconformities.models import NonConformity
from nonconformities.services.carriers import carrier_for
from nonconformities.services.common import due_day, locked, require_office, write_log

# What `change` may change; the rest has services of its own.
DETAILS = (
    "kind", "severity", "store", "palox", "reference", "producer", "carrier", "container_type", "quantity", "note", "root_cause",
    "corrective_action", "cost_eur", "due_on",
)  # fmt: skip


@dataclass(frozen=True)
class Findings:
    """What was found out while it was handled. Empty texts and None leave what is there."""

    root_cause: str = ""
    corrective_action: str = ""
    cost_eur: Decimal | None = None

    def put(self, row: NonConformity) -> None:
        """Write them on a row."""
        row.root_cause = self.root_cause.strip() or row.root_cause
        row.corrective_action = self.corrective_action.strip() or row.corrective_action
        row.cost_eur = row.cost_eur if self.cost_eur is None else self.cost_eur


def acknowledge(row: NonConformity, *, by: Actor) -> NonConformity:
    """Say that somebody has seen it. Returns the fresh row; see `_move` for what is raised."""
    return _move(row, State.ACKNOWLEDGED, by=by)


def start(row: NonConformity, *, by: Actor, note: str = "") -> NonConformity:
    """Say that somebody works on it; who does becomes its handler when it has none."""
    return _move(row, State.STARTED, by=by, note=note)


def resolve(row: NonConformity, *, answer: str, by: Actor, findings: Findings | None = None) -> NonConformity:
    """Close it: done. Arguments: answer, for who reported it; findings, for us."""
    return _move(row, State.RESOLVED, by=by, answer=answer, findings=findings)


def reject(row: NonConformity, *, answer: str, by: Actor) -> NonConformity:
    """Set it aside: it is none, or not ours. Arguments: answer, why, for who reported it."""
    return _move(row, State.REJECTED, by=by, answer=answer)


def reopen(row: NonConformity, *, note: str, by: Actor) -> NonConformity:
    """Open one again that was over: it is in progress, and due anew. Arguments: note, why."""
    if not note.strip():
        raise ValidationError({"note": _("Say why it is opened again.")}, code="required")
    return _move(row, State.STARTED, by=by, note=note, only_from=CLOSED_STATES)


def _move(row: NonConformity, to: str, *, by: Actor, **said: Any) -> NonConformity:
    """Let the office take a step (`step_to`). Raises PermissionDenied for everybody else."""
    require_office(by)
    return step_to(row, to, by=by, **said)


@transaction.atomic
def step_to(
    row: NonConformity,
    to: str,
    *,
    by: Actor,
    note: str = "",
    answer: str = "",
    findings: Findings | None = None,
    only_from: tuple[str, ...] = (),
) -> NonConformity:
    """Take it to a state, write the log, tell who is concerned. To where it is already, changes nothing. Returns the fresh row.

    Who may is asked before. Raises ValidationError for a step that cannot be, or without an answer where one is due.
    """
    row = locked(row)
    if row.state == to:
        return row
    if to not in TRANSITIONS[row.state] or (only_from and row.state not in only_from) or (not only_from and not row.is_open):
        raise ValidationError(_("It is %(state)s: that cannot be done.") % {"state": row.get_state_display()}, code="state")
    if to in (State.RESOLVED, State.REJECTED) and not answer.strip():
        raise ValidationError({"answer": _("Write the answer: who reported it reads it.")}, code="required")
    reopened = row.state in CLOSED_STATES
    if findings is not None:
        findings.put(row)
    _set(row, to, by=by)
    if reopened:
        row.due_on, row.duplicate_of = due_day(row.kind, row.severity), None
    row.answer = "" if reopened else answer.strip() or row.answer
    row.full_clean(validate_unique=False)
    row.save()
    _tell(row, Step.REOPENED if reopened else Step.MOVED, by=by, note=note)
    return row


def _set(row: NonConformity, to: str, *, by: Actor) -> None:
    """Put the state on the row, with what goes with it."""
    now = timezone.now()
    row.state, row.changed_at = to, now
    row.closed_at = now if to in CLOSED_STATES else None
    if to == State.STARTED and row.assignee_id is None and by.kind == "user":
        row.assignee_id = by.id


def _tell(row: NonConformity, step: str, *, by: Actor, note: str = "") -> None:
    """Write the log, and the mails about it."""
    line = write_log(row, step, by=by, note=note)
    enqueue_many(emails.moved(row, line))


@transaction.atomic
def mark_duplicate(row: NonConformity, other: NonConformity, *, by: Actor) -> NonConformity:
    """Close it as reported twice: `other` is the one that goes on. What repeated this one repeats the other from now on.

    Returns the fresh row. Raises PermissionDenied, ValidationError when it is itself, over already, or the other one repeats this one.
    """
    require_office(by)
    rows = {one.pk: one for one in NonConformity.objects.select_for_update().filter(pk__in=[row.pk, other.pk]).order_by("pk")}
    row, other = rows[row.pk], rows[other.pk]
    goes_on = other.duplicate_of_id or other.pk
    if goes_on == row.pk:
        raise ValidationError({"other": _("It cannot repeat itself: choose another one.")}, code="itself")
    if row.duplicate_of_id == goes_on:
        return row
    if not row.is_open:
        raise ValidationError(_("It is %(state)s: that cannot be done.") % {"state": row.get_state_display()}, code="state")
    _set(row, State.DUPLICATE, by=by)
    row.duplicate_of_id = goes_on
    row.save()
    NonConformity.objects.filter(duplicate_of=row).update(duplicate_of=goes_on)
    _tell(row, Step.MOVED, by=by, note=str(NonConformity.objects.get(pk=goes_on).reference_number))
    return row


@transaction.atomic
def assign(row: NonConformity, user: User | None, *, by: Actor) -> NonConformity:
    """Give it to somebody of the office, who is told; None: to nobody. To whom has it already, changes nothing.

    Returns the fresh row. Raises PermissionDenied; ValidationError for somebody who cannot handle it.
    """
    require_office(by)
    row = locked(row)
    if row.assignee_id == (user.pk if user else None):
        return row
    if user is not None and not (user.is_active and user.has_perm("nonconformities.change_nonconformity")):
        raise ValidationError({"assignee": _("Choose somebody who may handle it.")}, code="assignee")
    row.assignee, row.changed_at = user, timezone.now()
    row.save(update_fields=["assignee", "changed_at"])
    line = write_log(row, Step.ASSIGNED, by=by, note=str(user) if user else _("nobody"))
    if user is not None and user.pk != (by.id if by.kind == "user" else None):
        enqueue_many(emails.assigned(row, line))
    return row


@transaction.atomic
def change(row: NonConformity, values: dict[str, Any], *, by: Actor) -> NonConformity:
    """Change what is known of it. Another kind or severity brings another due day, unless `values` gives one.

    Arguments: values, by column, of DETAILS. Returns the fresh row. Raises PermissionDenied, ValidationError, KeyError for other columns.
    """
    require_office(by)
    row = locked(row)
    for name in values:
        if name not in DETAILS:
            raise KeyError(name)
    before = {name: getattr(row, name) for name in DETAILS}
    for name, value in values.items():
        setattr(row, name, value)
    regraded = (row.kind, row.severity) != (before["kind"], before["severity"])
    if regraded and row.due_on == before["due_on"]:
        row.due_on = due_day(row.kind, row.severity, _day_of(row))
    if row.reference and row.producer is None:
        row.producer = row.reference.producer
    if row.kind != before["kind"] and row.carrier is None:
        row.carrier = carrier_for(row.kind, row.store, row.stop)
    if row.movement_id and (row.store, row.container_type) != (before["store"], before["container_type"]):
        raise ValidationError(_("It has left the stock already: cancel that movement first."), code="posted")
    changed = [name for name in DETAILS if getattr(row, name) != before[name]]
    if not changed:
        return row
    row.changed_at = timezone.now()
    row.full_clean(validate_unique=False)
    row.save()
    names = ", ".join(str(NonConformity._meta.get_field(name).verbose_name) for name in changed)  # type: ignore[union-attr]
    write_log(row, Step.CHANGED, by=by, note=names)
    if row.is_open and {"kind", "producer", "carrier"} & set(changed):
        enqueue_many(emails.concerned(row, by=by))
    return row


def _day_of(row: NonConformity) -> date:
    return timezone.localtime(row.recorded_at).date()
