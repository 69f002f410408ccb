"""The mails about collection points: which templates exist (templates/mail/), who gets them, and what they need. Writes nothing.

| template | to | when | needs |
| --- | --- | --- | --- |
| proposal_made | coordinators | a place proposes a change | proposal, place, subject, changes, link |
| proposal_answered | the place's contact | a coordinator accepts or refuses | as above, accepted, contact, page_url |

All need `unsubscribe_url` and `preferences_url`, where to stop them: the floor that keeps such choices adds them (`LET_THROUGH`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.utils import translation

from lincassable.accounts import links
from lincassable.accounts.models import AccessLink, User
from lincassable.messaging.services import Prepared, Recipient
from lincassable.web_addresses import web_address
from stores.enums import ProposalState, Role
from stores.models import ChangeProposal, Contact
from stores.proposal_texts import changes_of, subject_of

# A place that corrects itself within this time does not write to the coordinators again: the first mail leads to its page.
QUIET = timedelta(hours=1)
Mails = list[tuple[Contact | User, Prepared]]
# From (template, mails with their readers) to the mails for those who have not stopped them. Filled in an AppConfig.ready().
LET_THROUGH: list[Callable[[str, Mails], list[Prepared]]] = []


def deciders() -> list[User]:
    """Return the people who may answer proposals: by their groups, by themselves, or as superusers."""
    permission = {"codename": "change_changeproposal", "content_type": ContentType.objects.get_for_model(ChangeProposal)}
    by_group = Q(**{f"groups__permissions__{name}": value for name, value in permission.items()})
    by_hand = Q(**{f"user_permissions__{name}": value for name, value in permission.items()})
    found = User.objects.filter(by_group | by_hand | Q(is_superuser=True), is_active=True)
    return list(User.objects.filter(pk__in=found.values("pk")).order_by("pk"))


def _texts(proposal: ChangeProposal, language: str) -> dict[str, object]:
    with translation.override(language):
        return {"subject": subject_of(proposal), "changes": changes_of(proposal)}


def _let_through(template: str, mails: Mails) -> Sequence[Prepared]:
    """Return the mails to those who want them."""
    for ask in LET_THROUGH:
        return ask(template, mails)
    return [mail for _reader, mail in mails]


def proposal_made(proposal: ChangeProposal) -> Sequence[Prepared]:
    """Return the mail to each coordinator; none when the same place has proposed the same kind of change within the hour."""
    since = proposal.proposed_at - QUIET
    others = ChangeProposal.objects.filter(store=proposal.store_id, kind=proposal.kind, proposed_at__gt=since).exclude(pk=proposal.pk)
    if others.filter(state=ProposalState.WITHDRAWN).exists():
        return []
    mails: Mails = []
    link = web_address("admin:stores_changeproposal_change", proposal.pk)
    for user in deciders():
        context = {"proposal": proposal, "place": proposal.store, "link": link, **_texts(proposal, user.language)}
        to = Recipient(user.email, user.name, user.language)
        key = f"proposal-made:{proposal.pk}:user:{user.pk}"
        mails.append((user, Prepared("proposal_made", to, context, key, "proposal", proposal.pk)))
    return _let_through("proposal_made", mails)


def proposal_answered(proposal: ChangeProposal) -> Sequence[Prepared]:
    """Return the mail to the place's managers, or to its other contacts when no manager has an address."""
    people = list(Contact.objects.filter(store=proposal.store_id, is_active=True).exclude(email="").order_by("pk"))
    people = [contact for contact in people if contact.role == Role.MANAGER] or people
    card = AccessLink.objects.filter(kind=AccessLink.STORE, object_id=proposal.store_id, revoked_at=None).first()
    context = {"proposal": proposal, "place": proposal.store, "accepted": proposal.state == ProposalState.ACCEPTED}
    context["page_url"] = links.url(card) if card else ""
    mails: Mails = []
    for contact in people:
        to = Recipient(contact.email, contact.name, contact.language)
        told = {**context, "contact": contact, **_texts(proposal, contact.language)}
        key = f"proposal-answered:{proposal.pk}:contact:{contact.pk}"
        mails.append((contact, Prepared("proposal_answered", to, told, key, "proposal", proposal.pk)))
    return _let_through("proposal_answered", mails)
