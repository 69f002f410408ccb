"""What the network has written down about a place, on the place's own phone; and what the place would like changed."""

from __future__ import annotations

import uuid
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from lincassable.accounts.decorators import link_required, same_origin
from lincassable.accounts.models import AccessLink
from lincassable.portal.cookies import remember_first_name, remembered_first_name
from lincassable.portal.info_forms import FORMS
from lincassable.portal.phone import another_store, is_for_another, page, store_of
from stores import proposals
from stores.enums import ProposalKind, ProposalState
from stores.hours import in_words
from stores.models import ChangeProposal, Contact, Store
from stores.proposal_texts import Change, changes_of

SAID = {"propose": "sent", "remplace": "replaced", "retire": "withdrawn"}


class Part(NamedTuple):
    """One thing that can be changed: what is written down, and where the last proposal stands."""

    slug: str
    title: str
    lines: list[str]
    proposal: ChangeProposal | None
    changes: list[Change]

    @property
    def is_waiting(self) -> bool:
        """Whether a proposal waits for an answer."""
        return self.proposal is not None and self.proposal.state == ProposalState.PROPOSED


def parts_of(store: Store) -> list[Part]:
    """Return the three parts with the last proposal of each that was not taken back. Of people, names only."""
    last: dict[str, ChangeProposal] = {}
    for proposal in store.proposals.exclude(state=ProposalState.WITHDRAWN).order_by("proposed_at", "pk"):
        last[proposal.kind] = proposal
    people = [contact.name for contact in Contact.objects.filter(store=store, is_active=True) if contact.name]
    shown = [
        ("horaires", _("Opening hours"), in_words(store.opening_hours), ProposalKind.HOURS),
        ("adresse", _("Address"), [store.address] if store.address else [], ProposalKind.ADDRESS),
        ("contact", _("Contacts"), people, ProposalKind.CONTACT),
    ]
    return [
        Part(slug, title, lines, last.get(kind), changes_of(last[kind]) if kind in last and kind != ProposalKind.CONTACT else [])
        for slug, title, lines, kind in shown
    ]


@link_required(AccessLink.STORE)
@same_origin
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def infos(request: HttpRequest) -> HttpResponse:
    """What is written down, and what waits; POST takes a proposal back. A second tap changes nothing."""
    store = store_of(request)
    if request.method == "POST":
        if is_for_another(request, store):
            return another_store(request)
        kind = FORMS[request.POST["part"]].kind if request.POST.get("part") in FORMS else ""
        for proposal in store.proposals.filter(kind=kind, state=ProposalState.PROPOSED):
            proposals.withdraw(proposal, by=request.actor)  # type: ignore[attr-defined]
        return redirect(reverse("portal:infos") + "?fait=retire")
    context = {"store": store, "parts": parts_of(store), "said": SAID.get(request.GET.get("fait", ""), "")}
    return page(request, "portal/infos.html", context)


@link_required(AccessLink.STORE)
@same_origin
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, part: str) -> HttpResponse:
    """The form of one part. Nothing changes before a coordinator accepts."""
    if part not in FORMS:
        raise Http404
    store = store_of(request)
    if request.method != "POST":
        form = FORMS[part](store=store, initial={"key": uuid.uuid4(), "first_name": remembered_first_name(request)})
        return _form_page(request, store, part, form, 200)
    if is_for_another(request, store):
        return another_store(request)
    form = FORMS[part](request.POST, store=store)
    if not form.is_valid():
        return _form_page(request, store, part, form, 422)
    data = form.cleaned_data
    told = {"comment": data["comment"], "first_name": data["first_name"], "contact": form.contact, "key": data["key"]}
    try:
        done = proposals.propose(store, form.kind, form.values(), by=request.actor, **told)  # type: ignore[attr-defined]
    except ValidationError as error:
        _add(form, error)
        return _form_page(request, store, part, form, 422)
    response = redirect(reverse("portal:infos") + ("?fait=remplace" if done.replaced else "?fait=propose"))
    remember_first_name(response, data["first_name"])
    return response


def _add(form: Any, error: ValidationError) -> None:
    """Tell what the service refuses at its field, if the form has it."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, errors in error.error_dict.items():
        form.add_error(name if name in form.fields else None, errors)


def _form_page(request: HttpRequest, store: Store, part: str, form: Any, status: int) -> HttpResponse:
    waiting = store.proposals.filter(kind=form.kind, state=ProposalState.PROPOSED).first()
    context = {"store": store, "part": part, "form": form, "waiting": waiting}
    return page(request, "portal/infos_change.html", context, status)
