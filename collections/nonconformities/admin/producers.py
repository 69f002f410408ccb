"""Producers as far as non-conformities go: their figures, who of them gets mails, and the secret link of their page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.forms.widgets import Script
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display

from lincassable.accounts import links
from lincassable.accounts.models import AccessLink
from lincassable.base_admin import ModelAdmin, TabularInline
from nonconformities.enums import OPEN_STATES, State
from nonconformities.models import ProducerContact, ProducerPage
from nonconformities.producers import figures_of
from pickups.admin.common import NothingDeleted

PERIOD = timedelta(days=365)
NAME = "nonconformities_producerpage"


class ContactRows(forms.BaseInlineFormSet):
    """A producer's people: each address once, also when somebody else has just added it."""

    def clean(self) -> None:
        """Mark the rows whose address is there already."""
        super().clean()
        kept = [
            form
            for form in self.forms
            if hasattr(form, "cleaned_data") and form.cleaned_data.get("email") and not form.cleaned_data.get("DELETE")
        ]
        mine = {form.instance.pk for form in self.forms if form.instance.pk}
        others = ProducerContact.objects.filter(producer=self.instance).exclude(pk__in=mine)
        known = {email.lower() for email in others.values_list("email", flat=True)}
        for form in kept:
            address = form.cleaned_data["email"].lower()
            if address in known:
                form.add_error("email", gettext("This address is already a contact of this producer."))
            known.add(address)


class ProducerContactInline(TabularInline):
    """Who gets mails."""

    model = ProducerContact
    formset = ContactRows
    extra = 0
    fields = ["name", "email", "language", "wants_each", "wants_monthly", "is_active"]


@admin.register(ProducerPage)
class ProducerPageAdmin(NothingDeleted, ModelAdmin):
    """A producer's non-conformities, contacts and link. Producers themselves are kept with their products."""

    list_display = ["name", "show_year", "show_open", "show_people"]
    search_fields = ["name__unaccent__icontains", "city__unaccent__icontains"]
    ordering = ["name"]
    fields = ["name"]
    readonly_fields = ["name"]
    inlines = [ProducerContactInline]
    change_form_outer_before_template = "nonconformities/admin/producer.html"

    class Media:
        js = [Script("app/copy.js", defer=True)]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Producers are added where their products are."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProducerPage]:
        """Producers with what the list shows: those in use, and those about whom something was reported."""
        rows = super().get_queryset(request)
        counted = ~Q(nonconformities__state__in=[State.REJECTED, State.DUPLICATE])
        year = counted & Q(nonconformities__occurred_at__gte=timezone.now() - PERIOD)
        still = Q(nonconformities__state__in=OPEN_STATES)
        people = Q(quality_contacts__is_active=True)
        return rows.annotate(
            year=Count("nonconformities", filter=year, distinct=True),
            still=Count("nonconformities", filter=still, distinct=True),
            people=Count("quality_contacts", filter=people, distinct=True),
        )

    @display(description=_("in twelve months"), ordering="year")
    def show_year(self, row: Any) -> SafeString:
        """How many, leading to them."""
        address = reverse("admin:nonconformities_nonconformity_changelist")
        return format_html('<a href="{}?producer__id__exact={}">{}</a>', address, row.pk, row.year)

    @display(description=_("still open"), ordering="still")
    def show_open(self, row: Any) -> int:
        """How many are not over."""
        return row.still

    @display(description=_("people told"), ordering="people")
    def show_people(self, row: Any) -> int:
        """How many contacts."""
        return row.people

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Nothing of the producer itself is changed here; its contacts are."""

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Add the figures and the link."""
        row = self.get_object(request, object_id)
        shown: dict[str, Any] = {}
        if row is not None:
            until = timezone.now()
            link = AccessLink.objects.filter(kind=AccessLink.PRODUCER, object_id=row.pk).first()
            address = links.url(link) if link and not link.is_revoked else ""
            shown = {"producer": row, "figures": figures_of(row, until - PERIOD, until), "link": link, "address": address}
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def get_urls(self) -> list:
        """Add the button that makes the link."""
        ours = [path("<int:pk>/link/", self.admin_site.admin_view(require_POST(self.link_view)), name=f"{NAME}_link")]
        return ours + super().get_urls()

    def link_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make the link of a producer's page."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        row = get_object_or_404(ProducerPage, pk=pk)
        links.link_for(AccessLink.PRODUCER, row.pk)
        messages.success(request, gettext("The link is there: copy it, or let the mails bring it."))
        return HttpResponseRedirect(reverse(f"admin:{NAME}_change", args=[row.pk]))
