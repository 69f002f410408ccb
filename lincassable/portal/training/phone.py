"""Trainings on a store's phone: the next one, the last one, and asking for one. What is coming in the store, too."""

from __future__ import annotations

import uuid

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from awareness import queries, services
from awareness.enums import WishReason
from awareness.training_queries import standing_of
from lincassable.accounts.decorators import link_required, same_origin
from lincassable.accounts.models import AccessLink
from lincassable.portal.phone import another_store, is_for_another, page, store_of, wants_json
from stores.models import Store


class WishForm(forms.Form):
    """Why a training is wished for."""

    key = forms.UUIDField(widget=forms.HiddenInput, error_messages={"invalid": _("Open the page again, then send the form.")})
    reason = forms.ChoiceField(label=_("Why?"), choices=WishReason.choices, widget=forms.RadioSelect)
    note = forms.CharField(label=_("Something to tell us (optional)"), max_length=500, required=False, widget=forms.Textarea({"rows": 2}))


@link_required(AccessLink.STORE)
@same_origin
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def training(request: HttpRequest) -> HttpResponse:
    """Where the place stands; POST asks for a training. Kept on the phone where there is no network, and sent once."""
    store = store_of(request)
    if request.method != "POST":
        return page(request, "training/phone.html", _context(request, store, WishForm(initial={"key": uuid.uuid4()})))
    if is_for_another(request, store):
        return another_store(request)
    form = WishForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            services.wish_training(store, data["reason"], data["note"], key=data["key"], by=request.actor)  # type: ignore[attr-defined]
        except ValidationError as error:
            form.add_error(None, error.messages)  # type: ignore[arg-type]  # sentences
    if form.errors:
        context = _context(request, store, form)
        if wants_json(request):
            return JsonResponse({"html": render_to_string("training/_wish_form.html", context, request)}, status=422)
        return page(request, "training/phone.html", context, 422)
    address = reverse("training:phone") + "?fait=1"
    return JsonResponse({"redirect": address}) if wants_json(request) else redirect(address)


def _context(request: HttpRequest, store: Store, form: WishForm) -> dict[str, object]:
    return {
        "store": store,
        "form": form,
        "standing": standing_of(store),
        "events": list(queries.events_of_store(store)),
        "said": request.GET.get("fait") == "1",
    }
