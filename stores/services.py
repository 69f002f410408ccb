"""Every write to collection points, their zones and their contacts. The admin, the importer and the demo call these."""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import date
from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, models, transaction
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lincassable.accounts import links
from lincassable.accounts.actors import LINK, Actor
from lincassable.accounts.models import AccessLink
from stores import stops
from stores.enums import STOCK_KEEPERS, Status
from stores.models import Closure, Contact, DistinctPlaces, OnboardingCheck, StatusChange, Store, StoreNote, StoreTask, Tag, Zone

logger = logging.getLogger(__name__)
Row = TypeVar("Row", Store, Zone, Tag, Contact, Closure)
# What goes with a place that was created by mistake; anything else is a history that keeps it.
OWN = (Contact, Closure, StatusChange, StoreNote, StoreTask, OnboardingCheck)
UNCOUNTED = (*OWN, DistinctPlaces)  # that it is no other place goes with it as well
LONGEST_CHAIN = 20  # places collected through one another; a longer chain is a circle or a mistake


def _check_author(by: Actor) -> None:
    """Cards declare and ask; they never change the network itself."""
    if by.kind == LINK:
        raise PermissionDenied


def _save(row: Row, *, by: Actor) -> Row:
    """Check and save `row`. A rule that another request broke in the same instant is told as if it had come first."""
    _check_author(by)
    created = row.pk is None
    row.full_clean()
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        row.full_clean()
        raise
    _log("created" if created else "updated", row, by)
    return row


def _log(what: str, row: models.Model, by: Actor) -> None:
    fields = {"id": row.pk, "actor_kind": by.kind, "actor_id": by.id}
    # The admin keeps its own history; an import of thousands of places must not drown the other lines.
    level = logging.INFO if what == "deleted" else logging.DEBUG
    logger.log(level, "%s %s %s", row._meta.model_name, row.pk, what, extra={"fields": fields})


def _changed(row: Row, changes: dict[str, Any]) -> bool:
    """Give `row` its new values; return whether any differs from the old one."""
    different = {name: value for name, value in changes.items() if getattr(row, name) != value}
    for name, value in different.items():
        setattr(row, name, value)
    return bool(different)


# -- places


@transaction.atomic
def create_store(*, by: Actor, **fields: Any) -> Store:
    """Create a collection point.

    Arguments: by, the author; fields, values of the model's fields (`name` and `city` at least; positions in degrees).
    Returns the store. Raises ValidationError with a sentence per field, TypeError for a field that does not exist.
    """
    return save_store(Store(**fields), by=by)


@transaction.atomic
def update_store(store: Store, *, by: Actor, reason: str = "", **changes: Any) -> Store:
    """Change some fields of a collection point. Values that are there already write nothing.

    Arguments: store, any copy of the row; by, the author; reason, why its status changes; changes, new values by field name.
    Returns the fresh row. Raises ValidationError with a sentence per field.
    """
    fresh = Store.objects.select_for_update(no_key=True).get(pk=store.pk)
    return save_store(fresh, by=by, reason=reason) if _changed(fresh, changes) else fresh


@transaction.atomic
def save_store(store: Store, *, by: Actor, reason: str = "") -> Store:
    """Save a collection point as it stands, new or edited (what a form has filled in). It gets its card. Returns it.

    A status that is another than before is written into its history with `reason`, whoever changes it and by whatever way.
    Raises ValidationError with a sentence per field: the model's own rules; circles of places collected through one
    another; a usual hub that is none; archiving a place that others lead to.
    """
    before = Store.objects.select_for_update(no_key=True).filter(pk=store.pk).values_list("status", flat=True).first() or ""
    check_store(store)
    _save(store, by=by)
    if store.status != before:
        change = StatusChange(store=store, from_status=before, to_status=store.status, reason=reason.strip(), **StatusChange.author(by))
        change.full_clean(exclude=["store"])
        change.save()
    links.link_for(AccessLink.STORE, store.pk)
    return store


def check_store(store: Store) -> None:
    """Raise ValidationError when `store` breaks a rule that its model alone cannot see (`save_store` lists them)."""
    _check_leads(store)
    if store.merged_into is not None and store.status != Status.ARCHIVED:
        sentence = _("This place became part of “%(winner)s”: undo that first, then it has its status back.")
        raise ValidationError({"status": sentence % {"winner": store.merged_into}})
    if store.status == Status.ARCHIVED and Store.objects.filter(pk=store.pk).exclude(status=Status.ARCHIVED).exists():
        _check_archivable(store)


def _check_leads(store: Store) -> None:
    """Refuse circles of places collected through one another, and a usual hub that keeps no stock."""
    if store.usual_hub is not None and store.usual_hub.kind not in STOCK_KEEPERS:
        raise ValidationError({"usual_hub": _("“%(name)s” is neither a hub nor a sorting centre.") % {"name": store.usual_hub}})
    step, steps = store.collected_through, 0
    while step is not None and step.pk != store.pk:
        if steps > LONGEST_CHAIN:
            raise ValidationError({"collected_through": _("These places are collected through one another in a circle.")})
        step, steps = step.collected_through, steps + 1
    if step is not None and steps:  # straight through itself is the model's own rule
        sentence = _("“%(name)s” is itself collected through this place.")
        raise ValidationError({"collected_through": sentence % {"name": store.collected_through}})


def _check_archivable(store: Store) -> None:
    """Refuse to archive a place that others still need."""
    others = Store.objects.exclude(status=Status.ARCHIVED).exclude(pk=store.pk)
    through = others.filter(collected_through=store).count()
    if through:
        sentence = ngettext(
            "%(count)d place is collected through this one: change it first.",
            "%(count)d places are collected through this one: change them first.",
            through,
        )
        raise ValidationError({"status": sentence % {"count": through}})
    of_hub = others.filter(usual_hub=store).count()
    if of_hub:
        sentence = ngettext(
            "This is the usual hub of %(count)d place: give it another one first.",
            "This is the usual hub of %(count)d places: give them another one first.",
            of_hub,
        )
        raise ValidationError({"status": sentence % {"count": of_hub}})


def change_status(store: Store, to: str, *, by: Actor, reason: str = "") -> Store:
    """Give a collection point another status, and write down who did it, when and why.

    Arguments: store, any copy of the row; to, a value of `Status`; by, the author; reason, in a few words.
    Returns the fresh row; the status that it has already changes nothing. Raises ValidationError as `save_store` does, and for a
    status that does not exist or a reason of more than 250 characters.
    """
    return update_store(store, by=by, reason=reason, status=to)


def archive_store(store: Store, *, by: Actor, reason: str = "") -> Store:
    """Take a collection point out of the network; its history stays, and so does its card until it is revoked.

    Returns the fresh row; archiving again changes nothing. Raises ValidationError when other places lead to it.
    """
    return change_status(store, Status.ARCHIVED, by=by, reason=reason)


def reactivate_store(store: Store, *, by: Actor, reason: str = "") -> Store:
    """Bring a paused or archived collection point back. Returns the fresh row; again changes nothing."""
    return change_status(store, Status.ACTIVE, by=by, reason=reason)


def history_of(store: Store) -> dict[str, int]:
    """Return what keeps a store from being deleted: how many rows refer to it, by plural name. What is its `OWN` does not count.

    An empty answer means that nobody ever declared, counted or planned anything there.
    """
    found: dict[str, int] = {}
    relations: list[Any] = Store._meta.get_fields(include_hidden=True)  # the ledger's entries are a hidden relation
    for relation in relations:
        model = relation.related_model
        if not relation.auto_created or not (relation.one_to_many or relation.one_to_one) or model in UNCOUNTED or model._meta.auto_created:
            continue  # nor do tags: the rows between are Django's own
        count = model._base_manager.filter(**{relation.field.name: store}).count()
        if count:
            name = str(model._meta.verbose_name_plural)
            found[name] = found.get(name, 0) + count
    return found


def why_not_deletable(store: Store) -> str:
    """Return why `store` cannot be deleted, as a sentence that says what to do instead; empty when it can."""
    history = history_of(store)
    if not history:
        return ""
    what = ", ".join(f"{count} {name}" for name, count in history.items())
    sentence = _("“%(store)s” cannot be deleted, because it has a history (%(what)s). Archive it instead: change its status.")
    return sentence % {"store": store, "what": what}


@transaction.atomic
def delete_store(store: Store, *, by: Actor) -> None:
    """Delete a collection point created by mistake, with what is its `OWN` and its card.

    Raises ValidationError when it has a history: it can only be archived then.
    """
    _check_author(by)
    Store.objects.select_for_update().get(pk=store.pk)
    why_not = why_not_deletable(store)
    if why_not:
        raise ValidationError(why_not, code="has_history")
    for link in AccessLink.objects.filter(kind=AccessLink.STORE, object_id=store.pk):
        links.revoke(link, by=by)
    for model in OWN:
        model._default_manager.filter(store=store).delete()
    _log("deleted", store, by)
    store.delete()


# -- zones


def zone_named(name: str, *, by: Actor) -> Zone:
    """Return the zone of that name, whatever its case, creating it when there is none. Raises ValidationError."""
    name = " ".join(name.split())
    found = Zone.objects.filter(name__iexact=name).first()
    return found or save_zone(Zone(name=name), by=by)


@transaction.atomic
def save_zone(zone: Zone, *, by: Actor) -> Zone:
    """Save a zone, new or edited. Returns it. Raises ValidationError for a name that is taken or missing."""
    return _save(zone, by=by)


@transaction.atomic
def delete_zone(zone: Zone, *, by: Actor) -> None:
    """Delete a zone without stores. Raises ValidationError when it still has some, or when past tours name it."""
    _check_author(by)
    _log("deleted", zone, by)
    try:
        with transaction.atomic():
            zone.delete()
    except models.ProtectedError:
        sentence = _("“%(zone)s” still has collection points or tours: move them to another zone before deleting it.")
        raise ValidationError(sentence % {"zone": zone}, code="in_use") from None


# -- tags


def add_tags(store: Store, names: Collection[str], *, by: Actor) -> bool:
    """Give a place these tags beside those it has, whatever their case, creating those that nobody has yet.

    Arguments: store, with its tags prefetched or not; names, of tags. Returns whether any was added. Raises ValidationError.
    """
    _check_author(by)
    known = {tag.name.casefold() for tag in store.tags.all()} if names else set()
    said = {name.casefold(): name for name in (" ".join(name.split()) for name in names)}
    missing = {folded: name for folded, name in said.items() if folded not in known}
    if not missing:
        return False
    with transaction.atomic():
        store.tags.add(*(Tag.objects.filter(name__iexact=name).first() or _save(Tag(name=name), by=by) for name in missing.values()))
    return True


def keep_only_tags(store: Store, names: Collection[str], *, by: Actor) -> list[str]:
    """Take from a place the tags that are not among `names`, whatever their case. Returns the names of those that went, in order."""
    _check_author(by)
    wanted = {" ".join(name.split()).casefold() for name in names}
    gone = [tag for tag in store.tags.all() if tag.name.casefold() not in wanted]
    if gone:
        store.tags.remove(*gone)
    return sorted(tag.name for tag in gone)


# -- contacts


@transaction.atomic
def create_contact(store: Store, *, by: Actor, **fields: Any) -> Contact:
    """Add a person to a place.

    Arguments: store; by, the author; fields, values of the model's fields: a name, an e-mail or a phone at least.
    Returns the contact. Raises ValidationError with a sentence per field.
    """
    return save_contact(Contact(store=store, **fields), by=by)


@transaction.atomic
def update_contact(contact: Contact, *, by: Actor, **changes: Any) -> Contact:
    """Change some fields of a contact; values that are there already write nothing. Returns the fresh row."""
    fresh = Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)
    return save_contact(fresh, by=by) if _changed(fresh, changes) else fresh


@transaction.atomic
def save_contact(contact: Contact, *, by: Actor) -> Contact:
    """Save a contact as it stands, new or edited. Returns it. Raises ValidationError with a sentence per field.

    What the reader of its address has stopped stays stopped when the address is new on this row, whatever is ticked (`contact.held`).
    """
    before = stops.before_saving(contact)
    _save(contact, by=by)
    contact.held = stops.after_saving(contact, before)  # type: ignore[attr-defined]
    return contact


@transaction.atomic
def delete_contact(contact: Contact, *, by: Actor) -> None:
    """Remove a person from a place. Mails already written to them keep their own retention. Raises ValidationError."""
    _check_author(by)
    _log("deleted", contact, by)
    try:
        with transaction.atomic():
            contact.delete()
    except models.ProtectedError:
        sentence = _("“%(contact)s” is named elsewhere and cannot be deleted: make the contact inactive instead.")
        raise ValidationError(sentence % {"contact": contact}, code="in_use") from None


# -- closures


@transaction.atomic
def close_store(store: Store, first_day: date, last_day: date, *, by: Actor, reason: str = "") -> Closure:
    """Announce that a place is closed from `first_day` to `last_day`, both included. Returns the closure.

    The same days again return the closure that is there. Raises ValidationError when the days are in the wrong order or overlap
    another closure of the place.
    """
    same = Closure.objects.filter(store=store, first_day=first_day, last_day=last_day).first()
    return same or save_closure(Closure(store=store, first_day=first_day, last_day=last_day, reason=reason), by=by)


@transaction.atomic
def save_closure(closure: Closure, *, by: Actor) -> Closure:
    """Save a closure as it stands, new or edited. Returns it.

    Raises ValidationError when the days are in the wrong order or overlap another closure of the place: that one is to be changed.
    """
    Store.objects.select_for_update(no_key=True).get(pk=closure.store_id)  # two overlapping ones at once: the second sees the first
    check_closure(closure)
    return _save(closure, by=by)


def check_closure(closure: Closure) -> None:
    """Raise ValidationError when the place is already closed on some of these days."""
    if not closure.first_day or not closure.last_day:
        return  # the fields say that themselves
    others = Closure.objects.filter(store_id=closure.store_id, first_day__lte=closure.last_day, last_day__gte=closure.first_day)
    other = others.exclude(pk=closure.pk).order_by("first_day").first()
    if other is not None:
        sentence = _("This place is already closed from %(first)s to %(last)s: change that closure instead.")
        names = {"first": formats.date_format(other.first_day), "last": formats.date_format(other.last_day)}
        raise ValidationError(sentence % names, code="overlap")


@transaction.atomic
def delete_closure(closure: Closure, *, by: Actor) -> None:
    """Take a closure back: the place is open on those days after all. Raises PermissionDenied for a card."""
    _check_author(by)
    _log("deleted", closure, by)
    closure.delete()
