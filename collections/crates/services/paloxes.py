"""Numbered paloxes: registered, seen, renamed, scrapped. Their history is only ever added to."""

from __future__ import annotations

import datetime as dt
import re
import uuid

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crates.enums import PaloxState
from crates.models import Palox, PaloxEvent
from crates.palox_numbers import find, normal
from crates.services.ledger import Origin, checked_reason, refuse_future
from lincassable.accounts.actors import LINK, Actor
from stores.models import Store

LONGEST_SERIES = 1000
# What an event of the unit itself is called in `origin_kind`. Nobody saw the palox when it was renamed: that is no sighting.
REGISTERED, RENAMED = "registered", "renamed"
_SERIES = re.compile(r"(?P<prefix>.*?)(?P<digits>[0-9]{1,9})")


def _no_cards(by: Actor) -> None:
    """Cards and tour links see paloxes; they do not make or name them."""
    if by.kind == LINK:
        raise PermissionDenied


@transaction.atomic
def register_palox(
    number: str, *, by: Actor, model: str = "", sorting_format: str = "", store: Store | None = None, at: dt.datetime | None = None
) -> Palox:
    """Add a palox to the network.

    Arguments: `number`, free text, unique whatever its case; `store`, where it is now (None: in stock, nowhere in particular);
    `at`, since when (None: now). Returns it. Raises ValidationError for a number that is taken, missing or too long.
    """
    _no_cards(by)
    palox = Palox(number=normal(number), model=model.strip(), sorting_format=sorting_format.strip())
    palox.full_clean()
    try:
        with transaction.atomic():
            palox.save()
    except IntegrityError:  # registered by somebody else in the same instant
        palox.full_clean()
        raise
    if store is None:
        return palox
    state = PaloxState.IN_STOCK if store.keeps_stock else PaloxState.STORE
    return see(palox, state, store=store, at=at or timezone.now(), key=uuid.uuid4(), by=by, origin=(REGISTERED, palox.pk)).palox


@transaction.atomic
def register_series(first: str, last: str, *, by: Actor, model: str = "", sorting_format: str = "") -> tuple[list[Palox], list[str]]:
    """Add the paloxes numbered from `first` to `last`, like INC-00001 to INC-00050.

    Returns the new ones and the numbers that existed already, which stay as they are. Raises ValidationError when the two are
    not the ends of a series, or for more than LONGEST_SERIES.
    """
    _no_cards(by)
    numbers = _numbers_between(normal(first), normal(last))
    known = {row.number.upper(): row.number for row in find(numbers).values()}
    rows = [
        Palox(number=number, model=model.strip(), sorting_format=sorting_format.strip())
        for number in numbers
        if number.upper() not in known
    ]
    for row in rows[:1]:
        row.full_clean()
    Palox.objects.bulk_create(rows)
    return rows, [known[number.upper()] for number in numbers if number.upper() in known]


def _numbers_between(first: str, last: str) -> list[str]:
    """Return the numbers of a series. Raises ValidationError."""
    start, end = _SERIES.fullmatch(first), _SERIES.fullmatch(last)
    if not start or not end or start["prefix"].upper() != end["prefix"].upper():
        sentence = _("Give the first and the last number of one series, like INC-00001 and INC-00050.")
        raise ValidationError(sentence, code="series")
    low, high, width = int(start["digits"]), int(end["digits"]), len(start["digits"])
    if high < low:
        raise ValidationError(_("The last number comes before the first one."), code="series")
    if high - low >= LONGEST_SERIES:
        raise ValidationError(_("Add at most %(most)s paloxes at once.") % {"most": LONGEST_SERIES}, code="series")
    return [f"{start['prefix']}{number:0{width}d}" for number in range(low, high + 1)]


@transaction.atomic
def see_palox(
    number: str,
    *,
    store: Store | None,
    state: str,
    at: dt.datetime,
    key: uuid.UUID,
    by: Actor,
    note: str = "",
    origin: Origin | None = None,
) -> PaloxEvent:
    """Record that a palox was seen somewhere, in some state.

    Arguments:
        number: in any case; the address of its label is understood too.
        store: where (needed at a collection point). state: one of `PaloxState`. at: when, up to now.
        key: a replay returns the first event and changes nothing. origin: the row behind it, for example ("stop", 412).
    An event that arrives late joins the history and does not move the palox: the latest sighting tells where it is.
    Returns the event, its `palox` fresh. Raises ValidationError: code "unknown" for a number that is not registered.
    """
    palox = find([number]).get(normal(number).upper())
    if palox is None:
        raise ValidationError(_("No palox has the number “%(number)s”: register it first.") % {"number": normal(number)}, code="unknown")
    return see(palox, state, store=store, at=at, key=key, by=by, note=note, origin=origin)


@transaction.atomic
def see(
    palox: Palox,
    state: str,
    *,
    store: Store | None,
    at: dt.datetime,
    key: uuid.UUID,
    by: Actor,
    note: str = "",
    origin: Origin | None = None,
) -> PaloxEvent:
    """Record that this palox was seen; see `see_palox`."""
    if state not in PaloxState.values:
        raise ValidationError({"state": _("Choose one of the states.")}, code="state")
    if state == PaloxState.STORE and store is None:
        raise ValidationError({"store": _("Say at which collection point it is.")}, code="store")
    refuse_future(at)
    palox = Palox.objects.select_for_update().get(pk=palox.pk)
    known = PaloxEvent.objects.filter(key=key).first()
    if known is not None:
        if known.palox_id != palox.pk:
            raise ValidationError(_("Open the page again, then send the form."), code="key")
        known.palox = palox
        return known
    kind, origin_id = origin or ("", None)
    event = PaloxEvent(
        key=key, palox=palox, at=at, state=state, store=store, note=note.strip()[:250], origin_kind=kind, origin_id=origin_id,
        **PaloxEvent.author(by),
    )  # fmt: skip
    event.save(force_insert=True)
    if not palox.events.filter(at__gt=at).exclude(origin_kind=RENAMED).exists():
        palox.state, palox.store, palox.last_seen_at = PaloxState(state), store, at
        palox.save(update_fields=["state", "store", "last_seen_at"])
    return event


@transaction.atomic
def rename_palox(palox: Palox, number: str, *, by: Actor) -> Palox:
    """Give a palox another number; an event keeps the former one as its note. Returns the fresh row. Raises ValidationError."""
    _no_cards(by)
    palox = Palox.objects.select_for_update().get(pk=palox.pk)
    before, palox.number = palox.number, normal(number)
    if palox.number == before:
        return palox
    palox.full_clean()
    try:
        with transaction.atomic():
            palox.save(update_fields=["number"])
    except IntegrityError:
        palox.full_clean()
        raise
    PaloxEvent.objects.create(
        palox=palox, at=timezone.now(), state=palox.state, store=palox.store, origin_kind=RENAMED,
        note=before, **PaloxEvent.author(by),
    )  # fmt: skip
    return palox


@transaction.atomic
def describe_palox(palox: Palox, *, by: Actor, number: str, model: str, sorting_format: str) -> Palox:
    """Change what is written about a palox: its number, model and sorting format. Returns the fresh row. Raises ValidationError."""
    palox = rename_palox(palox, number, by=by)
    palox.model, palox.sorting_format = model.strip(), sorting_format.strip()
    palox.full_clean()
    palox.save(update_fields=["model", "sorting_format"])
    return palox


@transaction.atomic
def scrap_palox(palox: Palox, *, by: Actor, reason: str, at: dt.datetime | None = None) -> PaloxEvent:
    """Take a palox out of the network, lost or scrapped; whoever sees it later brings it back.

    Arguments: `reason`, required, up to 250 characters. Returns the event. Raises ValidationError.
    """
    _no_cards(by)
    reason = checked_reason(reason)
    return see(palox, PaloxState.LOST, store=None, at=at or timezone.now(), key=uuid.uuid4(), by=by, note=reason)
