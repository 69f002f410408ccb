"""The admin's side menu: what coordinators come for, in the order of their day; everything else stays one tap away.

Read by django-unfold through the settings. Each entry shows only to who may open it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


def favicon(request: HttpRequest) -> str:
    """Return the address of the site's icon."""
    return static("app/logo.svg")


def search_script(request: HttpRequest) -> str:
    """Return the address of the script behind Ctrl + K."""
    return static("app/admin-search.js")


def choices_script(request: HttpRequest) -> str:
    """Return the address of the script that names the choice fields of the admin for those who hear them."""
    return static("app/admin-choices.js")


def admin_style(request: HttpRequest) -> str:
    """Return the address of what the admin's own style lacks on phones."""
    return static("app/admin.css")


def _may(permission: str) -> Callable[[HttpRequest], bool]:
    return lambda request: request.user.has_perm(permission)


def _item(title: Promise, icon: str, url: str, permission: str) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse_lazy(url), "permission": _may(permission)}


def _is_under(path: str, *, but: str | tuple[str, ...]) -> Callable[[HttpRequest], bool]:
    """Return whether a page belongs to an entry, when another entry lies deeper in the same place."""
    return lambda request: request.path.startswith(path) and not request.path.startswith(but)


def _list(title: Promise, icon: str, model: str) -> dict[str, Any]:
    app, name = model.split(".")
    return _item(title, icon, f"admin:{app}_{name}_changelist", f"{app}.view_{name}")


MENU = [
    {
        "items": [
            {"title": _("Home"), "icon": "home", "link": reverse_lazy("admin:index")},
            {"title": _("Search (Ctrl + K)"), "icon": "search", "link": reverse_lazy("search:everywhere")},
            _item(_("Stock board"), "inventory_2", "stock:board", "crates.view_balance"),
            _item(_("Figures of the network"), "bar_chart", "figures:page", "crates.view_movement"),
            _item(_("Discrepancies"), "troubleshoot", "admin:crates_discrepancydecision_inbox", "crates.view_discrepancydecision"),
        ]
    },
    {
        "title": _("Pickups"),
        "separator": True,
        "items": [
            _item(_("Forecasts"), "schedule", "pickups_forecasts:list", "pickups.view_pickuprequest"),
            _list(_("Requests"), "pan_tool", "pickups.pickuprequest"),
            _list(_("Tours"), "local_shipping", "pickups.tour")
            | {"active": _is_under("/admin/pickups/tour/", but="/admin/pickups/tour/calendar/")},
            _item(_("Tours by month"), "calendar_month", "admin:pickups_tour_calendar", "pickups.view_tour"),
            _list(_("Recurring tours"), "event_repeat", "pickups.recurringtour"),
            _list(_("Closed tours"), "task_alt", "pickups.tourclosing"),
            _list(_("Carriers"), "groups", "pickups.carrier"),
            _item(_("Missing slips"), "assignment_late", "admin:pickups_slips_missing", "pickups.view_slipupload"),
        ],
    },
    {
        "title": _("Places"),
        "separator": True,
        "items": [
            _list(_("Collection points"), "storefront", "stores.store")
            | {"active": _is_under("/admin/stores/store/", but=("/admin/stores/store/onboarding/", "/admin/stores/store/duplicates/"))},
            _item(_("Onboarding"), "stairs", "admin:stores_store_matrix", "stores.view_onboardingcheck"),
            _item(_("Duplicates"), "join", "admin:stores_store_duplicates", "stores.add_storemerge"),
            _list(_("Tasks"), "task", "stores.storetask"),
            _list(_("Contacts"), "contacts", "stores.contact"),
            _list(_("Closures"), "event_busy", "stores.closure"),
            _list(_("Proposed changes"), "rate_review", "stores.changeproposal"),
            _list(_("Zones"), "map", "stores.zone"),
            _list(_("Producers"), "factory", "references.producer"),
            _list(_("References"), "wine_bar", "references.reference")
            | {"active": _is_under("/admin/references/reference/", but="/admin/references/reference/coverage/")},
            _item(_("Who sells what"), "shelves", "admin:references_reference_coverage", "references.view_shelfitem"),
            _list(_("Lists to look at"), "fact_check", "references.heldlist"),
            _list(_("Limits of washing centres"), "straighten", "references.washinglimit"),
            _list(_("Cards and links"), "qr_code_2", "accounts.accesslink"),
        ],
    },
    {
        "title": _("Non-conformities"),
        "separator": True,
        "items": [
            _list(_("Non-conformities"), "report", "nonconformities.nonconformity")
            | {"active": _is_under("/admin/nonconformities/nonconformity/", but="/admin/nonconformities/nonconformity/analysis/")},
            _item(_("Analysis"), "monitoring", "admin:nonconformities_nonconformity_analysis", "nonconformities.view_nonconformity"),
            _list(_("Producers and non-conformities"), "factory", "nonconformities.producerpage"),
            _list(_("Kinds of non-conformities"), "rule_settings", "nonconformities.nonconformitykind"),
        ],
    },
    {
        "title": _("Awareness"),
        "separator": True,
        "items": [
            _item(_("Does it help?"), "query_stats", "effects:summary", "nonconformities.view_nonconformity"),
            _list(_("Animations and events"), "celebration", "awareness.event")
            | {"active": _is_under("/admin/awareness/event/", but="/admin/awareness/event/calendar/")},
            _item(_("Events by month"), "calendar_view_month", "admin:awareness_event_calendar", "awareness.view_event"),
            _list(_("Partners"), "handshake", "awareness.partner"),
            _list(_("Trainings"), "school", "awareness.training")
            | {"active": _is_under("/admin/awareness/training/", but="/admin/awareness/training/board/")},
            _item(_("Who is trained"), "how_to_reg", "admin:awareness_training_board", "awareness.view_training"),
            _list(_("Questions of the quiz"), "quiz", "awareness.quizquestion"),
            _list(_("Visits"), "tour", "awareness.visit")
            | {"active": _is_under("/admin/awareness/visit/", but="/admin/awareness/visit/worth/")},
            _item(_("Visits worth making"), "assistant_direction", "admin:awareness_visit_worth", "awareness.view_visit"),
            _list(_("Criteria of visits"), "checklist_rtl", "awareness.visitcriterion"),
            _list(_("Materials"), "photo_library", "awareness.material"),
            _list(_("Orders of material"), "local_mall", "awareness.materialorder"),
            _list(_("Material in places"), "where_to_vote", "awareness.placement"),
        ],
    },
    {
        "title": _("Ledger"),
        "separator": True,
        "items": [
            _list(_("Declarations"), "edit_note", "crates.declaration"),
            _list(_("Inventories"), "checklist", "crates.inventory"),
            _list(_("Movements"), "swap_horiz", "crates.movement"),
            _list(_("Paloxes"), "deployed_code", "crates.palox"),
            _list(_("Deposits"), "euro", "crates.depositcount"),
            _list(_("Sorting"), "recycling", "crates.sortingbatch"),
            _list(_("Bottles"), "liquor", "crates.bottlemovement"),
        ],
    },
    {
        "title": _("Platform"),
        "separator": True,
        "collapsible": True,
        "items": [
            _list(_("Mailings"), "campaign", "mailings.mailing"),
            _list(_("Templates of mailings"), "drafts", "mailings.mailingtemplate"),
            _list(_("Messages"), "mail", "messaging.message")
            | {"active": _is_under("/admin/messaging/message/", but="/admin/messaging/message/queue/")},
            _item(_("Queue of messages"), "outgoing_mail", "admin:messaging_queue", "messaging.view_message"),
            _list(_("Refused addresses"), "unsubscribe", "messaging.refusedaddress"),
            _list(_("Chat rooms"), "forum", "messaging.chatroom"),
            _item(_("Weekly reports"), "summarize", "weekly:index", "messaging.view_message"),
            _list(_("Reminders"), "notifications", "reminders.reminderrule"),
            _list(_("Texts of mails"), "edit_note", "messaging.mailtext"),
            _list(_("Users"), "person", "accounts.user"),
            _list(_("Container types"), "category", "crates.containertype"),
            _list(_("Emission factors"), "co2", "pickups.emissionfactor"),
            _list(_("Reuse factors"), "eco", "reporting.reusefactor"),
            _list(_("Scheduled work"), "schedule", "messaging.taskrun"),
            _list(_("Imports from the present tool"), "move_to_inbox", "legacy.legacyimport"),
        ],
    },
]
