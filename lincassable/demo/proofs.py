"""What drivers brought back from their last tours: photos, signatures, pallets, a truck that was full, a stop added on the way."""

from __future__ import annotations

import math
import random
import uuid
from io import BytesIO

from django.core.files.base import ContentFile
from PIL import Image, ImageDraw

from crates.models import ContainerType
from lincassable.accounts.actors import Actor
from pickups.enums import PalletDirection, PalletType, ProofKind, RequestState, StopState
from pickups.lines import NewProof
from pickups.models import PickupRequest, Stop, StopLine, StopPallet
from pickups.services import add_proofs

STOPS = 40  # the last ones
CRATES_PER_PALLET = 48
SIGNERS = ("Mme Durand", "M. Petit", "Inès", "Karim B.", "Lucie Moreau", "L'équipe du matin")
REASONS = (
    "Camion plein, le reste à la prochaine tournée.",
    "Palette bloquée par une livraison.",
    "Casiers mouillés, laissés sur place.",
)
SIZE = (960, 720)


def tell_proofs(rng: random.Random) -> int:
    """Add proofs to the last stops that were made; return how many pictures were kept."""
    made = Stop.objects.filter(state=StopState.DONE).select_related("store", "tour", "request")
    stops = list(made.order_by("-completed_at", "pk")[:STOPS])
    tours = list(dict.fromkeys(stop.tour_id for stop in stops))
    on_paper = set(tours[1::3])  # some drivers still have a paper signed: the slips that are missing
    kept = 0
    for number, stop in enumerate(stops):
        if number % 9 == 4:
            _partly(stop, rng)
        _pallets(stop)
        proofs, signer = _proofs(stop, rng), rng.choice(SIGNERS)
        if stop.tour_id in on_paper:
            proofs, signer = [proof for proof in proofs if proof.kind == ProofKind.PHOTO], ""
        kept += len(add_proofs(stop, proofs, by=Actor.system()))
        stop.signer_name = signer
        stop.is_unplanned = number % 20 == 7
        stop.save(update_fields=["signer_name", "is_unplanned", "state", "reason"])
    return kept


def _partly(stop: Stop, rng: random.Random) -> None:
    """Make a stop one where some full containers stayed."""
    stop.state, stop.reason = StopState.PARTIAL, rng.choice(REASONS)
    line = stop.lines.order_by("-loaded_full", "pk").first()
    if line is not None:
        StopLine.objects.filter(pk=line.pk).update(remaining_full=rng.randint(2, 6), planned_full=(line.loaded_full or 0) + 6)
    PickupRequest.objects.filter(pk=stop.request_id).update(state=RequestState.PARTLY, reason=stop.reason)


def _pallets(stop: Stop) -> None:
    """Crates travel on pallets where there are many; 75 and 33 cl are mixed on one where there are few of each."""
    crates = {line.container_type.code: line for line in stop.lines.select_related("container_type").order_by("pk")}
    loaded = sum((crates[code].loaded_full or 0) for code in ("75", "33") if code in crates)
    if loaded < CRATES_PER_PALLET // 2:
        return
    kind: ContainerType | None = None if "33" in crates and "75" in crates else next(iter(crates.values())).container_type
    number = math.ceil(loaded / CRATES_PER_PALLET)
    for direction in PalletDirection.values:
        base = PalletType.EUROPE if kind is None or kind.code == "75" else PalletType.VMF
        StopPallet.objects.create(stop=stop, direction=direction, pallet_type=base, container_type=kind, planned=number, actual=number)


def _proofs(stop: Stop, rng: random.Random) -> list[NewProof]:
    """Return one or two photos and a signature."""
    photos = [NewProof(uuid.uuid5(stop.uuid, f"photo {n}"), ProofKind.PHOTO, drawn_photo(rng)) for n in range(rng.choice((1, 1, 2)))]
    return [*photos, NewProof(uuid.uuid5(stop.uuid, "signature"), ProofKind.SIGNATURE, _signature(rng))]


def _webp(picture: Image.Image) -> ContentFile[bytes]:
    result = BytesIO()
    picture.save(result, "WEBP", quality=60)
    return ContentFile(result.getvalue())


def drawn_photo(rng: random.Random) -> ContentFile[bytes]:
    """Draw crates stacked against a wall."""
    wall, floor = rng.choice((("#c9c3b4", "#8d8677"), ("#b8c4c0", "#777f7c"), ("#cdb9a0", "#84745f")))
    picture = Image.new("RGB", SIZE, wall)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 560, *SIZE), fill=floor)
    for column in range(rng.randint(3, 6)):
        left, colour = 60 + column * 145, rng.choice(("#2f6b46", "#a8322a", "#c58a1c", "#31547a"))
        for row in range(rng.randint(2, 6)):
            top = 560 - row * 88
            pen.rectangle((left, top, left + 135, top + 84), fill=colour, outline="#22281f", width=3)
            for neck in range(4):
                pen.ellipse((left + 10 + neck * 31, top - 8, left + 30 + neck * 31, top + 12), fill="#3d2b1f")
    return _webp(picture)


def _signature(rng: random.Random) -> ContentFile[bytes]:
    """Draw what a finger leaves on glass."""
    picture = Image.new("RGB", (600, 240), "white")
    pen, speed, height = ImageDraw.Draw(picture), rng.uniform(6, 11), rng.uniform(30, 60)
    points = [(60 + t * 4, 130 + math.sin(t / speed) * height * math.cos(t / 37) - t / 6) for t in range(rng.randint(80, 120))]
    pen.line(points, fill="black", width=5, joint="curve")
    return _webp(picture)
