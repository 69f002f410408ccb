"""Labels of paloxes on paper, and their list as a file."""

from __future__ import annotations

import segno
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from crates.models import Palox
from crates.palox_numbers import label_url
from lincassable.exporting import table_file

MOST_LABELS = 1000  # 24 on a sheet


def labels(request: HttpRequest) -> HttpResponse:
    """Return the page of labels to print for the paloxes that the address names (?ids=1,2), in the network's language."""
    ids = [int(text) for text in request.GET.get("ids", "").split(",") if text.isdecimal() and len(text) < 19][:MOST_LABELS]
    rows = [{"palox": palox, "code": _code(palox)} for palox in Palox.objects.filter(pk__in=ids).order_by("number")]
    with translation.override(settings.LANGUAGE_CODE):
        return HttpResponse(render_to_string("crates/admin/labels.html", {"labels": rows}, request=request))


def _code(palox: Palox) -> SafeString:
    """Return the label's QR code as an SVG element; level Q bears a quarter of scratches: a palox lives outdoors."""
    code = segno.make(label_url(palox), error="q", micro=False)
    return mark_safe(code.svg_inline(border=0, omitsize=True, svgclass="label-code", lineclass=None, dark="#000"))  # noqa: S308 - drawn from our own address


def paloxes_file(suffix: str) -> HttpResponse:
    """Return all paloxes as a file."""
    headers = [_("number"), _("model"), _("sorting format"), _("state"), _("place"), _("town"), _("last seen")]
    rows = (
        [palox.number, palox.model, palox.sorting_format, palox.get_state_display(), *_place(palox), palox.last_seen_at]
        for palox in Palox.objects.select_related("store").order_by("number").iterator(chunk_size=2000)
    )
    return table_file("paloxs", headers, rows, suffix=suffix)


def _place(palox: Palox) -> tuple[str, str]:
    return (palox.store.name, palox.store.city) if palox.store else ("", "")
