"""The quiz after a training, on anybody's phone by QR code: a few questions, an attestation, a word about the training."""

from __future__ import annotations

import random
import uuid
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from awareness import services
from awareness.models import Participation, QuizQuestion, Training
from lincassable.accounts.actors import Actor
from lincassable.accounts.decorators import public, same_origin
from lincassable.accounts.throttle import is_beyond
from lincassable.portal.training.attestation import attestation_pdf

MOST_PER_HOUR = 120  # answers from one address: a whole team shares the shop's


class QuizForm(forms.Form):
    """The questions, each with three answers in an order of its own; then a name for the attestation, and a word about the training."""

    key = forms.UUIDField(widget=forms.HiddenInput, error_messages={"invalid": _("Open the page again, then send the form.")})
    name = forms.CharField(
        label=_("Your name, for the attestation (optional)"),
        max_length=120,
        required=False,
        help_text=_("Only kept for some weeks, so that you can fetch it again."),
        widget=forms.TextInput({"autocomplete": "name"}),
    )
    rating = forms.TypedChoiceField(
        label=_("Was the training useful? (optional)"),
        choices=[(5, _("very useful")), (4, _("useful")), (3, _("fairly useful")), (2, _("hardly useful")), (1, _("not useful"))],
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )
    comment = forms.CharField(
        label=_("What was missing, what was good? (optional)"), max_length=500, required=False, widget=forms.Textarea({"rows": 2})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = list(QuizQuestion.objects.filter(is_active=True))
        fields = {f"q{question.pk}": self._field(question) for question in self.questions}
        self.fields = {"key": self.fields.pop("key"), **fields, **self.fields}

    def _field(self, question: QuizQuestion) -> forms.ChoiceField:
        choices = [(kind, question.said(kind)) for kind in ("right", "wrong", "other")]
        random.Random(question.pk * 7 + 3).shuffle(choices)  # noqa: S311  the same order for everybody, not always the first
        return forms.ChoiceField(label=question.said("text"), choices=choices, widget=forms.RadioSelect)

    @property
    def question_fields(self) -> list[Any]:
        """The bound fields of the questions."""
        return [self[f"q{question.pk}"] for question in self.questions]

    def answers(self) -> dict[int, str]:
        """Return what was answered, by question id."""
        return {question.pk: self.cleaned_data[f"q{question.pk}"] for question in self.questions}


def _training(training_uuid: uuid.UUID) -> Training:
    return get_object_or_404(Training.objects.select_related("store"), uuid=training_uuid)


@public
@same_origin
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def quiz(request: HttpRequest, training_uuid: uuid.UUID) -> HttpResponse:
    """The questions; POST keeps the answers. The same form twice is one answer."""
    training = _training(training_uuid)
    if not training.quiz_is_open:
        return _page(request, "training/quiz.html", {"training": training, "form": None}, 200 if request.method != "POST" else 422)
    if request.method != "POST":
        return _page(request, "training/quiz.html", {"training": training, "form": QuizForm(initial={"key": uuid.uuid4()})})
    form = QuizForm(request.POST)
    if form.is_valid() and is_beyond(request, "quiz", MOST_PER_HOUR):
        form.add_error(None, _("Too many answers from here within the hour. Try again later."))
    if form.is_valid():
        data = form.cleaned_data
        try:
            told = {name: data[name] for name in ("key", "name", "rating", "comment")}
            part = services.take_part(training, form.answers(), by=Actor.system(), **told)
            return redirect("training:result", training.uuid, part.key)
        except ValidationError as error:
            form.add_error(None, error.messages)  # type: ignore[arg-type]  # sentences
    return _page(request, "training/quiz.html", {"training": training, "form": form}, 422)


def _part(training_uuid: uuid.UUID, key: uuid.UUID) -> Participation:
    rows = Participation.objects.select_related("training__store")
    return get_object_or_404(rows, key=key, training__uuid=training_uuid)


@public
@never_cache
@require_safe
def result(request: HttpRequest, training_uuid: uuid.UUID, key: uuid.UUID) -> HttpResponse:
    """How many answers were right, all right answers, and the attestation."""
    part = _part(training_uuid, key)
    questions = [(question.said("text"), question.said("right")) for question in QuizQuestion.objects.filter(is_active=True)]
    return _page(request, "training/result.html", {"part": part, "training": part.training, "questions": questions})


@public
@never_cache
@require_safe
def attestation(request: HttpRequest, training_uuid: uuid.UUID, key: uuid.UUID) -> HttpResponse:
    """The attestation as a PDF, for whoever has passed and given a name."""
    part = _part(training_uuid, key)
    if not part.has_passed or not part.name:
        raise Http404
    content = attestation_pdf(part, language=get_language() or settings.LANGUAGE_CODE)
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="attestation.pdf"'
    return _discreet(response)


def _page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    return _discreet(render(request, template, context, status=status))


def _discreet(response: HttpResponse) -> HttpResponse:
    """Keep these pages out of search engines and the Referer."""
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "same-origin"
    return response
