"""Telling those who may write the texts of mails that one of theirs fails: once per version, by mail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Permission
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lincassable.accounts.models import User
from lincassable.messaging.kinds import Kind, Variable, kind_of, register
from lincassable.messaging.models import MailText, MailTextFault
from lincassable.messaging.services import Prepared, Recipient, enqueue_many
from lincassable.messaging.texts import faults
from lincassable.web_addresses import web_address

FAILED = "text_failed"


def writers() -> list[User]:
    """Return the people who may write texts: by their groups, by themselves, or as superusers."""
    permission = Permission.objects.filter(codename="add_mailtext", content_type__app_label="messaging")
    may = Q(groups__permissions__in=permission) | Q(user_permissions__in=permission) | Q(is_superuser=True)
    return list(User.objects.filter(may, is_active=True).exclude(email="").distinct().order_by("pk"))


def tell(fault: MailTextFault) -> None:
    """Write the mails about a text that failed. Call it in a transaction."""
    enqueue_many(_mails(fault))


def _mails(fault: MailTextFault) -> Iterator[Prepared]:
    text, kind = fault.text, kind_of(fault.text.kind)
    link = web_address("admin:messaging_mailtext_text", text.kind, text.language)
    for user in writers():
        with translation.override(user.language):
            languages = {code: str(label) for code, label in MailText.LANGUAGES}
            mail = f"{kind.label if kind else text.kind} ({languages[text.language].lower()})"
        context = {"mail": mail, "error": fault.error, "number": text.number, "link": link}
        to = Recipient(user.email, user.name, user.language)
        yield Prepared(FAILED, to, context, f"text-failed:{text.pk}:user:{user.pk}", "text", text.pk)


def _sample() -> dict[str, Any]:
    """Return a made-up failure."""
    link = f"{settings.SITE_URL}/admin/"
    return {
        "mail": _("Pickup confirmed (french)"),
        "error": _("Line 3: “plase” is not a variable of this mail."),
        "number": 12,
        "link": link,
    }


def register_fault_mail() -> None:
    """Have the writers told, and make the mail known."""
    faults.on_fault(tell)
    variables = (
        Variable("mail", gettext_lazy("which mail, in which language"), "{{ mail }}"),
        Variable("error", gettext_lazy("what is at fault"), "{{ error }}"),
        Variable("version", gettext_lazy("number of the version"), "{{ number }}", number=True),
        Variable("link", gettext_lazy("address of the text in the admin"), "{{ link }}"),
    )
    to, when = gettext_lazy("coordinators"), gettext_lazy("when a text of theirs cannot be filled in")
    register([Kind(FAILED, gettext_lazy("Text that fails"), to, when, variables, _sample)])
