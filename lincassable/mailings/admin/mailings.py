"""The list of mailings, beginning one, and the addresses of its pages."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST
from unfold.decorators import display
from unfold.views import ChangeList

from lincassable.base_admin import ModelAdmin
from lincassable.mailings import services
from lincassable.mailings.admin import following, preview, steps
from lincassable.mailings.admin.common import COLOURS
from lincassable.mailings.enums import State
from lincassable.mailings.forms import BeginForm
from lincassable.mailings.models import Mailing
from lincassable.mailings.queries import Figures, figures_of
from stores.admin_saving import author, told

# A mailing opens where its author left it.
FIRST_PAGE = {State.DRAFT.value: "text", State.SCHEDULED.value: "follow"}


class MailingList(ChangeList):
    """The list, with the figures of its page, in two queries more."""

    def get_results(self, request: HttpRequest) -> None:
        """Fetch the page, then the figures."""
        super().get_results(request)
        rows = list(self.result_list)
        figures = figures_of([row.pk for row in rows])
        for row in rows:
            row.figures = figures[row.pk]
        self.result_list = rows


@admin.register(Mailing)
class MailingAdmin(ModelAdmin):
    """Mailings. They are written and sent on pages of their own, step by step."""

    list_display = ["name", "show_state", "show_begin", "show_listed", "show_sent", "show_trouble"]
    list_filter = ["state", "created_at"]
    search_fields = ["name__unaccent__icontains", "subject_fr__unaccent__icontains"]
    search_help_text = gettext_lazy("name or subject")
    ordering = ["-created_at", "-pk"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[MailingList]:
        """The list that knows the figures."""
        return MailingList

    def has_delete_permission(self, request: HttpRequest, obj: Mailing | None = None) -> bool:
        """Drafts are deleted; what was sent stays."""
        return super().has_delete_permission(request, obj) and (obj is None or obj.is_editable)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """None on many at once: the list may hold what was sent."""
        return {}

    def delete_model(self, request: HttpRequest, obj: Mailing) -> None:
        """Delete a draft through the service."""
        services.delete_draft(obj, by=author(request))

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page that asks before deleting."""
        return told(request, lambda: super(MailingAdmin, self).delete_view(request, *args, **kwargs))

    @display(description=gettext_lazy("state"), ordering="state", label=COLOURS)
    def show_state(self, row: Mailing) -> tuple[str, str]:
        """The state, with a colour."""
        return row.state, row.get_state_display()

    @display(description=gettext_lazy("begins"), ordering="scheduled_at")
    def show_begin(self, row: Mailing) -> Any:
        """When it begins or began."""
        return row.started_at or row.scheduled_at

    @display(description=gettext_lazy("recipients"))
    def show_listed(self, row: Any) -> int | str:
        """How many were to get it."""
        return row.figures.listed if row.has_started else "–"

    @display(description=gettext_lazy("sent"))
    def show_sent(self, row: Any) -> int | str:
        """How many left."""
        return row.figures["sent"] if row.has_started else "–"

    @display(description=gettext_lazy("failed or came back"))
    def show_trouble(self, row: Any) -> int | str:
        """How many did not arrive."""
        figures: Figures = row.figures
        return figures["failed"] + figures["bounced"] if row.has_started else "–"

    # -- pages

    def get_urls(self) -> list[Any]:
        """The steps, the previews, the files, what became of it; then the list."""
        one = "<int:pk>/"
        pages = [
            ("audience/", steps.audience, "audience"),
            ("text/", steps.text, "text"),
            ("preview/", preview.page, "preview"),
            ("preview/html/", require_GET(preview.html), "preview_html"),
            ("try/", require_POST(preview.try_on), "try"),
            ("launch/", steps.launch, "launch"),
            ("follow/", require_GET(following.page), "follow"),
            ("recipients.<str:suffix>", require_GET(following.export), "recipients"),
            ("template/", require_POST(steps.keep_as_template), "template"),
            ("files/add/", require_POST(steps.add_file), "file_add"),
            ("files/<uuid:file_uuid>/", require_GET(steps.file), "file"),
            ("files/<uuid:file_uuid>/remove/", require_POST(steps.remove_file), "file_remove"),
            ("do/<slug:verb>/", require_POST(following.act), "act"),
        ]
        return [path(one + route, self._wrap(view), name=f"mailings_mailing_{name}") for route, view, name in pages] + super().get_urls()

    def _wrap(self, view: Any) -> Any:
        """Return `view` for people of the admin; it gets this admin first."""

        def opened(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            return view(request, model_admin=self, **kwargs)

        return self.admin_site.admin_view(opened)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Begin a mailing: its name, and what it is made of."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = BeginForm(request.POST or None, initial={name: request.GET.get(name) for name in ("template", "like")})
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            try:
                mailing = services.begin(given["name"], by=author(request), template=given["template"], like=given["like"])
            except ValidationError as error:
                form.add_error(None, error)
            else:
                messages.success(request, _("The draft is there: choose who gets it."))
                return HttpResponseRedirect(reverse("admin:mailings_mailing_audience", args=[mailing.pk]))
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": _("New mailing"), "form": form}
        return TemplateResponse(request, "mailings/admin/begin.html", context, status=422 if form.errors else 200)

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Lead to the page on which the mailing goes on."""
        mailing = self.get_object(request, object_id)
        if mailing is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_permission(request, mailing):
            raise PermissionDenied
        return HttpResponseRedirect(reverse(f"admin:mailings_mailing_{FIRST_PAGE.get(mailing.state, 'follow')}", args=[mailing.pk]))
