"""Reminders in the admin: the rules in words, their switch and settings, who would get them today, their last run."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from lincassable.accounts.actors import Actor
from lincassable.base_admin import ModelAdmin
from lincassable.reminders import days, engine, services
from lincassable.reminders.models import ReminderRule
from lincassable.reminders.preview import last_sentence, plan_sentence, preview
from lincassable.reminders.registry import Rule, rule_of

LIST = "admin:reminders_reminderrule_changelist"


def author(request: HttpRequest) -> Actor:
    """Return the signed-in user as an author."""
    return Actor.of_user(request.user)  # type: ignore[arg-type]  # the admin lets nobody in who is not signed in


def _setting(code: str) -> engine.Setting:
    """Return a rule as it holds today. Raises Http404 for a code that nobody registers."""
    rule = rule_of(code)
    if rule is None:
        raise Http404
    return engine.setting_of(rule, ReminderRule.objects.filter(code=code).first())


def _number(label: Any, help_text: Any = "", most: int = 3650) -> forms.IntegerField:
    return forms.IntegerField(label=label, help_text=help_text, min_value=0, max_value=most, widget=UnfoldAdminIntegerFieldWidget)


class RuleForm(forms.Form):
    """The settings of a rule: only those that mean something for it."""

    steps = forms.CharField(
        label=gettext_lazy("days before"),
        help_text=gettext_lazy("separated by commas, like 2, 1"),
        max_length=40,
        widget=UnfoldAdminTextInputWidget,
    )
    first = _number(gettext_lazy("first after (days)"))
    every = _number(gettext_lazy("then every (days)"), gettext_lazy("0: only once"))
    times = _number(gettext_lazy("at most (times)"), most=50)
    catch_up = _number(
        gettext_lazy("caught up for (days)"), gettext_lazy("a reminder that could not leave on its day is still sent for so long")
    )
    hour = forms.TimeField(
        label=gettext_lazy("not before"), help_text=gettext_lazy("hour of the network, like 09:00"), widget=UnfoldAdminTextInputWidget
    )
    any_day = forms.TypedChoiceField(
        label=gettext_lazy("weekends and public holidays"),
        choices=[("", gettext_lazy("nothing leaves")), ("1", gettext_lazy("reminders leave all the same"))],
        coerce=bool,
        empty_value=False,
        required=False,
        widget=UnfoldAdminSelectWidget,
    )

    def __init__(self, setting: engine.Setting, data: Any = None) -> None:
        rule, plan = setting.rule, setting.plan
        names = services.fields_of(rule)
        values = {name: getattr(plan, name) for name in names}
        initial = values | {"steps": ", ".join(map(str, plan.steps)), "hour": f"{plan.hour:%H:%M}", "any_day": "1" if plan.any_day else ""}
        super().__init__(data, initial=initial | setting.parameters)
        for name in set(self.fields) - set(names):
            del self.fields[name]
        for each in rule.parameters:
            self.fields[each.code] = forms.IntegerField(
                label=each.label, min_value=each.minimum, max_value=each.maximum, widget=UnfoldAdminIntegerFieldWidget
            )


@admin.register(ReminderRule)
class ReminderRuleAdmin(ModelAdmin):
    """The rules of the registry; a row of the table only holds what was changed."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Rules come with the program."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """A rule is switched off, not deleted."""
        return False

    def get_urls(self) -> list[URLPattern]:
        """Add the pages of one rule."""
        view = self.admin_site.admin_view
        own = [
            path("rule/<slug:code>/", view(self.rule_page), name="reminders_reminderrule_rule"),
            path("rule/<slug:code>/switch/", view(require_POST(self.switch_page)), name="reminders_reminderrule_switch"),
        ]
        return own + super().get_urls()

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """List the rules in words."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        now = timezone.now()
        rows = [{"setting": each, "plan": plan_sentence(each), "last": last_sentence(each)} for each in engine.settings_of_all()]
        context = {"rows": rows, "next_run": days.next_run(now), "may_change": self.has_change_permission(request)}
        return TemplateResponse(request, "reminders/admin/rules.html", self._frame(request, _("Reminders"), **context))

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponseBase:
        """Lead to the page of the rule."""
        row = self.get_object(request, object_id)
        return HttpResponseRedirect(reverse("admin:reminders_reminderrule_rule", args=[row.code]) if row else reverse(LIST))

    def rule_page(self, request: HttpRequest, code: str) -> HttpResponse:
        """Show a rule, its settings, and who would get it today; take other settings."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        setting = _setting(code)
        form = RuleForm(setting, request.POST or None)
        if request.method == "POST":
            if not self.has_change_permission(request):
                raise PermissionDenied
            if form.is_valid() and self._save(request, setting.rule, form):
                messages.success(request, _("Saved: “%(rule)s” follows these settings from now on.") % {"rule": setting.rule.title})
                return HttpResponseRedirect(request.path)
        now = timezone.now()
        context = {
            "setting": setting,
            "form": form,
            "plan": plan_sentence(setting),
            "last": last_sentence(setting),
            "next_run": days.next_run(now),
            "preview": preview(setting, now),
            "may_change": self.has_change_permission(request),
        }
        return TemplateResponse(request, "reminders/admin/rule.html", self._frame(request, str(setting.rule.title), **context))

    def _save(self, request: HttpRequest, rule: Rule, form: RuleForm) -> bool:
        """Save the settings; what a service refuses is told at its field. Returns whether it was saved."""
        try:
            row = services.change(rule, form.cleaned_data, by=author(request))
        except ValidationError as error:
            for name, sentences in error.message_dict.items():
                form.add_error(name if name in form.fields else None, sentences)
            return False
        self.log_change(request, row, [{"changed": {"fields": sorted(form.changed_data)}}])
        return True

    def switch_page(self, request: HttpRequest, code: str) -> HttpResponse:
        """Switch a rule on or off."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        rule, on = _setting(code).rule, request.POST.get("on") == "1"
        row = services.switch(rule, on=on, by=author(request))
        self.log_change(request, row, [{"changed": {"fields": ["is_on"]}}])
        off = _("“%(rule)s” is switched off; what waits in the outbox does not leave either.")
        messages.success(request, (_("“%(rule)s” is switched on.") if on else off) % {"rule": rule.title})
        page = reverse("admin:reminders_reminderrule_rule", args=[code])
        return HttpResponseRedirect(page if request.POST.get("back") else reverse(LIST))

    def _frame(self, request: HttpRequest, title: str, **context: Any) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "opts": self.model._meta, "title": title, **context}
