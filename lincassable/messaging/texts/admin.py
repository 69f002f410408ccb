"""The texts of mails in the admin: all kinds at a glance; one text with its variables, preview, test and versions."""

from __future__ import annotations

import difflib
import logging
from typing import Any, NamedTuple

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lincassable.base_admin import ModelAdmin
from lincassable.messaging.kinds import Kind, all_kinds, kind_of
from lincassable.messaging.models import MailText, MailTextFault
from lincassable.messaging.rendering import Rendered
from lincassable.messaging.texts import previews, services
from lincassable.messaging.texts.forms import TextForm
from lincassable.messaging.texts.sandbox import FILTERS, TextError

logger = logging.getLogger("lincassable.messaging")
LANGUAGES = dict(MailText.LANGUAGES)


class Author(NamedTuple):
    """The signed-in person, as `services` wants to know them (accounts is a floor above)."""

    kind: str
    id: int | None


class Slot(NamedTuple):
    """A kind in a language on the list: the version in use (None: the delivered text), and why it failed."""

    language: str
    label: str
    text: MailText | None
    fault: MailTextFault | None
    url: str


class MailTextAdmin(ModelAdmin):
    """The texts. Rows are written by the pages below only."""

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Versions are never changed."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Versions stay."""
        return False

    def get_urls(self) -> list:
        """The pages of texts, instead of the tables of rows."""
        pages = [
            ("", require_GET(self.list_view), "changelist"),
            ("add/", require_GET(self.list_view), "add"),
            ("<str:kind>/<str:language>/", require_http_methods(["GET", "POST"])(self.text_view), "text"),
            ("<str:kind>/<str:language>/versions/", require_GET(self.versions_view), "versions"),
            ("<str:kind>/<str:language>/versions/<int:version>/restore/", require_POST(self.restore_view), "restore"),
            ("<str:kind>/<str:language>/delivered/", require_POST(self.delivered_view), "delivered"),
        ]
        return [path(route, self.admin_site.admin_view(view), name=f"messaging_mailtext_{name}") for route, view, name in pages]

    # -- the list

    def list_view(self, request: HttpRequest) -> HttpResponse:
        """All kinds of mails: what for, to whom, when, and which text is in use in each language."""
        self._require_view(request)
        rows = MailText.objects.order_by("kind", "language", "-number").distinct("kind", "language").select_related("fault")
        used = {(row.kind, row.language): row for row in rows if not row.delivered}
        kinds = []
        for kind in all_kinds():
            slots = []
            for language, label in MailText.LANGUAGES:
                text = used.get((kind.name, language))
                slots.append(Slot(language, str(label), text, getattr(text, "fault", None), _url("text", kind.name, language)))
            kinds.append({"kind": kind, "slots": slots})
        return self._page(request, "list", {"title": _("Texts of mails"), "kinds": kinds})

    # -- one text

    def text_view(self, request: HttpRequest, kind: str, language: str) -> HttpResponse:
        """One text: its form; what the buttons do comes back on the same page, with what was typed."""
        self._require_view(request)
        known = _known(kind, language)
        last = services.latest(kind, language)
        typed = str(request.POST.get("q", "")).replace("\x00", "")[:60]
        choices = list(known.subject.search(request.user, typed)) if known.subject else []
        if request.method == "GET":
            draft = previews.source_of(known, language)
            first = {"subject": draft.subject, "body": draft.body, "seen": last.number if last else 0}
            first["about"] = choices[0].key if choices else None
            return self._text_page(request, known, language, last, TextForm(initial=first, kind=known, choices=choices))
        self._require_add(request)
        form, action = TextForm(request.POST, kind=known, choices=choices), request.POST.get("action", "preview")
        extra: dict[str, Any] = {}
        if action == "search":
            form.show_found(choices)
        elif form.is_valid():
            answer = self._act(request, known, language, form, action)
            if isinstance(answer, HttpResponse):
                return answer
            extra = answer
        return self._text_page(request, known, language, last, form, extra, 422 if form.errors else 200)

    def _act(self, request: HttpRequest, kind: Kind, language: str, form: TextForm, action: str) -> HttpResponse | dict[str, Any]:
        """Do what a button asks for: leave for another page, or say what to show on this one. Errors go to the form."""
        given = form.cleaned_data
        try:
            if action == "save":
                services.save(
                    kind.name,
                    language,
                    subject=given["subject"],
                    body=given["body"],
                    seen=given["seen"],
                    by=Author("user", request.user.pk),
                )
                self.message_user(request, _("Saved: the next mails say this."), messages.SUCCESS)
                return HttpResponseRedirect(_url("text", kind.name, language))
            services.check(kind, language, given["subject"], given["body"])
        except ValidationError as error:
            return self._refused(kind, language, form, error)
        made = self._preview(request, kind, language, form)
        if made is None:
            return {}
        if action == "test":
            return self._test(request, kind, language, form, made)
        return {"preview": made}

    def _preview(self, request: HttpRequest, kind: Kind, language: str, form: TextForm) -> Rendered | None:
        """Return the mail that is typed, about the chosen object; None with an error on the form."""
        given = form.cleaned_data
        try:
            shown = previews.about(kind, language, request.user, given.get("about"))
            if shown is None:
                form.add_error("about", _("Nobody would get this mail about it: choose another."))
                return None
            return previews.render_draft(kind, given["subject"], given["body"], shown)
        except Exception as error:
            # Real data may hold what nobody thought of: it is said here rather than found out when a mail leaves.
            logger.info("preview of %s failed", kind.name, exc_info=True)
            part = getattr(error, "part", "body")
            form.add_error(
                part, str(error) if isinstance(error, TextError) else _("This fails with these data: %(error)s") % {"error": error}
            )
            return None

    def _test(self, request: HttpRequest, kind: Kind, language: str, form: TextForm, made: Rendered) -> dict[str, Any]:
        if not getattr(request.user, "email", ""):
            form.add_error(None, _("Your account has no e-mail address."))
            return {}
        previews.send_test(kind, made, request.user, language)
        note = _("A test leaves for %(address)s. Its links open nothing.") % {"address": request.user.email}  # type: ignore[union-attr]
        self.message_user(request, note, messages.SUCCESS)
        return {"preview": made}

    def _refused(self, kind: Kind, language: str, form: TextForm, error: ValidationError) -> dict[str, Any]:
        """Put errors on the form. Somebody else saved: show theirs against what is typed, and let the next save stand after it."""
        if getattr(error, "code", "") != services.STALE:
            form.add_error(None, error)
            return {}
        newest, given = services.latest(kind.name, language), form.cleaned_data
        form.add_error(None, error)
        form.data = {**form.data.dict(), "seen": newest.number if newest else 0}  # type: ignore[attr-defined]
        theirs = previews.source_of(kind, language)
        return {"stale": newest, "stale_by": _names([newest]).get(newest.by_id) if newest else "", "stale_diff": _diff(theirs, given)}

    def _text_page(
        self,
        request: HttpRequest,
        kind: Kind,
        language: str,
        last: MailText | None,
        form: TextForm,
        extra: dict[str, Any] | None = None,
        status: int = 200,
    ) -> HttpResponse:
        used = last if last is not None and not last.delivered else None
        context = {
            "title": f"{kind.label}, {_tongue(language)}",
            "kind": kind,
            "language": language,
            "others": [(label, _url("text", kind.name, code)) for code, label in MailText.LANGUAGES if code != language],
            "form": form,
            "used": used,
            "used_by": _names([used]).get(used.by_id) if used else "",
            "fault": MailTextFault.objects.filter(text=used).first() if used else None,
            "variables": previews.examples(kind, language),
            "filters": ", ".join(FILTERS),
            "may_write": self.has_add_permission(request),
            "versions_url": _url("versions", kind.name, language),
            "delivered_url": _url("delivered", kind.name, language),
            "list_url": reverse("admin:messaging_mailtext_changelist"),
            "number": last.number if last else 0,
            "preview": None,
            "stale": None,
            **(extra or {}),
        }
        return self._page(request, "text", context, status)

    # -- versions

    def versions_view(self, request: HttpRequest, kind: str, language: str) -> HttpResponse:
        """The versions of a text, the newest first: who, when, and what each changed."""
        self._require_view(request)
        known = _known(kind, language)
        rows = list(MailText.objects.filter(kind=kind, language=language).order_by("-number")[:100])
        names, delivered = _names(rows), previews.delivered_source(known, language)
        versions = []
        for position, row in enumerate(rows):
            before = rows[position + 1] if position + 1 < len(rows) else None
            diff = _diff(_words(before, delivered), _words(row, delivered))
            url = _url("restore", kind, language, row.number)
            versions.append({"row": row, "by": names.get(row.by_id), "diff": diff, "restore_url": url, "is_used": position == 0})
        context = {
            "title": _("Versions: %(kind)s") % {"kind": f"{known.label}, {_tongue(language)}"},
            "versions": versions,
            "number": rows[0].number if rows else 0,
            "may_write": self.has_add_permission(request),
            "text_url": _url("text", kind, language),
            "list_url": reverse("admin:messaging_mailtext_changelist"),
        }
        return self._page(request, "versions", context)

    def restore_view(self, request: HttpRequest, kind: str, language: str, version: int) -> HttpResponse:
        """Put an older version in use again."""
        self._require_add(request)
        _known(kind, language)
        try:
            services.restore(kind, language, version, seen=_seen(request), by=Author("user", request.user.pk))
        except MailText.DoesNotExist as missing:
            raise Http404 from missing
        except ValidationError as error:
            self.message_user(request, " ".join(error.messages), messages.ERROR)
        else:
            self.message_user(request, _("Version %(number)s is in use again.") % {"number": version}, messages.SUCCESS)
        return HttpResponseRedirect(_url("versions", kind, language))

    def delivered_view(self, request: HttpRequest, kind: str, language: str) -> HttpResponse:
        """Put the delivered text in use again."""
        self._require_add(request)
        _known(kind, language)
        try:
            services.deliver_again(kind, language, seen=_seen(request), by=Author("user", request.user.pk))
        except ValidationError as error:
            self.message_user(request, " ".join(error.messages), messages.ERROR)
        else:
            self.message_user(request, _("The delivered text is in use again. Yours is kept among the versions."), messages.SUCCESS)
        return HttpResponseRedirect(_url("text", kind, language))

    # -- what they share

    def _page(self, request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
        everything = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, f"admin/messaging/mailtext/{template}.html", everything, status=status)

    def _require_view(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _require_add(self, request: HttpRequest) -> None:
        if not self.has_add_permission(request):
            raise PermissionDenied


def _tongue(language: str) -> str:
    """Return “in French”, which English writes large and French small."""
    return _("in French") if language == MailText.FRENCH else _("in English")


def _url(page: str, *args: object) -> str:
    return reverse(f"admin:messaging_mailtext_{page}", args=args)


def _known(kind: str, language: str) -> Kind:
    known = kind_of(kind)
    if known is None or language not in LANGUAGES:
        raise Http404
    return known


def _seen(request: HttpRequest) -> int:
    """Return the number of the version that the page showed as the last one."""
    seen = request.POST.get("seen", "")
    return int(seen) if seen.isdecimal() and len(seen) < 10 else -1


def _names(rows: list[MailText | None] | list[MailText]) -> dict[int | None, str]:
    """Return the names of the people who wrote versions."""
    ids = [row.by_id for row in rows if row is not None and row.by_kind == "user" and row.by_id is not None]
    return {user.pk: str(user) for user in get_user_model()._default_manager.filter(pk__in=ids).order_by("pk")}


def _words(row: MailText | None, delivered: Any) -> Any:
    """Return what a version says; that of none, and of a delivered one, is the delivered text."""
    return delivered if row is None or row.delivered else row


def _diff(before: Any, after: Any) -> list[tuple[str, str]]:
    """Return the lines that differ between two texts, each with “+”, “-” or a blank.

    Both have `subject` and `body`, or keys of these names.
    """

    def lines(text: Any) -> list[str]:
        subject, body = (text["subject"], text["body"]) if isinstance(text, dict) else (text.subject, text.body)
        return [str(subject), "", *str(body).strip().splitlines()]

    found = difflib.unified_diff(lines(before), lines(after), n=1, lineterm="")
    return [(line[0], line[1:]) for line in found if not line.startswith(("---", "+++", "@@"))]
