"""A store's own pickup request on its phone: what may still change until the tour is sent, and whom to call afterwards."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from lincassable.accounts.decorators import link_required, same_origin
from lincassable.accounts.models import AccessLink
from lincassable.portal.phone import another_store, is_for_another, page, store_of
from lincassable.portal.timeline import pickup_news
from pickups.services import change_note, withdraw
from pickups.services.requests import call_us
from stores.models import Store

CHANGE, CANCEL = "change", "cancel"


class RequestForm(forms.Form):
    """What the store writes with its request, and what it wants to do with it."""

    action = forms.ChoiceField(choices=[(CHANGE, CHANGE), (CANCEL, CANCEL)])
    note = forms.CharField(
        label=_("Something to tell us (optional)"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


@link_required(AccessLink.STORE)
@same_origin
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def pickup_request(request: HttpRequest) -> HttpResponse:
    """The store's open request: GET shows where it stands, POST changes its note or takes it back. A second tap changes nothing."""
    store = store_of(request)
    if request.method != "POST":
        news = pickup_news(store)
        return _page(request, store, RequestForm(initial={"note": news.life.note}), 200)
    if is_for_another(request, store):
        return another_store(request)
    form = RequestForm(request.POST)
    if not form.is_valid():
        return _page(request, store, form, 422)
    try:
        if form.cleaned_data["action"] == CANCEL:
            withdraw(store, by=request.actor)  # type: ignore[attr-defined]
        else:
            change_note(store, form.cleaned_data["note"], by=request.actor)  # type: ignore[attr-defined]
    except ValidationError as error:
        form.add_error(None, error)
        return _page(request, store, form, 422)
    return redirect(reverse("portal:request") + ("?fait=note" if form.cleaned_data["action"] == CHANGE else ""))


def _page(request: HttpRequest, store: Store, form: RequestForm, status: int) -> HttpResponse:
    news = pickup_news(store)
    context = {"store": store, "pickup": news, "form": form, "call_us": call_us(), "saved": "fait" in request.GET}
    return page(request, "portal/request.html", context, status)
