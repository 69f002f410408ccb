"""Collection points, zones and contacts in the admin."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from lincassable.accounts import links
from lincassable.accounts.admin.links import pdf_pages
from lincassable.accounts.models import AccessLink
from lincassable.base_admin import ModelAdmin, StackedInline
from stores import admin_list, admin_proposals, admin_registry, exports, refusals, services, stops
from stores.admin_cards import PrintsCards
from stores.admin_closures import ClosureInline
from stores.admin_following import FollowsPlaces, NoteInline, TaskInline
from stores.admin_hours import hours_field
from stores.admin_merging import MergesPlaces
from stores.admin_position import FindsPosition
from stores.admin_saving import ThroughServices, author, tell_held
from stores.contact_import import ImportsContacts
from stores.enums import STOCK_KEEPERS, Status
from stores.exports import ExportsTable
from stores.following_pages import warn_of_open_steps
from stores.import_views import ImportsPoints
from stores.models import ChangeProposal, Contact, Store, Zone
from stores.onboarding import ON_THE_WAY

STATUS_COLOURS = {
    Status.ACTIVE.value: "success",
    Status.SETTING_UP.value: "info",
    Status.PROSPECT.value: "info",
    Status.PAUSED.value: "warning",
    Status.ARCHIVED.value: "danger",
}


# These need a reason: whoever looks at the place in a year will ask.
TO_EXPLAIN = (Status.PAUSED, Status.ARCHIVED)


class StoreForm(forms.ModelForm):
    """A collection point's form: the services' rules are told at the field they are about."""

    opening_hours = hours_field()

    status_reason = forms.CharField(
        label=_("Reason of the change of status"),
        max_length=250,
        required=False,
        help_text=_("kept in the history of the place; needed to pause or to archive it"),
        widget=UnfoldAdminTextInputWidget,
    )

    def clean(self) -> dict[str, Any]:
        """Ask why a place is paused or archived."""
        data = super().clean() or self.cleaned_data
        to = data.get("status")
        if self.instance.pk and "status" in self.changed_data and to in TO_EXPLAIN and not data.get("status_reason", "").strip():
            self.add_error("status_reason", gettext("Say in a few words why: it is kept in the history of the place."))
        return data

    def _post_clean(self) -> None:
        super()._post_clean()
        try:
            services.check_store(self.instance)
        except ValidationError as error:
            for field, errors in error.error_dict.items():
                self.add_error(field if field in self.fields else None, errors)


class ContactInline(StackedInline):
    """The people of a place, on its page."""

    model = Contact
    extra = 0
    fields = [
        ("name", "role"),
        ("email", "phone"),
        ("language", "is_active"),
        ("wants_weekly_report", "wants_deposit_mails", "wants_mailings"),
        ("wants_pickup_mails", "wants_pickup_reminders", "wants_invitations"),
    ]

    @staticmethod
    def save_rows(request: HttpRequest, formset: BaseInlineFormSet) -> None:
        """Save what the formset changed, through the services."""
        formset.save(commit=False)
        for contact in formset.deleted_objects:
            services.delete_contact(contact, by=author(request))
        for contact in [*(contact for contact, _changed in formset.changed_objects), *formset.new_objects]:
            services.save_contact(contact, by=author(request))
            tell_held(request, contact)


@admin.register(Store)
class StoreAdmin(FindsPosition, FollowsPlaces, ImportsPoints, PrintsCards, MergesPlaces, ExportsTable, ThroughServices, ModelAdmin):
    """The directory of the network."""

    form = StoreForm
    save_row = staticmethod(services.save_store)
    delete_row = staticmethod(services.delete_store)
    list_filter = ["status", "kind", "zone", admin_list.PositionFilter, admin_list.CardFilter, admin_list.ContactFilter]
    search_fields = [*admin_list.SEARCHED, *admin_list.SEARCHED_IN_CONTACTS]
    search_help_text = _("name, town, postcode, contact, e-mail or phone")
    list_select_related = ["zone"]
    list_per_page = 50
    autocomplete_fields = ["zone", "collected_through", "usual_hub"]
    actions = ["cards_a6", "cards_a4", "archive", "reactivate", "merge_two"]
    actions_list = ["import_file", "export_csv", "export_xlsx", "find_duplicates"]
    export_table = staticmethod(exports.points_file)
    warn_unsaved_form = True

    class Media:
        css = {"all": ["vendor/leaflet/leaflet.css", "stores/admin.css"]}
        js = ["vendor/leaflet/leaflet.js", "app/map-preview.js", "app/pick-position.js"]

    # -- the list

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[admin_list.StoreChangeList]:
        """The list that fills in the columns of higher floors."""
        return admin_list.StoreChangeList

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Our columns, then those of higher floors."""
        return ["name", "city", "zone", "show_kind", "show_status", *admin_list.extra_columns()]

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """Our filters, then those of higher floors."""
        return [*self.list_filter, *admin_registry.filters]

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Store], search_term: str) -> tuple[QuerySet[Store], bool]:
        """Search without accents; numbers also among phones."""
        found, duplicates = super().get_search_results(request, queryset, search_term)
        with_phones = admin_list.search(queryset, found, search_term)
        return with_phones, duplicates and with_phones is found

    @display(description=_("kind"), ordering="kind")
    def show_kind(self, store: Store) -> str:
        """The kind, in words."""
        return store.get_kind_display()

    @display(description=_("status"), ordering="status", label=STATUS_COLOURS)
    def show_status(self, store: Store) -> tuple[str, str]:
        """The status, with a colour."""
        return store.status, store.get_status_display()

    @admin.action(description=_("Archive"), permissions=["change"])
    def archive(self, request: HttpRequest, queryset: QuerySet[Store]) -> None:
        """Archive the chosen places."""
        self._each(request, queryset, services.archive_store, gettext("%(count)d archived."))

    @admin.action(description=_("Make active again"), permissions=["change"])
    def reactivate(self, request: HttpRequest, queryset: QuerySet[Store]) -> None:
        """Bring the chosen places back."""
        self._each(request, queryset, services.reactivate_store, gettext("%(count)d made active."))

    def _each(self, request: HttpRequest, stores: Iterable[Store], service: Callable[..., Store], sentence: str) -> None:
        done = 0
        for store in stores:
            try:
                fresh = service(store, by=author(request))
                done += 1
                if store.status in ON_THE_WAY:
                    warn_of_open_steps(request, fresh)
            except ValidationError as error:
                self.message_user(request, f"{store}: {' '.join(error.messages)}", "ERROR")
        if done:
            self.message_user(request, sentence % {"count": done}, "SUCCESS")

    # -- one place

    def save_model(self, request: HttpRequest, obj: Store, form: Any, change: bool) -> None:
        """Save through the service, with the reason of another status."""
        services.save_store(obj, by=author(request), reason=form.cleaned_data.get("status_reason", ""))
        if change and "status" in form.changed_data and form.initial.get("status") in ON_THE_WAY:
            warn_of_open_steps(request, obj)

    def get_inlines(self, request: HttpRequest, obj: Store | None) -> list[Any]:
        """Contacts, tasks, notes and closures, then what higher floors add."""
        return [ContactInline, *([TaskInline, NoteInline] if obj else []), ClosureInline, *admin_registry.inlines]

    def get_readonly_fields(self, request: HttpRequest, obj: Store | None = None) -> list[Any]:
        """The map, the card and the panels of higher floors."""
        return ["map_preview", "card", "following", "created_at", *self._panels(obj)]

    def get_fieldsets(self, request: HttpRequest, obj: Store | None = None) -> list[tuple[Any, dict[str, Any]]]:
        """What a coordinator changes most first; nothing about a card before there is a place."""
        panels, card = self._panels(obj), ["card"] if obj else []
        vehicle, identity = ("largest_vehicle", "needs_tail_lift"), [("name", "kind"), ("status", "zone")]
        public = [("is_public", "deposit_practice"), "website", "public_note"]
        sections: list[tuple[Any, dict[str, Any]]] = [
            (None, {"fields": [*identity, *(["status_reason"] if obj else []), "tags", *card]}),
            *([(_("Now"), {"fields": panels})] if panels else []),
            (_("Address"), {"fields": ["street", ("postcode", "city"), ("latitude", "longitude"), *(["map_preview"] if obj else [])]}),
            (_("Collecting"), {"fields": ["opening_hours", "access_notes", vehicle, ("collected_through", "usual_hub")]}),
            (_("For the public"), {"fields": public}),
            *([(_("Following"), {"fields": ["following"]})] if obj else []),
            (_("External list"), {"fields": [("source", "source_id"), *(["created_at"] if obj else [])], "classes": ["collapse"]}),
        ]
        return sections

    def _panels(self, obj: Store | None) -> list[Callable[[Store], Any]]:
        return [panel_field(number, panel) for number, panel in enumerate(admin_registry.panels)] if obj else []

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only hubs and sorting centres can be a usual hub."""
        if db_field.name == "usual_hub":
            kwargs["queryset"] = Store.objects.filter(kind__in=STOCK_KEEPERS)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @display(description=_("card"))
    def card(self, store: Store) -> SafeString | str:
        """The state of the store's card, and where to print, renew or revoke it."""
        return card_panel(store)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Let each inline save its rows through its own services (`save_rows`), else as Django does."""
        for inline in self.get_inlines(request, form.instance):
            if inline.model is formset.model and hasattr(inline, "save_rows"):
                inline.save_rows(request, formset)
                return
        super().save_formset(request, form, formset, change)

    # -- deleting

    def get_deleted_objects(self, objs: Iterable[Store], request: HttpRequest) -> tuple[list, dict, set, list]:
        """What would go, and a sentence for each place whose history keeps it."""
        objs = list(objs)
        kept = [sentence for store in objs if (sentence := services.why_not_deletable(store))]
        contacts = Contact.objects.filter(store__in=[store.pk for store in objs])
        names = [str(store) for store in objs] + [str(contact) for contact in contacts]
        counts = {str(Store._meta.verbose_name_plural): len(objs), str(Contact._meta.verbose_name_plural): len(contacts)}
        lacking = set() if self.has_delete_permission(request) else {str(Store._meta.verbose_name)}
        return names, counts, lacking, kept


@cache
def panel_field(number: int, panel: admin_registry.Panel) -> Callable[[Store], Any]:
    """Return a read-only admin field that shows a registered panel: always the same one, as Django compares them."""

    def show(store: Store) -> Any:
        return panel.render(store)

    show.__name__ = f"panel_{number}"
    show.short_description = panel.title  # type: ignore[attr-defined]
    return show


def card_panel(store: Store) -> SafeString | str:
    """Return the state of a store's card and the links to what can be done with it. Reads only."""
    link = AccessLink.objects.filter(kind=AccessLink.STORE, object_id=store.pk).first()
    if link is None:
        return gettext("No card yet: save this page and it is made.")
    if link.is_revoked:
        state = gettext("revoked")
    else:
        state = (
            gettext("open, last used %(when)s") % {"when": f"{link.last_used_at:%d/%m/%Y}"}
            if link.last_used_at
            else gettext("open, never used")
        )
    confirm = reverse("admin:accounts_accesslink_confirm")
    pages = [(gettext("All about this card"), reverse("admin:accounts_accesslink_change", args=[link.pk]))]
    if not link.is_revoked:
        pages = [
            (gettext("QR card"), f"{reverse('admin:accounts_accesslink_cards')}?ids={link.pk}"),
            *pdf_pages(link),
            (gettext("Renew"), f"{confirm}?deed=rotate&ids={link.pk}"),
            (gettext("Phone page"), links.url(link)),
            *pages,
        ]
    buttons = format_html_join(" ", '<a href="{1}">{0}</a>', pages)
    return format_html(
        '<div class="store-card" data-card="{}"><span>{}</span> {}</div>', "revoked" if link.is_revoked else "open", state, buttons
    )


admin.site.register(ChangeProposal, admin_proposals.ChangeProposalAdmin)


@admin.register(Zone)
class ZoneAdmin(ThroughServices, ModelAdmin):
    """The zones, and how many places each holds."""

    save_row = staticmethod(services.save_zone)
    delete_row = staticmethod(services.delete_zone)
    list_display = ["name", "show_stores"]
    ordering = ["name"]  # said again here: counting the places makes Django forget the model's own
    search_fields = ["name__unaccent__icontains"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Zone]:
        """Zones with their number of places."""
        return super().get_queryset(request).annotate(store_count=Count("stores", filter=~Q(stores__status=Status.ARCHIVED)))

    @display(description=_("collection points"), ordering="store_count")
    def show_stores(self, zone: Zone) -> SafeString:
        """How many places, leading to them."""
        return format_html('<a href="{}?zone__id__exact={}">{}</a>', reverse("admin:stores_store_changelist"), zone.pk, zone.store_count)


@admin.register(Contact)
class ContactAdmin(ImportsContacts, ExportsTable, ThroughServices, ModelAdmin):
    """All the people of the network."""

    actions = ["lift_stops"]
    actions_list = ["import_file", "export_csv", "export_xlsx"]
    export_table = staticmethod(exports.contacts_file)

    save_row = staticmethod(services.save_contact)
    delete_row = staticmethod(services.delete_contact)
    list_display = [
        "name",
        "store",
        "role",
        "email",
        "phone",
        "wants_weekly_report",
        "wants_pickup_mails",
        "wants_pickup_reminders",
        "wants_invitations",
        "wants_deposit_mails",
        "is_active",
    ]
    list_filter = [
        *("is_active", "role", "wants_weekly_report", "wants_pickup_mails", "wants_deposit_mails", "wants_mailings"),
        *(refusals.RefusedFilter, "language", "store__zone"),
    ]
    search_fields = ["name__unaccent__icontains", "email__icontains", "phone__contains", "store__name__unaccent__icontains"]
    list_select_related = ["store"]
    autocomplete_fields = ["store"]
    readonly_fields = ["mails"]

    @admin.display(description=_("mails to this address"))
    def mails(self, contact: Contact) -> str:
        """Say whether they arrive, as far as we know, and what was stopped."""
        return " ".join(filter(None, [refusals.sentence(contact), stops.sentence(contact)]))

    def save_model(self, request: HttpRequest, obj: Contact, form: Any, change: bool) -> None:
        """Save, and say what stays stopped."""
        super().save_model(request, obj, form, change)
        tell_held(request, obj)

    @admin.action(permissions=["change"], description=_("Let reminders go to them again that they stopped"))
    def lift_stops(self, request: HttpRequest, queryset: QuerySet[Contact]) -> None:
        """Lift what no box shows, once the person has asked for it."""
        kinds = sum(stops.lift(contact) for contact in queryset)
        self.message_user(request, ngettext("%(n)s stop was lifted.", "%(n)s stops were lifted.", kinds) % {"n": kinds})
