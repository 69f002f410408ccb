"""What proves a stop and a tour: pallets, photos, signatures, the hub's count, paper slips, the figures at closing."""

from __future__ import annotations

import uuid
from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crates.models import ContainerType
from lincassable.accounts.models import Authored
from pickups.enums import PalletDirection, PalletType, ProofKind
from pickups.models.tours import Stop, Tour


class StopPallet(models.Model):
    """Pallets of one type with one content at a stop; without a container type they are mixed (75 and 33 cl)."""

    stop = models.ForeignKey(Stop, on_delete=models.PROTECT, verbose_name=_("stop"), related_name="pallets")
    direction = models.CharField(_("taken or left"), max_length=5, choices=PalletDirection)
    pallet_type = models.CharField(_("pallet"), max_length=6, choices=PalletType)
    container_type = models.ForeignKey(
        ContainerType,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("content"),
        related_name="+",
        help_text=_("empty: mixed 75 and 33 cl crates"),
    )
    planned = models.PositiveSmallIntegerField(_("planned"), default=0)
    actual = models.PositiveSmallIntegerField(_("actual"), null=True, blank=True)

    class Meta:
        verbose_name = _("pallets at a stop")
        verbose_name_plural = _("pallets at stops")
        ordering = ["stop", "-direction", "pallet_type", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["stop", "direction", "pallet_type", "container_type"],
                nulls_distinct=False,
                name="pallets_once_per_stop",
                violation_error_message=_("These pallets are already listed for this stop."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_pallet_type_display()} · {self.container_type or _('mixed')}"


def proof_path(proof: StopProof, _name: str) -> str:
    """Return where a proof is kept under the private media folder; the name that a phone gave is not used."""
    return f"stops/{proof.uuid.hex[:2]}/{proof.uuid.hex}.webp"


class StopProof(Authored):
    """A photo or a signature of a stop, re-encoded by us and private: coordinators and the tour's carrier see it."""

    uuid = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    stop = models.ForeignKey(Stop, on_delete=models.PROTECT, verbose_name=_("stop"), related_name="proofs")
    kind = models.CharField(_("kind"), max_length=9, choices=ProofKind)
    image = models.ImageField(_("picture"), upload_to=proof_path, max_length=200)
    taken_at = models.DateTimeField(_("taken"), default=timezone.now)

    class Meta:
        verbose_name = _("photo or signature")
        verbose_name_plural = _("photos and signatures")
        ordering = ["stop", "kind", "pk"]
        constraints = [models.UniqueConstraint(fields=["stop"], condition=Q(kind="signature"), name="one_signature_per_stop")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.stop}"


class HubCount(Authored):
    """What the hub counted when a tour came in, per kind of container. It never moves stock: differences are looked into."""

    tour = models.ForeignKey(Tour, on_delete=models.PROTECT, verbose_name=_("tour"), related_name="hub_counts")
    container_type = models.ForeignKey(ContainerType, on_delete=models.PROTECT, verbose_name=_("container type"), related_name="+")
    full = models.PositiveIntegerField(_("full ones"), default=0)
    empty = models.PositiveIntegerField(_("empty ones brought back"), default=0)
    counted_at = models.DateTimeField(_("counted"), default=timezone.now)

    class Meta:
        verbose_name = _("count at the hub")
        verbose_name_plural = _("counts at the hub")
        ordering = ["tour", "container_type"]
        constraints = [models.UniqueConstraint(fields=["tour", "container_type"], name="one_hub_count_per_container")]

    def __str__(self) -> str:
        return f"{self.tour} · {self.container_type}"


def slip_path(slip: SlipUpload, _name: str) -> str:
    """Return where an uploaded slip is kept under the private media folder."""
    return f"slips/{slip.uuid.hex[:2]}/{slip.uuid.hex}.{slip.extension}"


class SlipUpload(Authored):
    """A paper slip that somebody scanned or photographed; private to coordinators and the tour's carrier."""

    uuid = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    tour = models.ForeignKey(Tour, on_delete=models.PROTECT, verbose_name=_("tour"), related_name="slip_uploads")
    file = models.FileField(_("file"), upload_to=slip_path, max_length=200)
    extension = models.CharField(_("format"), max_length=5)
    uploaded_at = models.DateTimeField(_("uploaded"), default=timezone.now)

    class Meta:
        verbose_name = _("uploaded slip")
        verbose_name_plural = _("uploaded slips")
        ordering = ["tour", "uploaded_at"]

    def __str__(self) -> str:
        return f"{self.tour} · {self.uploaded_at:%d/%m/%Y}"


class TourClosing(Authored):
    """The figures of a tour as a coordinator closed it."""

    tour = models.OneToOneField(Tour, on_delete=models.PROTECT, verbose_name=_("tour"), related_name="closing")
    closed_at = models.DateTimeField(_("closed"), default=timezone.now)
    distance_m = models.PositiveIntegerField(_("distance (m)"), default=0)
    duration_min = models.PositiveIntegerField(_("duration (min)"), default=0)
    cost_eur = models.DecimalField(_("cost (€)"), max_digits=9, decimal_places=2, null=True, blank=True)
    load_g = models.PositiveBigIntegerField(_("load brought back (g)"), default=0)
    bottles = models.PositiveIntegerField(_("bottles"), default=0)
    co2_low_g = models.PositiveIntegerField(_("CO₂e, low (g)"), default=0)
    co2_g = models.PositiveIntegerField(_("CO₂e (g)"), default=0)
    co2_high_g = models.PositiveIntegerField(_("CO₂e, high (g)"), default=0)
    note = models.CharField(_("note"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("closing of a tour")
        verbose_name_plural = _("closings of tours")
        ordering = ["tour"]

    def __str__(self) -> str:
        return str(self.tour)

    @property
    def distance_km(self) -> Decimal:
        """The way in kilometres, to a tenth."""
        return (Decimal(self.distance_m) / 1000).quantize(Decimal("0.1"))

    @property
    def load_kg(self) -> int:
        """The load in kilograms."""
        return round(self.load_g / 1000)

    @property
    def co2_kg(self) -> tuple[Decimal, Decimal, Decimal]:
        """Kilograms of CO₂e: low, typical, high."""
        low, typical, high = ((Decimal(grams) / 1000).quantize(Decimal("0.1")) for grams in (self.co2_low_g, self.co2_g, self.co2_high_g))
        return low, typical, high

    @property
    def co2_per_bottle(self) -> tuple[Decimal, Decimal, Decimal] | None:
        """Grams of CO₂e per bottle: low, typical, high; None when nothing came back or the factor is not known."""
        if not self.bottles or not self.co2_high_g:
            return None
        low, typical, high = (
            (Decimal(grams) / self.bottles).quantize(Decimal("0.1")) for grams in (self.co2_low_g, self.co2_g, self.co2_high_g)
        )
        return low, typical, high

    @property
    def cost_per_bottle(self) -> Decimal | None:
        """Euros per bottle, to a tenth of a cent; None when one of both is not known."""
        if self.cost_eur is None or not self.bottles:
            return None
        return (self.cost_eur / self.bottles).quantize(Decimal("0.001"))
