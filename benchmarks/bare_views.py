"""The one view of the bare site (`bare.py`): as many rows read and created as the declaration form has queries, no more."""

from __future__ import annotations

from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from lincassable.accounts.decorators import public
from stores.models import Store

GET_READS = 3
POST_READS, POST_WRITES = 4, 4


class Row(models.Model):
    """What the bare view writes."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    note = models.TextField()

    class Meta:
        app_label = "portal"
        managed = False  # benchmarks/mobile.py makes the table
        db_table = "bench_bare"


def read(store_id: int, times: int) -> str:
    """Read one row by its key, several times."""
    name = ""
    for _ in range(times):
        name = Store.objects.get(pk=store_id).name
    return name


@public
@csrf_exempt
def form(request: HttpRequest, store_id: int) -> HttpResponse:
    """GET reads three rows; POST reads four and creates four, in one transaction."""
    if request.method == "GET":
        return HttpResponse(read(store_id, GET_READS))
    with transaction.atomic():
        name = read(store_id, POST_READS)
        for _ in range(POST_WRITES):
            Row.objects.create(store_id=store_id, note=request.POST.get("note", ""))
    return HttpResponse(name)


urlpatterns = [path("<int:store_id>/", form)]
