"""Places and contacts as files, with the titles that the importers read back; and the buttons of the admin for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action

from lincassable.exporting import table_file
from stores.contact_columns import COLUMNS as CONTACT_COLUMNS
from stores.contact_columns import WANTS
from stores.models import Contact, Store
from stores.point_columns import COLUMNS as POINT_COLUMNS
from stores.point_import import PointExtension, extensions

# People have a file of their own, one line each.
PEOPLE = ("contacts", "emails", "phones")
AT_ONCE = 2000  # rows read together


def points_file(suffix: str) -> HttpResponse:
    """Return every place that is no part of another one, as a file. Arguments: suffix, "csv" or "xlsx"."""
    more = extensions()
    titles = [column.header for column in POINT_COLUMNS if column.name not in PEOPLE]
    titles += [column.header for extension in more for column in extension.columns()]
    return table_file("points", titles, _points(more), suffix=suffix)


def _points(more: Sequence[PointExtension]) -> Iterator[list[Any]]:
    places = Store.objects.filter(merged_into=None).select_related("zone", "collected_through", "usual_hub").prefetch_related("tags")
    widths = [len(extension.columns()) for extension in more]
    rows = places.order_by("name", "pk").iterator(chunk_size=AT_ONCE)
    while some := list(islice(rows, AT_ONCE)):
        cells = [extension.cells(some) for extension in more]
        for one in some:
            others = [said.get(one.pk, [None] * width) for said, width in zip(cells, widths, strict=True)]
            yield [*_point(one), *(cell for row in others for cell in row)]


def _point(one: Store) -> list[Any]:
    """Return the cells of one place, in the order of POINT_COLUMNS without its people."""
    return [
        one.source_id,
        one.name,
        one.get_kind_display(),
        one.get_status_display(),
        one.zone.name if one.zone else None,
        one.street,
        one.postcode,
        one.city,
        one.latitude,
        one.longitude,
        one.opening_hours,
        one.access_notes,
        one.collected_through.source_id if one.collected_through else None,
        one.usual_hub.source_id if one.usual_hub else None,
        one.get_largest_vehicle_display(),
        _yes_no(one.needs_tail_lift),
        _yes_no(one.is_public),
        one.public_note,
        one.website,
        one.get_deposit_practice_display(),
        "; ".join(tag.name for tag in one.tags.all()),
    ]


def _yes_no(answer: bool) -> str:
    return _("yes") if answer else _("no")


def dialled(contact: Contact) -> str:
    """Return a phone as people here dial it: a leading “+” would be taken for a formula by spreadsheet programs."""
    phone = contact.phone
    if not phone:
        return ""
    return phone.as_national if phone.country_code == 33 else f"00{phone.country_code} {phone.national_number}"


def contacts_file(suffix: str) -> HttpResponse:
    """Return every contact as a file. Arguments: suffix, "csv" or "xlsx"."""
    return table_file("contacts", [column.header for column in CONTACT_COLUMNS], _contacts(), suffix=suffix)


def _contacts() -> Iterator[list[Any]]:
    rows = Contact.objects.select_related("store").order_by("store__name", "store", "name", "pk")
    for one in rows.iterator(chunk_size=2000):
        yield [
            one.store.source_id,
            one.store.name,
            one.store.city,
            one.name,
            one.get_role_display(),
            one.email,
            dialled(one),
            one.get_language_display(),
            *(_yes_no(getattr(one, name)) for name in ("is_active", *(name for name, _fr, _en in WANTS))),
        ]


class ExportsTable:
    """Mixin of ModelAdmin, before it in the bases: two buttons that download the whole table. Subclasses name `export_table(suffix)`."""

    export_table: Callable[[str], HttpResponse]

    @action(description=gettext_lazy("Export CSV"), url_path="export-csv")
    def export_csv(self, request: HttpRequest) -> HttpResponse:
        """Everything, as CSV."""
        return self._export(request, "csv")

    @action(description=gettext_lazy("Export XLSX"), url_path="export-xlsx")
    def export_xlsx(self, request: HttpRequest) -> HttpResponse:
        """Everything, as XLSX."""
        return self._export(request, "xlsx")

    def _export(self, request: HttpRequest, suffix: str) -> HttpResponse:
        if not self.has_view_permission(request):  # type: ignore[attr-defined]  # ModelAdmin's
            raise PermissionDenied
        return type(self).export_table(suffix)
