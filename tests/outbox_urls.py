"""A tiny phone page with one form, to try the queue of static/app/outbox.js against every answer a server may give."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import Context, RequestContext, Template
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from lincassable import pwa
from lincassable.accounts.decorators import public
from lincassable.widgets import StepperInput

FORM = """<form method="post" action="/p/envoyer/" data-outbox data-outbox-kind="declaration" data-outbox-scope="store-1" novalidate>
<input type="hidden" name="key" value="{{ key }}">{% include "components/form_errors.html" %}
{% include "components/stepper.html" with field=form.full %}{% include "components/stepper.html" with field=form.total %}
<button class="btn btn-primary" name="wants" value="yes">Send</button></form>"""
PAGE = '{% extends "base_phone.html" %}{% block content %}<h1>Declare</h1>' + FORM + "{% endblock %}"
RECEIPT = '{% extends "base_phone.html" %}{% block content %}<h1 data-receipt>Receipt</h1>{% endblock %}'


class Server:
    """What the next answer is, and the forms received: one per key, as the real services do."""

    status: ClassVar[int] = 200
    received: ClassVar[list[dict]] = []

    @classmethod
    def reset(cls) -> None:
        """Forget everything."""
        cls.status = 200
        cls.received = []


class CratesForm(forms.Form):
    """Full and total crates."""

    full = forms.IntegerField(label="full", widget=StepperInput({"max": 60}))
    total = forms.IntegerField(label="total", widget=StepperInput(), required=False)


def _page(request: HttpRequest, source: str, **context: object) -> HttpResponse:
    context = {"sw_url": "/p/sw.js", "sw_scope": "/p/", "manifest_url": "", "key": uuid.uuid4(), **context}
    return HttpResponse(Template(source).render(RequestContext(request, context)))


@public
def declare(request: HttpRequest) -> HttpResponse:
    """The form."""
    return _page(request, PAGE, form=CratesForm(initial={"full": 14}))


@public
def receipt(request: HttpRequest) -> HttpResponse:
    """Where one lands once the form is in."""
    return _page(request, RECEIPT)


@public
@csrf_exempt
def send(request: HttpRequest) -> HttpResponse:
    """Answer as `Server.status` says, or with what is wrong in the form."""
    if Server.status == 302:
        return HttpResponse("<h1>Welcome to our Wi-Fi</h1>")  # a captive portal: 200, but not us
    if Server.status != 200:
        return JsonResponse({"message": "Refused by the server."}, status=Server.status)
    form = CratesForm(request.POST)
    if not form.is_valid():
        html = Template(FORM).render(Context({"form": form, "key": uuid.uuid4()}))
        return JsonResponse({"html": html}, status=422)
    if not any(known["key"] == request.POST["key"] for known in Server.received):
        Server.received.append({**request.POST.dict(), "header": request.headers.get("Idempotency-Key")})
    return JsonResponse({"redirect": "/p/recu/"})


@public
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker."""
    return pwa.service_worker(request, start_url="/p/")


urlpatterns = [
    path("p/", declare),
    path("p/recu/", receipt),
    path("p/envoyer/", send),
    path("p/sw.js", worker),
]
