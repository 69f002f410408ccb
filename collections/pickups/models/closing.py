"""What a coordinator said about each difference of a tour, and what a second phone said of a stop."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crates.models import ContainerType
from lincassable.accounts.models import Authored
from pickups.enums import Answer, DifferenceKind, Measure
from pickups.models.tours import Stop, Tour


class TourDifference(Authored):
    """Two figures that do not agree, with the answer once there is one.

    Most differences are worked out from the tour itself and are written here with their answer. Only a second report of a stop
    that was already recorded is written before: nothing else would keep what it says.
    """

    tour = models.ForeignKey(Tour, on_delete=models.PROTECT, verbose_name=_("tour"), related_name="differences")
    stop = models.ForeignKey(Stop, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("stop"), related_name="differences")
    container_type = models.ForeignKey(
        ContainerType, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("container type"), related_name="+"
    )
    kind = models.CharField(_("what differs"), max_length=6, choices=DifferenceKind)
    measure = models.CharField(_("figure"), max_length=11, choices=Measure, blank=True)
    expected = models.PositiveIntegerField(_("expected"), default=0)
    found = models.PositiveIntegerField(_("found"), default=0)
    answer = models.CharField(_("answer"), max_length=8, choices=Answer, blank=True)
    number = models.PositiveIntegerField(_("corrected to"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=250, blank=True)
    raised_at = models.DateTimeField(_("noticed"), default=timezone.now)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)

    class Meta:
        verbose_name = _("difference of a tour")
        verbose_name_plural = _("differences of tours")
        ordering = ["tour", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["tour", "kind", "stop", "container_type", "measure", "expected", "found"],
                nulls_distinct=False,
                name="difference_asked_once",
                violation_error_message=_("This difference is already answered: reload the page."),
            ),
            models.CheckConstraint(
                condition=Q(answer="", answered_at__isnull=True) | (~Q(answer="") & Q(answered_at__isnull=False)),
                name="difference_answered_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tour} · {self.get_kind_display()}"
