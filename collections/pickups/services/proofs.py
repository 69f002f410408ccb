"""Photos and signatures of stops: kept once, private, removed with their files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from lincassable.accounts.actors import Actor
from pickups.enums import Party, ProofKind
from pickups.lines import NewProof
from pickups.models import Stop, StopProof
from pickups.services.moves import lock_tour, require, write_log

MOST_PHOTOS = 12  # of one stop; more is a phone gone wrong


@transaction.atomic
def add_proofs(stop: Stop, proofs: Sequence[NewProof], *, by: Actor) -> list[StopProof]:
    """Add photos or the signature to a stop, also after it was recorded. Keys that are known add nothing.

    Returns the new rows. Raises ValidationError for too many photos, PermissionDenied when `by` is neither the tour's driver nor a
    coordinator.
    """
    tour = lock_tour(stop.tour_id)
    require(tour, by, Party.DRIVER, Party.COORDINATOR)
    return keep_proofs(Stop.objects.select_for_update().get(pk=stop.pk), proofs, by=by)


def keep_proofs(stop: Stop, proofs: Sequence[NewProof], *, by: Actor) -> list[StopProof]:
    """Write the files and rows of proofs that are not known yet; the stop is locked. The first signature of a stop stays.

    Returns the new rows. Raises ValidationError for too many photos.
    """
    if not proofs:
        return []
    known = set(StopProof.objects.filter(uuid__in=[proof.key for proof in proofs]).values_list("uuid", flat=True))
    kinds = list(stop.proofs.values_list("kind", flat=True))
    new = [proof for proof in {proof.key: proof for proof in proofs}.values() if proof.key not in known]
    if kinds.count(ProofKind.PHOTO) + sum(proof.kind == ProofKind.PHOTO for proof in new) > MOST_PHOTOS:
        sentence = _("Keep at most %(most)s photos of a stop: remove some.") % {"most": MOST_PHOTOS}
        raise ValidationError({"photos": sentence}, code="too_many_photos")
    rows = []
    for proof in new:
        if proof.kind == ProofKind.SIGNATURE and ProofKind.SIGNATURE in kinds:
            continue
        kinds.append(proof.kind)
        rows.append(_write(stop, proof, by=by))
    return rows


def _write(stop: Stop, proof: NewProof, *, by: Actor) -> StopProof:
    """Write one file and its row; a row that cannot be written leaves no file behind."""
    row = StopProof(uuid=proof.key, stop=stop, kind=proof.kind, **StopProof.author(by))
    row.taken_at = stop.completed_at or row.taken_at
    row.image.save("proof.webp", proof.image, save=False)
    try:
        row.save(force_insert=True)
    except BaseException:
        default_storage.delete(str(row.image.name))
        raise
    return row


@transaction.atomic
def remove_proof(proof: StopProof, *, by: Actor) -> None:
    """Take a photo or a signature away for good (somebody is on it, it shows another place); the tour's log keeps that it was.

    Again changes nothing. Raises PermissionDenied when `by` is no coordinator.
    """
    tour = lock_tour(proof.stop.tour_id)
    require(tour, by, Party.COORDINATOR)
    if delete_proofs(StopProof.objects.filter(pk=proof.pk)):
        what = {"what": proof.get_kind_display(), "store": proof.stop.store}
        write_log(tour, tour.state, by=by, note=_("%(what)s removed: %(store)s") % what)


def delete_proofs(rows: Iterable[StopProof]) -> int:
    """Delete rows, and their files once the transaction has succeeded. Returns how many."""
    found = list(rows)
    names = [str(row.image.name) for row in found if row.image]
    StopProof.objects.filter(pk__in=[row.pk for row in found]).delete()
    for name in names:
        transaction.on_commit(partial(default_storage.delete, name))
    return len(found)
