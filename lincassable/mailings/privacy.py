"""The personal data of mailings: the addresses of their lists, and people named in their texts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from lincassable.accounts.privacy import Identity, PersonalDataKind, hide_in_rows, register
from lincassable.mailings.enums import Progress
from lincassable.mailings.models import Mailing, MailingLog, MailingRecipient, MailingTemplate

_WORDS = ("name", "subject_fr", "body_fr", "subject_en", "body_en")
_TEXTS = ((Mailing, _WORDS), (MailingTemplate, (*_WORDS, "purpose")), (MailingLog, ("note",)))


def _purge(before: datetime) -> int:
    """Forget the addresses and contacts of the lists that were made before the moment; the figures stay."""
    old = MailingRecipient.objects.filter(mailing__finished_at__lt=before)
    return old.exclude(email="", contact=None).update(email="", contact=None)


def _theirs(identity: Identity) -> QuerySet[MailingRecipient]:
    if not identity.email:
        return MailingRecipient.objects.none()
    return MailingRecipient.objects.filter(Q(email__iexact=identity.email) | Q(contact__email__iexact=identity.email))


def _export(identity: Identity) -> list[dict[str, Any]]:
    """Return the mailings that a person was on the list of, and the texts that name them."""
    rows: list[dict[str, Any]] = [
        {
            "mailing": row.mailing.name,
            "store": str(row.store),
            "email": row.email,
            "progress": row.get_progress_display(),
            "reason": row.get_reason_display(),
            "handed_over": row.handed_over_at,
        }
        for row in _theirs(identity).select_related("mailing", "store").order_by("pk")
    ]
    for model, fields in _TEXTS:
        found = model._default_manager.filter(identity.found_in(*fields)).order_by("pk")
        rows += [{str(model._meta.verbose_name): str(row)} for row in found]
    return rows + [{"mailing": row.name, "values": row.values} for row in _with_values(identity)]


def _with_values(identity: Identity) -> list[Mailing]:
    """Return the mailings whose filled-in fields name the person."""
    rows = Mailing.objects.exclude(values={}).only("pk", "name", "values").order_by("pk")
    return [row for row in rows if any(identity.hide_in(text) != text for given in row.values.values() for text in given.values())]


def _erase(identity: Identity) -> int:
    """Take a person out of all lists, and hide them in the texts; who still waited gets nothing. Returns how many rows changed."""
    theirs = _theirs(identity)
    keys = list(theirs.values_list("pk", flat=True))
    theirs.filter(progress=Progress.WAITING).update(progress=Progress.CANCELLED)
    changed = MailingRecipient.objects.filter(pk__in=keys).update(email="", contact=None)
    for row in _with_values(identity):
        row.values = {name: {lang: identity.hide_in(text) for lang, text in given.items()} for name, given in row.values.items()}
        row.save(update_fields=["values"])
        changed += 1
    return changed + sum(hide_in_rows(model._default_manager.all(), fields, identity) for model, fields in _TEXTS)


def register_kinds() -> None:
    """Add them to the table of personal data."""
    register(
        PersonalDataKind(
            "mailing_recipient",
            _("lists of mailings: to which addresses news of the network were sent, and what became of them; people named in their texts"),
            _("to send nothing twice, and to know what arrived"),
            settings.PERSONAL_DATA_RETENTION_DAYS["mailing_recipient"],
            _purge,
            _export,
            _erase,
        )
    )
