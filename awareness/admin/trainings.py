"""Trainings in the admin: planned, held, called off; who is trained and who is not; the questions of the quiz."""

from __future__ import annotations

from typing import Any

import segno
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Avg, Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.formats import number_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import action, display

from awareness import services
from awareness.effects.pages import BeforeAndAfter
from awareness.enums import Need, TrainingState
from awareness.models import QuizQuestion, Training, TrainingWish
from awareness.training_queries import board
from lincassable.base_admin import ModelAdmin
from pickups.admin.common import NothingDeleted, ReasonForm, Told, author, confirmation, tell

COLOURS = {"planned": "info", "done": "success", "cancelled": "danger"}


def quiz_code(training: Training) -> SafeString:
    """Return the QR code of a training's quiz, to be shown on a screen or printed."""
    svg = segno.make(training.quiz_url, error="m", micro=False).svg_inline(scale=5, border=2, dark="#000", light="#fff")
    return mark_safe(svg)  # noqa: S308 - drawn by the library from our own address


@admin.register(Training)
class TrainingAdmin(BeforeAndAfter, Told, NothingDeleted, ModelAdmin):
    """Meetings with sales teams, the newest first."""

    list_display = ["store", "show_when", "show_state", "trainer", "people", "show_quiz", "show_rating"]
    list_filter = ["state", "trainer", "store__zone"]
    search_fields = ["store__name__unaccent__icontains", "store__city__unaccent__icontains"]
    search_help_text = _("place or town")
    list_select_related = ["store", "trainer"]
    ordering = ["-starts_at", "pk"]
    autocomplete_fields = ["store", "trainer"]
    actions_list = ["to_board"]
    warn_unsaved_form = True
    change_form_outer_before_template = "awareness/admin/training_panel.html"
    fieldsets = [
        (None, {"fields": ["store", "starts_at", ("duration_min", "trainer"), "notes"]}),
        (_("Once it was held"), {"fields": [("people", "support")]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Training]:
        """With how many answered, and what they thought."""
        return super().get_queryset(request).annotate(answers=Count("participations"), rating=Avg("participations__rating"))

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Whoever plans one gives it, unless they say otherwise."""
        return {"trainer": request.user.pk, **super().get_changeform_initial_data(request)}

    @display(description=_("when"), ordering="starts_at")
    def show_when(self, row: Training) -> str:
        """Day and hour."""
        return row.when

    @display(description=_("state"), ordering="state", label=COLOURS)
    def show_state(self, row: Training) -> tuple[str, str]:
        """The state, with a colour."""
        return row.state, row.get_state_display()

    @display(description=_("answers to the quiz"), ordering="answers")
    def show_quiz(self, row: Any) -> int:
        """How many answered."""
        return row.answers

    @display(description=_("rating"), ordering="rating")
    def show_rating(self, row: Any) -> str:
        """The mean of what they thought."""
        return "–" if row.rating is None else f"{number_format(row.rating, 1)}/5"

    def save_model(self, request: HttpRequest, obj: Training, form: Any, change: bool) -> None:
        """Save through the service; the place is invited, or told of a move."""
        services.save_training(obj, by=author(request))

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Add the state, the QR code of the quiz, and what was answered."""
        training = self.get_object(request, object_id)
        shown = panel(training, may_change=self.has_change_permission(request, training)) if training else {}
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def get_urls(self) -> list:
        """Add who is trained, calling off, and putting a wish aside."""
        wrap = self.admin_site.admin_view
        ours = [
            path("board/", wrap(self.board_view), name="awareness_training_board"),
            path("wish/<int:pk>/settle/", wrap(require_POST(self.settle_view)), name="awareness_training_settle"),
            path("<int:pk>/call-off/", wrap(self.cancel_view), name="awareness_training_cancel"),
        ]
        return ours + super().get_urls()

    @action(description=_("Who is trained"), url_path="to-board")
    def to_board(self, request: HttpRequest) -> HttpResponse:
        """Lead to who is trained."""
        return HttpResponseRedirect(reverse("admin:awareness_training_board"))

    def board_view(self, request: HttpRequest) -> HttpResponse:
        """Every place with a team, the most urgent first. `?need=` narrows it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows, asked = board(), request.GET.get("need", "")
        counts = [(need.value, need.label, sum(row.need == need for row in rows)) for need in Need]
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Who is trained"),
            "opts": self.opts,
            "rows": [row for row in rows if row.need == asked] if asked in Need.values else rows,
            "asked": asked if asked in Need.values else "",
            "counts": counts,
            "may_add": self.has_add_permission(request),
        }
        return TemplateResponse(request, "awareness/admin/training_board.html", context)

    def settle_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Put a place's wish aside."""
        wish = get_object_or_404(TrainingWish, pk=pk)
        if not request.user.has_perm("awareness.change_trainingwish"):
            raise PermissionDenied
        services.settle_wish(wish, by=author(request))
        messages.success(request, gettext("The wish is put aside."))
        return HttpResponseRedirect(reverse("admin:awareness_training_board"))

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Call a training off: asks why."""
        training = get_object_or_404(Training.objects.select_related("store"), pk=pk)
        if not self.has_change_permission(request, training):
            raise PermissionDenied
        form = ReasonForm(request.POST or None, label=_("Why? The people of the place read this."), required=True)
        page = reverse("admin:awareness_training_change", args=[training.pk])
        if request.method == "POST" and form.is_valid():
            try:
                services.cancel_training(training, form.cleaned_data["reason"], by=author(request))
                messages.success(request, gettext("It is cancelled, and the place is told."))
            except ValidationError as error:
                tell(request, error)
            return HttpResponseRedirect(page)
        return confirmation(
            self,
            request,
            title=gettext("Cancel the training at %(store)s") % {"store": training.store},
            sentences=[training.when],
            form=form,
            button=gettext("Cancel the training"),
            back=page,
            danger=True,
        )


def panel(training: Training, *, may_change: bool) -> dict[str, Any]:
    """Return the context of templates/awareness/admin/training_panel.html."""
    return {
        "training": training,
        "may_cancel": may_change and training.state == TrainingState.PLANNED,
        "quiz_code": quiz_code(training) if training.state != TrainingState.CANCELLED else "",
        "parts": list(training.participations.all()),
    }


@admin.register(QuizQuestion)
class QuizQuestionAdmin(NothingDeleted, ModelAdmin):
    """The questions of the quiz. One that is no longer asked is taken out of use."""

    list_display = ["show_text", "position", "is_active"]
    ordering = ["position", "pk"]
    fieldsets = [
        (None, {"fields": [("position", "is_active")]}),
        (_("In French"), {"fields": ["text_fr", "right_fr", "wrong_fr", "other_fr"]}),
        (_("In English"), {"fields": ["text_en", "right_en", "wrong_en", "other_en"]}),
    ]

    @display(description=_("question"))
    def show_text(self, row: QuizQuestion) -> str:
        """The question."""
        return str(row)
