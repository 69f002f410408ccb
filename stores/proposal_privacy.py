"""The personal data of proposed changes: a person's name, role, phone and e-mail; the first name of who proposed; free texts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from lincassable.accounts.privacy import Identity, PersonalDataKind, hide_in_rows, register
from stores.enums import ProposalKind, ProposalState
from stores.models import ChangeProposal
from stores.privacy import contacts_of

TEXTS = ["comment", "answer"]


def _about(identity: Identity) -> QuerySet[ChangeProposal]:
    """Return the proposals whose values, old or new, are the person's."""
    condition = Q(values__contact__in=list(contacts_of(identity).values_list("pk", flat=True)))
    for column in ("values", "before"):
        if identity.email:
            condition |= Q(**{f"{column}__email__iexact": identity.email})
        if identity.phone:
            condition |= Q(**{f"{column}__phone": identity.phone})
        condition |= identity.is_name(f"{column}__name")
    return ChangeProposal.objects.filter(condition, kind=ProposalKind.CONTACT)


def _mentioning(identity: Identity) -> QuerySet[ChangeProposal]:
    return ChangeProposal.objects.filter(identity.found_in(*TEXTS) | identity.is_name("first_name"))


def purge(before: datetime) -> int:
    """Delete the proposals that were answered or taken back before the moment; what they changed stays where it was written."""
    return ChangeProposal.objects.exclude(state=ProposalState.PROPOSED).filter(decided_at__lt=before).delete()[0]


def export(identity: Identity) -> list[dict[str, Any]]:
    """Return what was proposed about a person, or with their first name."""
    found = ChangeProposal.objects.filter(pk__in=[row.pk for row in (*_about(identity), *_mentioning(identity))])
    return [
        {
            "store": str(row.store),
            "values": row.values if row.kind == ProposalKind.CONTACT else {},
            "before": row.before if row.kind == ProposalKind.CONTACT else {},
            "comment": row.comment,
            "first_name": row.first_name,
            "answer": row.answer,
            "proposed": row.proposed_at,
        }
        for row in found.select_related("store").order_by("pk")
    ]


def erase(identity: Identity) -> int:
    """Delete what was proposed about a person, and take them out of the other proposals; return how many rows changed."""
    deleted = _about(identity).delete()[0]
    named = ChangeProposal.objects.filter(identity.is_name("first_name")).update(first_name="")
    return deleted + named + hide_in_rows(ChangeProposal.objects.all(), TEXTS, identity)


def register_kinds() -> None:
    """Add proposals to the table of personal data."""
    register(
        PersonalDataKind(
            "proposal",
            _("changes that places propose: name, role, e-mail and phone of a contact; first name of who proposes; comments"),
            _("to keep hours, addresses and contacts right; kept after a coordinator has answered"),
            settings.PERSONAL_DATA_RETENTION_DAYS["proposal"],
            purge,
            export,
            erase,
        )
    )
