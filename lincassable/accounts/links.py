"""Access links: made, looked up, renewed and withdrawn. A link stands for a place or a tour; nobody signs in with it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lincassable.accounts.actors import Actor
from lincassable.accounts.kinds import KINDS, describe, register_kind
from lincassable.accounts.models import AccessLink, AccessLinkEvent
from lincassable.accounts.tokens import Claim, read_token, write_token

__all__ = [
    "LinkState",
    "ResolvedLink",
    "describe",
    "lead_to",
    "link_for",
    "links_for",
    "look_up",
    "register_kind",
    "resolve",
    "resolved",
    "restore",
    "revoke",
    "rotate",
    "token",
    "url",
]

HIGHEST_VERSION = 65535  # two bytes in the token


class LinkState(StrEnum):
    """What a genuine token or cookie is worth today."""

    CURRENT = "current"
    OLD = "old"  # replaced, but what a phone queued under it is still taken, for a coordinator's glance
    REPLACED = "replaced"
    REVOKED = "revoked"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class ResolvedLink:
    """A link that may be used, by the version that was shown.

    Arguments:
        link: the row.
        version: the version on the card or in the cookie.
        is_current: False for an older version within LINK_OLD_VERSION_GRACE_DAYS; it may only deliver queued posts.
    """

    link: AccessLink
    version: int
    is_current: bool


def link_for(kind: str, object_id: int, *, expires_at: datetime | None = None) -> AccessLink:
    """Return the link of an object, making it when there is none; `expires_at`, when given, becomes its end.

    Arguments: kind, one of AccessLink.KINDS; object_id, the id of the store or tour. Raises KeyError for an unknown kind.
    """
    KINDS[kind]
    with transaction.atomic():
        link, created = AccessLink.objects.get_or_create(kind=kind, object_id=object_id, defaults={"expires_at": expires_at})
        if expires_at is not None and not created and link.expires_at != expires_at:
            link.expires_at = expires_at
            link.save(update_fields=["expires_at"])
    return link


def links_for(kind: str, object_ids: Collection[int]) -> dict[int, AccessLink]:
    """Return the links of many objects by their ids, making those there are none of: one query, three when some are made.

    Arguments: kind, one of AccessLink.KINDS. Raises KeyError for an unknown kind.
    """
    KINDS[kind]
    links = AccessLink.objects.filter(kind=kind, object_id__among=object_ids)
    found = {link.object_id: link for link in links}
    missing = sorted(set(object_ids) - set(found))
    if missing:
        AccessLink.objects.bulk_create([AccessLink(kind=kind, object_id=pk) for pk in missing], ignore_conflicts=True)
        found = {link.object_id: link for link in links.all()}
    return found


def token(link: AccessLink) -> str:
    """Return the text that opens `link`, for its present version. Show it only to who may hold the link."""
    return write_token(Claim(link.kind, link.pk, link.version))


def url(link: AccessLink) -> str:
    """Return the absolute address that opens `link`: SITE_URL, the kind's prefix, the token, the kind's suffix."""
    kind = KINDS[link.kind]
    return f"{settings.SITE_URL}{kind.prefix}{token(link)}{kind.suffix}"


def look_up(claim: Claim) -> tuple[LinkState, AccessLink | None]:
    """Return what `claim` is worth now, and the row it names (None when unknown). One query, two for an old version."""
    link = AccessLink.objects.filter(pk=claim.link_id, kind=claim.kind).first()
    if link is None or not 1 <= claim.version <= link.version:
        return LinkState.UNKNOWN, None
    now = timezone.now()
    if link.is_revoked:
        return LinkState.REVOKED, link
    if link.is_expired:
        return LinkState.EXPIRED, link
    if claim.version == link.version:
        return LinkState.CURRENT, link
    since = now - timedelta(days=settings.LINK_OLD_VERSION_GRACE_DAYS)
    recent = link.events.filter(what=AccessLinkEvent.ROTATED, version=claim.version, at__gt=since)
    return (LinkState.OLD if recent.exists() else LinkState.REPLACED), link


def resolved(claim: Claim | None) -> ResolvedLink | None:
    """Return the usable link that `claim` names, current or old within its grace; None otherwise."""
    if claim is None:
        return None
    state, link = look_up(claim)
    if link is None or state not in (LinkState.CURRENT, LinkState.OLD):
        return None
    return ResolvedLink(link, claim.version, state is LinkState.CURRENT)


def resolve(text: str) -> ResolvedLink | None:
    """Return the link that the token `text` opens, or None: wrong, garbled, too long, revoked, expired, replaced too long ago.

    `.is_current` is False for an older version within its grace. Never raises on bad text.
    """
    return resolved(read_token(text))


def _locked(link: AccessLink) -> AccessLink:
    return AccessLink.objects.select_for_update().get(pk=link.pk)


def _note(link: AccessLink, what: str, at: datetime, by: Actor) -> None:
    AccessLinkEvent.objects.create(link=link, what=what, version=link.version, at=at, **AccessLinkEvent.author(by))


def lead_to(kind: str, object_ids: Collection[int], target: int | None) -> None:
    """Let the links of these objects open `target` from now on, or their own objects again (None). Cards need not be printed anew.

    Arguments: kind, one of AccessLink.KINDS; object_ids, the objects whose links lead elsewhere; target, an id of the same kind.
    """
    AccessLink.objects.filter(kind=kind, object_id__among=object_ids).update(leads_to=target)


@transaction.atomic
def rotate(link: AccessLink, *, by: Actor) -> AccessLink:
    """Replace the card: the next version is the current one, the present one is only taken for queued posts, for a while.

    Returns the fresh row. Raises ValidationError when the link is revoked, or after 65,535 replacements.
    """
    link, now = _locked(link), timezone.now()
    if link.is_revoked:
        raise ValidationError(_("This link is revoked: restore it before replacing its card."), code="revoked")
    if link.version >= HIGHEST_VERSION:
        raise ValidationError(_("This link has been replaced too many times."), code="version")
    _note(link, AccessLinkEvent.ROTATED, now, by)
    link.version += 1
    link.rotated_at = now
    link.save(update_fields=["version", "rotated_at"])
    return link


@transaction.atomic
def revoke(link: AccessLink, *, by: Actor) -> AccessLink:
    """Withdraw the link: every card, cookie and queued post under it is refused at once. Again changes nothing. Returns the fresh row."""
    link = _locked(link)
    if not link.is_revoked:
        link.revoked_at = timezone.now()
        link.save(update_fields=["revoked_at"])
        _note(link, AccessLinkEvent.REVOKED, link.revoked_at, by)
    return link


@transaction.atomic
def restore(link: AccessLink, *, by: Actor) -> AccessLink:
    """Give a revoked link back: its cards work again. On a link that works, changes nothing. Returns the fresh row."""
    link = _locked(link)
    if link.is_revoked:
        link.revoked_at = None
        link.save(update_fields=["revoked_at"])
        _note(link, AccessLinkEvent.RESTORED, timezone.now(), by)
    return link
