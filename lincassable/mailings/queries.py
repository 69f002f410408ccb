"""Figures of mailings: how many wait, were handed over, arrived, came back. Constant numbers of queries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q, QuerySet

from lincassable.mailings.enums import Progress, Reason
from lincassable.mailings.models import Mailing, MailingRecipient
from lincassable.messaging.enums import Fate
from lincassable.messaging.models import Message

# The groups by which the list of recipients can be looked at, in the order of screens.
GROUPS: dict[str, Q] = {
    "waiting": Q(progress=Progress.WAITING),
    "outbox": Q(progress=Progress.HANDED_OVER, message__state=Message.WAITING),
    "sent": Q(message__state=Message.SENT),
    "delivered": Q(message__fate=Fate.DELIVERED),
    "bounced": Q(message__fate=Fate.BOUNCED),
    "complained": Q(message__fate=Fate.COMPLAINED),
    "failed": Q(message__state=Message.FAILED),
    "cancelled": Q(progress=Progress.CANCELLED) | Q(message__state=Message.CANCELLED),
    "left_out": Q(progress=Progress.LEFT_OUT),
}


@dataclass(frozen=True)
class Figures:
    """A mailing in numbers of recipients. listed: those who were to get it; every other one as in `GROUPS`."""

    listed: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    reasons: list[tuple[str, str, int]] = field(default_factory=list)

    def __getitem__(self, group: str) -> int:
        if group not in GROUPS:
            raise KeyError(group)  # templates ask here first, then look at the attributes
        return self.counts.get(group, 0)

    @property
    def missed(self) -> int:
        """How many messages were given up or came back."""
        return self["failed"] + self["bounced"]

    @property
    def done(self) -> int:
        """How many no longer wait for their turn."""
        return self.listed - self["waiting"]

    @property
    def percent(self) -> int:
        """How far the mailing is, in % of its list."""
        return 100 * self.done // self.listed if self.listed else 0

    @property
    def has_fates(self) -> bool:
        """Whether the mail provider tells what becomes of mails."""
        return any(self[group] for group in ("delivered", "bounced", "complained"))


def figures_of(mailings: Collection[int]) -> dict[int, Figures]:
    """Return the figures of mailings, by key: two queries, whatever their number."""
    columns = {group: Count("pk", filter=condition) for group, condition in GROUPS.items()}
    rows = MailingRecipient.objects.filter(mailing__in=mailings).order_by().values("mailing")
    counted = rows.annotate(listed=Count("pk", filter=~Q(progress=Progress.LEFT_OUT)), **columns)
    left_out: dict[int, Counter[str]] = {}
    for mailing, reason, count in rows.filter(progress=Progress.LEFT_OUT).values_list("mailing", "reason").annotate(count=Count("pk")):
        left_out.setdefault(mailing, Counter())[reason] = count
    found = dict.fromkeys(mailings, Figures())
    row: Any  # its columns are those of GROUPS
    for row in counted:
        reasons = [(reason, str(Reason(reason).label), count) for reason, count in left_out.get(row["mailing"], Counter()).most_common()]
        found[row["mailing"]] = Figures(row["listed"], {group: row[group] for group in GROUPS}, reasons)
    return found


def recipients_of(mailing: Mailing, group: str = "", text: str = "") -> QuerySet[MailingRecipient]:
    """Return the rows of a mailing's list, of one group of `GROUPS` or all, whose address, contact or place contains `text`."""
    rows = mailing.recipients.select_related("store", "contact", "message").order_by("pk")
    rows = rows.filter(GROUPS[group]) if group in GROUPS else rows
    if not text:
        return rows
    by_place = Q(store__name__unaccent__icontains=text) | Q(store__city__unaccent__icontains=text)
    return rows.filter(by_place | Q(email__icontains=text) | Q(contact__name__unaccent__icontains=text))
