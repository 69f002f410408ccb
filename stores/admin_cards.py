"""The cards of chosen collection points as PDF, from their list in the admin."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lincassable.accounts import card_pdf, links
from lincassable.accounts.models import AccessLink
from stores.models import Store

MOST = 500  # cards in one file


class PrintsCards:
    """Mixin of the collection points' admin: its list prints cards. A place that has no card yet gets one; a withdrawn card is left out."""

    def has_print_cards_permission(self, request: HttpRequest) -> bool:
        """Whoever may see cards may print them."""
        return request.user.has_perm("accounts.view_accesslink")

    @admin.action(description=_("QR cards as PDF: A6, one a page"), permissions=["print_cards"])
    def cards_a6(self, request: HttpRequest, queryset: QuerySet[Store]) -> HttpResponse | None:
        """Answer one A6 page per chosen place."""
        return self._cards(request, queryset, card_pdf.A6)

    @admin.action(description=_("QR cards as PDF: A4, four a sheet"), permissions=["print_cards"])
    def cards_a4(self, request: HttpRequest, queryset: QuerySet[Store]) -> HttpResponse | None:
        """Answer A4 sheets to cut, four chosen places on each."""
        return self._cards(request, queryset, card_pdf.A4)

    def _cards(self, request: HttpRequest, queryset: QuerySet[Store], sheet: str) -> HttpResponse | None:
        ids = list(queryset.order_by("pk").values_list("pk", flat=True)[: MOST + 1])
        if len(ids) > MOST:
            self.message_user(request, gettext("Choose at most %(most)d places for one file.") % {"most": MOST}, "ERROR")  # type: ignore[attr-defined]
            return None
        chosen = _cards_of(ids)
        if not chosen:
            self.message_user(request, gettext("None of these places has a card that works."), "WARNING")  # type: ignore[attr-defined]
            return None
        return card_pdf.pdf_file(chosen, sheet=sheet, language=settings.LANGUAGE_CODE)


@transaction.atomic
def _cards_of(store_ids: list[int]) -> list[AccessLink]:
    """Return the cards that work of these places; makes the missing ones."""
    found = {link.object_id: link for link in AccessLink.objects.filter(kind=AccessLink.STORE, object_id__in=store_ids)}
    cards = [found.get(pk) or links.link_for(AccessLink.STORE, pk) for pk in store_ids]
    return [card for card in cards if not card.is_revoked]
