"""Templates of mailings in the admin. A broken text is refused with its line; the one that is kept stays in use."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from lincassable.base_admin import ModelAdmin
from lincassable.mailings import services
from lincassable.mailings.forms import TemplateForm
from lincassable.mailings.language import VARIABLES
from lincassable.mailings.models import MailingTemplate
from stores.admin_saving import author, told


@admin.register(MailingTemplate)
class MailingTemplateAdmin(ModelAdmin):
    """Texts to begin mailings with."""

    form = TemplateForm
    list_display = ["name", "purpose", "is_active", "changed_at"]
    list_filter = ["is_active"]
    search_fields = ["name__unaccent__icontains", "purpose__unaccent__icontains"]
    search_help_text = _("name or purpose")
    change_form_template = "mailings/admin/template_form.html"
    fieldsets = [
        (None, {"fields": ["name", "purpose", "is_active", "seen"]}),
        (_("in French"), {"fields": ["subject_fr", "body_fr"]}),
        (_("in English"), {"fields": ["subject_en", "body_en"]}),
        (_("fields to fill in for each mailing"), {"fields": ["fields_typed"]}),
    ]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Give the box of the fields the look of the others."""
        form = super().get_form(request, obj, change, **kwargs)
        form.base_fields["fields_typed"].widget = UnfoldAdminTextareaWidget(attrs={"rows": 4})
        return form

    def changeform_view(self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None) -> Any:
        """The page, with the list of variables; what the service refuses is told."""
        context = {"variables": variables(), **(extra_context or {})}
        return told(request, lambda: super(MailingTemplateAdmin, self).changeform_view(request, object_id, form_url, context))

    def save_model(self, request: HttpRequest, obj: MailingTemplate, form: Any, change: bool) -> None:
        """Save through the service."""
        services.save_template(obj, by=author(request), seen=form.cleaned_data.get("seen"))


def variables() -> list[tuple[str, Any, str]]:
    """Return what texts may name: (variable, what it is, an example)."""
    return [(name, label, example) for name, (label, example) in VARIABLES.items()]
