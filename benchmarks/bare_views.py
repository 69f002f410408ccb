"""The views of the bare site (`bare.py`), each with as many queries as the declaration form: 3 for GET, 8 for POST.

- `same` sends the form's own statements, one after the other, and answers "ok": what Django and the database need for
  this work when nobody asks who is there, whether the figures make sense, and what the page looks like;
- `plain` reads and creates single rows instead: the least that many queries can be.
"""

from __future__ import annotations

import uuid

from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from crates.models import Count, Declaration, Movement
from crates.services.carry import places_at
from crates.services.rows import insert_all, insert_locking_store, insert_movement
from lincassable.accounts.actors import Actor
from lincassable.accounts.decorators import public
from lincassable.accounts.models import AccessLink
from lincassable.portal.queries import stock_lines
from pickups.services import request_pickup
from stores.models import Store

GET_READS = 3
POST_READS, POST_WRITES = 4, 4


class Row(models.Model):
    """What the plain view writes."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    note = models.TextField()

    class Meta:
        app_label = "portal"
        managed = False  # benchmarks/mobile.py makes the table
        db_table = "bench_bare"


@public
@csrf_exempt
def plain(request: HttpRequest, store_id: int) -> HttpResponse:
    """GET reads three rows; POST reads four and creates four, in one transaction."""
    if request.method == "GET":
        return HttpResponse([Store.objects.get(pk=store_id).name for _ in range(GET_READS)])
    with transaction.atomic():
        names = [Store.objects.get(pk=store_id).name for _ in range(POST_READS)]
        for _ in range(POST_WRITES):
            Row.objects.create(store_id=store_id, note=request.POST.get("note", ""))
    return HttpResponse(names)


@public
@csrf_exempt
def same(request: HttpRequest, store_id: int) -> HttpResponse:
    """GET reads link, store and stock; POST also reads the ledger and writes declaration, lines, movement and request."""
    link = AccessLink.objects.filter(kind=AccessLink.STORE, object_id=store_id).first()
    store = Store.objects.get(pk=store_id)
    lines = stock_lines(store, used_only=True)
    if request.method == "POST":
        with transaction.atomic():
            _write(store, [(line.container.pk, int(request.POST[f"full_{line.container.code}"])) for line in lines], Actor.of_link(link))
    return HttpResponse("ok")


def _write(store: Store, figures: list[tuple[int, int]], by: Actor) -> None:
    """Write what a declaration writes, without its rules."""
    now = timezone.now()
    declaration = Declaration(key=uuid.uuid4(), store=store, declared_at=now, received_at=now, wants_pickup=True, **Declaration.author(by))
    insert_locking_store(declaration, store.pk)
    places = places_at([(store.pk, kind) for kind, _full in figures], now, strictly=True, stock=True)
    common = {"declaration": declaration, "store_id": store.pk, "at": now, "pins_full": True}
    insert_all([Count(container_type_id=kind, full=full, **common) for kind, full in figures])
    net = {}
    for kind, full in figures:
        more = full - places[store.pk, kind].full
        net |= {(store.pk, kind, "empty"): -more, (store.pk, kind, "full"): more} if more else {}
    movement = Movement(key=uuid.uuid4(), cause="declaration", occurred_at=now, declaration=declaration, **Movement.author(by))
    if net:  # as many figures change as in the form's own posts
        insert_movement(movement, net)
    request_pickup(store, by=by, declaration_id=declaration.pk)


urlpatterns = [path("plain/<int:store_id>/", plain), path("same/<int:store_id>/", same)]
