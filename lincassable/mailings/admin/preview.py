"""Leafing through the mails of a mailing, each as its recipient gets it; sending one to oneself."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from lincassable.base_admin import ModelAdmin
from lincassable.mailings import services
from lincassable.mailings.admin.common import here, mailing_of, say, shown
from lincassable.mailings.audience import Person, normalise
from lincassable.mailings.earlier import audience_for
from lincassable.mailings.enums import Progress, Reason
from lincassable.mailings.models import Mailing
from lincassable.mailings.personalising import Known, known_of
from lincassable.mailings.personalising import shown as mail_of
from lincassable.messaging.admin import preview as locked_in
from lincassable.messaging.rendering import Rendered
from lincassable.messaging.texts.sandbox import TextError
from stores.admin_saving import author


class Leaf(NamedTuple):
    """One recipient among all. number: from 1; total: how many there are; person: None when there is nobody; had: how many have had it."""

    number: int
    total: int
    person: Person | None
    had: int = 0


def leaf_of(request: HttpRequest, mailing: Mailing, asked: Any) -> Leaf:
    """Return the recipient that the address asks for by `n`, `to` (an address or a part of it) and `language`; the nearest there is."""
    people, had = _people(mailing)
    number = int(asked["n"]) if asked.get("n", "").isascii() and asked.get("n", "").isdigit() and len(asked["n"]) < 7 else 1
    looked_for = normalise(asked.get("to", ""))
    if looked_for:
        number = next((place for place, person in enumerate(people, 1) if looked_for in person.email), number)
    number = max(1, min(number, len(people)))
    person = people[number - 1] if people else None
    if person is not None and asked.get("language") in ("fr", "en"):
        person = Person(person.store_id, person.contact_id, person.email, asked["language"])
    return Leaf(number, len(people), person, had)


def _people(mailing: Mailing) -> tuple[list[Person], int]:
    """Return who gets it, as things stand, or those of the frozen list whose address is still known; and how many have had it before."""
    if not mailing.has_started:
        found = audience_for(mailing)
        if found.already_had and not found.chosen:  # they are those who get it once more, if a coordinator says so
            return audience_for(mailing, again=True).chosen, found.already_had
        return found.chosen, found.already_had
    rows = mailing.recipients.exclude(progress=Progress.LEFT_OUT).exclude(email="").order_by("pk")
    listed = rows.values_list("store_id", "contact_id", "email", "contact__language")
    had = mailing.recipients.filter(progress=Progress.LEFT_OUT, reason=Reason.ALREADY_HAD).count()
    return [Person(store, contact, email, tongue or "fr") for store, contact, email, tongue in listed], had


def _mail(mailing: Mailing, person: Person) -> tuple[Rendered | None, Known, str]:
    """Return the mail, what is known of its recipient, and why it could not be made."""
    known = known_of(mailing, [person])
    try:
        return mail_of(mailing, person, known), known, ""
    except TextError as error:
        return None, known, str(error)


def page(request: HttpRequest, *, model_admin: ModelAdmin, pk: int) -> HttpResponse:
    """One mail: subject, text, HTML as on a desk and as on a phone; the way to the others."""
    mailing = mailing_of(model_admin, request, pk)
    leaf = leaf_of(request, mailing, request.GET)
    context: dict[str, Any] = {
        "leaf": leaf,
        "mail": None,
        "error": "",
        "to": request.GET.get("to", ""),
        "language": "",
        "files": list(mailing.files.all()),
    }
    if leaf.person is not None:
        mail, known, error = _mail(mailing, leaf.person)
        context |= {"mail": mail, "error": error, "store": known.stores[leaf.person.store_id], "language": leaf.person.language}
        context |= {"contact": known.contacts.get(leaf.person.contact_id or 0)}
    context["tongues"] = [("fr", _("in French")), ("en", _("in English"))] if mailing.has_english else []
    return shown(model_admin, request, mailing, "preview", **context)


def html(request: HttpRequest, *, model_admin: ModelAdmin, pk: int) -> HttpResponse:
    """The HTML of one mail, locked in a frame."""
    mailing = mailing_of(model_admin, request, pk)
    leaf = leaf_of(request, mailing, request.GET)
    mail = _mail(mailing, leaf.person)[0] if leaf.person is not None else None
    if mail is None:
        raise Http404
    return locked_in(mail.html)


def try_on(request: HttpRequest, *, model_admin: ModelAdmin, pk: int) -> HttpResponse:
    """Send the mail that is looked at to the person who asks."""
    mailing = mailing_of(model_admin, request, pk)
    leaf = leaf_of(request, mailing, request.POST)
    user: Any = request.user
    try:
        if leaf.person is None:
            raise ValidationError(_("Nobody would get it: choose other places or contacts."), code="nobody")
        services.try_on(mailing, leaf.person, user, by=author(request))
        messages.success(request, _("Sent to %(address)s: look into your mail box within a minute.") % {"address": user.email})
    except ValidationError as error:
        say(request, error)
    return HttpResponseRedirect(f"{here('preview', mailing)}?n={leaf.number}")
