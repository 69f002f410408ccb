"""The mails: one matter reads as its own mail, several as one mail with a part for each rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from django.utils import translation

from lincassable.messaging import unsubscribing
from lincassable.messaging.rendering import plain
from lincassable.messaging.services import Prepared, Recipient
from lincassable.reminders.enums import DIGEST, LONGEST_LIST, PLAIN
from lincassable.reminders.people import store_pages
from lincassable.reminders.registry import STORE_PAGE, Due, OwnMail, Rule, Words, rule_of
from lincassable.reminders.signing import choices_url, stop_url


@dataclass(frozen=True)
class Part:
    """What a mail says about one rule: one matter in full, or a list of them.

    Arguments: heading; words, of its matters, the first ones; more, how many others there are; stop_url, where this kind is stopped.
    """

    code: str
    heading: str
    words: Sequence[Words]
    more: int
    kind: str
    stop_url: str

    @property
    def only(self) -> Words | None:
        """The words, when there is one matter."""
        return self.words[0] if len(self.words) == 1 and not self.more else None


def compose(gathered: Sequence[tuple[str, Sequence[Due]]]) -> list[Prepared]:
    """Return the mail of each address: (dedupe key, what is due there), the most important first in each mail.

    Two people with one address get what concerns both once.
    """
    found = [(key, _distinct(dues)) for key, dues in gathered]
    own = _own_mails([dues[0] for _key, dues in found if len(dues) == 1])
    # Cards are looked up, and made where there is none, for all mails at once.
    stores = {due.matter.subject_id for _key, dues in found for due in dues if due.matter.subject_kind == "store"}
    pages = store_pages(stores)
    return [_one(key, dues[0], own.get(dues[0].key), pages) if len(dues) == 1 else _digest(key, dues, pages) for key, dues in found]


def _words(rule: Rule, due: Due, pages: Mapping[int, str]) -> Words:
    """Return a due in words, with the address of its place's page."""
    words = rule.words(due)
    return replace(words, url=pages.get(due.matter.subject_id, "")) if words.url == STORE_PAGE else words


def _distinct(dues: Sequence[Due]) -> list[Due]:
    """Return the dues, by priority, each matter once whoever of an address it is told to."""
    once = {due.key[:5]: due for due in reversed(dues)}
    return sorted(once.values(), key=lambda due: (_rule(due).priority, due.rule, due.matter.day, due.matter.subject_id))


def _rule(due: Due) -> Rule:
    rule = rule_of(due.rule)
    if rule is None:
        raise LookupError(f"nobody registers the reminder {due.rule}")
    return rule


def _own_mails(single: Sequence[Due]) -> dict[tuple, OwnMail]:
    """Return the own mails of dues that stand alone, by their key; a rule is asked once for all of its own."""
    by_rule: dict[str, list[Due]] = defaultdict(list)
    for due in single:
        by_rule[due.rule].append(due)
    found: dict[tuple, OwnMail] = {}
    for dues in by_rule.values():
        rule = _rule(dues[0])
        if rule.mail is not None:
            found |= {due.key: mail for due, mail in zip(dues, rule.mail(dues), strict=True)}
    return found


def _frame(due: Due, rules: Sequence[Rule]) -> tuple[Recipient, dict[str, Any], Mapping[str, str]]:
    """Return whom a mail goes to, what every template of a reminder has, and the headers."""
    person = due.person
    stop = stop_url(person, rules)
    choices = choices_url(person.kind, person.id) if stop else ""
    context = {"unsubscribe_url": stop, "preferences_url": choices, "person": person}
    return Recipient(person.email, person.name, person.language), context, unsubscribing.headers(stop) if stop else {}


def _one(key: str, due: Due, own: OwnMail | None, pages: Mapping[int, str]) -> Prepared:
    rule = _rule(due)
    to, context, headers = _frame(due, [rule])
    kind, about = due.matter.about or (due.matter.subject_kind, due.matter.subject_id)
    if own is None:
        with translation.override(to.language):
            context |= {"words": _words(rule, due, pages), "kind": str(rule.switch.title)}
        return Prepared(PLAIN, to, context, key, kind, about, headers)
    return Prepared(own.template, to, {**context, **own.context}, key, kind, about, headers)


def _digest(key: str, dues: Sequence[Due], pages: Mapping[int, str]) -> Prepared:
    rules = list({due.rule: _rule(due) for due in dues}.values())
    to, context, headers = _frame(dues[0], rules)
    with translation.override(to.language):
        parts = [_part(_rule(some[0]), some, pages) for some in (list(each) for _code, each in groupby(dues, key=lambda due: due.rule))]
        context |= {"parts": parts, "first": plain(parts[0].heading), "others": len(dues) - max(1, len(parts[0].words) + parts[0].more)}
    return Prepared(DIGEST, to, context, key, dues[0].person.kind, dues[0].person.id, headers)


def _part(rule: Rule, dues: Sequence[Due], pages: Mapping[int, str]) -> Part:
    words = [_words(rule, due, pages) for due in dues[:LONGEST_LIST]]
    heading = words[0].subject if len(dues) == 1 else f"{rule.heading or rule.title} ({len(dues)})"
    stop = stop_url(dues[0].person, [rule])
    return Part(rule.code, heading, words, len(dues) - len(words), str(rule.switch.title), stop)
