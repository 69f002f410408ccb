"""The buttons of a store's weekly mail: a GET shows today's figures and writes nothing, a POST declares, once.

The address is the permission (`accounts.mail_buttons`), as the card's is: mail programs open it in windows without cookies, and some
look at every link of a mail by themselves. What is sent goes through the same services as the phone's own form.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from crates.enums import Unit
from crates.models import Declaration
from crates.services import DeclaredLine
from lincassable.accounts import links
from lincassable.accounts.actors import Actor
from lincassable.accounts.decorators import public
from lincassable.accounts.links import LinkState
from lincassable.accounts.mail_buttons import BUTTONS, COLLECT, FULL, RIGHT, Pressed, read
from lincassable.accounts.models import AccessLink
from lincassable.accounts.opening import TOO_MANY, refusal
from lincassable.accounts.throttle import too_many_unknown
from lincassable.portal.forms import MOST_PALOXES, DeclarationForm, fill_names, fills_sent
from lincassable.portal.queries import Held, receipt_of, stock_lines
from lincassable.portal.services import declare_and_request
from stores.models import Store

_KEYS = uuid.UUID("6f1d1b0e-0d5f-4a58-9a5c-3d3f4c1f5a77")  # the namespace of the keys made here
RECEIPT = "recu"  # ?recu=<key>: what was declared


@public
@csrf_exempt  # no cookie speaks for anybody here: the signed address is the permission
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def mail_button(request: HttpRequest, token: str, signed: str, button: str) -> HttpResponse:
    """Show what a button would send, or take it. What comes under a card that was replaced lately is held for a coordinator."""
    pressed = read(token, signed)
    if pressed is None or button not in BUTTONS:
        many = too_many_unknown(request)
        return refusal(request, TOO_MANY if many else LinkState.UNKNOWN, status=429 if many else 404)
    state, card = links.look_up(pressed.claim)
    if card is None or not (state is LinkState.CURRENT or (state is LinkState.OLD and request.method == "POST")):
        return refusal(request, state, status=404 if card is None else 410)
    try:
        store = Store.objects.select_related("collected_through").get(pk=card.object_id)
    except Store.DoesNotExist:
        return refusal(request, LinkState.UNKNOWN, status=404)
    page = _Page(request, store, card, pressed, button, is_current=state is LinkState.CURRENT)
    response = page.receive() if request.method == "POST" else page.show()
    response["Referrer-Policy"] = "no-referrer"
    return response


class _Page:
    """One opening or sending of a button's page."""

    def __init__(self, request: HttpRequest, store: Store, card: AccessLink, pressed: Pressed, button: str, *, is_current: bool) -> None:
        self.request, self.store, self.card, self.pressed, self.is_current = request, store, card, pressed, is_current
        self.stock = stock_lines(store, used_only=True)
        self.counted = [line for line in self.stock if line.container.declared_as == Unit.COUNT]
        # Nothing that is told in numbers: there is nothing to confirm at a tap.
        self.button = FULL if button == RIGHT and not self.counted else button

    def show(self, status: int = 200, form: DeclarationForm | None = None, **more: Any) -> HttpResponse:
        """Return the page: today's figures, and the button; or the receipt. Writes nothing."""
        if RECEIPT in self.request.GET and form is None:
            return self._receipt(self.request.GET[RECEIPT])
        form = form or self._form(initial={"key": self._key(), "wants_pickup": self.button == COLLECT, **self._figures()})
        return self._render("portal/mail_button.html", status, form=form, stock=self.counted, **more)

    def receive(self) -> HttpResponse:
        """Declare what was sent, and lead to the receipt; or the page again, with what is wrong and what was typed."""
        form = self._form(self.request.POST)
        if not form.is_valid():
            return self.show(422, form)
        lines = self._lines(form)
        key = self._key_of(form, lines)
        if self.button == RIGHT and not Declaration.objects.filter(key=key).exists() and self._told(lines) != self._figures():
            return self.show(409, changed=True)
        try:
            declaration = declare_and_request(
                self.store,
                key=key,
                lines=lines,
                by=Actor.of_link(self.card),
                wants_pickup=form.cleaned_data["wants_pickup"],
                first_name=form.cleaned_data["first_name"],
                note=form.cleaned_data["note"],
                held=not self.is_current,
            )
        except ValidationError as error:
            form.add_error(None, error)
            return self.show(422, form)
        if not self.is_current:  # a GET under the old card is refused: say so here
            return self._receipt(str(declaration.key))
        return HttpResponseRedirect(f"{self.request.path}?{RECEIPT}={declaration.key}")

    def _form(self, data: Any = None, **options: Any) -> DeclarationForm:
        shown: Sequence[Held] = self.counted if self.button == RIGHT else self.stock
        sent = data if data is not None else self.request.GET
        paloxes = {line.container.pk: max(min(MOST_PALOXES, max(1, line.total)), fills_sent(sent, line.container)) for line in shown}
        return DeclarationForm(data, containers=[line.container for line in shown], paloxes=paloxes, **options)

    def _figures(self) -> dict[str, int]:
        """Return how many full ones the ledger believes are there, by field."""
        return {f"full_{line.container.code}": line.full for line in self.counted}

    def _told(self, lines: Sequence[DeclaredLine]) -> dict[str, int | None]:
        return {f"full_{line.container_type.code}": line.full for line in lines}

    def _lines(self, form: DeclarationForm) -> list[DeclaredLine]:
        data, lines = form.cleaned_data, []
        for kind in form.containers:
            fills = [data[name] for name in fill_names(kind, form.paloxes.get(kind.pk, 0)) if data.get(name) is not None]
            lines.append(DeclaredLine(kind, data.get(f"full_{kind.code}"), data.get(f"total_{kind.code}"), fills))
        return lines

    def _key(self) -> uuid.UUID:
        """Return the key of the page: the same until the place declares again, however often it is opened, on however many phones."""
        last = self.store.declarations.order_by("-pk").values_list("pk", flat=True).first()
        return uuid.uuid5(_KEYS, f"{self.store.uuid}:{self.pressed.week}:{self.pressed.contact_id}:{last or 0}")

    def _key_of(self, form: DeclarationForm, lines: Sequence[DeclaredLine]) -> uuid.UUID:
        """Return the key of the declaration: the same answer from the same page is one, other figures are another one.

        “That's right” is one a day for the same figures, whoever taps it on however many pages: a second one tells nothing new.
        """
        said = [[line.container_type.pk, line.full, line.total, list(line.fill_percents)] for line in lines]  # type: ignore[union-attr]
        page = str(timezone.localdate()) if self.button == RIGHT else str(form.cleaned_data["key"])
        return uuid.uuid5(_KEYS, json.dumps([str(self.store.uuid), self.button, page, said, form.cleaned_data["wants_pickup"]]))

    def _receipt(self, key: str) -> HttpResponse:
        try:
            declaration = Declaration.objects.get(key=uuid.UUID(key), store=self.store)
        except (ValueError, Declaration.DoesNotExist) as missing:
            raise Http404 from missing
        return self._render("portal/mail_button_receipt.html", 200, receipt=receipt_of(declaration, self.store))

    def _render(self, template: str, status: int, **context: Any) -> HttpResponse:
        everything = {
            "store": self.store,
            "button": self.button,
            "page_title": {RIGHT: _("Is that right?"), FULL: _("How many are full?"), COLLECT: _("Come and collect")}[self.button],
            "sent_on": self._old_monday(),
            "home_url": links.url(self.card) if self.is_current else "",
            "last": self.store.declarations.exclude(state=Declaration.REFUSED).order_by("-declared_at", "-pk").first(),
            **context,
        }
        return render(self.request, template, everything, status=status)

    def _old_monday(self) -> dt.date | None:
        """Return the Monday of the mail when it is of another week, None when it is of this one."""
        year, week = self.pressed.week.split("-W")
        try:
            monday = dt.date.fromisocalendar(int(year), int(week), 1)
        except ValueError:
            return None
        return monday if timezone.localdate() - monday >= dt.timedelta(days=7) else None
