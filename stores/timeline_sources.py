"""What stores themselves bring to the timeline of a place: status, notes, tasks, files, onboarding, proposals."""

from __future__ import annotations

from collections.abc import Collection

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stores import timeline
from stores.models import ChangeProposal, OnboardingCheck, StatusChange, StoreFile, StoreNote, StoreTask
from stores.timeline import Happening


def status_changes(ids: Collection[int], limit: int) -> list[Happening]:
    """Return the changes of status."""
    rows = StatusChange.objects.filter(store__in=ids).order_by("-at", "-pk")[:limit]
    return [
        Happening(
            row.at,
            _("Status: %(status)s") % {"status": row.get_to_status_display()},
            " · ".join(
                filter(None, [_("was %(status)s") % {"status": row.get_from_status_display()} if row.from_status else "", row.reason])
            ),
            author=(row.actor_kind, row.actor_id),
        )
        for row in rows
    ]


def notes(ids: Collection[int], limit: int) -> list[Happening]:
    """Return the notes."""
    rows = StoreNote.objects.filter(store__in=ids).order_by("-written_at", "-pk")[:limit]
    return [Happening(row.written_at, _("Note"), row.text, author=(row.actor_kind, row.actor_id)) for row in rows]


def tasks(ids: Collection[int], limit: int) -> list[Happening]:
    """Return the tasks that are done, at the moment they were."""
    rows = StoreTask.objects.filter(store__in=ids, done_at__isnull=False).select_related("assignee").order_by("-done_at", "-pk")[:limit]
    return [
        Happening(
            row.done_at,
            _("Task done: %(title)s") % {"title": row.title},
            str(row.assignee or ""),
            reverse("admin:stores_storetask_change", args=[row.pk]),
        )
        for row in rows
        if row.done_at is not None
    ]


def files(ids: Collection[int], limit: int) -> list[Happening]:
    """Return the files."""
    rows = StoreFile.objects.filter(store__in=ids).order_by("-uploaded_at", "-pk")[:limit]
    return [
        Happening(
            row.uploaded_at,
            _("File: %(title)s") % {"title": row.title},
            url=reverse("admin:stores_store_file", args=[row.uuid]),
            author=(row.actor_kind, row.actor_id),
        )
        for row in rows
    ]


def steps(ids: Collection[int], limit: int) -> list[Happening]:
    """Return the steps of onboarding that were ticked."""
    rows = OnboardingCheck.objects.filter(store__in=ids).select_related("step").order_by("-done_at", "-pk")[:limit]
    return [
        Happening(row.done_at, _("Onboarding: %(step)s") % {"step": row.step}, row.note, author=(row.actor_kind, row.actor_id))
        for row in rows
    ]


def proposals(ids: Collection[int], limit: int) -> list[Happening]:
    """Return what the place proposed to change about itself, and where that stands."""
    rows = ChangeProposal.objects.filter(store__in=ids).order_by("-proposed_at", "-pk")[:limit]
    return [
        Happening(
            row.proposed_at,
            _("Proposed change: %(kind)s") % {"kind": row.get_kind_display()},
            " · ".join(filter(None, [row.get_state_display(), row.first_name, row.comment])),
            author=(row.actor_kind, row.actor_id),
        )
        for row in rows
    ]


def register() -> None:
    """Add them; called once the apps are ready."""
    timeline.register("status", gettext_lazy("Status"), "stores.view_statuschange", status_changes)
    timeline.register("note", gettext_lazy("Notes"), "stores.view_storenote", notes)
    timeline.register("task", gettext_lazy("Tasks"), "stores.view_storetask", tasks)
    timeline.register("file", gettext_lazy("Files"), "stores.view_storefile", files)
    timeline.register("onboarding", gettext_lazy("Onboarding"), "stores.view_onboardingcheck", steps)
    timeline.register("proposal", gettext_lazy("Proposed changes"), "stores.view_changeproposal", proposals)
