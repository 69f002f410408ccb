"""Which contact of a place a line of a file is about, so that the same file twice changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError

from lincassable.accounts.actors import Actor
from stores import services
from stores.models import Contact, Store

# What a contact's fields are called in the file.
COLUMN_OF = {"name": "contacts", "email": "emails", "phone": "phones"}


@dataclass(frozen=True)
class Person:
    """What a line says of one person; empty text where it says nothing. `phone` is a PhoneNumber or empty."""

    name: str = ""
    email: str = ""
    phone: Any = ""


def likeness(contact: Contact, person: Person) -> int:
    """Return how surely `contact` is `person`: 0 is somebody else. The e-mail decides, then the phone, then the name."""
    same_name = bool(person.name) and contact.name.casefold() == person.name.casefold()
    same_phone = bool(person.phone) and contact.phone == person.phone
    same_email = bool(person.email) and contact.email.casefold() == person.email.casefold()
    if not same_email and person.email and contact.email:
        return 0
    if not same_email and not same_phone and ((person.phone and contact.phone) or not same_name):
        return 0
    return 100 * same_email + 10 * same_phone + same_name


def merged_contacts(store: Store, known: Sequence[Contact], people: Sequence[Person], *, by: Actor) -> tuple[list[Contact], bool]:
    """Add `people` to a place or complete the contacts it has; nobody is removed.

    Arguments: known, the contacts of the place; by, the author.
    Returns the contacts after, and whether anything changed. Raises ValidationError with the file's columns as fields.
    """
    after, taken, changed = list(known), set(), False
    for person in people:
        free = [contact for contact in after if contact.pk not in taken and likeness(contact, person)]
        found = max(free, key=lambda contact: likeness(contact, person), default=None)
        said = {name: value for name, value in vars(person).items() if value}
        try:
            if found is None:
                found = services.create_contact(store, by=by, **said)
                after.append(found)
                changed = True
            elif any(getattr(found, name) != value for name, value in said.items()):
                fresh = services.update_contact(found, by=by, **said)
                after[after.index(found)] = found = fresh
                changed = True
        except ValidationError as error:
            raise in_columns(error) from None
        taken.add(found.pk)
    return after, changed


def in_columns(error: ValidationError) -> ValidationError:
    """Return the error with the file's column names instead of the contact's fields."""
    if not hasattr(error, "error_dict"):
        return ValidationError({"emails": error.messages})
    return ValidationError({COLUMN_OF.get(name, "emails"): errors for name, errors in error.error_dict.items()})
