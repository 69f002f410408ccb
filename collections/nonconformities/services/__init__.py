"""Everything that writes non-conformities. Admin pages, phones and tasks call the same functions."""

from nonconformities.services.comments import comment
from nonconformities.services.handling import (
    Findings,
    acknowledge,
    assign,
    change,
    mark_duplicate,
    reject,
    reopen,
    resolve,
    start,
)
from nonconformities.services.partners import is_theirs, seen_by_partner
from nonconformities.services.photos import add_photos, delete_photos, remove_photo
from nonconformities.services.rejects import report_rejects
from nonconformities.services.reporting import Report, report
from nonconformities.services.stock import post_to_stock

__all__ = [
    "Findings",
    "Report",
    "acknowledge",
    "add_photos",
    "assign",
    "change",
    "comment",
    "delete_photos",
    "is_theirs",
    "mark_duplicate",
    "post_to_stock",
    "reject",
    "remove_photo",
    "reopen",
    "report",
    "report_rejects",
    "resolve",
    "seen_by_partner",
    "start",
]
