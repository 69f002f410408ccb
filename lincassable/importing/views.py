"""Importing from the admin: a page to send the file, a preview, and the result. A mixin for the model's ModelAdmin."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.validators import FileExtensionValidator, RegexValidator
from django.db import OperationalError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextInputWidget

from lincassable.importing.columns import FileRefused
from lincassable.importing.engine import SOURCE, Importer, open_file, run
from lincassable.importing.limits import ADMIN_MAX_FILE_BYTES, ADMIN_MAX_ROWS
from lincassable.importing.report import Mode
from lincassable.importing.uploads import Upload, sweep
from lincassable.importing.writing import CONTENT_TYPES, TEMPLATES, refused_rows


class UploadForm(forms.Form):
    """The file, and the list its external ids belong to."""

    # unfold's script writes the name of a chosen file into the nearest text field: its own widget brings one for that.
    file = forms.FileField(
        label=_("file"),
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.txt,.tsv,.xlsx"}),
        validators=[FileExtensionValidator(["csv", "txt", "tsv", "xlsx"], _("Choose a CSV or XLSX file."))],
    )
    source = forms.CharField(
        label=_("source"),
        initial="import",
        widget=UnfoldAdminTextInputWidget,
        max_length=40,
        validators=[RegexValidator(rf"^{SOURCE.pattern}$", _("Use letters, digits, spaces, dots and hyphens."))],
        help_text=_("the name of the list that the external ids belong to; keep the same name for the same list"),
    )

    def clean_file(self) -> Any:
        """Refuse big files before they are read."""
        file = self.cleaned_data["file"]
        if file.size > ADMIN_MAX_FILE_BYTES:
            sentence = gettext(
                "This file is too big for this page (at most %(most)s). Cut it into several files, or ask your administrator."
            )
            raise forms.ValidationError(sentence % {"most": filesizeformat(ADMIN_MAX_FILE_BYTES)})
        return file


class ImportsFiles:
    """Mixin of ModelAdmin, before it in the bases: adds an “import a file” button to the list, and its pages.

    Subclasses give `make_importer(request, source)`, `import_permissions` (all needed) and `import_title`.
    """

    import_permissions: tuple[str, ...]
    import_title: Any
    actions_list = ["import_file"]
    # Given by ModelAdmin.
    model: Any
    admin_site: Any

    def make_importer(self, request: HttpRequest, source: str) -> Importer:
        """Return the importer, in the name of the signed-in user."""
        raise NotImplementedError

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Whether the user may import files here."""
        return request.user.has_perms(self.import_permissions)

    @action(description=_("Import a file"), url_path="import-file", permissions=["import"])
    def import_file(self, request: HttpRequest) -> HttpResponse:
        """Lead to the page where a file is sent."""
        return HttpResponseRedirect(self.import_url())

    # -- addresses

    def _import_name(self, page: str) -> str:
        return f"{self.model._meta.app_label}_{self.model._meta.model_name}_{page}"

    def import_url(self, page: str = "import", *args: Any) -> str:
        """Return the address of one of the pages: import, import_template, import_step, import_refused."""
        return reverse(f"admin:{self._import_name(page)}", args=args)

    def get_urls(self) -> list[URLPattern]:
        """Add the pages of the import."""
        pages = [
            ("import/", self.import_view, "import"),
            ("import/template.<str:suffix>", self.import_template_view, "import_template"),
            ("import/<uuid:token>/", self.import_step_view, "import_step"),
            ("import/<uuid:token>/refused.csv", self.import_refused_view, "import_refused"),
        ]
        ours = [path(route, self.admin_site.admin_view(view), name=self._import_name(name)) for route, view, name in pages]
        return [*ours, *super().get_urls()]  # type: ignore[misc]

    # -- pages

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """The columns, the templates and the form; a sent file is tried at once, and its preview follows."""
        self._check(request)
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            sweep()
            try:
                upload = self._tried(request, form.cleaned_data["file"], form.cleaned_data["source"])
                return HttpResponseRedirect(self.import_url("import_step", upload.token))
            except FileRefused as error:
                form.add_error("file", error.sentence)
            except OperationalError:
                form.add_error("file", gettext("The database is busy. Wait a minute and send the file again."))
        columns = self.make_importer(request, "").columns
        templates = [(suffix.upper(), self.import_url("import_template", suffix)) for suffix in TEMPLATES]
        return self._page(request, "upload", {"form": form, "columns": columns, "templates": templates, "most": ADMIN_MAX_ROWS})

    def _tried(self, request: HttpRequest, file: Any, source: str) -> Upload:
        content = file.read()
        importer = self.make_importer(request, source)
        sheet = open_file(content, importer, max_bytes=ADMIN_MAX_FILE_BYTES)
        report = run(sheet, importer, mode=Mode.DRY_RUN, max_rows=ADMIN_MAX_ROWS)
        upload = Upload.keep(request.user.pk or 0, content, importer=importer.name, file=file.name, source=source)
        upload.note(report, refused_rows(sheet, report))
        return upload

    def import_step_view(self, request: HttpRequest, token: uuid.UUID) -> HttpResponse:
        """The preview, and after confirming it the result."""
        upload = self._upload(request, token)
        if request.method == "POST":
            return self._decide(request, upload)
        context = {"upload": upload, "about": upload.about, "report": upload.report, "is_waiting": upload.is_waiting}
        context["refused_url"] = self.import_url("import_refused", token)
        context["import_url"] = self.import_url()
        return self._page(request, "step", context)

    def _decide(self, request: HttpRequest, upload: Upload) -> HttpResponse:
        if request.POST.get("decision") == "cancel":
            upload.forget()
            messages.info(request, gettext("The file was removed; nothing was imported."))
            return HttpResponseRedirect(self.import_url())
        content = upload.claim()
        if content is None:
            messages.warning(request, gettext("This file has been imported already, or is being imported."))
        else:
            mode = Mode.SKIP_BAD if request.POST.get("decision") == "skip_bad" else Mode.ALL_OR_NOTHING
            self._import(request, upload, content, mode)
        return HttpResponseRedirect(self.import_url("import_step", upload.token))

    def _import(self, request: HttpRequest, upload: Upload, content: bytes, mode: Mode) -> None:
        importer = self.make_importer(request, upload.about["source"])
        try:
            sheet = open_file(content, importer, max_bytes=ADMIN_MAX_FILE_BYTES)
            report = run(sheet, importer, mode=mode, max_rows=ADMIN_MAX_ROWS)
        except FileRefused as error:
            upload.note_refusal(error.sentence)
        except OperationalError:
            upload.note_refusal(gettext("The database is busy. Nothing was imported: send the file again in a minute."))
        else:
            upload.note(report, refused_rows(sheet, report))

    def import_template_view(self, request: HttpRequest, suffix: str) -> HttpResponse:
        """An empty file to fill in."""
        self._check(request)
        if suffix not in TEMPLATES:
            raise Http404
        importer = self.make_importer(request, "")
        response = HttpResponse(TEMPLATES[suffix](importer), content_type=CONTENT_TYPES[suffix])
        response["Content-Disposition"] = f'attachment; filename="{importer.name}.{suffix}"'
        return response

    def import_refused_view(self, request: HttpRequest, token: uuid.UUID) -> HttpResponse | FileResponse:
        """The refused lines, with the reasons."""
        upload = self._upload(request, token)
        try:
            file = upload.refused.open("rb")
        except FileNotFoundError:
            raise Http404 from None
        return FileResponse(file, as_attachment=True, filename="refused.csv", content_type=CONTENT_TYPES["csv"])

    # -- shared

    def _check(self, request: HttpRequest) -> None:
        if not self.has_import_permission(request):
            raise PermissionDenied

    def _upload(self, request: HttpRequest, token: uuid.UUID) -> Upload:
        self._check(request)
        upload = Upload.of(request.user.pk or 0, token, self.make_importer(request, "").name)
        if upload is None:
            raise Http404
        return upload

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
        request.current_app = self.admin_site.name  # type: ignore[attr-defined]
        context = {**self.admin_site.each_context(request), "opts": self.model._meta, "title": self.import_title, **context}
        return TemplateResponse(request, f"importing/{name}.html", context)
