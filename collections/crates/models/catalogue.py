"""Which containers exist, and which of them a place uses."""

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from crates.enums import Unit
from stores.models import Store


class ContainerType(models.Model):
    """A kind of container: 75 cl crate, 33 cl crate, palox, keg, pallet of loose bottles.

    The figures are catalogue rows that coordinators edit; their starting values come from docs/developer.md.
    """

    code = models.SlugField(_("code"), max_length=20, unique=True)
    name_fr = models.CharField(_("name in French"), max_length=60)
    name_en = models.CharField(_("name in English"), max_length=60)
    short_fr = models.CharField(_("short name in French"), max_length=20)
    short_en = models.CharField(_("short name in English"), max_length=20)
    declared_as = models.CharField(_("declared as"), max_length=8, choices=Unit, default=Unit.COUNT)
    bottles = models.PositiveIntegerField(_("bottles when full"), default=0)
    tare_g = models.PositiveIntegerField(_("tare (g)"), default=0)
    bottle_weight_g = models.PositiveIntegerField(_("weight of one bottle (g)"), default=0)
    volume_l = models.PositiveIntegerField(_("outer volume (dm³)"), default=0)
    per_pallet = models.PositiveSmallIntegerField(
        _("number on a pallet"),
        default=0,
        db_default=0,
        help_text=_("how many stand on one; 1 takes a pallet's place by itself, 0 is not known"),
    )
    value_eur = models.DecimalField(_("value (€)"), max_digits=7, decimal_places=2, default=0, help_text=_("what losing one costs"))
    count_tolerance = models.PositiveSmallIntegerField(
        _("tolerance of a count"), default=3, help_text=_("a count that differs by more is asked for again")
    )
    position = models.PositiveSmallIntegerField(_("order on screens"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("container type")
        verbose_name_plural = _("container types")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the current language."""
        return self.name_en if (get_language() or "fr").startswith("en") else self.name_fr

    @property
    def short(self) -> str:
        """The short name in the current language."""
        return self.short_en if (get_language() or "fr").startswith("en") else self.short_fr

    @property
    def full_weight_g(self) -> int:
        """Weight in grams of one full container."""
        return self.tare_g + self.bottles * self.bottle_weight_g


class StoreContainer(models.Model):
    """A place uses this kind of container; its capacity and its buffer there."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, verbose_name=_("collection point"), related_name="containers")
    container_type = models.ForeignKey(ContainerType, on_delete=models.PROTECT, verbose_name=_("container type"), related_name="+")
    capacity = models.PositiveIntegerField(
        _("capacity"), null=True, blank=True, help_text=_("how many fit there; empty means the number that is there")
    )
    buffer = models.PositiveIntegerField(_("buffer stock"), default=0, help_text=_("stays there while a tour is on its way; never planned"))

    class Meta:
        verbose_name = _("container used")
        verbose_name_plural = _("containers used")
        ordering = ["store", "container_type"]
        constraints = [
            models.UniqueConstraint(
                fields=["store", "container_type"],
                name="store_container_unique",
                violation_error_message=_("This container is already listed for this place."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.store} · {self.container_type}"
