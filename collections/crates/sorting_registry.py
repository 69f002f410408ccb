"""A sorting batch owns its movement: it is shown and cancelled on its own page, and undone as a whole."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crates.admin_registry import register_origin
from crates.models import Act, SortingBatch
from crates.services.bottles import ORIGIN as BOTTLES
from crates.services.bottles import undo_bottles
from crates.services.sorting import ORIGIN, cancel_sorting
from crates.services.undo import register_undoing
from lincassable.accounts.actors import Actor


def register_sorting() -> None:
    """Tell the ledger's pages; called once the apps are ready."""
    register_origin(ORIGIN, label=_("sorting batch"), url=_page)
    register_undoing(ORIGIN, _undo)
    register_undoing(BOTTLES, _undo_bottles)


def _page(batch_id: int) -> str:
    return reverse("admin:crates_sortingbatch_change", args=[batch_id])


def _undo(act: Act, *, by: Actor) -> None:
    """Cancel the batch that the act recorded."""
    batch = SortingBatch.objects.get(pk=act.origin_id)
    cancel_sorting(batch, by=by, reason=gettext("Undone: %(what)s") % {"what": act.get_kind_display()})


def _undo_bottles(act: Act, *, by: Actor) -> None:
    """Take back the movements of bottles that the act recorded."""
    undo_bottles(act.before["movements"], by=by, reason=gettext("Undone: %(what)s") % {"what": act.get_kind_display()})
