"""Contacts of a place: names, addresses and phones that the present tool keeps in lists side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from phonenumber_field.phonenumber import to_python

from lincassable.legacy.cells import shown
from lincassable.legacy.known import Work
from lincassable.legacy.rows import Row
from stores import services
from stores.contact_matching import Person, merged_contacts
from stores.models import Contact, Store

LONGEST_MAIL = 254  # as the column
Said = tuple[Person, bool]  # a person, and whether the store's deposit counts are asked there


def people_of(row: Row, listed: Sequence[Sequence[Any]]) -> list[Said]:
    """Return the people of a row whose addresses and numbers can be used; the others are told and left out.

    Arguments: `listed`, [name, e-mail, phone, asked for deposits] each.
    """
    found: dict[str, Said] = {}
    for name, mail, phone, deposits in listed:
        person = Person(name=name[:120], email=_mail(row, mail), phone=_phone(row, phone))
        if not (person.name or person.email or person.phone):
            continue
        key = person.email.casefold() or f"{person.name}/{person.phone}"
        if key in found:
            row.warn(_("“%(text)s” is listed twice.") % {"text": shown(person.email or person.name)})
            deposits = deposits or found[key][1]
        found.setdefault(key, (person, deposits))
        found[key] = (found[key][0], deposits)
    return list(found.values())


def _mail(row: Row, text: str) -> str:
    try:
        if text:
            validate_email(text)
        if len(text) > LONGEST_MAIL:
            raise ValidationError("")
        return text
    except ValidationError:
        row.warn(_("emails: “%(text)s” is no e-mail address. It is left out.") % {"text": shown(text)})
        return ""


def _phone(row: Row, text: str) -> Any:
    number: Any = to_python(text) if text else ""
    if number and number.is_valid():
        return number
    if text:
        row.warn(_("telephones: “%(text)s” is no phone number. It is left out.") % {"text": shown(text)})
    return ""


def new_contacts(store: Store, people: Sequence[Said]) -> list[Contact]:
    """Return the unsaved contacts of a new place.

    While both tools run side by side the present one goes on writing: nobody gets our weekly report until a coordinator
    says so.
    """
    return [
        Contact(
            store=store,
            name=person.name,
            email=person.email,
            phone=person.phone,
            wants_weekly_report=False,
            wants_deposit_mails=deposits and bool(person.email),
        )
        for person, deposits in people
    ]


def update_contacts(store: Store, before: Sequence[Sequence[Any]], after: Sequence[Said], work: Work, row: Row) -> None:
    """Bring the contacts of a known place up to date: add and complete people, put those who left out of service.

    Arguments: `before`, [name, e-mail, phone, asked for deposits] of the last import. Only people that an import brought are
    ever touched.
    """
    known = list(Contact.objects.filter(store=store).order_by("pk"))
    had = {contact.pk for contact in known}
    try:
        contacts, _changed = merged_contacts(store, known, [person for person, _deposits in after], by=work.by)
    except ValidationError as error:
        row.warn(" ".join(error.messages))
        return
    asked = {person.email.casefold() for person, deposits in after if deposits and person.email}
    staying = {person.email.casefold() for person, _deposits in after if person.email}
    leaving = {mail.casefold() for _name, mail, _phone, _deposits in before if mail} - staying
    for contact in contacts:
        mail = contact.email.casefold()
        changes: dict[str, Any] = {}
        if contact.pk not in had:
            changes["wants_weekly_report"] = False
        if mail in asked:
            changes["wants_deposit_mails"] = True
        if mail in leaving:
            changes["is_active"] = False
        elif mail in staying and not contact.is_active:
            changes["is_active"] = True
        if changes:
            services.update_contact(contact, by=work.by, **changes)
