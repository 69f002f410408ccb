"""Access links: who holds which card, printing it, replacing it, withdrawing it."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action, display

from lincassable.accounts import card_pdf, cards, kinds, links
from lincassable.accounts.actors import Actor
from lincassable.accounts.admin.filters import LastUseFilter, LinkStateFilter
from lincassable.accounts.base_admin import Base, TabularInline
from lincassable.accounts.models import AccessLink, AccessLinkEvent, User

# what a coordinator may do with links: the service, the question, the button
DEEDS = {
    "rotate": (
        links.rotate,
        _(
            "Replace these cards? The present ones stop working; print the new ones and hand them over. "
            "Calendars have to be subscribed to again."
        ),
        _("Replace"),
    ),
    "revoke": (links.revoke, _("Withdraw these links? Their cards, phones and waiting forms are refused at once."), _("Withdraw")),
    "restore": (links.restore, _("Give these links back? Their cards work again."), _("Give back")),
}


# the links that people open from a card or a mail; programs fetch the others, which are never printed
CARDS = [name for name, kind in kinds.KINDS.items() if kind.is_card]


class EventInline(TabularInline):
    """Who replaced, withdrew or gave back the link, and when."""

    model = AccessLinkEvent
    fields = readonly_fields = ("at", "what", "version", "actor_kind", "actor_id")
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """History is not written by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """History is not rewritten."""
        return False


def _ids(request: HttpRequest) -> list[int]:
    return [int(text) for text in request.GET.get("ids", "").split(",") if text.isdecimal()][:1000]


def _working(request: HttpRequest) -> list[AccessLink]:
    """Return the cards that the address names, without those that do not work. Raises Http404 when none is left."""
    found = AccessLink.objects.filter(pk__in=_ids(request), kind__in=CARDS)
    chosen = [link for link in found if not (link.is_revoked or link.is_expired)]
    if not chosen:
        raise Http404
    return chosen


def pdf_pages(link: AccessLink) -> list[tuple[Any, str]]:
    """Return what to call the PDF of a card in each language, and its address."""
    address = reverse("admin:accounts_accesslink_pdf")
    return [
        (f"PDF A6, {language.upper()}", f"{address}?{urlencode({'language': language, 'ids': link.pk})}")
        for language, _name in settings.LANGUAGES
    ]


@admin.register(AccessLink)
class AccessLinkAdmin(Base):
    """Links are made by what they open and are never edited: replaced, withdrawn, given back."""

    list_display = ("opens", "kind", "version", "state", "last_used_at", "device")
    list_filter = ("kind", LinkStateFilter, LastUseFilter)
    search_fields = ("object_id",)
    search_help_text = _("name of the collection point, reference of the tour")
    list_display_links = ("opens",)
    readonly_fields = (
        *("opens", "kind", "version", "state", "cards_and_codes", "created_at", "rotated_at"),
        *("revoked_at", "expires_at", "last_used_at", "device"),
    )
    fields = readonly_fields
    inlines = (EventInline,)
    actions = ("print_cards", "rotate_links", "revoke_links", "restore_links")
    actions_detail = ("card", "rotate_one", "revoke_one", "restore_one")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A link is made when its store or tour needs one."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A link is withdrawn, never deleted: its number must not open something else one day."""
        return False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Name the objects of a page of the list at once."""

        class Named(super().get_changelist(request, **kwargs)):  # type: ignore[misc]
            def get_results(self, request: HttpRequest) -> None:
                super().get_results(request)
                page: list[AccessLink] = list(self.result_list)  # type: ignore[has-type]
                names = kinds.describe(page)
                for link in page:
                    link.object_name = names[link.pk]  # type: ignore[attr-defined]
                self.result_list = page

        return Named

    def changeform_view(self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None) -> Any:
        """Show the link without buttons to save: nothing here is typed."""
        hidden = {"show_save": False, "show_save_and_continue": False}
        return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), **hidden})

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """Offer what can be done with this link: a withdrawn one is given back, the others replaced or withdrawn."""
        link = AccessLink.objects.filter(pk=object_id).first()
        if link is None:
            return []
        shown = (
            ("restore_one",)
            if link.is_revoked
            else ("rotate_one", "revoke_one")
            if link.is_expired
            else ("card", "rotate_one", "revoke_one")
        )
        names = {f"accounts_accesslink_{name}" for name in shown if name != "card" or link.kind in CARDS}
        return [offered for offered in super().get_actions_detail(request, object_id) if offered.action_name in names]

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Search by the name of what links open."""
        text = search_term.strip()
        number = Q(object_id=int(text)) if text.isdecimal() and len(text) < 19 else Q(pk__in=[])
        return (queryset.filter(kinds.search(text) | number) if text else queryset), False

    @display(description=_("opens"))
    def opens(self, link: AccessLink) -> str:
        """The name of the store or tour."""
        return getattr(link, "object_name", None) or kinds.describe([link])[link.pk]

    @display(description=_("state"))
    def state(self, link: AccessLink) -> str:
        """Whether it works."""
        return str(_("withdrawn") if link.is_revoked else _("expired") if link.is_expired else _("works"))

    @display(description=_("last device"))
    def device(self, link: AccessLink) -> str:
        """The first digits of the device's random id: enough to tell two phones apart."""
        return link.last_device[:8] or "–"

    @display(description=_("card and QR code"))
    def cards_and_codes(self, link: AccessLink) -> str:
        """Where to see and print them; the address of a calendar, but for a colleague's."""
        if link.is_revoked or link.is_expired or link.kind == AccessLink.USER_CALENDAR:
            return "–"
        if link.kind not in CARDS:
            return links.url(link)
        pages = [(_("card to print (A6)"), self._url("cards", [link])), *pdf_pages(link), (_("QR code, PNG"), self._code(link, "png"))]
        pages.append((_("QR code, SVG"), self._code(link, "svg")))
        parts = [format_html('<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>', url, text) for text, url in pages]
        return format_html_join(" · ", "{}", ((part,) for part in parts))

    # -- addresses

    def _url(self, name: str, chosen: list[AccessLink] | QuerySet, **more: str) -> str:
        query = urlencode({**more, "ids": ",".join(str(link.pk) for link in chosen)})
        return f"{reverse(f'admin:accounts_accesslink_{name}')}?{query}"

    def _code(self, link: AccessLink, suffix: str) -> str:
        return reverse("admin:accounts_accesslink_code", args=[link.pk, suffix])

    def get_urls(self) -> list[URLPattern]:
        """Add the cards, the QR codes and the confirmation page."""
        wrap = self.admin_site.admin_view
        return [
            path("cards/", wrap(self.cards_view), name="accounts_accesslink_cards"),
            path("cards.pdf", wrap(self.pdf_view), name="accounts_accesslink_pdf"),
            path("confirm/", wrap(self.confirm_view), name="accounts_accesslink_confirm"),
            path("<int:pk>/code.<str:suffix>", wrap(self.code_view), name="accounts_accesslink_code"),
            *super().get_urls(),
        ]

    # -- actions of the list and of the detail page: all lead to a page, none writes

    @admin.action(description=_("Print the cards"), permissions=["view"])
    def print_cards(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse:
        """Lead to the printable cards."""
        return HttpResponseRedirect(self._url("cards", queryset))

    @admin.action(description=_("Replace the cards"), permissions=["change"])
    def rotate_links(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse:
        """Ask before replacing."""
        return HttpResponseRedirect(self._url("confirm", queryset, deed="rotate"))

    @admin.action(description=_("Withdraw the links"), permissions=["change"])
    def revoke_links(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse:
        """Ask before withdrawing."""
        return HttpResponseRedirect(self._url("confirm", queryset, deed="revoke"))

    @admin.action(description=_("Give withdrawn links back"), permissions=["change"])
    def restore_links(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse:
        """Ask before giving back."""
        return HttpResponseRedirect(self._url("confirm", queryset, deed="restore"))

    @action(description=_("Card to print"), url_path="card", permissions=["view"])
    def card(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Lead to the printable card of one link."""
        return HttpResponseRedirect(self._url("cards", [get_object_or_404(AccessLink, pk=object_id)]))

    @action(description=_("Replace"), url_path="rotate", permissions=["change"])
    def rotate_one(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask before replacing one card."""
        return self.rotate_links(request, AccessLink.objects.filter(pk=object_id))

    @action(description=_("Withdraw"), url_path="revoke", permissions=["change"])
    def revoke_one(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask before withdrawing one link."""
        return self.revoke_links(request, AccessLink.objects.filter(pk=object_id))

    @action(description=_("Give back"), url_path="restore", permissions=["change"])
    def restore_one(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask before giving one link back."""
        return self.restore_links(request, AccessLink.objects.filter(pk=object_id))

    # -- pages

    def cards_view(self, request: HttpRequest) -> HttpResponse:
        """Show one A6 card per link, ready to print; links that do not work have none. Needs view_accesslink."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return cards.render_cards(request, _working(request))

    def pdf_view(self, request: HttpRequest) -> HttpResponse:
        """Answer cards as a PDF: `sheet` a6 or a4, `language` of the site or the network's. Needs view_accesslink."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        sheet, language = request.GET.get("sheet", card_pdf.A6), request.GET.get("language", settings.LANGUAGE_CODE)
        if sheet not in card_pdf.SHEETS or language not in dict(settings.LANGUAGES):
            raise Http404
        return card_pdf.pdf_file(_working(request), sheet=sheet, language=language)

    def code_view(self, request: HttpRequest, pk: int, suffix: str) -> HttpResponse:
        """Answer the QR code of a link as a PNG or SVG file. Needs view_accesslink."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        link = get_object_or_404(AccessLink, pk=pk)
        if suffix not in cards.FORMATS or link.is_revoked or link.is_expired or link.kind not in CARDS:
            raise Http404
        return cards.code_file(link, suffix)

    def confirm_view(self, request: HttpRequest) -> HttpResponse:
        """Ask whether to replace, withdraw or give back links, and do it on POST. Needs change_accesslink."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        deed, chosen = request.GET.get("deed", ""), list(AccessLink.objects.filter(pk__in=_ids(request)))
        if deed not in DEEDS or not chosen:
            raise Http404
        service, question, button = DEEDS[deed]
        if request.method == "POST":
            return self._do(request, deed, service, chosen)
        names = kinds.describe(chosen)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": button,
            "question": question,
            "button": button,
            "is_harmful": deed != "restore",
            "names": sorted(names[link.pk] for link in chosen),
        }
        return TemplateResponse(request, "admin/accounts/accesslink/confirm.html", context)

    def _do(self, request: HttpRequest, deed: str, service: Any, chosen: list[AccessLink]) -> HttpResponse:
        done = []
        for link in chosen:
            try:
                done.append(service(link, by=Actor.of_user(cast(User, request.user))))
            except ValidationError as error:
                messages.error(request, f"{self.opens(link)}: {' '.join(error.messages)}")
        if done:
            text = ngettext("%(n)s link was changed.", "%(n)s links were changed.", len(done))
            messages.success(request, text % {"n": len(done)})
        printed = [link for link in done if link.kind in CARDS]
        if printed and deed == "rotate":
            return HttpResponseRedirect(self._url("cards", printed))
        return HttpResponseRedirect(reverse("admin:accounts_accesslink_changelist"))
