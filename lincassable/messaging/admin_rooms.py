"""Chat rooms in the admin. The address of a room's webhook is typed once and never shown again."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminPasswordWidget

from lincassable.base_admin import ModelAdmin
from lincassable.messaging import announcing, channels, chat, delivery
from lincassable.messaging.enums import CHAT
from lincassable.messaging.models import ChatRoom, Message


class ChatRoomForm(forms.ModelForm):
    """A room, with the address of its webhook, which is written only."""

    url = forms.CharField(
        label=gettext_lazy("address of the webhook"),
        max_length=chat.LONGEST_URL,
        required=False,
        # Shown again to whoever has just typed it, when something else is wrong; what is kept never is.
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "off"}, render_value=True),
    )
    topics = forms.MultipleChoiceField(label=gettext_lazy("what is told there"), required=False, widget=forms.CheckboxSelectMultiple)

    class Meta:
        model = ChatRoom
        fields = ["name", "format", "url", "topics", "language", "is_active"]

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["topics"].choices = [(topic.name, topic.label) for topic in announcing.topics()]  # type: ignore[attr-defined]
        known = _("It is kept, and not shown again. Leave this empty to keep it.")
        new = _("The chat program shows it when you add an “incoming webhook” to the room; it begins with https://.")
        self.fields["url"].help_text = known if self.instance.pk else new
        for name in ("url", "topics"):
            self.fields[name].label = capfirst(str(self.fields[name].label))

    def clean_url(self) -> str:
        """Seal the address; raises ValidationError for one that cannot be, and when a new room has none."""
        url = self.cleaned_data["url"].strip()
        if url:
            self.instance.sealed_url = chat.seal_url(url)
        elif not self.instance.pk:
            raise forms.ValidationError(_("Give the address of the room's webhook."), code="required")
        return ""


@admin.register(ChatRoom)
class ChatRoomAdmin(ModelAdmin):
    """The rooms."""

    form = ChatRoomForm
    list_display = ["name", "format", "server", "told", "is_active"]
    fields = ["name", "format", "url", "topics", "language", "is_active"]
    change_form_template = "admin/messaging/chatroom/change_form.html"

    @admin.display(description=gettext_lazy("server"))
    def server(self, room: ChatRoom) -> str:
        """Show where it is, which is no secret."""
        return chat.host_of(room) or "–"

    @admin.display(description=gettext_lazy("what is told there"))
    def told(self, room: ChatRoom) -> str:
        """Show how many kinds of news."""
        number = sum(topic.name in room.topics for topic in announcing.topics())
        return ngettext("%(number)s kind of news", "%(number)s kinds of news", number) % {"number": number}

    def get_urls(self) -> list:
        """Add the test."""
        test = path("<int:pk>/test/", self.admin_site.admin_view(require_POST(self.test_view)), name="messaging_chatroom_test")
        return [test, *super().get_urls()]

    def test_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send a test line to the room now, and say how it went."""
        room = get_object_or_404(ChatRoom, pk=pk)
        if not self.has_change_permission(request, room):
            raise PermissionDenied
        row = announcing.build(
            channels.get(CHAT),
            chat.target_of(room),
            announcing.TEST,
            {},
            dedupe_key=f"test:{uuid.uuid4()}",
            subject_kind="chatroom",
            subject_id=room.pk,
        )
        announcing.write([row])
        delivery.deliver(row.pk)
        row = Message.objects.get(pk=row.pk)
        if row.state == Message.SENT:
            self.message_user(request, _("The test has arrived: look into the room."), messages.SUCCESS)
        else:
            why = row.last_error or _("sending is paused")
            self.message_user(request, _("The test did not arrive: %(why)s") % {"why": why}, messages.ERROR)
        return HttpResponseRedirect(reverse("admin:messaging_chatroom_change", args=[room.pk]))
