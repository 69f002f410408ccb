"""Who gets a mailing: places by conditions, their contacts, and who is left out and why. Reads only, a constant number of queries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from lincassable.mailings import wishes
from lincassable.mailings.enums import Preference, Reason, Shelf
from references.enums import ShelfState
from references.models import Producer, ShelfItem
from stores.enums import DepositPractice, Kind, Role, Status
from stores.models import Contact, Store, Tag, Zone

_WANTED = {
    Preference.WEEKLY.value: "wants_weekly_report",
    Preference.PICKUPS.value: "wants_pickup_mails",
    Preference.DEPOSITS.value: "wants_deposit_mails",
}


@dataclass(frozen=True)
class Criteria:
    """The conditions on places and contacts; an empty one asks for nothing. Several values of one condition: any of them.

    Arguments:
        zones, tags, stores, producers: primary keys; `stores`, when given, are the only places looked at.
        kinds, statuses, practices: values of stores.enums. roles: of contacts. language: "fr", "en" or empty.
        shelf, preference: values of mailings.enums.
    """

    zones: tuple[int, ...] = ()
    kinds: tuple[str, ...] = ()
    statuses: tuple[str, ...] = (Status.ACTIVE.value,)
    practices: tuple[str, ...] = ()
    tags: tuple[int, ...] = ()
    stores: tuple[int, ...] = ()
    shelf: str = ""
    producers: tuple[int, ...] = ()
    roles: tuple[str, ...] = ()
    preference: str = ""
    language: str = ""

    @classmethod
    def of(cls, kept: dict[str, Any]) -> Criteria:
        """Return the conditions that a mailing keeps; what is unknown is ignored."""
        known = {each.name for each in fields(cls)}
        return cls(**{name: tuple(value) if isinstance(value, list) else value for name, value in kept.items() if name in known})

    def kept(self) -> dict[str, Any]:
        """Return what a mailing keeps of them, ready for JSON."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    def places(self) -> QuerySet[Store]:
        """Return the places that meet the conditions, archived ones too when no status is asked for."""
        found = Store.objects.all()
        for name, values in (("zone", self.zones), ("kind", self.kinds), ("status", self.statuses), ("pk", self.stores)):
            found = found.filter(**{f"{name}__in": values}) if values else found
        if self.practices:
            found = found.filter(deposit_practice__in=["" if value == "unknown" else value for value in self.practices])
        if self.tags:
            found = found.filter(Exists(Store.tags.through.objects.filter(store=OuterRef("pk"), tag__in=self.tags)))
        return self._by_shelf(found).order_by("name", "pk")

    def _by_shelf(self, found: QuerySet[Store]) -> QuerySet[Store]:
        sold = ShelfItem.objects.filter(store=OuterRef("pk")).exclude(state=ShelfState.STOPPED)
        if self.producers:
            found = found.filter(Exists(sold.filter(reference__producer__in=self.producers)))
        if self.shelf == Shelf.SOME:
            return found.filter(Exists(sold))
        return found.filter(~Exists(sold)) if self.shelf == Shelf.NONE else found

    def people(self) -> Q:
        """Return the condition on contacts."""
        condition = Q(is_active=True)
        if self.roles:
            condition &= Q(role__in=self.roles)
        if self.preference in _WANTED:
            condition &= Q(**{_WANTED[self.preference]: True})
        return condition & Q(language=self.language) if self.language else condition

    def sentences(self) -> list[str]:
        """Return the conditions in words, one sentence each."""
        named: list[tuple[str, Iterable[str]]] = [
            (_("places"), _names(Store, self.stores)),
            (_("zones"), _names(Zone, self.zones)),
            (_("kinds"), _labels(Kind, self.kinds)),
            (_("status"), _labels(Status, self.statuses)),
            (
                _("practice of the deposit"),
                [*_labels(DepositPractice, self.practices), *([_("unknown")] if "unknown" in self.practices else [])],
            ),
            (_("tags"), _names(Tag, self.tags)),
            (_("products"), _labels(Shelf, [self.shelf] if self.shelf else [])),
            (_("producers"), _names(Producer, self.producers)),
            (_("roles of contacts"), _labels(Role, self.roles)),
            (_("contacts who"), _labels(Preference, [self.preference] if self.preference else [])),
            (_("language"), [{"fr": _("French"), "en": _("English")}.get(self.language, "")] if self.language else []),
        ]
        return [_("%(what)s: %(values)s") % {"what": label, "values": ", ".join(values)} for label, values in named if list(values)]


def _names(model: Any, keys: Sequence[int]) -> list[str]:
    if not keys:
        return []
    found = [str(row) for row in model._default_manager.filter(pk__in=keys)[:8]]
    return [*found, _("and %(count)s more") % {"count": len(keys) - len(found)}] if len(keys) > len(found) else found


def _labels(choices: Any, values: Sequence[str]) -> list[str]:
    return [str(choices(value).label) for value in values if value in choices.values]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at a chosen place. contact_id: None where nobody is known there; email: normalised; reason: why left out, or empty."""

    store_id: int
    contact_id: int | None = None
    email: str = ""
    language: str = "fr"
    reason: str = ""


@dataclass(frozen=True)
class Audience:
    """Who gets it, and who does not. places: how many places were chosen."""

    chosen: list[Person] = field(default_factory=list)
    left_out: list[Person] = field(default_factory=list)
    places: int = 0

    @property
    def reached(self) -> int:
        """How many places get at least one mail."""
        return len({person.store_id for person in self.chosen})

    @property
    def reasons(self) -> list[tuple[str, str, int]]:
        """The reasons for leaving out, as (value, label, how many), the most frequent first."""
        counted = Counter(person.reason for person in self.left_out)
        return [(reason, str(Reason(reason).label), count) for reason, count in counted.most_common()]

    @property
    def already_had(self) -> int:
        """How many are left out because they have had the very words."""
        return sum(person.reason == Reason.ALREADY_HAD for person in self.left_out)

    @property
    def english(self) -> int:
        """How many of those who get it read English."""
        return sum(person.language == "en" for person in self.chosen)


def normalise(email: str) -> str:
    """Return an address as lists compare it: without blanks around, in lower case."""
    return email.strip().lower()


def audience_of(criteria: Criteria, had: Mapping[str, Collection[str]] | None = None) -> Audience:
    """Return who gets a mailing with these conditions, as things stand now: one person per address, the first by place's name.

    Arguments: had, the addresses (lower case) that have had its very words, by the language of the contact; they are left out.
    """
    places = list(criteria.places().values_list("pk", "status"))
    archived = {pk for pk, status in places if status == Status.ARCHIVED}
    alive = [pk for pk, _status in places if pk not in archived]
    people = _people(criteria, alive)
    unwanted = wishes.unwanted([row[0] for rows in people.values() for row in rows])
    result = Audience(left_out=[Person(pk, reason=Reason.ARCHIVED) for pk in archived], places=len(places))
    taken: set[str] = set()
    for person in _in_order(alive, people, unwanted):
        if not person.reason and person.email in taken:
            person = replace(person, reason=Reason.SAME_ADDRESS.value)
        if not person.reason and had and person.email in had.get("en" if person.language == "en" else "fr", ()):
            person = replace(person, reason=Reason.ALREADY_HAD.value)
        if person.email and person.reason in ("", Reason.ALREADY_HAD):
            taken.add(person.email)
        (result.left_out if person.reason else result.chosen).append(person)
    return result


def _people(criteria: Criteria, alive: Collection[int]) -> dict[int, list[tuple[int, str, str]]]:
    """Return (contact, address, language) by place."""
    found: dict[int, list[tuple[int, str, str]]] = {}
    rows = Contact.objects.filter(criteria.people(), store__in=alive).order_by("pk").values_list("pk", "store_id", "email", "language")
    for pk, store_id, email, language in rows:
        found.setdefault(store_id, []).append((pk, email, language))
    return found


def _in_order(alive: Iterable[int], people: dict[int, list[tuple[int, str, str]]], unwanted: dict[int, str]) -> Iterator[Person]:
    """Yield everybody, by place; with the reason that leaves them out, but for an address that comes twice."""
    for store_id in alive:
        if store_id not in people:
            yield Person(store_id, reason=Reason.NO_CONTACT)
        for contact_id, written, language in people.get(store_id, ()):
            email = normalise(written)
            reason = unwanted.get(contact_id, "") if email else Reason.NO_ADDRESS.value
            if not reason and not is_address(email):
                reason = Reason.BAD_ADDRESS.value
            yield Person(store_id, contact_id, email, language, reason)


def is_address(email: str) -> bool:
    """Whether a mail could be sent to `email` at all."""
    try:
        validate_email(email)
    except ValidationError:
        return False
    return True
