"""One non-conformity as those outside the coordination read it: a producer by its link, a carrier's office and the sorting table signed in.

All three see it with its photos, say that they have seen it, and write to the coordination.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from lincassable.accounts.actors import LINK, USER, Actor
from lincassable.portal.problems.common import add_errors
from lincassable.portal.problems.forms import CommentForm
from lincassable.reminders.people import users_with
from lincassable.uploads import serve
from nonconformities import services
from nonconformities.models import NonConformity, NonConformityComment, NonConformityPhoto
from nonconformities.recipients import AT_THE_TABLE, PERMISSION

OVER_SHOWN = 50


@dataclass(frozen=True)
class Door:
    """Who reads, and where the pages are.

    Arguments: by, the author; rows, those they may see; name, of the addresses ("producer", "carrier" or "sorting"); back_url and
        back_label, of the list; home_url, of the head of the page; is_producer, the place is not named.
    """

    by: Actor
    rows: QuerySet[NonConformity]
    name: str
    back_url: str
    back_label: str
    home_url: str
    is_producer: bool = False

    def lists(self) -> dict[str, Any]:
        """Return what the lists show: what is open, and the latest that is over."""
        rows = self.rows.select_related("kind", "store", "reference", "container_type").order_by("-recorded_at", "-pk")
        return {"open": list(rows.open()), "over": list(rows.filter(closed_at__isnull=False)[:OVER_SHOWN])}  # type: ignore[attr-defined]

    def url(self, row: NonConformity) -> str:
        """Return the address of one."""
        return reverse(f"problems:{self.name}_one", args=[row.key])


def one(request: HttpRequest, door: Door, problem_uuid: uuid.UUID) -> HttpResponse:
    """Show one; POST `do=seen` notes that it was seen, `do=message` adds a message, once."""
    rows = door.rows.select_related("kind", "store", "reference", "producer", "container_type")
    row = get_object_or_404(rows, key=problem_uuid)
    form = CommentForm(initial={"key": uuid.uuid4()})
    if request.method == "POST" and request.POST.get("do") == "seen":
        services.seen_by_partner(row, by=door.by)
        return redirect(f"{door.url(row)}?vu=1")
    if request.method == "POST":
        form = CommentForm(request.POST)
        if form.is_valid():
            try:
                services.comment(row, by=door.by, **form.cleaned_data)
            except ValidationError as error:
                add_errors(form, error)
            else:
                return redirect(f"{door.url(row)}?fait=1")
    return render(request, "problems/partner_one.html", _context(request, door, row, form), status=422 if form.errors else 200)


def _context(request: HttpRequest, door: Door, row: NonConformity, form: CommentForm) -> dict[str, Any]:
    is_new = row.producer_seen_at is None if door.is_producer else row.state == "reported"
    return {
        "door": door,
        "row": row,
        "form": form,
        "may_say_seen": is_new and row.is_open and (door.is_producer or services.is_theirs(row, door.by)),
        "photos": [(photo, reverse(f"problems:{door.name}_photo", args=[row.key, photo.uuid])) for photo in row.photos.all()],
        "comments": _comments(row, door),
        "seen": "vu" in request.GET,
        "said": "fait" in request.GET,
    }


def _comments(row: NonConformity, door: Door) -> list[tuple[NonConformityComment, bool]]:
    """Return what the coordination and this side of the door wrote, with whether it was this side: one link has many people behind it.

    What another partner of the same non-conformity writes is between it and the coordination.
    """
    carrier = set(row.carrier.users.values_list("pk", flat=True)) if row.carrier else set[int]()
    office = {person.id for person in users_with(PERMISSION)}
    table = {person.id for person in users_with(AT_THE_TABLE)} - office

    def side(said: NonConformityComment) -> str:
        if said.actor_kind == LINK:
            return "producer"
        if said.actor_kind != USER or said.actor_id in office:
            return ""
        return "carrier" if said.actor_id in carrier else "sorting" if said.actor_id in table else ""

    sides = [(said, side(said)) for said in row.comments.filter(with_partner=True)]
    return [(said, who == door.name) for said, who in sides if who in ("", door.name)]


def photo(door: Door, problem_uuid: uuid.UUID, picture_uuid: uuid.UUID) -> HttpResponseBase:
    """Answer a photo of one."""
    row = get_object_or_404(door.rows, key=problem_uuid)
    found = get_object_or_404(NonConformityPhoto, nonconformity=row, uuid=picture_uuid)
    return serve(found.image, filename=f"{row.reference_number}-{found.position}.webp", content_type="image/webp")
