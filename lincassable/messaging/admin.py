"""The outbox in the admin: what waits, what left, what failed; the folder of mails; the scheduled tasks. Read-only rows."""

from __future__ import annotations

from collections.abc import Sequence
from email.message import EmailMessage

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST
from unfold.decorators import display

from lincassable.messaging import admin_addresses, admin_rooms, admin_schedule, admin_words, attachments, delivery, mailbox
from lincassable.messaging.admin_base import Asker, ReadOnlyAdmin
from lincassable.messaging.admin_filters import ChannelFilter, KindFilter, LanguageFilter
from lincassable.messaging.admin_queue import QueuePages
from lincassable.messaging.enums import EMAIL, Fate
from lincassable.messaging.models import MailText, Message
from lincassable.messaging.sealing import unseal
from lincassable.messaging.texts.admin import MailTextAdmin

__all__ = ["Asker", "MessageAdmin", "ReadOnlyAdmin", "admin_addresses", "admin_rooms", "admin_schedule", "preview"]
MAILS_PER_PAGE = 100
LINK = "text-primary-600 dark:text-primary-500 inline-flex items-center min-h-12"
# A mail is shown with its own styles and nothing else: no script, no form, no picture from elsewhere, no cookie of ours.
PREVIEW_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
OPERATIONS = {
    "retry": (
        delivery.retry,
        gettext_lazy("Tried again by hand."),
        gettext_lazy("“%(message)s” leaves with the next sweep, within a minute."),
    ),
    "cancel": (delivery.cancel, gettext_lazy("Withdrawn by hand."), gettext_lazy("“%(message)s” is withdrawn.")),
}


def preview(html: str) -> HttpResponse:
    """Return the HTML of a mail as a page locked in a sandbox, for an iframe of ours; its links open beside."""
    response = HttpResponse(html.replace("<head>", '<head><base target="_blank">', 1))
    response["Content-Security-Policy"] = PREVIEW_POLICY
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response


@admin.register(Message)
class MessageAdmin(QueuePages, ReadOnlyAdmin):
    """The outbox."""

    list_display = ["subject", "to_email", "show_kind", "show_standing", "created_at", "sent_at", "show_next"]
    list_filter = ["state", "fate", "reason", ChannelFilter, "created_at", LanguageFilter, KindFilter]
    search_fields = ["to_email", "to_name", "subject", "dedupe_key"]
    date_hierarchy = "created_at"
    show_full_result_count = False
    actions = ["retry_selected", "cancel_selected"]
    fieldsets = [
        (None, {"fields": ["subject", "show_kind", "show_about", "show_channel", "to_email", "to_name", "show_language"]}),
        (
            gettext_lazy("delivery"),
            {"fields": ["show_state", "reason", "last_error", "attempts", "next_try_at", "created_at", "sent_at", "fate_at"]},
        ),
        (
            gettext_lazy("for whoever runs the site"),
            {"classes": ["collapse"], "fields": ["kind", "subject_kind", "subject_id", "dedupe_key", "provider_id"]},
        ),
    ]
    readonly_fields = ["show_kind", "show_about", "show_channel", "show_language", "show_state"]

    @display(description=gettext_lazy("kind"), ordering="kind")
    def show_kind(self, message: Message) -> str:
        """What it is called."""
        return admin_words.kind_label(message.kind)

    @display(description=gettext_lazy("state"), ordering="state", label=admin_words.COLOURS)
    def show_standing(self, message: Message) -> tuple[str, str]:
        """Where it stands, with a colour."""
        return admin_words.standing(message)

    @display(description=gettext_lazy("state"))
    def show_state(self, message: Message) -> str:
        """Where it stands."""
        return admin_words.standing(message)[1]

    @display(description=gettext_lazy("next try"), ordering="next_try_at")
    def show_next(self, message: Message) -> object:
        """When it is tried next, if it waits."""
        return message.next_try_at if message.state == Message.WAITING else None

    def get_fieldsets(self, request: HttpRequest, obj: Message | None = None) -> list:
        """Leave out what has nothing to say."""
        found = []
        for title, options in self.fieldsets:
            kept = [name for name in options["fields"] if name.startswith("show_") or getattr(obj, name, None) not in ("", None)]
            if obj is not None and obj.state != Message.WAITING:
                kept = [name for name in kept if name != "next_try_at"]
            found.append((title, {**options, "fields": kept}))
        return found

    @display(description=gettext_lazy("channel"))
    def show_channel(self, message: Message) -> str:
        """By which way it leaves."""
        return str(admin_words.CHANNELS.get(message.channel, message.channel))

    @display(description=gettext_lazy("language"))
    def show_language(self, message: Message) -> str:
        """In which language it is."""
        return str(admin_words.LANGUAGES.get(message.language, message.language))

    @display(description=gettext_lazy("about"))
    def show_about(self, message: Message) -> str:
        """What it tells of, with the way there."""
        words, url = message.about  # type: ignore[attr-defined]
        return format_html('<a class="{}" href="{}">{}</a>', LINK, url, words) if url else words or "–"

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Message | None:
        """Return a message with what it is about, as this person may see it."""
        message = super().get_object(request, object_id, from_field)
        if message is not None:
            message.about = admin_words.about(message, request.user)  # type: ignore[attr-defined]
        return message

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Whether this person may retry and withdraw messages."""
        return request.user.has_perm("messaging.change_message")

    def get_urls(self) -> list:
        """Add the previews, the two operations and the folder."""
        pages = [
            ("<int:pk>/html/", require_GET(self.html_view), "message_html"),
            ("<int:pk>/files/<int:number>/", require_GET(self.attachment_view), "message_file"),
            ("<int:pk>/<str:operation>/now/", require_POST(self.operation_view), "message_operation"),
            ("folder/", require_GET(self.folder_view), "folder"),
            ("folder/<str:name>/", require_GET(self.mail_view), "folder_mail"),
            ("folder/<str:name>/html/", require_GET(self.mail_html_view), "folder_mail_html"),
            ("folder/<str:name>/eml/", require_GET(self.mail_file_view), "folder_mail_file"),
            ("folder/<str:name>/files/<int:number>/", require_GET(self.mail_attachment_view), "folder_mail_attachment"),
        ]
        ours = [path(route, self.admin_site.admin_view(view), name=f"messaging_{name}") for route, view, name in pages]
        return self.queue_urls() + ours + super().get_urls()

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        """Show one message: its columns, its two bodies, and the buttons this person may press."""
        message = self.get_object(request, object_id)
        extra: dict[str, object] = {"operations": [], "mail_text": "", "mail_html_url": ""}
        if message is not None:
            extra["mail_text"] = unseal(message.text)
            extra["mail_html_url"] = reverse("admin:messaging_message_html", args=[message.pk]) if message.html else ""
            extra["mail_files"] = _files(attachments.from_rows(message.attachments), "admin:messaging_message_file", message.pk)
            extra |= {"history": admin_words.history(message), "advice": admin_words.advice(message)}
            if self.has_operate_permission(request):
                extra["operations"] = _operations_for(message)
        return super().change_view(request, object_id, form_url, {**extra, **(extra_context or {})})

    def html_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the HTML body of one message, locked in."""
        self._require_view(request)
        message = get_object_or_404(Message, pk=pk)
        return preview(attachments.with_pictures(unseal(message.html), attachments.from_rows(message.attachments)))

    def attachment_view(self, request: HttpRequest, pk: int, number: int) -> HttpResponse:
        """Hand over the file of rank `number` of one message."""
        self._require_view(request)
        return _download(attachments.from_rows(get_object_or_404(Message, pk=pk).attachments), number)

    def operation_view(self, request: HttpRequest, pk: int, operation: str) -> HttpResponse:
        """Retry or withdraw one message, and go back to it."""
        if not self.has_operate_permission(request):
            raise PermissionDenied
        if operation not in OPERATIONS:
            raise Http404
        message = get_object_or_404(Message, pk=pk)
        self._operate(request, operation, message)
        return HttpResponseRedirect(reverse("admin:messaging_message_change", args=[message.pk]))

    @admin.action(permissions=["operate"], description=gettext_lazy("Try again now"))
    def retry_selected(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        """Make the chosen messages due now."""
        for message in queryset:
            self._operate(request, "retry", message)

    @admin.action(permissions=["operate"], description=gettext_lazy("Withdraw"))
    def cancel_selected(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        """Withdraw the chosen messages that have not left."""
        for message in queryset:
            self._operate(request, "cancel", message)

    def _operate(self, request: HttpRequest, operation: str, message: Message) -> None:
        act, history, done = OPERATIONS[operation]
        try:
            named = {"to_email": request.POST.get("to_email", "")} if operation == "retry" else {}
            message = act(message, by=Asker("user", request.user.pk), **named)
        except ValidationError as error:
            self.message_user(request, f"{message}: {error.messages[0]}", messages.ERROR)
            return
        self.log_change(request, message, str(history))
        self.message_user(request, done % {"message": message}, messages.SUCCESS)

    def _require_view(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _page(self, request: HttpRequest, template: str, title: str, **context: object) -> TemplateResponse:
        everything = {**self.admin_site.each_context(request), "title": title, "opts": self.opts, **context}
        return TemplateResponse(request, f"admin/messaging/{template}", everything)

    def folder_view(self, request: HttpRequest) -> HttpResponse:
        """List the mails of the folder, newest first."""
        self._require_view(request)
        page = Paginator(mailbox.names(), MAILS_PER_PAGE).get_page(request.GET.get("p"))
        in_use = settings.EMAIL_BACKEND.endswith("FolderBackend")
        return self._page(
            request, "folder.html", _("Mail folder"), page=page, mails=[mailbox.summary(name) for name in page], in_use=in_use
        )

    def mail_view(self, request: HttpRequest, name: str) -> HttpResponse:
        """Show one mail of the folder: headers, text, HTML."""
        self._require_view(request)
        mail = _mail_or_404(name)
        html_url = reverse("admin:messaging_folder_mail_html", args=[name]) if mailbox.body(mail, "html") else ""
        context = {
            "name": name,
            "headers": sorted(mail.items(), key=_reading_order),
            "mail_text": mailbox.body(mail, "plain"),
            "mail_html_url": html_url,
            "mail_files": _files(attachments.of_mail(mail), "admin:messaging_folder_mail_attachment", name),
        }
        return self._page(request, "folder_mail.html", str(mail["Subject"] or name), **context)

    def mail_html_view(self, request: HttpRequest, name: str) -> HttpResponse:
        """Show the HTML body of a mail of the folder, locked in."""
        self._require_view(request)
        mail = _mail_or_404(name)
        return preview(attachments.with_pictures(mailbox.body(mail, "html"), attachments.of_mail(mail)))

    def mail_attachment_view(self, request: HttpRequest, name: str, number: int) -> HttpResponse:
        """Hand over the file of rank `number` of a mail of the folder."""
        self._require_view(request)
        return _download(attachments.of_mail(_mail_or_404(name)), number)

    def mail_file_view(self, request: HttpRequest, name: str) -> FileResponse:
        """Hand over the `.eml` file."""
        self._require_view(request)
        try:
            file = mailbox.path_of(name).open("rb")
        except FileNotFoundError as missing:
            raise Http404 from missing
        return FileResponse(file, as_attachment=True, filename=name, content_type="message/rfc822")


def _files(found: Sequence[attachments.Attachment], url_name: str, key: object) -> list[dict[str, object]]:
    """Return what the page shows of the files of a mail."""
    return [{"file": file, "url": reverse(url_name, args=[key, number])} for number, file in enumerate(found) if not file.is_picture]


def _download(found: Sequence[attachments.Attachment], number: int) -> HttpResponse:
    """Return the file of rank `number`, to be kept and never shown as a page of ours. Raises Http404."""
    if number >= len(found):
        raise Http404
    try:
        file = attachments.loaded(found[number])
    except ValueError as gone:
        raise Http404 from gone
    response = HttpResponse(file.content, content_type=file.kind)
    response["Content-Disposition"] = content_disposition_header(True, file.name)
    response["Content-Security-Policy"] = PREVIEW_POLICY
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _reading_order(header: tuple[str, object]) -> int:
    """Put what a person looks for first, the rest as it comes."""
    first = ["from", "to", "subject", "date", "reply-to"]
    return first.index(header[0].lower()) if header[0].lower() in first else len(first)


def _mail_or_404(name: str) -> EmailMessage:
    try:
        return mailbox.read(name)
    except FileNotFoundError as missing:
        raise Http404 from missing


def _operations_for(message: Message) -> list[dict[str, str]]:
    """Return the buttons that make sense for the message's state."""
    labels = {"retry": _("Try again now"), "cancel": _("Withdraw")}
    possible = {Message.WAITING: ["retry", "cancel"], Message.FAILED: ["retry", "cancel"], Message.CANCELLED: ["retry"]}
    bounced = ["retry"] if message.fate == Fate.BOUNCED else []
    return [
        {
            "label": labels[name],
            "url": reverse("admin:messaging_message_operation", args=[message.pk, name]),
            "address": message.to_email if name == "retry" and message.channel == EMAIL else "",
        }
        for name in possible.get(message.state, bounced)
    ]


admin.site.register(MailText, MailTextAdmin)
