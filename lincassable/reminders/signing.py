"""The signed addresses at the foot of reminders: whoever has the mail may stop its kind, or choose, without an account."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.core.signing import BadSignature, Signer

from lincassable.reminders.registry import Person, Rule, switch_of
from lincassable.web_addresses import web_address

_CONTENT = re.compile(r"([a-z-]{1,20})-([0-9]{1,18})(?::([a-z+-]{1,400}))?")
_STOP = Signer(salt="reminders.stop", sep=".")
_CHOICES = Signer(salt="reminders.choices", sep=".")


@dataclass(frozen=True)
class Target:
    """Whose mails an address is about, and which kinds of them it stops (none: the page of choices)."""

    kind: str
    id: int
    switches: tuple[str, ...] = ()


def stop_url(person: Person, rules: Sequence[Rule]) -> str:
    """Return the absolute address that stops the kinds of these rules for a person; "" when the person may stop none of them."""
    return address(person.kind, person.id, {rule.switch.code for rule in rules if person.kind in rule.switch.people})


def address(kind: str, person_id: int, codes: Collection[str]) -> str:
    """Return the absolute address that stops the switches of these codes for a person; "" without any code."""
    if not codes:
        return ""
    signed = _STOP.sign(f"{kind}-{person_id}:{'+'.join(sorted(codes))}")
    return web_address("reminders:stop", signed)


def choices_url(kind: str, person_id: int) -> str:
    """Return the absolute address of the page on which a person chooses which mails to receive."""
    return web_address("reminders:choices", _CHOICES.sign(f"{kind}-{person_id}"))


def read_stop(signed: str) -> Target | None:
    """Return what `stop_url` signed; None for anything else, or when nothing of it is known any more."""
    target = _read(_STOP, signed)
    return target if target and any(switch_of(code) for code in target.switches) else None


def read_choices(signed: str) -> Target | None:
    """Return what `choices_url` signed; None for anything else."""
    return _read(_CHOICES, signed)


def _read(signer: Signer, signed: str) -> Target | None:
    try:
        found = _CONTENT.fullmatch(signer.unsign(signed))
    except BadSignature:
        return None
    return Target(found[1], int(found[2]), tuple(found[3].split("+")) if found[3] else ()) if found else None
