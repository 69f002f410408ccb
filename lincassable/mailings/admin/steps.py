"""The steps of a draft: who gets it, its text and files, when it begins."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from lincassable.base_admin import ModelAdmin
from lincassable.mailings import services, timing
from lincassable.mailings.admin.common import here, mailing_of, say, shown
from lincassable.mailings.admin.templates import variables
from lincassable.mailings.audience import Audience, Criteria, Person
from lincassable.mailings.earlier import audience_for, under_way
from lincassable.mailings.forms import AudienceForm, FileForm, LaunchForm, TextForm, text_initial
from lincassable.mailings.models import Mailing
from lincassable.mailings.personalising import context_for, known_of
from lincassable.messaging.texts.sandbox import TextError
from lincassable.uploads import serve
from stores.admin_saving import author
from stores.models import Contact, Store

# Names shown of each group; the others are a number.
NAMES = 20


def audience(request: HttpRequest, *, model_admin: ModelAdmin, pk: int) -> HttpResponse:
    """Choose places and contacts, count them, see who is left out and why."""
    mailing = mailing_of(model_admin, request, pk)
    if not mailing.is_editable:
        return _gone(request, mailing)
    form = AudienceForm(request.POST or None, initial={**Criteria.of(mailing.audience).kept(), "seen": mailing.version})
    if request.method == "POST" and form.is_valid():
        try:
            services.save_audience(mailing, form.criteria, by=author(request), seen=form.cleaned_data["seen"])
        except ValidationError as error:
            _refused(form, error, mailing)
        else:
            return HttpResponseRedirect(here("text" if request.POST.get("then") == "next" else "audience", mailing))
    found = audience_for(mailing)
    context = {"form": form, "audience": found, "groups": _groups(found), "sentences": Criteria.of(mailing.audience).sentences()}
    return shown(model_admin, request, mailing, "audience", status=422 if form.errors else 200, **context)


def _groups(found: Audience) -> list[dict[str, Any]]:
    """Return who is left out, by reason, with the first names."""
    groups = []
    for reason, label, count in found.reasons:
        first = [person for person in found.left_out if person.reason == reason][:NAMES]
        groups.append({"reason": reason, "label": label, "count": count, "names": _names(first), "more": count - len(first)})
    return groups


def _names(people: list[Person]) -> list[str]:
    stores = {row.pk: str(row) for row in Store.objects.filter(pk__in=[person.store_id for person in people]).order_by()}
    contacts = {row.pk: str(row) for row in Contact.objects.filter(pk__in=[person.contact_id for person in people]).order_by()}
    return [" · ".join(filter(None, [stores[person.store_id], contacts.get(person.contact_id or 0, "")])) for person in people]


def _refused(form: Any, error: ValidationError, mailing: Mailing) -> None:
    """Put each sentence of a refusal at its box. Who was too slow gets the present version: saving again replaces it."""
    for name, errors in (error.error_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.error_list}).items():
        form.add_error(name if name in form.fields else None, errors)
    if getattr(error, "code", None) == "stale":
        mailing.refresh_from_db()
        form.data = form.data.copy()
        form.data["seen"] = str(mailing.version)
        form.is_stale = True


def _gone(request: HttpRequest, mailing: Mailing) -> HttpResponse:
    """Lead to where the mailing is now, because it is no draft any more."""
    messages.warning(
        request, _("This mailing is no draft any more (%(state)s): it cannot be changed.") % {"state": mailing.get_state_display()}
    )
    return HttpResponseRedirect(here("follow", mailing))


def text(request: HttpRequest, *, model_admin: ModelAdmin, pk: int) -> HttpResponse:
    """Write subject and body in both languages, fill in the fields, add files."""
    mailing = mailing_of(model_admin, request, pk)
    if not mailing.is_editable:
        return _gone(request, mailing)
    if request.method == "POST" and (refused := _save_text(request, model_admin, mailing)):
        return refused
    if request.method == "POST":
        messages.success(request, _("Saved."))
        return HttpResponseRedirect(here("preview" if request.POST.get("then") == "next" else "text", mailing))
    return _text_page(request, model_admin, mailing, TextForm(own=mailing.fields, initial=text_initial(mailing)))


def _save_text(request: HttpRequest, model_admin: ModelAdmin, mailing: Mailing) -> HttpResponse | None:
    """Save what was typed in the page of the text; return that page, with what is wrong, when it is refused."""
    form = TextForm(request.POST, own=mailing.fields, initial=text_initial(mailing))
    if form.is_valid():
        try:
            services.save_text(Mailing.objects.get(pk=mailing.pk), form.text, by=author(request), seen=form.cleaned_data["seen"])
        except ValidationError as error:
            _refused(form, error, mailing)
        else:
            return None
    return _text_page(request, model_admin, mailing, form)


def _typed(request: HttpRequest, mailing: Mailing) -> bool:
    """Whether a button of the page of the text was used: what stands in its boxes is to be saved first."""
    return mailing.is_editable and "body_fr" in request.POST


def _text_page(request: HttpRequest, model_admin: ModelAdmin, mailing: Mailing, form: TextForm, status: int = 0) -> HttpResponse:
    context = {
        "form": form,
        "variables": variables(),
        "files": list(mailing.files.all()),
        "present": mailing if getattr(form, "is_stale", False) else None,
    }
    return shown(model_admin, request, mailing, "text", status=status or (422 if form.errors else 200), **context)


def add_file(request: HttpRequest, *, model_admin: ModelAdmin, pk: int) -> HttpResponse:
    """Add one file to a draft."""
    mailing = mailing_of(model_admin, request, pk)
    if _typed(request, mailing) and (refused := _save_text(request, model_admin, mailing)):
        return refused
    form = FileForm(request.POST, request.FILES)
    try:
        if not form.is_valid():
            raise ValidationError(_("Choose a PDF or a picture first."), code="file")
        kept = services.add_file(mailing, form.cleaned_data["file"], by=author(request))
        messages.success(request, _("“%(name)s” will leave with every mail.") % {"name": kept.name})
    except ValidationError as error:
        say(request, error)
    return HttpResponseRedirect(here("text", mailing) + "#files")


def file(request: HttpRequest, *, model_admin: ModelAdmin, pk: int, file_uuid: uuid.UUID) -> HttpResponseBase:
    """Hand over a file of a mailing."""
    mailing = mailing_of(model_admin, request, pk)
    kept = get_object_or_404(mailing.files, uuid=file_uuid)
    return serve(kept.file, filename=kept.name, content_type=kept.content_type)


def remove_file(request: HttpRequest, *, model_admin: ModelAdmin, pk: int, file_uuid: uuid.UUID) -> HttpResponse:
    """Take a file away from a draft; again changes nothing."""
    mailing = mailing_of(model_admin, request, pk)
    if _typed(request, mailing) and (refused := _save_text(request, model_admin, mailing)):
        return refused
    kept = mailing.files.filter(uuid=file_uuid).first()
    try:
        if kept is not None:
            services.remove_file(kept, by=author(request))
            messages.success(request, _("“%(name)s” no longer leaves with it.") % {"name": kept.name})
    except ValidationError as error:
        say(request, error)
    return HttpResponseRedirect(here("text", mailing) + "#files")


def keep_as_template(request: HttpRequest, *, model_admin: ModelAdmin, pk: int) -> HttpResponse:
    """Keep the text of a mailing for later ones."""
    mailing = mailing_of(model_admin, request, pk)
    if not request.user.has_perm("mailings.add_mailingtemplate"):
        raise PermissionDenied
    if _typed(request, mailing) and (refused := _save_text(request, model_admin, mailing)):
        return refused
    mailing.refresh_from_db()
    try:
        template = services.keep_as_template(mailing, request.POST.get("template_name", ""), by=author(request))
        messages.success(request, _("Kept as the template “%(name)s”.") % {"name": template.name})
    except ValidationError as error:
        say(request, error)
    return HttpResponseRedirect(here("text" if mailing.is_editable else "follow", mailing))


def launch(request: HttpRequest, *, model_admin: ModelAdmin, pk: int) -> HttpResponse:
    """Say when it begins and how fast it goes, with everything to know before."""
    mailing = mailing_of(model_admin, request, pk)
    if not mailing.is_editable:
        return _gone(request, mailing)
    found = audience_for(mailing, again=False)
    seen = {"seen": mailing.version, "expected": len(found.chosen), "had": found.already_had}
    start = seen | {"per_hour": mailing.per_hour, "any_hour": mailing.any_hour, "again": mailing.again, "when": LaunchForm.NOW}
    form = LaunchForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid() and (done := _launch(request, mailing, form)):
        return done
    if form.is_bound:  # the numbers that are on the page are those the person now sees
        form.data = form.data.copy()
        mailing.refresh_from_db()
        for name, value in (seen | {"seen": mailing.version}).items():
            form.data[name] = str(value)
    context = {"form": form, "audience": found, **_before_launch(mailing, found, form)}
    return shown(model_admin, request, mailing, "launch", status=422 if form.errors else 200, **context)


def _launch(request: HttpRequest, mailing: Mailing, form: LaunchForm) -> HttpResponse | None:
    """Plan the mailing; None when that is refused, which the form then tells, or when it was only to be looked at."""
    given = form.cleaned_data
    try:
        begin = timing.moment(*form.local) if form.local else None
        if begin is not None:
            timing.check_begin(begin, timezone.now())
        form.begin = begin
        if request.POST.get("then") == "look":
            return None
        told = {name: given[name] for name in ("seen", "per_hour", "any_hour", "again")}
        fresh = services.schedule(mailing, begin, by=author(request), expected=form.count, **told)
    except ValidationError as error:
        for sentence in error.messages:
            form.add_error(None, sentence)
        return None
    planned = fresh.scheduled_at or timezone.now()
    if not fresh.may_send(planned):
        messages.warning(request, timing.waiting_sentence(planned))
    elif begin is None:
        messages.success(request, _("It begins within a minute."))
    else:
        messages.success(request, _("It begins on %(when)s.") % {"when": timing.in_words(begin)})
    return HttpResponseRedirect(here("follow", mailing))


def _before_launch(mailing: Mailing, found: Audience, form: LaunchForm) -> dict[str, Any]:
    """Return what to know before a launch: what is missing, what is worth a second look, how long it takes."""
    problems: list[str] = []
    try:
        services.check_ready(mailing)
    except ValidationError as error:
        problems = error.messages
    given = getattr(form, "cleaned_data", {}) if form.is_bound else {}
    rate = min(given.get("per_hour") or mailing.per_hour or settings.MAILINGS_PER_HOUR, settings.MAILINGS_PER_HOUR)
    begin = getattr(form, "begin", None) or timezone.now()
    any_hour = bool(given.get("any_hour", mailing.any_hour))
    again = bool(given.get("again", mailing.again))
    count = len(found.chosen) + (found.already_had if again else 0)
    end = timing.expected_end(begin, count, rate, any_hour=any_hour)
    others = under_way(mailing)
    warnings = [*timing.warnings_of(begin, end, any_hour=any_hour), *([] if again else map(_with_same_words, others))]
    if found.english and not mailing.has_english:
        warnings.append(_("%(count)s of them read English; without an English text they get the French one.") % {"count": found.english})
    return {
        "problems": problems,
        "warnings": warnings,
        "count": count,
        "again": again,
        "subjects": _subjects(mailing, found),
        "may_send": found.chosen or found.already_had,
        "may_repeat": again or found.already_had or others,
        "begin": begin,
        "end": end,
        "rate": rate,
        "network_rate": settings.MAILINGS_PER_HOUR,
        "quiet_to": settings.REMINDERS_FROM_HOUR,
        "quiet_from": settings.REMINDERS_TO_HOUR,
        "files": list(mailing.files.all()),
        "sentences": Criteria.of(mailing.audience).sentences(),
    }


def _with_same_words(other: Mailing) -> str:
    """Return what to know about another mailing that will hand over the very same text."""
    sentence = _("“%(name)s” (%(state)s) says the very same and is not finished: whoever one of the two reaches first gets it once.")
    if other.again:
        sentence = _("“%(name)s” (%(state)s) says the very same, also to those who have had it: who is in both gets it twice.")
    return sentence % {"name": other.name, "state": other.get_state_display()}


def _subjects(mailing: Mailing, found: Audience) -> list[str]:
    """Return the subject as the first reader of each language reads it; as it is written when it is broken."""
    first = {person.language: person for person in reversed(found.chosen)}
    try:
        subjects = [context_for(mailing, person, known_of(mailing, [person]))["mailing_subject"] for person in first.values()]
    except TextError:
        subjects = [mailing.subject_fr]
    return [subject for subject in dict.fromkeys(subjects) if subject]
